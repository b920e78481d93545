"""An update as it goes through processes: the web asks for it with a file, the supervisor does it and says how far.

The supervisor is the one that survives: it stops all parts, brings the new version, and starts itself anew.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flatrender.core import clock, process
from flatrender.core.checkout import Checkout
from flatrender.core.errors import Conflict, FlatRenderError, ProcessFailed

SUPERVISED = "FR_SUPERVISED"  # set for the parts that `flatrender up` started
PAUSED_FOR_UPDATE = "update: "  # how the reason of the farm's pause begins
_REQUEST, _BEGUN, _STATE = "update-request", "update-begun", "update.json"
_ENDED = {"restarting", "done", "failed"}  # after the first of them comes a start
_LONG = process.Limits(wall_seconds=1800)
Say = Callable[[str], None]


@dataclass(frozen=True)
class State:
    """`step`: requested, stopping, fetching, installing, preparing, restarting, done or failed; `detail`: why."""

    step: str
    detail: str = ""
    at: str = ""


def check(data_dir: Path) -> None:
    """Raises Conflict where nothing supervises, or an update has been asked for already."""
    if not os.environ.get(SUPERVISED):
        raise Conflict(
            "Nothing supervises this process; update by hand: stop it, `git pull`, `pip install -e .`, start it again.",
            code="not-supervised",
        )
    if requested(data_dir):
        raise Conflict("An update has been asked for already.", code="updating")


def request(data_dir: Path, by: str) -> None:
    """Asks the supervisor: one at a time. Raises Conflict as `check` does."""
    check(data_dir)
    folder = data_dir / "run"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(folder / _REQUEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict("An update has been asked for already.", code="updating") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(by)
        note(data_dir, "requested", by)
    except BaseException as error:  # whoever was told that it failed is not updated all the same
        if _took_away(data_dir) or not isinstance(error, OSError):
            raise


def requested(data_dir: Path) -> bool:
    """Whether somebody has asked, also where the supervisor has begun."""
    return (data_dir / "run" / _REQUEST).exists() or (data_dir / "run" / _BEGUN).exists()


def begin(data_dir: Path) -> bool:
    """Whether somebody has asked; if so it is the supervisor's from here on: nobody can withdraw it any more."""
    try:
        (data_dir / "run" / _REQUEST).replace(data_dir / "run" / _BEGUN)
    except FileNotFoundError:
        return False
    return True


def answered(data_dir: Path) -> None:
    """The request is being met, or is over."""
    for name in (_REQUEST, _BEGUN):
        (data_dir / "run" / name).unlink(missing_ok=True)


def withdraw(data_dir: Path) -> bool:
    """The request holds no longer. False: the supervisor has begun, and goes on."""
    if not _took_away(data_dir):
        return False
    note(data_dir, "failed", "It was withdrawn; ask for it again.")
    return True


def _took_away(data_dir: Path) -> bool:
    try:
        (data_dir / "run" / _REQUEST).unlink()
    except FileNotFoundError:
        return False
    return True


def interrupted(data_dir: Path) -> None:
    """A start that no update asked for: one that is half done (the machine went down) has failed, and says so."""
    found = state(data_dir)
    if found is not None and found.get("step") not in _ENDED:
        note(data_dir, "failed", f"It was interrupted ({found.get('step')}); ask for it again.")


def state(data_dir: Path) -> dict[str, Any] | None:
    """How far the latest update is; None where there was none."""
    try:
        found: dict[str, Any] = json.loads((data_dir / "run" / _STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


def note(data_dir: Path, step: str, detail: str = "") -> None:
    """Notes a step; read by the web and after a restart."""
    path = data_dir / "run" / _STATE
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps(asdict(State(step, detail[:2000], clock.now().isoformat()))), "utf-8")
    fresh.replace(path)


def perform(
    data_dir: Path,
    say: Say,
    *,
    checkout: Checkout | None = None,
    install: Sequence[str] = (sys.executable, "-m", "pip", "install", "--quiet", "-e", "."),
    prepare: Sequence[str] = (sys.executable, "-m", "flatrender", "prepare", "--no-demos"),
) -> bool:
    """Pull, dependencies (where they changed), migrations. False when a step failed: what to do is noted and said.

    Nothing is rolled back: git has the way back, and the database's backup.
    """
    found = checkout or Checkout()
    try:
        _step(data_dir, say, "fetching")
        changed = found.pull()
        if "pyproject.toml" in changed:
            _step(data_dir, say, "installing")
            _run(install, found.root, "The new dependencies could not be installed")
        _step(data_dir, say, "preparing")
        _run(prepare, found.root, "The database could not be brought to the new schema")
    except FlatRenderError as error:
        note(data_dir, "failed", error.message)
        say(f"update    failed: {error.message}")
        return False
    note(data_dir, "restarting", found.current())
    return True


def _step(data_dir: Path, say: Say, step: str) -> None:
    note(data_dir, step)
    say(f"update    {step}")


def _run(argv: Sequence[str], cwd: Path, wrong: str) -> None:
    done = process.run(argv, limits=_LONG, cwd=cwd, max_output=1 << 20)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
        raise ProcessFailed(f"{wrong}: {lines[-1][:300] if lines else f'status {done.returncode}'}.")
