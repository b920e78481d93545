"""Who is told when a task changes: the owners of task kinds, in the same transaction as the change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session

from flatrender.core.plain import Plain
from flatrender.farm.models import Claimed, Task
from flatrender.farm.states import TaskEvent, TaskState


@dataclass(frozen=True)
class TaskChange:
    """One change of a task. `before == after` for progress and for a cancel that its node has yet to see."""

    event: TaskEvent
    before: TaskState
    after: TaskState
    reason: str | None = None


class Owner(NamedTuple):
    """What a listener wants to know of a task's owner: columns of the row with its id, which is locked. The first is
    never NULL."""

    table: str
    columns: tuple[str, ...]


Ripple = Callable[[Session, Task, TaskChange], None]
ClaimRipple = Callable[[Plain, Claimed], None]
_ripples: dict[str, list[Ripple]] = {}
_of_claims: dict[str, list[ClaimRipple]] = {}
owners: dict[str, Owner] = {}  # of tasks of a kind


def on_task_change(*kinds: str) -> Callable[[Ripple], Ripple]:
    """Registers `ripple(session, task, change)` for tasks of these kinds.

    It runs after the task's row was written and before the commit; what it raises undoes the change. It may read and
    write its owner's rows, and enqueue or cancel tasks of the same owner.
    """

    def register(ripple: Ripple) -> Ripple:
        for kind in kinds:
            listeners = _ripples.setdefault(kind, [])
            if ripple not in listeners:
                listeners.append(ripple)
        return ripple

    return register


def on_claim(*kinds: str, owner: Owner | None = None) -> Callable[[ClaimRipple], ClaimRipple]:
    """Registers `ripple(plain, claimed)` for claims of tasks of these kinds: in plain SQL, for nodes claim all day.
    The task's row is written before them. `owner`: what `claimed.owner` is, one thing for each kind; read
    together with the task.

    Whoever listens to a kind with `on_task_change` as well does not hear of its claims there.
    """

    def register(ripple: ClaimRipple) -> ClaimRipple:
        for kind in kinds:
            listeners = _of_claims.setdefault(kind, [])
            if ripple not in listeners:
                listeners.append(ripple)
            if owner is not None:
                assert owners.get(kind, owner) == owner, "one row is read for each task"
                owners[kind] = owner
        return ripple

    return register


def of_claims(kind: str) -> tuple[ClaimRipple, ...]:
    """Who listens in plain SQL to claims of tasks of this kind."""
    return tuple(_of_claims.get(kind, ()))


def heard(kind: str) -> bool:
    """Whether anybody listens to tasks of this kind."""
    return bool(_ripples.get(kind))


def ripple(session: Session, task: Task, change: TaskChange) -> None:
    """Tells the owners of `task.kind`."""
    for listener in tuple(_ripples.get(task.kind, ())):
        listener(session, task, change)
