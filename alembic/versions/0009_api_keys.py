"""API keys of users, answers kept under idempotency keys"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, flatrender.core.db.UtcDateTime
    op.create_table(
        "api_key",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("user_id", text(length=32), nullable=False),
        sa.Column("name", text(length=80), nullable=False),
        sa.Column("role", text(length=20), nullable=False),
        sa.Column("scopes", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("shown", text(length=16), nullable=False),
        sa.Column("secret_hash", text(length=64), nullable=False),
        sa.Column("previous_hash", text(length=64), nullable=True),
        sa.Column("previous_until", time(timezone=True), nullable=True),
        sa.Column("expires_at", time(timezone=True), nullable=True),
        sa.Column("rotated_at", time(timezone=True), nullable=True),
        sa.Column("revoked_at", time(timezone=True), nullable=True),
        sa.Column("last_used_at", time(timezone=True), nullable=True),
        sa.Column("last_address", text(length=64), nullable=False),
        sa.Column("created_at", time(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_key_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
    )
    for column in ("tenant_id", "user_id", "previous_hash"):
        op.create_index(op.f(f"ix_api_key_{column}"), "api_key", [column])
    op.create_table(
        "kept_answer",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("user_id", text(length=32), nullable=False),
        sa.Column("key", text(length=100), nullable=False),
        sa.Column("digest", text(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", flatrender.core.db.JsonDict(), nullable=True),
        sa.Column("created_at", time(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answer")),
        sa.UniqueConstraint("tenant_id", "user_id", "key", name="uq_kept_answer_key"),
    )
    op.create_index(op.f("ix_kept_answer_tenant_id"), "kept_answer", ["tenant_id"])
    op.create_index("ix_kept_answer_created_at", "kept_answer", ["created_at"])


def downgrade() -> None:
    op.drop_table("kept_answer")
    op.drop_table("api_key")
