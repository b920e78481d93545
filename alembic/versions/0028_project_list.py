"""An index for the list of a person's projects

Revision ID: 0028
Revises: 0027
"""

from alembic import op
from sqlalchemy import text

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["tenant_id", "user_id", "state", text("updated_at DESC"), text("id DESC")]
    op.create_index("ix_project_list", "project", columns)


def downgrade() -> None:
    op.drop_index("ix_project_list", table_name="project")
