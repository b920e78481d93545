"""Waiting in tests: for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_FIRST_TURN, _LAST_TURN = 0.01, 0.1  # seconds: a long wait asks less often, for asking takes what is waited for


def until(condition: Callable[[], T], seconds: float = 10.0, what: str = "") -> T:
    """Asks again and again until `condition()` is true, and returns what it said. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    turn = _FIRST_TURN
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or 'the condition'} did not come true within {seconds:g} s")
        time.sleep(turn)
        turn = min(turn * 1.3, _LAST_TURN)
