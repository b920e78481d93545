"""The farm while the program is updated: nothing may run when it begins, nothing is claimed until it is over."""

from pathlib import Path

from sqlmodel import Session, select

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.permissions import Principal
from flatrender.core import outbox, update
from flatrender.core.db import DEFAULT_TENANT, on_commit
from flatrender.core.errors import Conflict
from flatrender.farm import service
from flatrender.farm.models import FarmSwitch


def ask(session: Session, data_dir: Path, who: Principal) -> None:
    """Pauses the farm and, after the commit, asks the supervisor for an update.

    Paused first, under the switch's lock, so that nothing is claimed between the count and the pause. Raises Conflict
    while something renders, and then nothing is paused; also where nobody supervises, or an update is under way.
    """
    by = who.name or who.email
    update.check(data_dir)
    service.pause(session, reason=f"{update.PAUSED_FOR_UPDATE}{by}")
    running = service.depth(session)["running"]
    if running:
        raise Conflict(
            f"{running} {'task is' if running == 1 else 'tasks are'} being rendered; update when they are done.",
            code="renders-run",
        )
    audit.note(session, who, Act.FARM_UPDATE)
    on_commit(session, lambda: update.request(data_dir, by))


def finish(session: Session, data_dir: Path) -> None:
    """After a start: lets the farm go on where an update had paused it, and tells when the update failed."""
    switch = session.exec(select(FarmSwitch)).first()
    if switch is None or not switch.stopped or not (switch.reason or "").startswith(update.PAUSED_FOR_UPDATE):
        return
    told = update.state(data_dir) or {}
    if told.get("step") not in {"restarting", "failed"}:
        return  # it goes on: this is the new version preparing the database
    service.resume(session)
    if told.get("step") == "failed":
        message = f"The update failed: {told.get('detail', '')}"
        outbox.record(session, "system.error", {"message": message}, tenant_id=DEFAULT_TENANT, topic="farm")
    elif told.get("step") == "restarting":
        update.note(data_dir, "done", str(told.get("detail", "")))
