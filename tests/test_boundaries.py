"""Borders that import contracts cannot see: who starts processes without importing subprocess, what a command loads."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatrender.core import process

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted([*(ROOT / "flatrender").rglob("*.py"), *(ROOT / "workers").rglob("*.py"), ROOT / "rxconfig.py"])
STARTERS = ("system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile")


def _process_calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = node.attr
            if node.value.id == "os" and (name in STARTERS or name.startswith(("exec", "spawn"))):
                yield f"os.{name}"
            if node.value.id == "asyncio" and name.startswith("create_subprocess"):
                yield f"asyncio.{name}"
            if name == "ProcessPoolExecutor":
                yield name
        elif isinstance(node, ast.ImportFrom) and node.module == "concurrent.futures":
            yield from (alias.name for alias in node.names if alias.name == "ProcessPoolExecutor")


def test_only_core_process_starts_processes() -> None:
    found = {}
    for path in SOURCES:
        calls = sorted(set(_process_calls(ast.parse(path.read_text("utf-8")))))
        if calls and path != ROOT / "flatrender" / "core" / "process.py":
            found[str(path.relative_to(ROOT))] = calls
    assert found == {}


LOADED = """
import sys
from flatrender.commands import main
main({words!r})
print("loaded:", sorted({{"reflex", "arq", "sqlmodel", "sqlalchemy", "fastapi", "redis"}} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "words",
    [
        ["scan", "absent.aep"],
        ["lottie", "absent.aep", "--comp", "A", "--out", "x.json"],
        ["snapshot", "absent.aep", "--comp", "A", "--frame", "0", "--out", "x"],
        ["render", "absent.aep", "--out", "x.mp4"],
        ["bind", "absent.aep", "--set", "a=b", "--out", "x.aep"],
    ],
    ids=lambda words: words[0],
)
def test_the_engines_commands_load_no_web_and_no_database(words: list[str], tmp_path: Path) -> None:
    code = LOADED.format(words=words)
    done = process.run([sys.executable, "-c", code], limits=process.Limits(wall_seconds=60), cwd=tmp_path)
    assert done.stdout.decode().splitlines() == ["loaded: []"], done.stderr.decode()


def test_the_supervisor_stays_small() -> None:
    """It lives as long as the studio: what it does not need, it does not load."""
    code = "import sys, flatrender.commands.up; print({'reflex', 'arq', 'sqlmodel', 'fastapi'} & set(sys.modules))"
    done = process.run([sys.executable, "-c", code], limits=process.Limits(wall_seconds=60), cwd=ROOT)
    assert done.stdout.decode().strip() == "set()"
