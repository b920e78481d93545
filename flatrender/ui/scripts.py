"""Scripts and components in JavaScript that stand beside a Python module, put where the pages' build finds them.

Reflex's `asset(shared=True)` does the same, but asks for all callers with their sources each time: with two hundred
files and imports as deep as ours that was half a minute of processor time at every start (Reflex 0.10).
"""

import os
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]
_SHARED = "external"


def script(module: str, name: str) -> str:
    """Gives the build the file `name` that stands beside a module (its `__file__`); the path by which pages import it.

    A link in the current directory's `assets/external`, as Reflex lays them. Raises FileNotFoundError.
    """
    place = Path(module).resolve().relative_to(_PROJECT).with_suffix("")
    if place.name == "__init__":
        place = place.parent
    source = Path(module).resolve().with_name(name)
    if not source.is_file():
        raise FileNotFoundError(f"File not found: {source}")
    _link(Path.cwd() / "assets" / _SHARED / place / name, source)
    return f"$/public/{_SHARED}/{place.as_posix()}/{name}"


def _link(link: Path, source: Path) -> None:
    """Makes or mends the link; several processes may do so at once."""
    if link.is_symlink() and link.resolve() == source:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(source)
    fresh.replace(link)
