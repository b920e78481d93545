"""what people are told on the page, and what they chose to be told of"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, flatrender.core.db.UtcDateTime
    op.add_column(
        "user_account", sa.Column("notify", flatrender.core.db.JsonDict(), nullable=False, server_default="{}")
    )
    op.create_table(
        "notification",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("user_id", text(length=32), nullable=False),
        sa.Column("kind", text(length=40), nullable=False),
        sa.Column("about", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("read_at", time(timezone=True), nullable=True),
        sa.Column("created_at", time(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notification_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
    )
    op.create_index(op.f("ix_notification_tenant_id"), "notification", ["tenant_id"])
    op.create_index("ix_notification_user", "notification", ["user_id", "id"])
    op.create_index("ix_notification_created_at", "notification", ["created_at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE notification ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE notification FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY tenant_wall ON notification "
            "USING (coalesce(current_setting('flatrender.tenant', true), '') IN ('', tenant_id))"
        )


def downgrade() -> None:
    op.drop_table("notification")
    op.drop_column("user_account", "notify")
