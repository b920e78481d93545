"""feature switches of the house and of each site"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feature_switch",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column(
        "tenant", sa.Column("features_off", flatrender.core.db.JsonDict(), nullable=False, server_default="[]")
    )


def downgrade() -> None:
    op.drop_column("tenant", "features_off")
    op.drop_table("feature_switch")
