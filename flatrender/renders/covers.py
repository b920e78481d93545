"""What stands for a project in lists: its film's first scene at the designed moment, as the customer has it.

The farm draws it when it is first looked for, and it is kept as every snapshot is; until then, and where it cannot be
drawn, the template's picture of the scene stands in.
"""

from contextlib import suppress
from dataclasses import dataclass

from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.core.errors import FlatRenderError, NotFound
from flatrender.farm import service as farm
from flatrender.projects import service as projects
from flatrender.projects import timeline, upgrades
from flatrender.projects.models import Project
from flatrender.renders import kinds, snapshots

WIDTH = 480
MOST_LIVE = 6  # of one person: a list of many projects does not fill the queue


@dataclass(frozen=True)
class Cover:
    """`key`: the drawn picture, None while there is none; then `wanted` says whether to ask for it. `stand_in`: the
    address of the template's picture, or None."""

    key: str | None
    wanted: bool
    stand_in: str | None


def look(session: Session, principal: Principal, project_id: str) -> Cover:
    """The project's picture as far as it is there. Raises NotFound for projects of others."""
    project = projects.get(session, principal, project_id)
    facts = projects.to_dict(project, projects.definition_of(session, project.template_id))
    stand_in = facts["pictures"][0] if facts["pictures"] else facts["poster"]
    try:
        frame = _moment(session, project)
        made = snapshots.look(session, principal, project_id, frame=frame, width=WIDTH)
    except FlatRenderError as error:
        return Cover(None, isinstance(error, NotFound) and error.code == "not-asked-for", stand_in)
    return Cover(made["key"] if made["ready"] else None, False, stand_in)


def ask(session: Session, principal: Principal, project_id: str) -> None:
    """Lets the farm draw the project's picture, unless several of this person's are under way."""
    project = projects.get(session, principal, project_id)
    if farm.live_tasks(session, principal.user_id, kinds.SNAPSHOT) >= MOST_LIVE:
        return
    with suppress(FlatRenderError):  # a picture in a list is no reason for trouble
        snapshots.request(session, principal, project_id, frame=_moment(session, project), width=WIDTH)


def _moment(session: Session, project: Project) -> int:
    """The frame of the film that shows its first scene as designed. Raises NotFound for a film without scenes."""
    scenes = timeline.scene_layout(upgrades.read(project.document))
    definition = projects.definition_of(session, project.template_id)
    if not scenes or definition is None:
        raise NotFound("There is no scene to show.")
    clip, placed = scenes[0]
    scene = definition.scene(clip.scene)
    inside = (scene.cover_frame if scene else clip.duration * 3 // 5) - clip.offset
    return placed.start + min(max(0, inside), clip.duration - 1)
