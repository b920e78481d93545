"""what sites use, by day"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "usage_day",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("day", text(length=10), nullable=False),
        sa.Column("films", sa.Integer(), nullable=False),
        sa.Column("film_seconds", sa.Float(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("storage", sa.BigInteger(), nullable=False),
        sa.Column("warned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "day", name=op.f("pk_usage_day")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE usage_day ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE usage_day FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY tenant_wall ON usage_day "
            "USING (coalesce(current_setting('flatrender.tenant', true), '') IN ('', tenant_id))"
        )


def downgrade() -> None:
    op.drop_table("usage_day")
