"""Whether a project file is ready to be rendered: there, saved a while ago, and no longer growing. Pure but for `look`.

Dropbox writes a file while it comes in: it counts as whole when it is 30 seconds old, not older than the save that the
client tells of, and of one size for 3 seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

YOUNGEST_SECONDS = 30.0
STABLE_SECONDS = 3.0
CLOCKS_SECONDS = 120.0  # how far a designer's clock may be ahead of this machine's


@dataclass(frozen=True)
class Seen:
    """A file at one moment; times in seconds of the epoch."""

    size: int
    modified: float


@dataclass(frozen=True)
class Readiness:
    """`wait`: seconds until it may be ready by age alone; `reason`: why it is not ready."""

    ready: bool
    reason: str = ""
    wait: float = 0.0


def age_of(seen: Seen | None, now: float, saved_at: float) -> Readiness:
    """Is it there, is it the save that is meant, is it old enough?"""
    if seen is None:
        return Readiness(False, "the file is not in the Dropbox folder yet")
    if seen.size == 0:
        return Readiness(False, "the file is empty; Dropbox may not have fetched it yet")
    if seen.modified < saved_at - CLOCKS_SECONDS:
        return Readiness(
            False, "the file is older than the save that was told; Dropbox has not brought the new one yet"
        )
    age = now - seen.modified
    if age < YOUNGEST_SECONDS:
        # A clock that is ahead must not make it wait for ever.
        left = min(YOUNGEST_SECONDS - age, YOUNGEST_SECONDS)
        return Readiness(False, f"the file is {max(age, 0):.0f} s old; {YOUNGEST_SECONDS:.0f} are needed", left)
    return Readiness(True)


def stability(before: Seen, after: Seen | None) -> Readiness:
    """Is it the same as a moment ago?"""
    if after is None:
        return Readiness(False, "the file disappeared while it was looked at")
    if after != before:
        return Readiness(False, "the file is still changing; Dropbox is writing it")
    return Readiness(True)


def look(
    path: Path, saved_at: datetime, *, now: Callable[[], float], wait: Callable[[float], None]
) -> tuple[Readiness, Seen | None]:
    """Looks at a file, waits until it is old enough and whether it stays as it is. `wait` may raise to give up.

    The age is waited for here: the tries of a task, three seconds apart, would be over before a fresh file is old.
    """
    found = see(path)
    age = age_of(found, now(), saved_at.timestamp())
    if age.wait:
        wait(age.wait)
        found = see(path)
        age = age_of(found, now(), saved_at.timestamp())
    if not age.ready or found is None:
        return age, found
    wait(STABLE_SECONDS)
    after = see(path)
    return stability(found, after), after


def see(path: Path) -> Seen | None:
    """The file as it is now; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return Seen(stat.st_size, stat.st_mtime) if path.is_file() else None


def time_of(seconds: float) -> str:
    """ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
