"""PostgreSQL: row-level security on every table of tenants"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = (
    *("account_letter", "api_key", "audit_entry", "export", "farm_task", "farm_task_attempt", "farm_task_log"),
    *("identity_provider", "kept_answer", "media", "media_folder", "media_policy", "media_upload"),
    *("notification_delivery", "project", "project_edit", "project_render", "project_version", "recovery_code"),
    *("render_job", "scene_film", "template", "template_bundle", "template_category", "template_color"),
    *("template_demo", "template_element", "template_font", "template_preset", "template_scan", "template_scene"),
    *("template_tag", "template_tag_link", "tenant_domain", "user_account", "user_identity", "user_mac_username"),
    *("user_session", "webhook_endpoint"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(
                f"CREATE POLICY tenant_wall ON {table} "
                "USING (coalesce(current_setting('flatrender.tenant', true), '') IN ('', tenant_id))"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP POLICY tenant_wall ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
