"""messages to pages are kept as they are written"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _kept_as(JSONB(), sa.JSON())


def downgrade() -> None:
    _kept_as(sa.JSON(), JSONB())


def _kept_as(before: sa.types.TypeEngine[object], after: sa.types.TypeEngine[object]) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return  # text there
    op.execute(sa.text("DELETE FROM bus_message"))  # of the last minute, for processes that an update has ended
    using = f"payload::{after.__class__.__name__.lower()}"
    op.alter_column("bus_message", "payload", existing_type=before, type_=after, postgresql_using=using)
