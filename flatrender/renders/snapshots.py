"""Single frames of a project as pictures, cached by the hash of all that they show."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.core.errors import Conflict, InvalidInput, NotFound, ProcessFailed, RateLimited
from flatrender.core.storage import get_storage
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.farm.states import LIVE, TaskState
from flatrender.projects import service as projects
from flatrender.renders import kinds, resolving

WIDEST = 1920
PRIORITY = 50  # a picture never overtakes a film
MOST_LIVE = 20  # pictures of one user at a time
MOST_TRIES = 5  # of one picture; ended ones are forgotten after a while


@dataclass(frozen=True)
class Wanted:
    """A frame of a scene. `frame` counts in the scene; `width` of the picture."""

    tenant_id: str
    bundle_key: str
    bundle_md5: str
    engine_version: str
    composition_id: int
    frame: int
    width: int
    values: Mapping[str, Mapping[str, Any]]

    @property
    def key(self) -> str:
        """Where the picture lies in the storage."""
        facts = {name: part for name, part in asdict(self).items() if name not in {"tenant_id", "bundle_key"}}
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        return f"snapshots/{self.tenant_id}/{digest[:2]}/{digest}.png"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Wanted":
        return cls(**data)


def request(session: Session, principal: Principal, project_id: str, *, frame: int, width: int = 640) -> dict[str, Any]:
    """Asks for a frame of the project's film: `{"key", "ready"}`; where it does not exist yet, one task draws it.

    `frame` counts in the film; at a cross-fade the later scene is shown. Asking again while it is being drawn adds
    nothing. Raises NotFound, InvalidInput, RateLimited when this person has too many under way, Conflict when it could
    not be drawn several times.
    """
    wanted = _wanted(session, principal, project_id, frame, width)
    if get_storage().exists(wanted.key):
        return {"key": wanted.key, "ready": True}
    tries = _tries(session, wanted.key)
    if tries and TaskState(tries[-1].state) in LIVE:
        return {"key": wanted.key, "ready": False}
    if len(tries) >= MOST_TRIES:
        raise Conflict(f"This picture could not be drawn {MOST_TRIES} times; change the project.", code="no-picture")
    under_way = farm.live_tasks(session, principal.user_id, kinds.SNAPSHOT)
    if under_way >= MOST_LIVE:
        raise RateLimited(f"{MOST_LIVE} pictures of yours are being drawn; wait for them first.", retry_after=2)
    task = farm.NewTask(
        kinds.SNAPSHOT,
        name=f"Frame {frame}",
        payload=wanted.to_dict(),
        weight=0.5,
        id=_task_id(wanted.key, len(tries)),
    )
    with suppress(IntegrityError), session.begin_nested():  # somebody asked at the same moment
        farm.enqueue(session, wanted.tenant_id, principal.user_id, [task], priority=PRIORITY)
    return {"key": wanted.key, "ready": False}


def look(session: Session, principal: Principal, project_id: str, *, frame: int, width: int = 640) -> dict[str, Any]:
    """As `request`, but only looks. Raises NotFound where nobody asked for it, ProcessFailed when it was not drawn."""
    wanted = _wanted(session, principal, project_id, frame, width)
    if get_storage().exists(wanted.key):
        return {"key": wanted.key, "ready": True}
    tries = _tries(session, wanted.key)
    if not tries or TaskState(tries[-1].state) in {TaskState.DONE, TaskState.CANCELLED}:
        raise NotFound("Nobody has asked for this picture yet; ask for it with POST.", code="not-asked-for")
    if TaskState(tries[-1].state) is TaskState.FAILED:
        raise ProcessFailed(f"The picture was not drawn: {tries[-1].error}", code="no-picture")
    return {"key": wanted.key, "ready": False}


def _wanted(session: Session, principal: Principal, project_id: str, frame: int, width: int) -> Wanted:
    if not 16 <= width <= WIDEST:
        raise InvalidInput(f"A picture is 16 to {WIDEST} pixels wide.", field="width")
    project = projects.get(session, principal, project_id)
    resolved = resolving.resolve(session, project.document, project.template_id)
    if not 0 <= frame < resolved.length:
        raise InvalidInput(f"The film has frames 0 to {resolved.length - 1}.", field="frame")
    seen = [use for use in resolved.scenes if use.start <= frame < use.start + use.frames]
    if not seen:
        raise InvalidInput(f"There is no scene at frame {frame}.", field="frame")
    use, inside = seen[-1], frame - seen[-1].start
    return Wanted(
        tenant_id=project.tenant_id,
        bundle_key=resolved.source.bundle_key,
        bundle_md5=resolved.source.bundle_md5,
        engine_version=resolved.source.engine_version,
        composition_id=use.composition_id,
        frame=use.film_frame(inside, Fraction(*resolved.source.rate)),
        width=width,
        values=use.values,
    )


def _task_id(key: str, number: int) -> str:
    """The same for all who ask, so that the table takes one task for each try."""
    return hashlib.sha256(f"{key} {number}".encode()).hexdigest()[:32]


def _tries(session: Session, key: str) -> list[Task]:
    """The tasks that were to draw the picture, in order."""
    ids = [_task_id(key, number) for number in range(MOST_TRIES)]
    return farm.tasks_by_id(session, ids)


def path(key: str) -> Path:
    """A finished picture on this machine. Raises NotFound."""
    return get_storage().local_path(key)
