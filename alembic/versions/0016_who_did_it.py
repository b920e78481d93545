"""whose address it was in the audit log, and which provider opened a session"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AT_ONCE = 1000


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.add_column("user_session", sa.Column("provider", text(length=40), nullable=False, server_default=""))
    op.add_column("audit_entry", sa.Column("actor_email", text(length=254), nullable=False, server_default=""))
    _part_names_from_addresses()


def downgrade() -> None:
    op.drop_column("audit_entry", "actor_email")
    op.drop_column("user_session", "provider")


def _part_names_from_addresses() -> None:
    """`actor` was `name <address>`. No address has a “<” in it: the last one parts them, whatever the name."""
    names = [sa.column(name, sa.String) for name in ("id", "actor", "actor_email")]
    entries = sa.table("audit_entry", *names)
    connection = op.get_bind()
    last = ""
    while True:
        query = sa.select(entries.c.id, entries.c.actor).where(entries.c.id > last).order_by(entries.c.id)
        rows = connection.execute(query.limit(AT_ONCE)).all()
        if not rows:
            return
        last = rows[-1].id
        for row in rows:
            name, sign, address = row.actor.removesuffix(">").rpartition(" <")
            if sign:
                changed = sa.update(entries).where(entries.c.id == row.id)
                connection.execute(changed.values(actor=name, actor_email=address))
