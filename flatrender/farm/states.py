"""Task states, and what each event makes of them: a pure table.

    WAITING ──claim──▶ CLAIMED ──complete──▶ DONE
       ▲                  │
       └── not ready, crash, lease lost, release, requeue (while tries are left)
                          └──▶ FAILED (tries used up, or refused) | CANCELLED (asked for, and seen)

DONE, FAILED and CANCELLED absorb: no event changes them. A lost lease is counted apart from a crash: a crash says
something about the task, a lost lease about the node or the network.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class TaskState(StrEnum):
    """Where a task is."""

    WAITING = "WAITING"
    CLAIMED = "CLAIMED"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


LIVE = frozenset({TaskState.WAITING, TaskState.CLAIMED})
TERMINAL = frozenset({TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED})


class TaskEvent(StrEnum):
    """What can happen to a task."""

    CLAIM = "claim"  # a node took it
    COMPLETE = "complete"  # its handler returned a result
    NOT_READY = "not-ready"  # its input is not there yet
    CRASH = "crash"  # its handler died; trying again may help
    REFUSE = "refuse"  # its handler found that trying again cannot help
    LEASE_LOST = "lease-lost"  # the node stopped renewing
    RELEASE = "release"  # the node gave it back: it is shutting down
    REQUEUE = "requeue"  # somebody wants it done by another claim
    CANCEL = "cancel"  # somebody wants it stopped
    CANCEL_SEEN = "cancel-seen"  # the owner has stopped it
    STOP = "stop"  # emergency stop: ends it now, its owner is fenced off
    PROGRESS = "progress"  # changes no state; here so that ripples have a name for it


@dataclass(frozen=True)
class Limits:
    """How often a task is tried again. Waits in seconds."""

    crash_retries: int = 3
    lost_leases: int = 5
    ready_tries: int = 10
    ready_wait: float = 3.0
    crash_wait: float = 1.0


@dataclass(frozen=True)
class Counters:
    """How often what went wrong."""

    crashes: int = 0
    lost_leases: int = 0
    not_ready: int = 0


@dataclass(frozen=True)
class Step:
    """What an event makes of a task. `wait`: seconds before it may be claimed again."""

    state: TaskState
    counters: Counters
    cancel_requested: bool = False
    wait: float = 0.0


DEFAULT_LIMITS = Limits()


def step(
    state: TaskState,
    event: TaskEvent,
    counters: Counters = Counters(),
    *,
    cancel_requested: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Step | None:
    """What `event` makes of a task in `state`; None when it changes nothing (absorbed, or not possible there)."""
    if state in TERMINAL or event is TaskEvent.PROGRESS:
        return None
    if event is TaskEvent.STOP:
        return Step(TaskState.CANCELLED, counters, cancel_requested=True)
    if state is TaskState.WAITING:
        if event is TaskEvent.CANCEL:
            return Step(TaskState.CANCELLED, counters, cancel_requested=True)
        if event is TaskEvent.REFUSE:
            return Step(TaskState.FAILED, counters)
        if event is TaskEvent.CLAIM and not cancel_requested:
            return Step(TaskState.CLAIMED, counters)
        return None
    if event is TaskEvent.CLAIM:
        return None
    if event is TaskEvent.CANCEL:
        return None if cancel_requested else Step(TaskState.CLAIMED, counters, cancel_requested=True)
    if cancel_requested or event is TaskEvent.CANCEL_SEEN:
        # A cancel that was committed first wins over every ending, a completion included.
        return Step(TaskState.CANCELLED, counters, cancel_requested=True)
    return _ended(event, counters, limits)


def _ended(event: TaskEvent, counters: Counters, limits: Limits) -> Step:
    if event is TaskEvent.COMPLETE:
        return Step(TaskState.DONE, counters)
    if event is TaskEvent.REFUSE:
        return Step(TaskState.FAILED, counters)
    if event in {TaskEvent.RELEASE, TaskEvent.REQUEUE}:
        return Step(TaskState.WAITING, counters)
    if event is TaskEvent.NOT_READY:
        after = replace(counters, not_ready=counters.not_ready + 1)
        again = after.not_ready < limits.ready_tries
        return Step(TaskState.WAITING if again else TaskState.FAILED, after, wait=limits.ready_wait if again else 0.0)
    if event is TaskEvent.CRASH:
        after = replace(counters, crashes=counters.crashes + 1)
        again = after.crashes <= limits.crash_retries
        return Step(TaskState.WAITING if again else TaskState.FAILED, after, wait=limits.crash_wait if again else 0.0)
    after = replace(counters, lost_leases=counters.lost_leases + 1)
    return Step(TaskState.WAITING if after.lost_leases <= limits.lost_leases else TaskState.FAILED, after)
