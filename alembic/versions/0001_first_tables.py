"""first tables"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bus_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("payload", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bus_message")),
    )
    with op.batch_alter_table("bus_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bus_message_created_at"), ["created_at"], unique=False)

    op.create_table(
        "export",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("job_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("project_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("format", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("duration", sa.Float(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("video_codec", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("audio_codec", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("compose_seconds", sa.Float(), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_export_job_id"), ["job_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_export_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_export_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_export_user_id"), ["user_id"], unique=False)

    op.create_table(
        "farm_node",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("host", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("instance", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("version", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("engines", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("healthy", sa.Boolean(), nullable=False),
        sa.Column("health", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("started_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_seen", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farm_node")),
    )
    with op.batch_alter_table("farm_node", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_farm_node_online"), ["online"], unique=False)

    op.create_table(
        "farm_switch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farm_switch")),
    )
    op.create_table(
        "farm_task",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("owner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("payload", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("engine", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("open_blockers", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("not_before", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("avoid", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("node_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("lease_until", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("stall_seconds", sa.Float(), nullable=True),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("lost_leases", sa.Integer(), nullable=False),
        sa.Column("not_ready", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=True),
        sa.Column("frames", sa.Integer(), nullable=True),
        sa.Column("result", flatrender.core.db.JsonDict(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_code", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_farm_task")),
        sa.UniqueConstraint("id", name=op.f("uq_farm_task_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("farm_task", schema=None) as batch_op:
        batch_op.create_index(
            "ix_farm_task_lease",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'CLAIMED'"),
            postgresql_where=sa.text("state = 'CLAIMED'"),
        )
        batch_op.create_index(batch_op.f("ix_farm_task_node_id"), ["node_id"], unique=False)
        batch_op.create_index("ix_farm_task_owner", ["owner_id", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_farm_task_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "farm_task_attempt",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("task_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("owner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("node_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("started_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("task_id", "epoch", name=op.f("pk_farm_task_attempt")),
    )
    with op.batch_alter_table("farm_task_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_farm_task_attempt_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_farm_task_attempt_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "farm_task_blocker",
        sa.Column("task_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("blocker_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "blocker_id", name=op.f("pk_farm_task_blocker")),
    )
    with op.batch_alter_table("farm_task_blocker", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_farm_task_blocker_blocker_id"), ["blocker_id"], unique=False)

    op.create_table(
        "farm_task_log",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("owner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("task_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("level", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farm_task_log")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("farm_task_log", schema=None) as batch_op:
        batch_op.create_index("ix_farm_task_log_owner", ["owner_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_farm_task_log_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "farm_tenant_share",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("vtime", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_farm_tenant_share")),
    )
    op.create_table(
        "media",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("content_type", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("thumbnail_key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("tenant_id", "user_id", "sha256", name="uq_media_user_sha256"),
    )
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_user_id"), ["user_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("payload", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "render_job",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_name", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("project_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("idempotency_key", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=True),
        sa.Column("retry_of", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("document", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("options", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("plan", flatrender.core.db.JsonDict(), nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("seconds_left", sa.Float(), nullable=True),
        sa.Column("expected_seconds", sa.Float(), nullable=True),
        sa.Column("node_name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=True),
        sa.Column("scenes", sa.Integer(), nullable=False),
        sa.Column("scenes_cached", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_code", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
        sa.Column("picture_key", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("updated_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_render_job")),
        sa.UniqueConstraint("tenant_id", "user_id", "idempotency_key", name="uq_render_job_idempotency"),
    )
    with op.batch_alter_table("render_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_render_job_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_render_job_template_id"), ["template_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_render_job_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "scene_film",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("render_seconds", sa.Float(), nullable=False),
        sa.Column("warnings", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "content_hash", name=op.f("pk_scene_film")),
    )
    with op.batch_alter_table("scene_film", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scene_film_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_scene_film_template_id"), ["template_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scene_film_used_at"), ["used_at"], unique=False)

    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    with op.batch_alter_table("sign_in_try", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_try_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_try_key"), ["key"], unique=False)

    op.create_table(
        "template_bundle",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("md5", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_bundle")),
        sa.UniqueConstraint("tenant_id", "sha256", name="uq_template_bundle_sha256"),
    )
    with op.batch_alter_table("template_bundle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_bundle_md5"), ["md5"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_bundle_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "template_category",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("name_fa", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_category")),
        sa.UniqueConstraint("tenant_id", "key", name="uq_template_category_key"),
    )
    with op.batch_alter_table("template_category", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_category_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "template_tag",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_tag")),
        sa.UniqueConstraint("tenant_id", "key", name="uq_template_tag_key"),
    )
    with op.batch_alter_table("template_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_tag_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "tenant",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("host", sqlmodel.sql.sqltypes.AutoString(length=253), nullable=True),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("sign_up", sa.Boolean(), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("host", name=op.f("uq_tenant_host")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenant_slug")),
    )
    op.create_table(
        "user_account",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("theme", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_user_account_tenant_id")),
    )
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_account_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "template",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name_fa", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_fa", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("category_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("demo", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("scan_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("bundle_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("final_composition_id", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("rate_num", sa.Integer(), nullable=False),
        sa.Column("rate_den", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("cover_scene", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=True),
        sa.Column("cover_frame", sa.Integer(), nullable=True),
        sa.Column("poster_key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("preview_key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("preview_of", sa.Integer(), nullable=False),
        sa.Column("dominant_color", sqlmodel.sql.sqltypes.AutoString(length=9), nullable=True),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["bundle_id"], ["template_bundle.id"], name=op.f("fk_template_bundle_id")),
        sa.ForeignKeyConstraint(["category_id"], ["template_category.id"], name=op.f("fk_template_category_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template")),
    )
    with op.batch_alter_table("template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_demo"), ["demo"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "user_session",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("agent", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_user_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "project",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("document", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["template_id"], ["template.id"], name=op.f("fk_project_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_template_id"), ["template_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_updated_at"), ["updated_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_user_id"), ["user_id"], unique=False)

    op.create_table(
        "template_color",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("facts", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("manual", flatrender.core.db.JsonDict(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name=op.f("fk_template_color_template_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_color")),
        sa.UniqueConstraint("template_id", "key", name="uq_template_color_key"),
    )
    with op.batch_alter_table("template_color", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_color_template_id"), ["template_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_color_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "template_demo",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_demo")),
        sa.UniqueConstraint("tenant_id", "slug", name="uq_template_demo_slug"),
    )
    with op.batch_alter_table("template_demo", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_demo_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "template_font",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("postscript_name", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("family", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("style", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("substitute", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("layers", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("replacement", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name=op.f("fk_template_font_template_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_font")),
        sa.UniqueConstraint("template_id", "postscript_name", name="uq_template_font_name"),
    )
    with op.batch_alter_table("template_font", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_font_template_id"), ["template_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_font_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "template_preset",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("name_fa", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("group_name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("colors", flatrender.core.db.JsonDict(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name=op.f("fk_template_preset_template_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_preset")),
    )
    with op.batch_alter_table("template_preset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_preset_template_id"), ["template_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_preset_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "template_scan",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("bundle_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("project", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("engine", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("facts", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("report_key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("merged", sa.Boolean(), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["template_bundle.id"], name=op.f("fk_template_scan_bundle_id")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name=op.f("fk_template_scan_template_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_scan")),
    )
    with op.batch_alter_table("template_scan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_scan_bundle_id"), ["bundle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_scan_template_id"), ["template_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_scan_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "template_scene",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("facts", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("manual", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("best_frame", sa.Integer(), nullable=True),
        sa.Column("picture_key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("picture_of", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name=op.f("fk_template_scene_template_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_scene")),
        sa.UniqueConstraint("template_id", "key", name="uq_template_scene_key"),
    )
    with op.batch_alter_table("template_scene", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_scene_template_id"), ["template_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_scene_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "template_tag_link",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("tag_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["template_tag.id"], name=op.f("fk_template_tag_link_tag_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name=op.f("fk_template_tag_link_template_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("template_id", "tag_id", name=op.f("pk_template_tag_link")),
    )
    with op.batch_alter_table("template_tag_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_tag_link_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "project_edit",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("project_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("op_id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("operations", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("inverse", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("fields", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("notices", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_edit_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_edit")),
        sa.UniqueConstraint("project_id", "op_id", name="uq_project_edit_op"),
        sa.UniqueConstraint("project_id", "revision", name="uq_project_edit_revision"),
    )
    with op.batch_alter_table("project_edit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_edit_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_edit_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "project_version",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("project_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("document", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("created_at", flatrender.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_version_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_version")),
        sa.UniqueConstraint("project_id", "revision", name="uq_project_version_revision"),
    )
    with op.batch_alter_table("project_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_version_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_version_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "template_element",
        sa.Column("tenant_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("template_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("scene_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("facts", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("manual", flatrender.core.db.JsonDict(), nullable=False),
        sa.Column("box", flatrender.core.db.JsonDict(), nullable=True),
        sa.ForeignKeyConstraint(
            ["scene_id"], ["template_scene.id"], name=op.f("fk_template_element_scene_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name=op.f("fk_template_element_template_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_element")),
        sa.UniqueConstraint("scene_id", "key", name="uq_template_element_key"),
    )
    with op.batch_alter_table("template_element", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_element_scene_id"), ["scene_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_element_template_id"), ["template_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_element_tenant_id"), ["tenant_id"], unique=False)
    # Indexes on expressions, which autogenerate cannot see on SQLite.
    claimable = sa.text("state = 'WAITING' AND open_blockers = 0")
    op.create_index(
        "ix_farm_task_claim",
        "farm_task",
        ["tenant_id", sa.text("priority DESC"), "seq"],
        sqlite_where=claimable,
        postgresql_where=claimable,
    )
    op.create_index("ix_render_job_list", "render_job", ["tenant_id", sa.text("id DESC")])
    op.create_index("ix_render_job_state", "render_job", ["state", sa.text("id DESC")])
    op.create_index("ix_render_job_user", "render_job", ["user_id", sa.text("id DESC")])


def downgrade() -> None:
    with op.batch_alter_table("template_demo", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_demo_tenant_id"))

    op.drop_table("template_demo")
    with op.batch_alter_table("template_element", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_element_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_template_element_template_id"))
        batch_op.drop_index(batch_op.f("ix_template_element_scene_id"))

    op.drop_table("template_element")
    with op.batch_alter_table("project_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_version_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_project_version_project_id"))

    op.drop_table("project_version")
    with op.batch_alter_table("project_edit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_edit_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_project_edit_project_id"))

    op.drop_table("project_edit")
    with op.batch_alter_table("template_tag_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_tag_link_tenant_id"))

    op.drop_table("template_tag_link")
    with op.batch_alter_table("template_scene", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_scene_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_template_scene_template_id"))

    op.drop_table("template_scene")
    with op.batch_alter_table("template_scan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_scan_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_template_scan_template_id"))
        batch_op.drop_index(batch_op.f("ix_template_scan_bundle_id"))

    op.drop_table("template_scan")
    with op.batch_alter_table("template_preset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_preset_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_template_preset_template_id"))

    op.drop_table("template_preset")
    with op.batch_alter_table("template_font", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_font_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_template_font_template_id"))

    op.drop_table("template_font")
    with op.batch_alter_table("template_color", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_color_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_template_color_template_id"))

    op.drop_table("template_color")
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_user_id"))
        batch_op.drop_index(batch_op.f("ix_project_updated_at"))
        batch_op.drop_index(batch_op.f("ix_project_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_project_template_id"))
        batch_op.drop_index(batch_op.f("ix_project_state"))

    op.drop_table("project")
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_session_user_id"))
        batch_op.drop_index(batch_op.f("ix_user_session_tenant_id"))

    op.drop_table("user_session")
    with op.batch_alter_table("template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_template_state"))
        batch_op.drop_index(batch_op.f("ix_template_demo"))
        batch_op.drop_index(batch_op.f("ix_template_created_at"))

    op.drop_table("template")
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_account_tenant_id"))

    op.drop_table("user_account")
    op.drop_table("tenant")
    with op.batch_alter_table("template_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_tag_tenant_id"))

    op.drop_table("template_tag")
    with op.batch_alter_table("template_category", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_category_tenant_id"))

    op.drop_table("template_category")
    with op.batch_alter_table("template_bundle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_bundle_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_template_bundle_md5"))

    op.drop_table("template_bundle")
    with op.batch_alter_table("sign_in_try", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_try_key"))
        batch_op.drop_index(batch_op.f("ix_sign_in_try_at"))

    op.drop_table("sign_in_try")
    with op.batch_alter_table("scene_film", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scene_film_used_at"))
        batch_op.drop_index(batch_op.f("ix_scene_film_template_id"))
        batch_op.drop_index(batch_op.f("ix_scene_film_created_at"))

    op.drop_table("scene_film")
    with op.batch_alter_table("render_job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_render_job_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_render_job_template_id"))
        batch_op.drop_index(batch_op.f("ix_render_job_project_id"))

    op.drop_table("render_job")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_kind"))
        batch_op.drop_index(batch_op.f("ix_outbox_created_at"))

    op.drop_table("outbox")
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_user_id"))
        batch_op.drop_index(batch_op.f("ix_media_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_media_sha256"))
        batch_op.drop_index(batch_op.f("ix_media_created_at"))

    op.drop_table("media")
    op.drop_table("farm_tenant_share")
    with op.batch_alter_table("farm_task_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_farm_task_log_tenant_id"))
        batch_op.drop_index("ix_farm_task_log_owner")

    op.drop_table("farm_task_log")
    with op.batch_alter_table("farm_task_blocker", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_farm_task_blocker_blocker_id"))

    op.drop_table("farm_task_blocker")
    with op.batch_alter_table("farm_task_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_farm_task_attempt_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_farm_task_attempt_owner_id"))

    op.drop_table("farm_task_attempt")
    with op.batch_alter_table("farm_task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_farm_task_tenant_id"))
        batch_op.drop_index("ix_farm_task_owner")
        batch_op.drop_index(batch_op.f("ix_farm_task_node_id"))
        batch_op.drop_index(
            "ix_farm_task_lease",
            sqlite_where=sa.text("state = 'CLAIMED'"),
            postgresql_where=sa.text("state = 'CLAIMED'"),
        )

    op.drop_table("farm_task")
    op.drop_table("farm_switch")
    with op.batch_alter_table("farm_node", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_farm_node_online"))

    op.drop_table("farm_node")
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_export_user_id"))
        batch_op.drop_index(batch_op.f("ix_export_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_export_project_id"))
        batch_op.drop_index(batch_op.f("ix_export_job_id"))

    op.drop_table("export")
    with op.batch_alter_table("bus_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bus_message_created_at"))

    op.drop_table("bus_message")
