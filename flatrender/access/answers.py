"""Answers that are kept under an idempotency key, so that a request that is sent twice is done once."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flatrender.access.models import KeptAnswer
from flatrender.access.permissions import Principal
from flatrender.core import clock
from flatrender.core.db import Database

KEEP = timedelta(days=1)
STALE = timedelta(minutes=5)  # a request that runs longer has died with its process
BEGUN, RUNNING, OTHER = "begun", "running", "other"
LOST = 0  # the status of an answer that is not kept


@dataclass(frozen=True)
class Kept:
    """An answer: its status, and its JSON; None for an empty body. With `LOST` what was asked is done, and the answer
    was too large to be kept."""

    status: int
    body: Any


def begin(database: Database, principal: Principal, key: str, digest: str) -> Kept | str:
    """Claims the key for a request (`BEGUN`), or says what became of the first: its answer, `RUNNING`, or `OTHER`
    where that was another request. `digest`: of all that is asked."""
    try:
        with database.tenant_session(principal.tenant_id) as session:
            known = _find(session, principal, key)
            now = clock.now()
            fresh = known is not None and now - known.created_at < (STALE if known.status is None else KEEP)
            if known is not None and fresh:
                if known.digest != digest:
                    return OTHER
                return RUNNING if known.status is None else Kept(known.status, known.body)
            if known is not None:
                session.delete(known)
                session.flush()
            session.add(KeptAnswer(user_id=principal.user_id, key=_place(principal, key), digest=digest))
            session.flush()
    except IntegrityError:  # two at once: the other one was first
        return RUNNING
    return BEGUN


def end(database: Database, principal: Principal, key: str, kept: Kept | None) -> None:
    """Keeps the answer; None gives the key back."""
    with database.tenant_session(principal.tenant_id) as session:
        known = _find(session, principal, key)
        if known is None:
            return
        if kept is None:
            session.delete(known)
        else:
            known.status, known.body = kept.status, kept.body
            session.add(known)


def _find(session: Session, principal: Principal, key: str) -> KeptAnswer | None:
    own = (col(KeptAnswer.user_id) == principal.user_id, col(KeptAnswer.key) == _place(principal, key))
    return session.exec(select(KeptAnswer).where(*own).with_for_update()).first()


def _place(principal: Principal, key: str) -> str:
    """Under what an answer is kept: what one of a person's API keys was told is not for another, which may do less,
    nor for whoever helps them."""
    helper = principal.helper.user_id if principal.helper else ""
    return hashlib.sha256(f"{principal.key_id}\0{helper}\0{key}".encode()).hexdigest()
