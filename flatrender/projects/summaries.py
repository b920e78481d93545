"""What lists say of a project's document, remembered by its revision: to read sixty documents takes longer than all
else of a list."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlmodel import Session, col, select

from flatrender.core.db import may_write
from flatrender.projects import timeline, upgrades
from flatrender.projects.models import Line, Project
from flatrender.projects.timeline import Document

KEPT = 20_000  # of all sites; some hundred bytes each


@dataclass(frozen=True)
class Summary:
    """`shown`: the scenes' keys in order; `own`: whether the customer has changed what the film begins with."""

    size: tuple[int, int]
    frames: int
    duration: float
    shown: tuple[str, ...]
    has_music: bool
    own: bool


_Key = tuple[str, int, datetime]
_lock = Lock()
_kept: OrderedDict[_Key, Summary] = OrderedDict()


def of(document: Document) -> Summary:
    """The summary of a document."""
    frames = timeline.film_duration(document)
    return Summary(
        size=(document.size[0], document.size[1]),
        frames=frames,
        duration=round(float(document.rate.seconds(frames)), 3),
        shown=tuple(clip.scene for clip in document.clips),
        has_music=document.music is not None,
        own=bool(document.colors or document.preset or any(clip.values for clip in document.clips[:1])),
    )


def of_rows(session: Session, rows: Sequence[Line]) -> dict[str, Summary]:
    """By the projects' ids. The documents of the rows need not be loaded; those that are not remembered are read.

    Nothing is remembered from a session that writes: what it sees may yet be rolled back.
    """
    with _lock:
        found = {row.id: _kept[_key(row)] for row in rows if _key(row) in _kept}
        for row in rows:
            if row.id in found:
                _kept.move_to_end(_key(row))
    missing = {row.id: row for row in rows if row.id not in found}
    if not missing:
        return found
    query = select(Project.id, Project.revision, Project.document).where(col(Project.id).in_(missing))
    for project_id, revision, document in session.exec(query):
        summary = found[project_id] = of(upgrades.read(document))
        if revision == missing[project_id].revision and not may_write(session):
            with _lock:
                _kept[_key(missing[project_id])] = summary
                while len(_kept) > KEPT:
                    _kept.popitem(last=False)
    return found


def _key(row: Line) -> _Key:
    return row.id, row.revision, row.updated_at
