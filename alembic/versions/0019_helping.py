"""administrators help people: as whom a session acts, and for whom something was done"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, time = sqlmodel.sql.sqltypes.AutoString, flatrender.core.db.UtcDateTime
    op.add_column("user_session", sa.Column("helping_id", text(length=32), nullable=False, server_default=""))
    op.add_column("user_session", sa.Column("helping_until", time(timezone=True), nullable=True))
    op.add_column("audit_entry", sa.Column("for_id", text(length=32), nullable=False, server_default=""))
    op.add_column("audit_entry", sa.Column("for_name", text(length=400), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("audit_entry", "for_name")
    op.drop_column("audit_entry", "for_id")
    op.drop_column("user_session", "helping_until")
    op.drop_column("user_session", "helping_id")
