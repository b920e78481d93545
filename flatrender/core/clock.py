"""The wall clock: replaceable in tests, and on a node corrected by the database's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

NEAR = timedelta(seconds=2)
"""Clocks that differ by less tell the same time."""


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system
_ahead = timedelta()  # how far the clock that is followed is ahead of ours


def now() -> datetime:
    """The time now, aware, in UTC."""
    return _source() + _ahead


def use(source: Callable[[], datetime] | None) -> None:
    """Takes the time from `source`, or from the system again with None."""
    global _source  # noqa: PLW0603 - the one place where tests set the time
    _source = source or _system


def follow(shown: datetime) -> None:
    """Another clock shows `shown` at this moment: where ours is wrong by it, the time is that one's from now on."""
    global _ahead  # noqa: PLW0603 - of the whole process, as its time is
    if abs(shown - now()) > NEAR:
        _ahead = shown - _source()
