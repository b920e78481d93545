"""node health over time; on PostgreSQL partitioned by month"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "farm_node_health",
        sa.Column("node_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("cpu_percent", sa.Float(), nullable=False),
        sa.Column("memory_percent", sa.Float(), nullable=False),
        sa.Column("disk_free_bytes", sa.BigInteger(), nullable=False),
        sa.Column("process_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node_id", "at", name=op.f("pk_farm_node_health")),
        postgresql_partition_by="RANGE (at)",
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE farm_node_health_rest PARTITION OF farm_node_health DEFAULT")


def downgrade() -> None:
    op.drop_table("farm_node_health")
