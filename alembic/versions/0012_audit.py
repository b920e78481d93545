"""the audit log"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, flatrender.core.db.UtcDateTime
    op.create_table(
        "audit_entry",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("at", time(timezone=True), nullable=False),
        sa.Column("act", text(length=40), nullable=False),
        sa.Column("actor_id", text(length=32), nullable=False),
        sa.Column("actor", text(length=400), nullable=False),
        sa.Column("key_id", text(length=32), nullable=False),
        sa.Column("address", text(length=64), nullable=False),
        sa.Column("target", text(length=64), nullable=False),
        sa.Column("label", text(length=300), nullable=False),
        sa.Column("details", flatrender.core.db.JsonDict(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_tenant_id"), "audit_entry", ["tenant_id"])
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"])
    op.create_index("ix_audit_entry_tenant_id_id", "audit_entry", ["tenant_id", "id"])


def downgrade() -> None:
    op.drop_table("audit_entry")
