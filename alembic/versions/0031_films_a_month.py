"""a limit of films for a month; the request log's rest behind the wall from the first moment"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("month_films", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("usage_day", sa.Column("films_warned", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name == "postgresql" and not _walled():
        op.execute("ALTER TABLE request_log_rest ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE request_log_rest FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY tenant_wall ON request_log_rest "
            "USING (coalesce(current_setting('flatrender.tenant', true), '') IN ('', tenant_id))"
        )


def _walled() -> bool:
    """Housekeeping has put it behind the wall where it has run."""
    asked = sa.text("SELECT relrowsecurity FROM pg_class WHERE oid = CAST('request_log_rest' AS regclass)")
    return bool(op.get_bind().execute(asked).scalar_one())


def downgrade() -> None:
    op.drop_column("usage_day", "films_warned")  # the wall stays: housekeeping puts it up again
    op.drop_column("tenant", "month_films")
