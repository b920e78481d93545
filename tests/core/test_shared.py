"""Counts of several processes: none is lost, each ends by itself, and the table is never full."""

import sys
from pathlib import Path

import pytest

from flatrender.core import process, shared
from flatrender.core.shared import SharedCounts

_COUNTS = """
import sys
from pathlib import Path
from flatrender.core.shared import SharedCounts
counts = SharedCounts(Path(sys.argv[1]))
for _ in range(2000):
    counts.add("x", 1, 0.0, 60.0)
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
