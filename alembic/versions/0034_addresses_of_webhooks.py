"""what webhooks' addresses prove themselves with leaves the audit log: their hosts and a short first part stay"""

from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

from flatrender.core.db import JsonDict

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

AT_ONCE = 1000
LONGEST = 20


def upgrade() -> None:
    kinds: dict[str, Any] = {"id": sa.String(), "act": sa.String(), "label": sa.String(), "details": JsonDict()}
    entries = sa.table("audit_entry", *(sa.column(name, kind) for name, kind in kinds.items()))
    connection = op.get_bind()
    last = ""
    while True:
        query = sa.select(entries).where(entries.c.id > last, entries.c.act.startswith("webhook."))
        rows = connection.execute(query.order_by(entries.c.id).limit(AT_ONCE)).all()
        if not rows:
            return
        last = rows[-1].id
        for row in rows:
            details = dict(row.details)
            if isinstance(urls := details.get("url"), list):
                details["url"] = [_shown(str(url)) for url in urls]
            new = {"label": _shown(row.label), "details": details}
            if new != {"label": row.label, "details": row.details}:
                connection.execute(sa.update(entries).where(entries.c.id == row.id).values(new))


def downgrade() -> None:
    pass  # what was taken out is gone


def _shown(url: str) -> str:
    """As `notifications.webhooks.shown` tells it from now on."""
    try:
        parts = urlsplit(url.replace("?…", "/…"))
    except ValueError:
        return url
    if not parts.scheme or not parts.netloc:
        return url
    host = parts.netloc.rpartition("@")[2]
    first, _, rest = parts.path.removeprefix("/").partition("/")
    short = first if len(first) <= LONGEST and first != "…" else ""
    more = rest or parts.query or first != short
    return f"{parts.scheme}://{host}{f'/{short}' if short else ''}{'/…' if more else ''}"
