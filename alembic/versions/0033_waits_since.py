"""since when a task could run: whoever waits for a node has waited since then"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("farm_task", sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True))
    # Nobody knows it of those that wait now: their patience begins with the update.
    op.execute("UPDATE farm_task SET waits_since = CURRENT_TIMESTAMP WHERE state = 'WAITING'")


def downgrade() -> None:
    op.drop_column("farm_task", "waits_since")
