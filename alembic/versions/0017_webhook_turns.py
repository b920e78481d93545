"""webhooks take turns; the outbox behind the wall"""

import sqlalchemy as sa
from alembic import op

import flatrender.core.db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

LONG_AGO = "2026-01-01 00:00:00.000000"


def upgrade() -> None:
    time = flatrender.core.db.UtcDateTime(timezone=True)
    with op.batch_alter_table("webhook_endpoint") as batch:
        batch.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        for name in ("next_at", "lent_until"):
            batch.add_column(sa.Column(name, time, nullable=False, server_default=LONG_AGO))
        batch.add_column(sa.Column("tested_at", time, nullable=True))
    with op.batch_alter_table("notification_delivery") as batch:
        batch.drop_index("ix_notification_delivery_endpoint")
        batch.create_index("ix_notification_delivery_endpoint", ["endpoint_id", "event_id", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE outbox ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE outbox FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY tenant_wall ON outbox "
            "USING (coalesce(current_setting('flatrender.tenant', true), '') IN ('', tenant_id))"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP POLICY tenant_wall ON outbox")
        op.execute("ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE outbox DISABLE ROW LEVEL SECURITY")
    with op.batch_alter_table("notification_delivery") as batch:
        batch.drop_index("ix_notification_delivery_endpoint")
        batch.create_index("ix_notification_delivery_endpoint", ["endpoint_id", "id"])
    with op.batch_alter_table("webhook_endpoint") as batch:
        for name in ("tested_at", "lent_until", "next_at", "failures"):
            batch.drop_column(name)
