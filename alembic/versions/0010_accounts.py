"""accounts: verified addresses, links by e-mail, a second factor with recovery codes"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, flatrender.core.db.UtcDateTime
    with op.batch_alter_table("user_account") as batch:
        batch.add_column(sa.Column("email_verified_at", time(timezone=True), nullable=True))
        batch.add_column(sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("totp_secret", text(length=200), nullable=False, server_default=""))
        batch.add_column(sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"))
    # Those who are here have been using their account: nobody is locked out when a mail server is set.
    op.execute("UPDATE user_account SET email_verified_at = created_at")
    op.create_table(
        "account_letter",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("user_id", text(length=32), nullable=False),
        sa.Column("purpose", text(length=16), nullable=False),
        sa.Column("email", text(length=254), nullable=False),
        sa.Column("password_mark", text(length=16), nullable=False),
        sa.Column("expires_at", time(timezone=True), nullable=False),
        sa.Column("used_at", time(timezone=True), nullable=True),
        sa.Column("created_at", time(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_account_letter_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_letter")),
    )
    for column in ("tenant_id", "user_id", "expires_at"):
        op.create_index(op.f(f"ix_account_letter_{column}"), "account_letter", [column])
    op.create_table(
        "recovery_code",
        sa.Column("tenant_id", text(length=32), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("user_id", text(length=32), nullable=False),
        sa.Column("code_hash", text(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    for column in ("tenant_id", "user_id"):
        op.create_index(op.f(f"ix_recovery_code_{column}"), "recovery_code", [column])


def downgrade() -> None:
    op.drop_table("recovery_code")
    op.drop_table("account_letter")
    with op.batch_alter_table("user_account") as batch:
        for name in ("email_verified_at", "second_factor", "totp_secret", "totp_step"):
            batch.drop_column(name)
