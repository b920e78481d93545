"""Counts of several processes: none is lost, each ends by itself, and the table is never full."""

import fcntl
import sys
import time
from pathlib import Path

import pytest

from flatrender.core import process, shared
from flatrender.core.shared import SharedCounts

_COUNTS = """
import sys
from pathlib import Path
from flatrender.core import shared
from flatrender.core.shared import SharedCounts
shared.TRIES = 10**6
counts = SharedCounts(Path(sys.argv[1]))
for _ in range(2000):
    counts.add("x", 1, 0.0, 60.0)
"""

_HOLDS = """
import fcntl, sys
with open(sys.argv[1]) as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_no_count_of_any_process_is_lost(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _COUNTS, str(tmp_path / "counts")]
    running = [process.Child(words, limits=process.Limits(wall_seconds=60)) for _ in range(3)]
    assert [child.popen.wait() for child in running] == [0, 0, 0]
    for child in running:
        child.close()
    assert SharedCounts(tmp_path / "counts").add("x", 0, 1.0, 60.0) == (6000, 60.0)


def test_a_count_begins_anew_when_its_time_is_over(tmp_path: Path) -> None:
    counts = SharedCounts(tmp_path / "counts")
    assert counts.add("x", 2, 0.0, 60.0) == (2, 60.0)
    assert counts.add("x", 1, 59.0, 60.0) == (3, 60.0)
    assert counts.has("x", 59.0) and not counts.has("x", 61.0) and not counts.has("y", 0.0)
    assert counts.add("x", 1, 61.0, 60.0) == (1, 121.0)
    assert counts.add("x", -5, 62.0, 60.0) == (0, 121.0)


def test_the_soonest_to_end_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "BUCKETS", 1)
    counts = SharedCounts(tmp_path / "counts")
    for number in range(shared.PLACES + 1):
        counts.add(f"n{number}", 1, float(number), 60.0)
    assert counts.has("n1", 9.0) and counts.has(f"n{shared.PLACES}", 9.0)
    assert counts.add("n0", 1, 9.0, 60.0) == (1, 69.0)


def test_nobody_waits_for_a_process_that_keeps_the_lock(tmp_path: Path) -> None:
    mine, theirs = (SharedCounts(tmp_path / "counts") for _ in range(2))
    assert mine.add("x", 1, 0.0, 60.0) == (1, 60.0)
    words = [sys.executable, "-c", _HOLDS, str(tmp_path / "counts")]
    child = process.Child(words, stdin=process.PIPE, limits=process.Limits(wall_seconds=60))
    assert child.popen.stdout is not None and child.popen.stdout.readline() == b"held\n"
    began = time.monotonic()
    assert [mine.add("x", 1, 1.0, 60.0)[0] for _ in range(3)] == [2, 3, 4], "counted here alone"
    assert [mine.add("y", 1, now, 60.0) for now in (1.0, 60.0, 61.0)] == [(1, 61.0), (2, 61.0), (1, 121.0)]
    assert not mine.keep("z", 60.0) and not mine.has("z", 1.0)
    assert mine.has("x", 1.0) and theirs.add("x", 0, 1.0, 60.0) == (1, 60.0)
    assert time.monotonic() - began < 20  # it is kept for a minute
    child.close()
    assert mine.add("x", 1, 2.0, 60.0) == (5, 60.0) and theirs.add("x", 0, 2.0, 60.0) == (5, 60.0), "written since"
    assert mine.add("y", 1, 62.0, 60.0) == (2, 121.0) and theirs.add("y", 0, 62.0, 60.0) == (2, 121.0)
    assert mine.keep("z", 60.0) and theirs.has("z", 59.0)


def test_of_what_cannot_be_written_so_much_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MOST_OWED", 2)
    counts = SharedCounts(tmp_path / "counts")
    with (tmp_path / "counts").open() as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        for name in ("a", "b", "c"):
            counts.add(name, 5, 0.0, 60.0)
    assert [counts.add(name, 1, 0.0, 60.0)[0] for name in ("a", "b", "c")] == [1, 6, 6]


def test_a_name_is_kept_and_a_look_takes_nobodys_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "BUCKETS", 1)
    counts = SharedCounts(tmp_path / "counts")
    assert counts.keep("n0", 60.0) and counts.keep("n0", 90.0) and counts.keep("n0", 30.0)
    assert counts.has("n0", 89.0) and not counts.has("n0", 90.0)
    for number in range(1, shared.PLACES):
        counts.add(f"n{number}", 1, 0.0, 60.0)
    assert not counts.has("another", 0.0)
    assert all(counts.has(f"n{number}", 0.0) for number in range(shared.PLACES))


def test_what_one_alone_has_is_theirs_until_they_leave_it_or_its_time_is_over(tmp_path: Path) -> None:
    mine, theirs = (SharedCounts(tmp_path / "counts") for _ in range(2))
    assert mine.hold("x", 1, 0.0, 60.0) and not theirs.hold("x", 2, 59.0, 60.0)
    assert mine.hold("x", 1, 59.0, 60.0) and not theirs.hold("x", 2, 118.0, 60.0)
    assert theirs.hold("x", 2, 119.0, 60.0), "its time was over"
    assert not mine.hold("x", 1, 120.0, 60.0)
    mine.release("x", 1)
    assert not mine.hold("x", 1, 121.0, 60.0), "who has lost it leaves nothing"
    theirs.release("x", 2)
    assert mine.hold("x", 1, 122.0, 60.0)
    with (tmp_path / "counts").open() as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert theirs.hold("y", 2, 0.0, 60.0) and not theirs.hold("x", 2, 123.0, 60.0)
    assert not mine.has("y", 1.0) and theirs.hold("y", 2, 1.0, 60.0) and mine.has("y", 2.0)
