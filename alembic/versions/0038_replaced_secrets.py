"""each replaced secret of an API key holds for its own grace: they have a table"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, flatrender.core.db.UtcDateTime
    op.create_table(
        "api_key_replaced",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("secret_hash", text(length=64), nullable=False),
        sa.Column("key_id", text(length=32), nullable=False),
        sa.Column("until", time(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("secret_hash"),
    )
    op.create_index("ix_api_key_replaced_tenant_id", "api_key_replaced", ["tenant_id"])
    op.create_index("ix_api_key_replaced_key_id", "api_key_replaced", ["key_id"])
    op.execute(
        "INSERT INTO api_key_replaced (tenant_id, secret_hash, key_id, until) "
        "SELECT tenant_id, previous_hash, id, coalesce(previous_until, created_at) FROM api_key "
        "WHERE previous_hash IS NOT NULL"
    )
    op.drop_index("ix_api_key_previous_hash", "api_key")
    op.drop_column("api_key", "previous_hash")
    op.drop_column("api_key", "previous_until")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE api_key_replaced ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE api_key_replaced FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY tenant_wall ON api_key_replaced "
            "USING (coalesce(current_setting('flatrender.tenant', true), '') IN ('', tenant_id))"
        )


def downgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, flatrender.core.db.UtcDateTime
    op.add_column("api_key", sa.Column("previous_hash", text(length=64), nullable=True))
    op.add_column("api_key", sa.Column("previous_until", time(timezone=True), nullable=True))
    op.create_index("ix_api_key_previous_hash", "api_key", ["previous_hash"])
    op.execute(
        "UPDATE api_key SET previous_until = (SELECT max(until) FROM api_key_replaced WHERE key_id = api_key.id)"
    )
    op.execute(
        "UPDATE api_key SET previous_hash = (SELECT min(secret_hash) FROM api_key_replaced "
        "WHERE key_id = api_key.id AND until = api_key.previous_until)"
    )
    op.drop_table("api_key_replaced")
