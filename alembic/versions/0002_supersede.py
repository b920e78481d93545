"""one live job per project path"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LIVE = sa.text(
    "supersede_key IS NOT NULL AND NOT cancel_requested AND state IN ('PENDING', 'VALIDATING', 'QUEUED', 'RENDERING')"
)


def upgrade() -> None:
    op.add_column("render_job", sa.Column("supersede_key", sqlmodel.sql.sqltypes.AutoString(length=1024), nullable=True))
    op.create_index(
        "uq_render_job_supersede",
        "render_job",
        ["tenant_id", "supersede_key"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def downgrade() -> None:
    op.drop_index("uq_render_job_supersede", "render_job")
    op.drop_column("render_job", "supersede_key")
