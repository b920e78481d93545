"""Sign-ins that were refused, in the audit log: who looks after the site sees that somebody tries doors.

Bounded, for whoever tries 10,000 times writes no table full: the same account from the same address is told once in the
window of `tries`, and of a site no more than `MOST` in it. Told alike whether there is such an account or not.
"""

from typing import Any

from sqlmodel import Session, col, func, select

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.models import AuditEntry
from flatrender.access.permissions import Principal
from flatrender.access.tries import WINDOW
from flatrender.core import clock
from flatrender.core.db import Database
from flatrender.core.errors import FlatRenderError, RateLimited

MOST = 200  # of each kind, of a site, in the window
# The right password, but not yet all that is asked for.
_ON_THE_WAY = {"second-factor", "not-verified"}


def note(database: Database, tenant_id: str, error: FlatRenderError, *, account: str, address: str) -> None:
    """Notes why somebody was not let in, in a transaction of its own: the try's has ended badly. `account`: an e-mail
    address, empty for what can be none: it may be a password in the wrong field."""
    if error.code in _ON_THE_WAY:
        return
    locked = isinstance(error, RateLimited)
    act = Act.SIGN_IN_LOCKED if locked else Act.SIGN_IN_REFUSED
    with database.tenant_session(tenant_id) as session:
        if _times(session, act, label=account, address=address[:64]):
            return
        before = _times(session, act)
        if before >= MOST:
            return
        details: dict[str, Any] = {} if locked else {"reason": error.code}
        if before == MOST - 1:
            details["more"] = "not told"
        audit.note(session, Principal("", tenant_id, "", "", "", address=address), act, "", account, **details)


def _times(session: Session, act: Act, **same: str) -> int:
    query = select(func.count()).select_from(AuditEntry)
    query = query.where(col(AuditEntry.at) > clock.now() - WINDOW, col(AuditEntry.act) == act)
    return session.scalars(query.filter_by(**same)).one()
