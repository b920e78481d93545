"""media: films and sounds beside pictures, ingest, folders, uploads in pieces, quotas, cleanup"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_folder",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("parent_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_folder")),
    )
    with op.batch_alter_table("media_folder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_folder_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_folder_user_id"), ["user_id"], unique=False)

    op.create_table(
        "media_upload",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("use", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("folder_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("media_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_upload")),
    )
    with op.batch_alter_table("media_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_upload_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_upload_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_upload_user_id"), ["user_id"], unique=False)

    op.create_table(
        "media_policy",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=True),
        sa.Column("cleanup_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_policy")),
        sa.UniqueConstraint("tenant_id", "user_id", name="uq_media_policy_user"),
    )
    with op.batch_alter_table("media_policy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_policy_tenant_id"), ["tenant_id"], unique=False)

    # Files that are there were all read when they were sent.
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.add_column(sa.Column("folder_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True))
        batch_op.add_column(_text("use", 16, ""))
        batch_op.add_column(_text("state", 16, "ready"))
        batch_op.add_column(sa.Column("progress", sa.Float(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("problem", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("problem_code", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True))
        batch_op.add_column(
            sa.Column("notes", flatrender.core.db.JsonDict(), nullable=False, server_default=sa.text("'[]'"))
        )
        batch_op.add_column(sa.Column("ingest", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("rate_num", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rate_den", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("frames", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("has_audio", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("has_alpha", sa.Boolean(), nullable=False, server_default=sa.false()))
        for name in ("proxy_key", "sprite_key", "peaks_key"):
            batch_op.add_column(sa.Column(name, sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True))
        for name in ("sprite", "peaks"):
            batch_op.add_column(sa.Column(name, flatrender.core.db.JsonDict(), nullable=True))
        batch_op.add_column(sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
        for name in ("used_at", "delete_at", "deleted_at"):
            batch_op.add_column(sa.Column(name, flatrender.core.db.UtcDateTime(timezone=True), nullable=True))
        for name in ("folder_id", "delete_at", "deleted_at"):
            batch_op.create_index(batch_op.f(f"ix_media_{name}"), [name], unique=False)
    # Music is a sound for music; it has no peaks yet, which a later pass makes.
    op.execute("UPDATE media SET kind = 'audio', use = 'music', has_audio = true, ingest = 0 WHERE kind = 'music'")


def downgrade() -> None:
    op.execute("DELETE FROM media WHERE kind = 'video' OR state <> 'ready'")
    op.execute("UPDATE media SET kind = 'music' WHERE kind = 'audio'")
    with op.batch_alter_table("media", schema=None) as batch_op:
        for name in ("deleted_at", "delete_at", "folder_id"):
            batch_op.drop_index(batch_op.f(f"ix_media_{name}"))
        for name in (
            *("deleted_at", "delete_at", "used_at", "kept", "peaks", "sprite", "peaks_key", "sprite_key", "proxy_key"),
            *("has_alpha", "has_audio", "frames", "rate_den", "rate_num", "ingest", "notes", "problem_code", "problem"),
            *("progress", "state", "use", "folder_id"),
        ):
            batch_op.drop_column(name)
    op.drop_table("media_policy")
    op.drop_table("media_upload")
    op.drop_table("media_folder")


def _text(name: str, length: int, default: str) -> sa.Column:
    column = sqlmodel.sql.sqltypes.AutoString(length=length)
    return sa.Column(name, column, nullable=False, server_default=default)
