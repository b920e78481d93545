"""webhooks of sites"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, flatrender.core.db.UtcDateTime
    op.create_table(
        "webhook_endpoint",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("name", text(length=80), nullable=False),
        sa.Column("url", text(length=2000), nullable=False),
        sa.Column("events", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=False),
        sa.Column("previous_until", time(timezone=True), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", time(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_index(op.f("ix_webhook_endpoint_tenant_id"), "webhook_endpoint", ["tenant_id"])
    with op.batch_alter_table("notification_delivery") as batch:
        batch.add_column(sa.Column("endpoint_id", text(length=32), nullable=False, server_default=""))
        batch.create_index("ix_notification_delivery_endpoint", ["endpoint_id", "id"])


def downgrade() -> None:
    with op.batch_alter_table("notification_delivery") as batch:
        batch.drop_index("ix_notification_delivery_endpoint")
        batch.drop_column("endpoint_id")
    op.drop_table("webhook_endpoint")
