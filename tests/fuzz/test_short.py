"""A short run of the fuzzer over projects made here; the long one is `python -m tests.fuzz`."""

from pathlib import Path

import pytest

from flatrender.core.errors import BadFile, FlatRenderError, ProcessFailed
from tests.fuzz.run import Fuzz, seeds


def test_nothing_crashes_or_fails_without_a_sentence(tmp_path: Path) -> None:
    fuzz = Fuzz(seeds(tmp_path), tmp_path)
    try:
        fuzz.run(range(60), seconds=8)
    finally:
        fuzz.close()
    assert not fuzz.outcome.faults
    assert sum(fuzz.outcome.counts.values()) >= 5
    assert fuzz.outcome.counts["refused"]


class Failing:
    """A client whose every scan fails the same way."""

    def __init__(self, error: FlatRenderError) -> None:
        self.error = error

    def warm(self) -> None:
        """It is always."""

    def scan(self, path: Path) -> None:
        raise self.error

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ProcessFailed("The engine crashed.", code="engine-crashed"), "crashed"),
        (ProcessFailed("The engine could not work.", code="engine-fault"), "fault"),
        (ProcessFailed("Traceback\nKeyError"), "unclear"),
    ],
)
def test_a_fault_is_told_with_its_number_and_kept(error: FlatRenderError, kind: str, tmp_path: Path) -> None:
    fuzz = Fuzz([bytes(200)], tmp_path, Failing(error))  # type: ignore[arg-type]
    fuzz.attempt(17)
    assert fuzz.outcome.faults[0].startswith("seed 17")
    assert fuzz.outcome.counts == {kind: 1}
    assert (tmp_path / "17.aep").stat().st_size


@pytest.mark.parametrize("times", [1, 2])
def test_what_is_late_once_is_tried_again_and_no_fault(times: int, tmp_path: Path) -> None:
    late = ProcessFailed("The engine took longer than 10 s on it and was restarted.", code="engine-crashed")
    client = Failing(late)
    scans = 0

    def scan(path: Path) -> None:
        nonlocal scans
        scans += 1
        raise late if scans <= times else BadFile("It is no project.")

    client.scan = scan  # type: ignore[method-assign]
    fuzz = Fuzz([bytes(200)], tmp_path, client)  # type: ignore[arg-type]
    fuzz.attempt(17)
    assert scans == 2
    assert len(fuzz.outcome.faults) == times - 1
    assert len(fuzz.outcome.late) == 2 - times
    assert fuzz.outcome.counts == {"refused" if times == 1 else "crashed": 1}
