"""`flatrender doctor`: what was found is said with its version, what is missing with what to do."""

import argparse
import json
import os
import sqlite3
from pathlib import Path

import pytest

from flatrender.commands import components, doctor
from flatrender.commands.components import Finding
from flatrender.core import process, runtime
from flatrender.core.errors import Forbidden, ProcessFailed, Unavailable
from flatrender.settings import read_settings


def test_a_missing_component_comes_with_what_to_do() -> None:
    lines = doctor.table(
        [Finding("Redis", "ok", "6.2.14", "/usr/bin/redis-server"), Finding("Node", "missing", advice="Install Node.")]
    ).splitlines()
    assert lines == ["Redis  ok       6.2.14  /usr/bin/redis-server", "Node   MISSING", "                Install Node."]


def test_every_component_of_this_machine_is_named(tmp_path: Path) -> None:
    findings = components.look(read_settings({"FLATRENDER_DATA": str(tmp_path / "new")}))
    found = {finding.name: finding for finding in findings}
    assert set(found) == {
        *("Python", "SQLite", "Redis", "Node", "npm", "FFmpeg", "ThorVG", "py_aep", "HarfBuzz", "QuickJS", "Fonts"),
        *("Data folder", "Disk space", "PostgreSQL", "Chromium", "libatomic", "After Effects", "nexrender"),
    }
    assert found["SQLite"].version == sqlite3.sqlite_version
    assert runtime.version_tuple(found["Node"].version) >= runtime.NODE_MINIMUM
    assert runtime.version_tuple(found["FFmpeg"].version) >= (5,)
    assert [finding.name for finding in findings if finding.state != "ok" and not finding.advice] == []
    assert not (tmp_path / "new").is_dir() or "made at" not in found["Data folder"].where


@pytest.mark.parametrize(("state", "status"), [("ok", 0), ("optional", 0), ("missing", 1)])
def test_the_exit_status_and_the_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: components.State, status: int
) -> None:
    monkeypatch.setattr(doctor, "look", lambda settings: [Finding("Redis", state, "7.0", advice="Do this.")])
    assert doctor.run(argparse.Namespace(install=False, json=True, data=None)) == status
    assert json.loads(capsys.readouterr().out) == {
        "components": [{"name": "Redis", "state": state, "version": "7.0", "where": "", "advice": "Do this."}]
    }


def _apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> Path:
    """A folder first on the PATH with an `apt-get` and a `dpkg-query` that only write down how they were called."""
    calls = tmp_path / "calls"
    programs = {"apt-get": f'echo "$@" >> {calls}\n{script}', "dpkg-query": 'echo "chromium ii "; exit 1'}
    for name, body in programs.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return calls


def test_only_what_is_missing_is_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = _apt(monkeypatch, tmp_path, "exit 0")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    doctor.install(("chromium", "libatomic1"))
    assert calls.read_text().splitlines() == [
        "-q -o Acquire::Retries=3 update",
        "-q -o Acquire::Retries=3 install -y --no-install-recommends libatomic1",
    ]


def test_a_failed_installation_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _apt(monkeypatch, tmp_path, "echo no such mirror >&2; exit 100")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ProcessFailed, match=r"apt-get update failed\.\nno such mirror"):
        doctor.install(("libatomic1",))


def test_without_roots_rights_the_command_to_run_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = _apt(monkeypatch, tmp_path, "exit 0")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Forbidden, match=r"sudo apt-get install libatomic1$"):
        doctor.install(("chromium", "libatomic1"))
    assert not calls.exists()


def test_another_system_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable, match="This is no Debian"):
        doctor.install(("chromium",))


@pytest.mark.parametrize(
    ("system", "origin"), [("v22.22.0", "system"), ("v24.1.0", "system"), ("v20.20.2", "package"), (None, "package")]
)
def test_an_old_node_of_the_system_gives_way_to_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str | None, origin: str
) -> None:
    for name in ("node", "npm") if system else ():
        (tmp_path / name).write_text(f"#!/bin/sh\necho {system}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    runtime.find_node.cache_clear()
    try:
        found = runtime.find_node()
    finally:
        runtime.find_node.cache_clear()
    assert found is not None
    assert found.origin == origin
    assert runtime.path_with(found, {"PATH": "/bin"}) == f"{found.path.parent}:/bin"


def test_a_valkey_of_the_system_serves_as_redis(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "valkey-server").write_text("#!/bin/sh\necho 'Valkey server v=8.0.1 sha=00000000'\n")
    (tmp_path / "valkey-server").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    runtime.find_redis.cache_clear()
    try:
        found = runtime.find_redis()
    finally:
        runtime.find_redis.cache_clear()
    assert found == runtime.Program(tmp_path / "valkey-server", "8.0.1", "system")


def test_a_program_that_says_no_version() -> None:
    assert runtime.version_of(Path("/bin/false")) == ""
    assert process.run(["true"], limits=process.Limits(wall_seconds=5)).returncode == 0
