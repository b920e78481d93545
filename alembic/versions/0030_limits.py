"""limits of a site for a month: minutes of finished film, calls of programs"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

WARNED = ("film_minutes_warned", "calls_warned")


def upgrade() -> None:
    op.add_column("tenant", sa.Column("month_film_minutes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("tenant", sa.Column("month_calls", sa.BigInteger(), nullable=False, server_default="0"))
    for name in WARNED:
        op.add_column("usage_day", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for name in WARNED:
        op.drop_column("usage_day", name)
    for name in ("month_calls", "month_film_minutes"):
        op.drop_column("tenant", name)
