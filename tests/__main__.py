"""The one check command: `python -m tests`. Linters, types, import contracts, secrets, dependencies, and all tests.

The types are checked while the tests run, with what these leave of the processor. Benchmarks are no part of it:
`python -m tests.benchmarks`. `python -m tests --quick` leaves out the browser and fault tests; further words go to
pytest (`python -m tests tests/core -k scope`). The exit status is 0 only when everything passed; pytest's own closing
line is the last line printed.
"""

import os
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from flatrender.core import process
from flatrender.core.runtime import find_node
from tests import built_pages
from tests.checks import dependencies, sources, vulnerabilities

ROOT = Path(__file__).resolve().parents[1]
SLOW = ("tests/e2e", "tests/faults", "tests/benchmarks")
# Two at a time: the browser tests keep a core busy while the fault tests mostly wait. `-n 0` among the words: one.
TWO_AT_A_TIME = ["-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
STEPS: dict[str, list[str]] = {
    "ruff": [sys.executable, "-m", "ruff", "check", "--quiet", "."],
    "import contracts": [str(Path(sys.executable).with_name("lint-imports")), "--no-logo"],
    "installed packages": [sys.executable, "-m", "pip", "--disable-pip-version-check", "check"],
}
TYPES = ["nice", "-n", "10", sys.executable, "-m", "mypy", "--no-error-summary", "flatrender", "workers"]


def _run(words: list[str]) -> process.Completed:
    limits = process.Limits(wall_seconds=600)
    return process.run(words, limits=limits, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"})


def _told(name: str, done: process.Completed) -> bool:
    good = done.returncode == 0
    print(f"{'ok  ' if good else 'FAIL'}  {name}", flush=True)
    if not good:
        print((done.stdout + done.stderr).decode("utf-8", "replace"), flush=True)
    return good


class Types:
    """Tells the types' result before pytest closes."""

    def __init__(self, checked: Future[process.Completed]) -> None:
        self._checked = checked
        self.good = False

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self) -> None:
        print(flush=True)
        self.good = _told("mypy", self._checked.result())


def _findings(name: str, findings: list[str]) -> bool:
    print(f"{'FAIL' if findings else 'ok  '}  {name}", flush=True)
    for finding in findings:
        print(f"      {finding}", flush=True)
    return not findings


def _vulnerabilities() -> bool:
    """Known vulnerabilities of what is installed; where the database cannot be asked it says so, and counts as good."""
    packages = [(distribution.name, distribution.version) for distribution in dependencies.installed_with(ROOT)]
    try:
        found = vulnerabilities.findings(packages, vulnerabilities.accepted())
    except vulnerabilities.NotCheckedError as error:
        print(f"--    known vulnerabilities: not checked: {error}", flush=True)
        return True
    return _findings(f"known vulnerabilities ({len(packages)} packages)", found)


def main(words: list[str]) -> int:
    """Runs every check, even after one failed, then pytest; returns the exit status."""
    process.leave_first_process()
    os.chdir(ROOT)
    quick = "--quick" in words
    chosen = [word for word in words if word != "--quick"]
    whole = not quick and not any((ROOT / word.partition("::")[0]).exists() for word in chosen)
    with (
        tempfile.TemporaryDirectory(prefix="flatrender-pages-", ignore_cleanup_errors=True) as folder,
        ThreadPoolExecutor(2) as beside,
    ):
        # Both processes of the tests start studios. Their pages are built once, from now on: one core is free yet.
        # Where that fails, a studio's own try says why.
        pages = Path(os.environ.setdefault("FLATRENDER_WEB_BUILD", folder))
        if whole and find_node() is not None:
            beside.submit(built_pages.build, pages)
        good = [_told(name, _run(command)) for name, command in STEPS.items()]
        good.append(_findings("no secrets in the sources", sources.secrets(ROOT)))
        good.append(_findings("pins and licences", dependencies.problems(ROOT)))
        good.append(_vulnerabilities())
        if quick:
            chosen += [f"--ignore={folder}" for folder in SLOW]
        types = Types(beside.submit(_run, TYPES))
        status = int(pytest.main([*TWO_AT_A_TIME, *chosen], plugins=[types]))
        good.append(types.good)
    if not all(good):
        # pytest's closing line is not to be mistaken for the whole result; the exit status says it as well.
        print("flatrender: a check beside the tests failed, see FAIL above", file=sys.stderr)
    return status or (0 if all(good) else 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
