"""sites: brand, rules and suspension of tenants; their domains, proven by DNS"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PROVEN = sa.text("proven_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "tenant_domain",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=253), nullable=False),
        sa.Column("token", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("proven_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_domain")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_tenant_domain_tenant_id")),
    )
    op.create_index(op.f("ix_tenant_domain_tenant_id"), "tenant_domain", ["tenant_id"])
    op.create_index(
        "ix_tenant_domain_proven",
        "tenant_domain",
        ["name"],
        unique=True,
        sqlite_where=PROVEN,
        postgresql_where=PROVEN,
    )
    # Hosts were set by whoever has the machine: they count as proven.
    op.execute(
        "INSERT INTO tenant_domain (tenant_id, id, name, token, main, proven_at, created_at) "
        "SELECT id, id, host, '', true, created_at, created_at FROM tenant WHERE host IS NOT NULL"
    )
    text = sqlmodel.sql.sqltypes.AutoString
    with op.batch_alter_table("tenant") as batch:
        batch.drop_constraint(op.f("uq_tenant_host"), type_="unique")
        batch.drop_column("host")
        batch.add_column(
            sa.Column("languages", flatrender.core.db.JsonDict(), nullable=False, server_default='["en", "fa"]')
        )
        batch.add_column(sa.Column("sign_up_domains", flatrender.core.db.JsonDict(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("brand", flatrender.core.db.JsonDict(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("logo", text(length=64), nullable=False, server_default=""))
        batch.add_column(sa.Column("icon", text(length=64), nullable=False, server_default=""))
        batch.add_column(sa.Column("credit", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("terms_url", text(length=500), nullable=False, server_default=""))
        batch.add_column(sa.Column("privacy_url", text(length=500), nullable=False, server_default=""))
        batch.add_column(sa.Column("suspended_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("suspended_reason", text(length=300), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_table("tenant_domain")
    with op.batch_alter_table("tenant") as batch:
        for name in (
            *("languages", "sign_up_domains", "brand", "logo", "icon", "credit", "terms_url", "privacy_url"),
            *("suspended_at", "suspended_reason"),
        ):
            batch.drop_column(name)
        batch.add_column(sa.Column("host", sqlmodel.sql.sqltypes.AutoString(length=253), nullable=True))
        batch.create_unique_constraint(op.f("uq_tenant_host"), ["host"])
