"""an identity provider keeps whether an owner of the site set it up: no other one opens an owner's account"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Who made those that are there is not known: none opens an owner's account before an owner sets it up anew.
    op.add_column("identity_provider", sa.Column("owners", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("identity_provider", "owners")
