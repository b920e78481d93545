"""Who uses a file. Owners of documents register here; nothing in use is deleted."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlmodel import Session

from flatrender.core.errors import Conflict
from flatrender.media.models import Media


class Use(NamedTuple):
    """One use of a file. `kind`: "project", "version" for a kept version of one (`id` is the project's), or "job" for a
    film that is being rendered; `id`, `name`: whose it is."""

    media_id: str
    kind: str
    id: str
    name: str


# All uses of files in the session's tenant; of the files of one user, where that is given (more does no harm).
UsesOf = Callable[[Session, str | None], Iterator[Use]]
_reports: list[UsesOf] = []


def on_uses(report: UsesOf) -> UsesOf:
    """Registers `report(session, user_id)`, which yields who uses which file."""
    _reports.append(report)
    return report


def every(session: Session, user_id: str | None = None) -> Iterator[Use]:
    """Every use in the session's tenant."""
    for report in tuple(_reports):
        yield from report(session, user_id)


def of(session: Session, media: Media) -> list[Use]:
    """Who uses this file; each once."""
    return list(dict.fromkeys(use for use in every(session, media.user_id) if use.media_id == media.id))


def check_unused(session: Session, media: Media) -> None:
    """Raises Conflict, naming the first user, while anybody uses the file."""
    for use in of(session, media):
        if use.kind == "job":
            raise Conflict(
                f"{media.name} is in the film “{use.name}” that is being rendered; delete it when that is done.",
                code="media-in-use",
            )
        if use.kind == "version":
            raise Conflict(
                f"{media.name} is used in the kept version “{use.name}”; take the name off that version first.",
                code="media-in-version",
            )
        raise Conflict(
            f"{media.name} is used in the project “{use.name}”; take it out there first.", code="media-in-use"
        )
