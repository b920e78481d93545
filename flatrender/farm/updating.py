"""The farm while the program is updated: nothing may run when it begins, nothing is claimed until it is over."""

from pathlib import Path

from sqlmodel import Session, select

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.permissions import Principal
from flatrender.core import outbox, update
from flatrender.core.db import DEFAULT_TENANT, Database, on_commit
from flatrender.core.errors import Conflict, FlatRenderError
from flatrender.farm import service
from flatrender.farm.models import FarmSwitch

_UNDER_WAY = {"requested", "stopping", "fetching", "installing", "preparing"}  # the farm stays paused
NEVER_BEGAN = "The farm was paused for an update that is not under way; it goes on. Ask for the update again."


def ask(database: Database, data_dir: Path, who: Principal) -> None:
    """Pauses the farm and asks the supervisor for an update.

    Counted under the pause, and once more when the claims have ended that had not seen it. Raises Conflict while
    something renders, and then nothing is paused; also where nobody supervises, or an update is under way.
    """
    by = who.name or who.email
    update.check(data_dir)
    with database.system_session() as session:
        row = service.switch(session)
        before = row.stopped, row.reason
        service.pause(session, reason=f"{update.PAUSED_FOR_UPDATE}{by}")
        _check_idle(service.depth(session)["running"])
    try:
        with database.system_session() as session:
            service.let_claims_end(session)
            _check_idle(service.depth(session)["running"])
    except FlatRenderError:
        with database.system_session() as session:
            if before[0]:
                service.pause(session, reason=before[1] or "")
            else:
                service.resume(session)
        raise
    with database.system_session() as session:
        audit.note(session, who, Act.FARM_UPDATE)
        on_commit(session, lambda: update.request(data_dir, by))


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
