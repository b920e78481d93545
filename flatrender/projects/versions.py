"""Kept versions of a project: whole documents to go back to. The first one, every hundredth and what a restore replaced
are kept by themselves, the newest of them; those that people named are kept with the files that they use."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, delete, select

from flatrender.core.errors import Conflict, NotFound
from flatrender.core.ready import Ready
from flatrender.media import uses
from flatrender.media.uses import Use
from flatrender.projects import timeline, upgrades
from flatrender.projects.models import Project, ProjectVersion

Json = dict[str, Any]
MOST_UNNAMED, MOST_NAMED = 100, 200  # of a project
_SHOWN: Any = (ProjectVersion.revision, ProjectVersion.name, ProjectVersion.created_at)
_LISTED = Ready(  # without the documents
    sa_select(*_SHOWN)
    .where(col(ProjectVersion.project_id) == bindparam("project"))
    .order_by(col(ProjectVersion.revision).desc())
)


def listed(session: Session, project_id: str) -> list[Json]:
    """Newest first: `[{"revision", "name", "created_at"}]`; the name is empty where nobody gave one."""
    return [_told(*row) for row in _LISTED.rows(session, project=project_id)]


def get(session: Session, project_id: str, revision: int) -> ProjectVersion:
    """The version of a revision. Raises NotFound."""
    row = _find(session, project_id, revision)
    if row is None:
        raise NotFound("There is no such version of this project.")
    return row


def keep(session: Session, project: Project) -> ProjectVersion:
    """Keeps the document as it is now."""
    row = _find(session, project.id, project.revision)
    if row is None:
        row = ProjectVersion(project_id=project.id, revision=project.revision, document=project.document)
        session.add(row)
        session.flush()
        _prune(session, project.id)
    return row


def keep_named(session: Session, project: Project, name: str) -> Json:
    """Keeps the document as it is now under a name. Raises Conflict (`too-many-versions`)."""
    _check_room(session, project.id, project.revision)
    return _named(session, keep(session, project), name)


def give_name(session: Session, project_id: str, revision: int, name: str) -> Json:
    """A name for a version that is kept, such as the one that was taken off it. Raises NotFound, Conflict."""
    row = get(session, project_id, revision)
    _check_room(session, project_id, revision)
    return _named(session, row, name)


def _check_room(session: Session, project_id: str, revision: int) -> None:
    others = select(func.count()).where(
        col(ProjectVersion.project_id) == project_id,
        col(ProjectVersion.name) != "",
        col(ProjectVersion.revision) != revision,
    )
    if session.execute(others).scalar_one() >= MOST_NAMED:
        raise Conflict(
            f"This project keeps {MOST_NAMED} named versions already; take the name off one of them.",
            code="too-many-versions",
        )


def _named(session: Session, row: ProjectVersion, name: str) -> Json:
    row.name = name
    session.add(row)
    session.flush()
    return _to_dict(row)


def take_name_off(session: Session, project_id: str, revision: int) -> Json:
    """From now on the version is one of those that are kept by themselves, and holds no files. Raises NotFound.

    An old one goes with the next version that is kept, not now: until then its name can be given back."""
    return _named(session, get(session, project_id, revision), "")


@uses.on_uses
def media_uses(session: Session, user_id: str | None) -> Iterator[Use]:
    """The files that each named version holds: whoever goes back to it finds them."""
    query = select(ProjectVersion, Project.id, Project.name).join(Project).where(col(ProjectVersion.name) != "")
    if user_id is not None:
        query = query.where(col(Project.user_id) == user_id)
    for version, project_id, name in session.exec(query):
        for media_id in dict.fromkeys(timeline.media_ids(upgrades.read(version.document))):
            yield Use(media_id, "version", project_id, f"{name}: {version.name}")


def _find(session: Session, project_id: str, revision: int) -> ProjectVersion | None:
    query = select(ProjectVersion).where(
        col(ProjectVersion.project_id) == project_id, col(ProjectVersion.revision) == revision
    )
    return session.exec(query).first()


def _prune(session: Session, project_id: str) -> None:
    """Only the newest of the versions that nobody named are kept."""
    unnamed = (col(ProjectVersion.project_id) == project_id, col(ProjectVersion.name) == "")
    newest = col(ProjectVersion.revision).desc()
    beyond = session.exec(select(ProjectVersion.revision).where(*unnamed).order_by(newest).offset(MOST_UNNAMED)).all()
    if beyond:
        session.execute(delete(ProjectVersion).where(*unnamed, col(ProjectVersion.revision).in_(beyond)))


def _to_dict(row: ProjectVersion) -> Json:
    return _told(row.revision, row.name, row.created_at)


def _told(revision: int, name: str, created_at: datetime) -> Json:
    return {"revision": revision, "name": name, "created_at": created_at.isoformat()}
