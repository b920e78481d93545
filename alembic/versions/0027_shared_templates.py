"""templates that the house shares with its sites"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.add_column("template", sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("template", sa.Column("taken_from", text(length=32), nullable=False, server_default=""))
    op.add_column("template", sa.Column("taken", flatrender.core.db.JsonDict(), nullable=True))
    # The demos of the house come with it, and are free to be shown anywhere.
    op.execute("UPDATE template SET shared = (demo IS NOT NULL) WHERE tenant_id = '00000000000000000000000000000001'")


def downgrade() -> None:
    for name in ("taken", "taken_from", "shared"):
        op.drop_column("template", name)
