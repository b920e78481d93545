"""the render manager: macOS usernames and Slack ids of users, projects as render jobs"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_account",
        sa.Column("slack_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False, server_default=""),
    )
    op.create_table(
        "user_mac_username",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_mac_username_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_user_mac_username")),
    )
    op.create_index("ix_user_mac_username_user", "user_mac_username", ["user_id"])
    op.add_column(
        "render_job",
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False, server_default="film"),
    )
    op.create_table(
        "project_render",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("job_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("client", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("project_path", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("saved_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("mac_username", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("engine", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("order", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("callback_url", sa.Text(), nullable=True),
        sa.Column("facts", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("output_place", sa.Text(), nullable=True),
        sa.Column("output_bytes", sa.BigInteger(), nullable=True),
        sa.Column("output", flatrender.core.db.JsonDict(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_project_render")),
    )
    op.create_index(op.f("ix_project_render_tenant_id"), "project_render", ["tenant_id"])


def downgrade() -> None:
    op.drop_table("project_render")
    with op.batch_alter_table("render_job") as batch:
        batch.drop_column("kind")
    op.drop_table("user_mac_username")
    with op.batch_alter_table("user_account") as batch:
        batch.drop_column("slack_id")
