"""what every claim writes has fewer indexes, and a message to pages is one row whatever its topics"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_farm_task_tenant_id", "farm_task")
    op.drop_index("ix_render_job_tenant_id", "render_job")
    op.drop_index("ix_bus_message_created_at", "bus_message")
    _renamed("topic", 80, "topics", 400)


def downgrade() -> None:
    _renamed("topics", 400, "topic", 80)
    op.create_index("ix_bus_message_created_at", "bus_message", ["created_at"])
    op.create_index("ix_render_job_tenant_id", "render_job", ["tenant_id"])
    op.create_index("ix_farm_task_tenant_id", "farm_task", ["tenant_id"])


def _renamed(name: str, length: int, new: str, its_length: int) -> None:
    op.execute(sa.text("DELETE FROM bus_message"))  # of the last minute, for processes that an update has ended
    with op.batch_alter_table("bus_message") as batch:
        kinds = {"existing_type": sa.String(length), "existing_nullable": False, "type_": sa.String(its_length)}
        batch.alter_column(name, new_column_name=new, **kinds)
