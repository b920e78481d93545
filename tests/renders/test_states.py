"""How a job's state follows from its tasks, row by row: `J: state, T: event → state  ⇒  J: state`."""

import pytest

from flatrender.farm.states import TaskEvent, TaskState
from flatrender.renders.states import TERMINAL, JobState, Others, follow

P, V, Q, R = JobState.PENDING, JobState.VALIDATING, JobState.QUEUED, JobState.RENDERING
DONE, FAILED, CANCELLED = JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED
W, C, D, F, X = TaskState.WAITING, TaskState.CLAIMED, TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED

TABLE = [
    # job, validating, event, task after, others (live, claimed) → job
    (P, True, TaskEvent.CLAIM, C, (0, 0), V),
    (V, True, TaskEvent.NOT_READY, W, (0, 0), P),
    (V, True, TaskEvent.CRASH, W, (0, 0), P),
    (V, True, TaskEvent.LEASE_LOST, W, (0, 0), P),
    (V, True, TaskEvent.COMPLETE, D, (3, 0), Q),
    (V, True, TaskEvent.REFUSE, F, (0, 0), FAILED),
    (V, True, TaskEvent.CANCEL_SEEN, X, (0, 0), CANCELLED),
    (Q, False, TaskEvent.CLAIM, C, (2, 0), R),
    (R, False, TaskEvent.CLAIM, C, (2, 1), None),
    (R, False, TaskEvent.COMPLETE, D, (1, 0), None),
    (R, False, TaskEvent.COMPLETE, D, (0, 0), DONE),
    (R, False, TaskEvent.CRASH, W, (1, 0), Q),
    (R, False, TaskEvent.CRASH, W, (2, 1), None),
    (R, False, TaskEvent.LEASE_LOST, W, (0, 0), Q),
    (R, False, TaskEvent.RELEASE, W, (0, 0), Q),
    (R, False, TaskEvent.CRASH, F, (2, 1), FAILED),
    (R, False, TaskEvent.REFUSE, F, (0, 0), FAILED),
    (R, False, TaskEvent.CANCEL_SEEN, X, (1, 1), None),
    (R, False, TaskEvent.CANCEL_SEEN, X, (0, 0), CANCELLED),
    (Q, False, TaskEvent.CANCEL, X, (0, 0), CANCELLED),
    (R, False, TaskEvent.PROGRESS, C, (0, 0), None),
]


@pytest.mark.parametrize("line", TABLE)
def test_follows(
    line: tuple[JobState, bool, TaskEvent, TaskState, tuple[int, int], JobState | None],
) -> None:
    job, validating, event, after, (live, claimed), expected = line
    assert follow(job, validating=validating, event=event, after=after, others=Others(live, claimed)) is expected


@pytest.mark.parametrize("job", sorted(TERMINAL))
@pytest.mark.parametrize("event", list(TaskEvent))
@pytest.mark.parametrize("after", list(TaskState))
def test_terminal_states_absorb(job: JobState, event: TaskEvent, after: TaskState) -> None:
    assert follow(job, validating=False, event=event, after=after, others=Others()) is None


def test_a_cancel_asked_for_before_the_last_task_is_done_means_never_completed() -> None:
    found = follow(R, validating=False, event=TaskEvent.COMPLETE, after=D, others=Others(), cancel_requested=True)
    assert found is CANCELLED
