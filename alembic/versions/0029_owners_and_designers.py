"""built-in roles by the names of the field: member, designer, admin, owner"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_USERS = sa.table("user_account", *(sa.column(name) for name in ("id", "tenant_id", "role", "active", "created_at")))
_KEYS = sa.table("api_key", sa.column("role"))


def upgrade() -> None:
    _rename(("user", "member"), ("tenant_admin", "admin"))
    # Who opened a site owns it: the administrator who was there first. The house's is in the hands of who runs it.
    running = sa.select(_USERS.c.id, _USERS.c.tenant_id, _USERS.c.role)
    running = running.where(_USERS.c.role.in_(("admin", "platform_admin")), _USERS.c.active)
    first: dict[str, sa.Row[tuple[str, str, str]]] = {}
    for row in op.get_bind().execute(running.order_by(_USERS.c.role.desc(), _USERS.c.created_at, _USERS.c.id)):
        first.setdefault(row.tenant_id, row)
    owners = [row.id for row in first.values() if row.role == "admin"]
    for user_id in owners:
        op.execute(_USERS.update().where(_USERS.c.id == user_id).values(role="owner"))


def downgrade() -> None:
    _rename(("owner", "tenant_admin"), ("admin", "tenant_admin"), ("designer", "user"), ("member", "user"))


def _rename(*pairs: Iterable[str]) -> None:
    for table in (_USERS, _KEYS):
        for old, new in pairs:
            op.execute(table.update().where(table.c.role == old).values(role=new))
