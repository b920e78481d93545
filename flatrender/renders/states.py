"""States of a render job, and how they follow from its tasks: a pure table.

PENDING → VALIDATING → QUEUED → RENDERING → COMPLETED | FAILED | CANCELLED
   ▲          │           ▲         │
   └ not ready┘           └─ crash ─┘   (while tries are left)
"""

from dataclasses import dataclass
from enum import StrEnum

from flatrender.farm.states import TaskEvent, TaskState


class JobState(StrEnum):
    """Where a job is."""

    PENDING = "PENDING"
    VALIDATING = "VALIDATING"
    QUEUED = "QUEUED"
    RENDERING = "RENDERING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


LIVE = frozenset({JobState.PENDING, JobState.VALIDATING, JobState.QUEUED, JobState.RENDERING})
TERMINAL = frozenset({JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED})
IDLE = frozenset({JobState.PENDING, JobState.QUEUED})  # nobody works on it
FARM_STOPPED = "The farm is stopped"
"""What a job that waits says meanwhile, in place of its note."""
BOOSTABLE = frozenset({JobState.PENDING, JobState.VALIDATING, JobState.QUEUED})


@dataclass(frozen=True)
class Others:
    """The job's other tasks at that moment."""

    live: int = 0  # waiting or claimed
    claimed: int = 0


def follow(
    job: JobState,
    *,
    validating: bool,
    event: TaskEvent,
    after: TaskState,
    others: Others,
    cancel_requested: bool = False,
) -> JobState | None:
    """The job's next state when one of its tasks changed; None when it stays.

    `validating`: the task is the job's validate task, whose end inserts the others; `cancel_requested`: the job's.
    """
    if job in TERMINAL or event is TaskEvent.PROGRESS:
        return None
    new: JobState | None = None
    match after:
        case TaskState.CLAIMED if event is TaskEvent.CLAIM:
            new = JobState.VALIDATING if validating else JobState.RENDERING
        case TaskState.WAITING if validating:
            new = JobState.PENDING
        case TaskState.WAITING if not others.claimed:
            new = JobState.QUEUED
        case TaskState.DONE if validating:
            new = JobState.QUEUED
        case TaskState.DONE if not others.live:
            new = JobState.CANCELLED if cancel_requested else JobState.COMPLETED
        case TaskState.FAILED:
            new = JobState.FAILED
        case TaskState.CANCELLED if not others.live:
            new = JobState.CANCELLED
    return None if new is job else new
