"""API keys are bounded by the site's own role that their owner had when they were made"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

OWN = "SELECT custom_role_id FROM user_account WHERE user_account.id = api_key.user_id"


def upgrade() -> None:
    op.add_column("api_key", sa.Column("owner_role_id", sa.String(32), nullable=False, server_default=""))
    # Whether somebody chose a key's built-in role or it was filled in cannot be told any more: bounded by both, a key
    # never does more than it might.
    op.execute(f"UPDATE api_key SET owner_role_id = ({OWN}) WHERE ({OWN}) <> ''")
    op.execute("UPDATE api_key SET role = 'member' WHERE role = '' AND owner_role_id = ''")


def downgrade() -> None:
    op.drop_column("api_key", "owner_role_id")
