"""Facts of the web front end: packages, environment, the build and the start of a prebuilt one.

A *work folder* (below the data folder) holds two things: `site/`, a copy of what Reflex compiles from (rxconfig.py and
assets/; its current directory, so that nothing is written into the checkout) and `web/`, Reflex's build. The build is
made again only when a source has changed: `stamp.json` keeps the digest of the sources it was made from."""

import hashlib
import json
import os
import shutil
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PLACEHOLDER_PORT = 47001

# npm packages beside those that components name themselves. Exact: a build of the same sources is the same page.
FRONTEND_PACKAGES = (
    "@fontsource-variable/inter@5.3.0",
    "@fontsource-variable/vazirmatn@5.3.0",
    "@fontsource-variable/jetbrains-mono@5.3.0",
)

_SOURCES = ("rxconfig.py", "assets", "flatrender/ui", "flatrender/flatrender.py")
_SKIPPED = {"__pycache__", "external"}
_STAMP = "stamp.json"


def source_digest() -> str:
    """The SHA-256 of everything that the pages are made from, with the version of Reflex."""
    digest = hashlib.sha256(f"reflex {version('reflex')}".encode())
    for name in _SOURCES:
        root = PROJECT / name
        files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
        for path in files:
            if not _SKIPPED.intersection(path.relative_to(PROJECT).parts):
                digest.update(f"\0{path.relative_to(PROJECT)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def build_id() -> str:
    """Which pages this process serves: an open page of another one is older, or newer, than what answers it."""
    return source_digest()[:16]


def is_built(workdir: Path) -> bool:
    """Whether the work folder holds a finished build of the present sources."""
    try:
        stamp = json.loads((workdir / _STAMP).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp.get("digest") == source_digest()) and (workdir / "web" / "build" / "client").is_dir()


def site(workdir: Path) -> Path:
    """The current directory of the build and of the web process."""
    return workdir / "site"


def environment(workdir: Path) -> dict[str, str]:
    """The environment variables of the build: our own Node first on the PATH, npm, and no call home."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "REFLEX_USE_NPM": "1",
        "REFLEX_SSR": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_WEB_WORKDIR": str(workdir / "web"),
        "REFLEX_STATES_WORKDIR": str(workdir / "states"),
        "REFLEX_UPLOADED_FILES_DIR": str(workdir / "uploaded"),
        "REFLEX_DIR": str(workdir / "reflex"),
    }


def start_environment(workdir: Path) -> dict[str, str]:
    """The environment of the web process on a finished build: nothing is compiled, the pages come from one port.

    The two names with underscores are internal to Reflex; its version is pinned."""
    return environment(workdir) | {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    }


def build_command(workdir: Path) -> list[str]:
    """The build as a process of its own (7 to 40 s; it downloads npm packages the first time)."""
    return [sys.executable, "-m", "flatrender.ui.build", str(workdir)]


def prepare_site(workdir: Path) -> Path:
    """Copies what Reflex reads from its current directory; returns that directory."""
    folder = site(workdir)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy2(PROJECT / "rxconfig.py", folder / "rxconfig.py")
    shutil.copytree(PROJECT / "assets", folder / "assets", ignore=shutil.ignore_patterns("external"))
    return folder


def build_here(workdir: Path) -> None:
    """Builds in this process; its current directory and environment change. Other callers use `build_command`."""
    workdir = workdir.resolve()
    digest = source_digest()
    os.environ.update(environment(workdir))
    os.chdir(prepare_site(workdir))
    # Reflex looks for rxconfig and for the app's module in folders of the path alone (an editable install has none).
    sys.path[:0] = [str(site(workdir)), str(PROJECT)]
    (workdir / _STAMP).unlink(missing_ok=True)
    from reflex.utils import export, frontend_skeleton, prerequisites

    if prerequisites.needs_reinit():
        prerequisites.initialize_reflex_user_directory()  # type: ignore[no-untyped-call]  # Reflex annotates it nowhere
        frontend_skeleton.initialize_web_directory()  # type: ignore[no-untyped-call]  # Reflex annotates it nowhere
    export.export(zipping=False, backend=False, prerender_routes=False)
    (workdir / _STAMP).write_text(json.dumps({"digest": digest}))


if __name__ == "__main__":
    build_here(Path(sys.argv[1]))
