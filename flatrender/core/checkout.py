"""The git checkout that this installation runs from: what it is, what is newer, and how it gets it.

Only fast-forwards are made and nothing local is ever thrown away; hooks of the repository do not run, and nobody is
asked for a password.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from flatrender.core import process
from flatrender.core.errors import Conflict, ProcessFailed, Unavailable

ROOT = Path(__file__).resolve().parents[2]
MOST_CHANGES = 50
_QUICK = process.Limits(wall_seconds=20)
_NETWORK = process.Limits(wall_seconds=120)


@dataclass(frozen=True)
class Versions:
    """`current`, `available`: short commit names; `changes`: what came in between, newest first."""

    current: str
    available: str
    changes: tuple[str, ...]

    @property
    def newer(self) -> bool:
        return bool(self.changes)


class Checkout:
    """A working copy that follows the upstream branch of its current branch."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root

    def current(self) -> str:
        """The commit that is checked out. Raises Conflict where there is no checkout."""
        return self._git("rev-parse", "--short", "HEAD")

    def check(self) -> Versions:
        """Asks the remote. Raises Conflict where there is none, Unavailable when it does not answer."""
        current = self.current()
        self._upstream()
        done = self._run("fetch", "--quiet", "--no-tags", limits=_NETWORK)
        if done.returncode != 0:
            raise Unavailable(f"The repository does not answer: {_last(done)}.", code="no-repository")
        changes = self._git("log", f"--max-count={MOST_CHANGES}", "--format=%s", "HEAD..@{upstream}").splitlines()
        return Versions(current, self._git("rev-parse", "--short", "@{upstream}"), tuple(changes))

    def pull(self) -> tuple[str, ...]:
        """Moves to the newest commit; the files that changed. Raises Conflict for local changes or another history."""
        if dirty := self._git("diff", "--name-only", "HEAD"):
            names = ", ".join(dirty.splitlines()[:3])
            raise Conflict(f"Files of the program were changed here ({names}); commit or undo that first.")
        self.check()
        before = self._git("rev-parse", "HEAD")
        done = self._run("merge", "--ff-only", "--quiet", "@{upstream}", limits=_NETWORK)
        if done.returncode != 0:
            raise Conflict(f"The newest version does not follow from this one ({_last(done)}); use git by hand.")
        return tuple(self._git("diff", "--name-only", before, "HEAD").splitlines())

    def _upstream(self) -> str:
        try:
            return self._git("rev-parse", "--abbrev-ref", "@{upstream}")
        except ProcessFailed:
            raise Conflict(
                "This branch follows no remote one; set one with `git branch -u`.", code="no-upstream"
            ) from None

    def _git(self, *words: str) -> str:
        done = self._run(*words, limits=_QUICK)
        if done.returncode == 128 and b"not a git repository" in done.stderr:
            raise Conflict("This installation is no git checkout; update it as it was installed.", code="no-checkout")
        if done.returncode != 0:
            raise ProcessFailed(f"git {words[0]} failed: {_last(done)}.")
        return done.stdout.decode("utf-8", "replace").strip()

    def _run(self, *words: str, limits: process.Limits) -> process.Completed:
        env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_ASKPASS": ""}
        argv = ["git", "-c", f"core.hooksPath={os.devnull}", "-c", "protocol.ext.allow=never", *words]
        return process.run(argv, limits=limits, env=env, cwd=self.root, max_output=1 << 20)


def _last(done: process.Completed) -> str:
    """What git says is wrong: its first `fatal: …`, advice follows that; else its last line."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    said = fatal[0] if fatal else (lines[-1] if lines else f"status {done.returncode}")
    return said.rstrip(".")[:300]
