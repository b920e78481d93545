"""Kinds of render jobs beside the studio's films: what differs, in one Protocol. Their states and rules are the same.

A kind registers itself when its module is imported; the composition roots of node and web import those there are.
"""

from pathlib import Path
from typing import Any, NamedTuple, Protocol

from sqlmodel import Session

from flatrender.core.errors import NotFound
from flatrender.farm.models import Task
from flatrender.farm.service import NewTask
from flatrender.renders.models import RenderJob

FILM = "film"
Json = dict[str, Any]


class Output(NamedTuple):
    """A finished film on this machine, what it is called, its media type, its facts."""

    path: Path
    name: str
    content_type: str
    facts: Json


class JobKind(Protocol):
    """All calls belong to the caller's transaction."""

    name: str

    def check(self, session: Session, job: RenderJob) -> NewTask:
        """The task that validates a new job."""

    def start(self, session: Session, job: RenderJob, task: Task) -> None:
        """The job is validated: inserts its render tasks."""

    def deliver(self, session: Session, job: RenderJob, result: Json) -> None:
        """Its last task is done: notes the film."""

    def again(self, session: Session, old: RenderJob, new: RenderJob) -> None:
        """`new` is a retry of `old`: copies what belongs to the kind."""

    def output(self, session: Session, job: RenderJob) -> Output:
        """The finished film. Raises NotFound."""

    def detail(self, session: Session, job: RenderJob) -> Json:
        """What its page shows beside what all jobs show."""

    def forget(self, session: Session, job: RenderJob) -> None:
        """The job is being deleted: so are the rows of the kind, never the film."""


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Makes a kind known."""
    _kinds[kind.name] = kind


def of(job: RenderJob) -> JobKind | None:
    """The kind of a job; None for the studio's films. Raises NotFound for one that is not known here."""
    if job.kind == FILM:
        return None
    kind = _kinds.get(job.kind)
    if kind is None:
        raise NotFound(f"Jobs of the kind “{job.kind}” are not known here.")
    return kind
