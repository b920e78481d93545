"""a site is told as well when a limit of the month is used up, not only from four fifths on"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None
_COLUMNS = ("films_used_up", "film_minutes_used_up", "calls_used_up")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("usage_day", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for name in _COLUMNS:
        op.drop_column("usage_day", name)
