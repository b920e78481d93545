"""The wall clock, replaceable in tests."""

from collections.abc import Callable
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The time now, aware, in UTC."""
    return _source()


def use(source: Callable[[], datetime] | None) -> None:
    """Takes the time from `source`, or from the system again with None."""
    global _source  # noqa: PLW0603 - the one place where tests set the time
    _source = source or _system
