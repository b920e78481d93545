"""In CI a skipped test fails the run unless the list names it."""

import os
import sys
from pathlib import Path

import pytest

from flatrender.core import process
from tests.allowed_skips import AllowedSkip, is_allowed, read_allowed

ROOT = Path(__file__).resolve().parents[1]


def test_a_line_without_a_reason_is_refused(tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("# comment\n\ntests/a.py::* | no such thing here\n")
    assert read_allowed(listed) == [AllowedSkip("tests/a.py::*", "no such thing here")]
    listed.write_text("tests/a.py::*\n")
    with pytest.raises(ValueError, match="line 1"):
        read_allowed(listed)


def test_both_the_test_and_the_reason_must_match() -> None:
    allowed = [AllowedSkip("tests/a.py::*", "needs *")]
    assert is_allowed(allowed, "tests/a.py::test_x", "needs a moon")
    assert not is_allowed(allowed, "tests/b.py::test_x", "needs a moon")
    assert not is_allowed(allowed, "tests/a.py::test_x", "felt like it")


@pytest.mark.parametrize(("ci", "reason", "status"), [("", "felt like it", 0), ("1", "felt like it", 1)])
def test_a_skip_fails_only_in_ci(tmp_path: Path, ci: str, reason: str, status: int) -> None:
    test = tmp_path / "test_skipped.py"
    test.write_text(f"import pytest\ndef test_it():\n    pytest.skip({reason!r})\n")
    env = {**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "tests.conftest", str(test)]
    done = process.run(words, limits=process.Limits(wall_seconds=60), env=env, cwd=tmp_path)
    assert done.returncode == status, done.stdout.decode()
    if status:
        assert "allowed_skips.txt does not name it: felt like it" in done.stdout.decode()
