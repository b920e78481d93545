"""the edits of one person are found when they take their data along"""

from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_project_edit_user_id"), "project_edit", ["user_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_project_edit_user_id"), "project_edit")
