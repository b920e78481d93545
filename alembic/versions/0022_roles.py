"""roles of a site's own, and who has them"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, flatrender.core.db.UtcDateTime
    op.create_table(
        "custom_role",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("name", text(length=60), nullable=False),
        sa.Column("permissions", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("rules", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("created_at", time(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "name", name="uq_custom_role_name"),
    )
    op.create_index("ix_custom_role_tenant_id", "custom_role", ["tenant_id"])
    for table in ("user_account", "api_key"):
        op.add_column(table, sa.Column("custom_role_id", text(length=32), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE custom_role ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE custom_role FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY tenant_wall ON custom_role "
            "USING (coalesce(current_setting('flatrender.tenant', true), '') IN ('', tenant_id))"
        )


def downgrade() -> None:
    for table in ("api_key", "user_account"):
        op.drop_column(table, "custom_role_id")
    op.drop_table("custom_role")
