"""an invitation keeps who it comes from: its page says so"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account_letter", sa.Column("by", sa.String(120), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("account_letter", "by")
