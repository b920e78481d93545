"""The transition table of tasks, row by row: `T: state + event → state`."""

from dataclasses import replace

import pytest

from flatrender.farm.states import TERMINAL, Counters, Limits, TaskEvent, TaskState, step

W, C, D, F, X = TaskState.WAITING, TaskState.CLAIMED, TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED
NONE = Counters()
LIMITS = Limits()

TABLE = [
    # state, cancel asked for, event, counters before → state, counters after, wait
    (W, False, TaskEvent.CLAIM, NONE, C, NONE, 0),
    (W, False, TaskEvent.CANCEL, NONE, X, NONE, 0),
    (W, False, TaskEvent.REFUSE, NONE, F, NONE, 0),
    (W, False, TaskEvent.STOP, NONE, X, NONE, 0),
    (C, False, TaskEvent.COMPLETE, NONE, D, NONE, 0),
    (C, False, TaskEvent.REFUSE, NONE, F, NONE, 0),
    (C, False, TaskEvent.RELEASE, NONE, W, NONE, 0),
    (C, False, TaskEvent.CANCEL, NONE, C, NONE, 0),
    (C, False, TaskEvent.CANCEL_SEEN, NONE, X, NONE, 0),
    (C, False, TaskEvent.STOP, NONE, X, NONE, 0),
    (C, False, TaskEvent.CRASH, NONE, W, Counters(crashes=1), 1),
    (C, False, TaskEvent.CRASH, Counters(crashes=2), W, Counters(crashes=3), 1),
    (C, False, TaskEvent.CRASH, Counters(crashes=3), F, Counters(crashes=4), 0),
    (C, False, TaskEvent.CRASH, Counters(lost_leases=5), W, Counters(crashes=1, lost_leases=5), 1),
    (C, False, TaskEvent.LEASE_LOST, NONE, W, Counters(lost_leases=1), 0),
    (C, False, TaskEvent.LEASE_LOST, Counters(lost_leases=4), W, Counters(lost_leases=5), 0),
    (C, False, TaskEvent.LEASE_LOST, Counters(lost_leases=5), F, Counters(lost_leases=6), 0),
    (C, False, TaskEvent.LEASE_LOST, Counters(crashes=3), W, Counters(crashes=3, lost_leases=1), 0),
    (C, False, TaskEvent.NOT_READY, NONE, W, Counters(not_ready=1), 3),
    (C, False, TaskEvent.NOT_READY, Counters(not_ready=8), W, Counters(not_ready=9), 3),
    (C, False, TaskEvent.NOT_READY, Counters(not_ready=9), F, Counters(not_ready=10), 0),
    # A cancel that was committed first wins over whatever the node says afterwards.
    (C, True, TaskEvent.COMPLETE, NONE, X, NONE, 0),
    (C, True, TaskEvent.CRASH, NONE, X, NONE, 0),
    (C, True, TaskEvent.LEASE_LOST, NONE, X, NONE, 0),
    (C, True, TaskEvent.NOT_READY, NONE, X, NONE, 0),
    (C, True, TaskEvent.RELEASE, NONE, X, NONE, 0),
    (C, True, TaskEvent.REFUSE, NONE, X, NONE, 0),
    (C, True, TaskEvent.CANCEL_SEEN, NONE, X, NONE, 0),
]


@pytest.mark.parametrize("row", TABLE)
def test_transition(row: tuple[TaskState, bool, TaskEvent, Counters, TaskState, Counters, float]) -> None:
    state, cancel, event, before, after, counters, wait = row
    found = step(state, event, before, cancel_requested=cancel)
    assert found is not None
    assert (found.state, found.counters, found.wait) == (after, counters, wait)


@pytest.mark.parametrize("state", sorted(TERMINAL))
@pytest.mark.parametrize("event", list(TaskEvent))
@pytest.mark.parametrize("cancel", [False, True])
def test_terminal_states_absorb(state: TaskState, event: TaskEvent, cancel: bool) -> None:
    assert step(state, event, cancel_requested=cancel) is None


@pytest.mark.parametrize(
    ("state", "event", "cancel"),
    [
        (W, TaskEvent.COMPLETE, False),  # only what is claimed can end
        (W, TaskEvent.CRASH, False),
        (W, TaskEvent.LEASE_LOST, False),
        (W, TaskEvent.CLAIM, True),  # a cancelled one is not claimed
        (C, TaskEvent.CLAIM, False),  # nor one that is claimed
        (C, TaskEvent.CANCEL, True),  # asked for already
        (W, TaskEvent.PROGRESS, False),
        (C, TaskEvent.PROGRESS, False),
    ],
)
def test_changes_nothing(state: TaskState, event: TaskEvent, cancel: bool) -> None:
    assert step(state, event, cancel_requested=cancel) is None


def test_every_pair_of_state_and_event_has_an_answer() -> None:
    for state in TaskState:
        for event in TaskEvent:
            found = step(state, event)
            assert found is None or found.state in TaskState


def test_limits_are_settings() -> None:
    never = replace(LIMITS, crash_retries=0)
    found = step(C, TaskEvent.CRASH, limits=never)
    assert found is not None
    assert found.state is F
