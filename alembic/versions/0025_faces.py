"""people's own pictures"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.add_column("user_account", sa.Column("picture_key", text(length=200), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("user_account", "picture_key")
