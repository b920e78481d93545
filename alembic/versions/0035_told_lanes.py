"""who heals the farm reads few waiting tasks: what those of a lane are told is kept; those that avoid nodes are indexed"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("farm_lane", sa.Column("said", sa.String(200), nullable=False, server_default=""))
    op.add_column("farm_lane", sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("farm_lane", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
    few = sa.text("state = 'WAITING' AND avoid <> ''")
    op.create_index("ix_farm_task_avoiding", "farm_task", ["seq"], sqlite_where=few, postgresql_where=few)


def downgrade() -> None:
    op.drop_index("ix_farm_task_avoiding", table_name="farm_task")
    for name in ("looked_at", "told", "said"):
        op.drop_column("farm_lane", name)
