"""lanes, licence limits, node tokens, the block list, minimum run time, last words"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CLAIMABLE = sa.text("state = 'WAITING' AND open_blockers = 0")


def _index(*columns: object) -> None:
    op.drop_index("ix_farm_task_claim", "farm_task")
    op.create_index(
        "ix_farm_task_claim", "farm_task", list(columns), sqlite_where=CLAIMABLE, postgresql_where=CLAIMABLE
    )


def upgrade() -> None:
    string = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "farm_lane",
        sa.Column("id", string(length=600), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farm_lane")),
    )
    op.create_table(
        "farm_licence_limit",
        sa.Column("name", string(length=40), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_farm_licence_limit")),
    )
    op.create_table(
        "farm_node_token",
        sa.Column("id", string(length=32), nullable=False),
        sa.Column("name", string(length=120), nullable=False),
        sa.Column("digest", string(length=64), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farm_node_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_farm_node_token_digest")),
    )
    op.add_column("farm_task", sa.Column("lane", string(length=600), nullable=False, server_default="native"))
    op.add_column("farm_task", sa.Column("min_seconds", sa.Float(), nullable=True))
    op.execute("UPDATE farm_task SET lane = engine")
    op.execute("INSERT INTO farm_lane (id) SELECT DISTINCT engine FROM farm_task")
    op.add_column("farm_task_attempt", sa.Column("last_words", sa.Text(), nullable=True))
    _index("tenant_id", "lane", sa.text("priority DESC"), "seq")
    for name in ("pools", "tags", "failing"):
        empty = "{}" if name == "failing" else "[]"
        column = sa.Column(name, flatrender.core.db.JsonDict(), nullable=False, server_default=empty)
        op.add_column("farm_node", column)
    op.add_column("farm_node", sa.Column("token_id", string(length=32), nullable=True))
    op.create_index(op.f("ix_farm_node_token_id"), "farm_node", ["token_id"])
    op.add_column(
        "farm_switch", sa.Column("tokens_required", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("farm_switch", "tokens_required")
    op.drop_index(op.f("ix_farm_node_token_id"), "farm_node")
    for name in ("token_id", "failing", "tags", "pools"):
        op.drop_column("farm_node", name)
    _index("tenant_id", sa.text("priority DESC"), "seq")
    op.drop_column("farm_task_attempt", "last_words")
    op.drop_column("farm_task", "min_seconds")
    op.drop_column("farm_task", "lane")
    for name in ("farm_node_token", "farm_licence_limit", "farm_lane"):
        op.drop_table(name)
