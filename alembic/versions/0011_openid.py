"""sign-in with accounts of other houses: their providers, and whose they are"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, flatrender.core.db.UtcDateTime
    op.create_table(
        "identity_provider",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("name", text(length=40), nullable=False),
        sa.Column("issuer", text(length=500), nullable=False),
        sa.Column("client_id", text(length=300), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("domains", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("makes_accounts", sa.Boolean(), nullable=False),
        sa.Column("house", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", time(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_provider")),
    )
    op.create_index(op.f("ix_identity_provider_tenant_id"), "identity_provider", ["tenant_id"])
    op.create_table(
        "user_identity",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("provider_id", text(length=32), nullable=False),
        sa.Column("user_id", text(length=32), nullable=False),
        sa.Column("subject", text(length=255), nullable=False),
        sa.Column("created_at", time(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["identity_provider.id"], name=op.f("fk_user_identity_provider_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_identity_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_identity")),
        sa.UniqueConstraint("provider_id", "subject", name="uq_user_identity_subject"),
    )
    for column in ("tenant_id", "user_id"):
        op.create_index(op.f(f"ix_user_identity_{column}"), "user_identity", [column])


def downgrade() -> None:
    op.drop_table("user_identity")
    op.drop_table("identity_provider")
