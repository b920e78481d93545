"""Single frames of a project as pictures, cached by the hash of all that they show."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.core.errors import InvalidInput
from flatrender.core.storage import get_storage
from flatrender.farm import service as farm
from flatrender.projects import service as projects
from flatrender.renders import kinds, resolving

WIDEST = 1920


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
    """A frame of the project's film: `{"key", "ready"}`; where it does not exist yet, a task is enqueued that draws it.

    `frame` counts in the film; at a cross-fade the later scene is shown. Raises NotFound, InvalidInput.
    """
    if not 16 <= width <= WIDEST:
        raise InvalidInput(f"A picture is 16 to {WIDEST} pixels wide.", field="width")
    project = projects.get(session, principal, project_id)
    resolved = resolving.resolve(session, project.document, project.template_id)
    start = 0
    chosen = None
    for use in resolved.scenes:
        start -= use.fade
        if start <= frame < start + use.frames:
            chosen = (use, frame - start)
        start += use.frames
    if chosen is None:
        raise InvalidInput(f"The film has frames 0 to {start - 1}.", field="frame")
    use, inside = chosen
    wanted = Wanted(
        tenant_id=project.tenant_id,
        bundle_key=resolved.source.bundle_key,
        bundle_md5=resolved.source.bundle_md5,
        engine_version=resolved.source.engine_version,
        composition_id=use.composition_id,
        frame=inside,
        width=width,
        values=use.values,
    )
    ready = get_storage().exists(wanted.key)
    if not ready:
        task = farm.NewTask(kinds.SNAPSHOT, name=f"Frame {frame}", payload=wanted.to_dict(), weight=0.5)
        farm.enqueue(session, project.tenant_id, project.id, [task], priority=70)
    return {"key": wanted.key, "ready": ready}


def path(key: str) -> Path:
    """A finished picture on this machine. Raises NotFound."""
    return get_storage().local_path(key)
