"""the request log; on PostgreSQL partitioned by month"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "request_log",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("method", text(length=8), nullable=False),
        sa.Column("route", text(length=200), nullable=False),
        sa.Column("path", text(length=300), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("user_id", text(length=32), nullable=False),
        sa.Column("key_id", text(length=32), nullable=False),
        sa.Column("address", text(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", "at"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_request_log_tenant_id", "request_log", ["tenant_id"])
    op.create_index("ix_request_log_tenant_id_id", "request_log", ["tenant_id", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE request_log_rest PARTITION OF request_log DEFAULT")
        op.execute("ALTER TABLE request_log ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE request_log FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY tenant_wall ON request_log "
            "USING (coalesce(current_setting('flatrender.tenant', true), '') IN ('', tenant_id))"
        )


def downgrade() -> None:
    op.drop_table("request_log")
