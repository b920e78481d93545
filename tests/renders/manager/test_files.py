"""When a file of the Dropbox counts as whole: there, new enough, old enough, of one size."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flatrender.renders.manager import files
from flatrender.renders.manager.files import Seen

SAVED = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
T = SAVED.timestamp()


@pytest.mark.parametrize(
    ("seen", "age", "ready", "wait", "words"),
    [
        (None, 60, False, 0, "not in the Dropbox"),
        (Seen(0, T), 60, False, 0, "empty"),
        (Seen(10, T - 500), 600, False, 0, "older than the save"),
        (Seen(10, T - 60), 60, True, 0, ""),
        (Seen(10, T), 12, False, 18, "12 s old"),
        (Seen(10, T), 29.5, False, 0.5, "needed"),
        (Seen(10, T), 30, True, 0, ""),
        (Seen(10, T + 5000), 30, False, 30, "0 s old"),
    ],
)
def test_the_age(seen: Seen | None, age: float, ready: bool, wait: float, words: str) -> None:
    found = files.age_of(seen, T + age, T)
    assert (found.ready, found.wait) == (ready, wait)
    assert words in found.reason


class Clock:
    """Time that passes when it is waited for; then, what happens to the file meanwhile."""

    def __init__(self, start: float) -> None:
        self.time = start
        self.waited: list[float] = []
        self.meanwhile = lambda: None

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.time += seconds
        self.meanwhile()


def project(folder: Path, modified: float, content: bytes = b"project") -> Path:
    path = folder / "a.aep"
    path.write_bytes(content)
    os.utime(path, (modified, modified))
    return path


def test_an_old_file_is_watched_for_three_seconds(tmp_path: Path) -> None:
    path, clock = project(tmp_path, T), Clock(T + 100)
    ready, seen = files.look(path, SAVED, now=clock.now, wait=clock.wait)
    assert (ready.ready, seen, clock.waited) == (True, Seen(7, T), [3.0])


def test_a_fresh_file_is_waited_for_until_it_is_old_enough(tmp_path: Path) -> None:
    path, clock = project(tmp_path, T), Clock(T + 5)
    assert files.look(path, SAVED, now=clock.now, wait=clock.wait)[0].ready
    assert clock.waited == [25.0, 3.0]


def test_a_file_that_grows_is_not_ready(tmp_path: Path) -> None:
    path, clock = project(tmp_path, T), Clock(T + 100)

    def grow() -> None:
        path.write_bytes(b"project and more")

    clock.meanwhile = grow  # type: ignore[assignment]
    ready, _ = files.look(path, SAVED, now=clock.now, wait=clock.wait)
    assert not ready.ready
    assert "still changing" in ready.reason
    clock.meanwhile = path.unlink  # type: ignore[assignment]
    os.utime(path, (T, T))
    assert "disappeared" in files.look(path, SAVED, now=clock.now, wait=clock.wait)[0].reason


def test_a_file_that_is_saved_again_while_it_is_waited_for_is_not_ready(tmp_path: Path) -> None:
    path, clock = project(tmp_path, T), Clock(T + 5)
    clock.meanwhile = lambda: os.utime(path, (clock.time, clock.time))  # type: ignore[assignment]
    ready, _ = files.look(path, SAVED, now=clock.now, wait=clock.wait)
    assert not ready.ready
    assert ready.reason == "the file is 0 s old; 30 are needed"


def test_a_folder_is_no_project(tmp_path: Path) -> None:
    assert files.see(tmp_path) is None
    assert files.see(tmp_path / "gone") is None
