"""The farm while the program is updated: nothing may run when it begins, nothing is claimed until it is over."""

import logging
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.permissions import Principal
from flatrender.core import outbox, update
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import Conflict, FlatRenderError, Unavailable
from flatrender.core.storage import explain
from flatrender.farm import service
from flatrender.farm.models import FarmSwitch

log = logging.getLogger(__name__)
UNDO_SECONDS, UNDO_TRIES = 2.0, 300  # between two tries to take a pause back, while the database is away
_UNDER_WAY = {"requested", "stopping", "fetching", "installing", "preparing"}  # the farm stays paused
NEVER_BEGAN = "The farm was paused for an update that is not under way; it goes on. Ask for the update again."


def ask(database: Database, data_dir: Path, who: Principal) -> None:
    """Pauses the farm and asks the supervisor for an update.

    Counted under the pause, and once more when the claims have ended that had not seen it. Raises Conflict while
    something renders; also where nobody supervises, or an update is under way. Whatever it raises, the farm is as it
    was before, for nobody would let it go on but the next start; unless the supervisor has begun.
    """
    by = who.name or who.email
    update.check(data_dir)
    with database.system_session() as session:
        row = service.switch(session)
        before = row.stopped, row.reason
        ours = f"{update.PAUSED_FOR_UPDATE}{by}"
        service.pause(session, reason=ours)
        _check_idle(service.depth(session)["running"])
    asked = False
    try:
        with database.system_session() as session:
            service.let_claims_end(session)
            _check_idle(service.depth(session)["running"])
        with database.system_session() as session:
            audit.note(session, who, Act.FARM_UPDATE)
            session.flush()
            update.request(data_dir, by)  # here: what is not asked for is not noted, and the reverse
            asked = True
    except BaseException as error:
        begun = False
        try:
            begun = asked and not update.withdraw(data_dir)
        finally:
            if not begun:
                _undo(database, data_dir, before, ours)
        if begun:  # nobody holds the supervisor up any more: the farm stays paused, and what goes on is noted
            with suppress(FlatRenderError), database.system_session() as session:
                audit.note(session, who, Act.FARM_UPDATE)
            log.warning("the update goes on: the supervisor had begun when asking for it failed: %s", error)
        if isinstance(error, OSError):
            raise explain(error) from error
        raise


def _undo(
    database: Database, data_dir: Path, before: tuple[bool, str | None], ours: str, tries: int = UNDO_TRIES
) -> None:
    """Takes the pause back; by and by, where the database is away at this moment."""
    try:
        with database.system_session() as session:
            # Asked for by somebody else meanwhile, the pause is theirs; so is another one, or none.
            if update.requested(data_dir) or service.switch(session).reason != ours:
                return
            stopped, reason = before
            if stopped and not (reason or "").startswith(update.PAUSED_FOR_UPDATE):
                service.pause(session, reason=reason or "")
            else:
                service.resume(session)
    except Unavailable as error:
        log.warning("the farm stays paused until the database answers: %s", error.message)
        if tries > 0:
            threading.Thread(
                target=_undo_later, args=(database, data_dir, before, ours, tries - 1), daemon=True
            ).start()


def _undo_later(*given: Any) -> None:
    time.sleep(UNDO_SECONDS)
    _undo(*given)


def _check_idle(running: int) -> None:
    if running:
        raise Conflict(
            f"{running} {'task is' if running == 1 else 'tasks are'} being rendered; update when they are done.",
            code="renders-run",
        )


def finish(session: Session, data_dir: Path) -> None:
    """At a start: lets the farm go on where an update had paused it, and tells when the update failed.

    Also where none is under way: a process that ends between the pause's commit and the request leaves a pause alone.
    """
    switch = session.exec(select(FarmSwitch)).first()
    if switch is None or not switch.stopped or not (switch.reason or "").startswith(update.PAUSED_FOR_UPDATE):
        return
    told = update.state(data_dir) or {}
    step, detail = told.get("step"), str(told.get("detail", ""))
    if step in _UNDER_WAY:
        return  # this is the new version preparing the database
    service.resume(session)
    if step == "restarting":
        update.note(data_dir, "done", detail)
        return
    message = f"The update failed: {detail}" if step == "failed" else NEVER_BEGAN
    outbox.record(session, "system.error", {"message": message}, tenant_id=DEFAULT_TENANT, topic="farm")
