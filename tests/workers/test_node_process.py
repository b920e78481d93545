"""`flatrender node` and `python -m workers` as processes: on line, woken, ended cleanly."""

import os
import signal
import sys
from pathlib import Path

import pytest
from sqlmodel import select

from flatrender.commands import main
from flatrender.core import process
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.storage import get_storage
from flatrender.farm import service as farm
from flatrender.farm.models import Node
from flatrender.settings import get_settings
from flatrender.templates.models import Bundle
from tests.deadline import until
from tests.installation import installed
from workers import files
from workers.node import TOO_LARGE

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"workers": ["-m", "workers"], "command": ["-m", "flatrender", "node", "--name", "mac-07", "--slots", "3"]}


@pytest.mark.parametrize("how", sorted(WORDS))
def test_a_node_comes_on_line_works_and_leaves(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    monkeypatch.setenv("FLATRENDER_NODE_NAME", "linux-02")
    with installed(tmp_path / "data", monkeypatch, REDIS_URL=redis_url) as database:

        def node() -> Node | None:
            with database.system_session() as session:
                return session.exec(select(Node)).first()

        words = [sys.executable, *WORDS[how]]
        with process.Child(
            words, cwd=ROOT, env=dict(os.environ), stdin=process.DEVNULL, stdout=process.DEVNULL, keep_stderr=20_000
        ) as child:
            found = until(lambda: (seen := node()) and seen.online and seen, 30, "the node on line")
            assert found.name == ("mac-07" if how == "command" else "linux-02")
            assert set(found.engines) >= {"native", "ffmpeg"}
            assert found.health["disk_free_bytes"] > 0
            if how == "command":
                assert found.slots == 3
            with database.tenant_session(DEFAULT_TENANT) as session:
                [task] = farm.enqueue(session, DEFAULT_TENANT, "owner", [farm.NewTask("unheard-of")])

            def error() -> str | None:
                with database.system_session() as session:
                    return farm.get_task(session, task.id).error

            assert "no handler" in (until(error, 10, "the task's end") or "")
            os.kill(child.popen.pid, signal.SIGTERM)
            assert child.popen.wait(timeout=40) == 0, child.last_words()
            gone = node()
            assert gone is not None
            assert not gone.online


def test_a_node_with_a_folder_of_its_own_is_told_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with installed(tmp_path / "data", monkeypatch) as database:
        key = "bundles/promo.zip"
        with database.tenant_session(DEFAULT_TENANT) as session:
            session.add(Bundle(sha256="0" * 64, md5="0" * 32, size=1, kind="zip", key=key))
        get_storage().put_bytes(b"PK", key)
        files.check(database, get_settings())
        url = database.url
    with installed(tmp_path / "own", monkeypatch, DATABASE_URL=url) as database:
        assert main(["node"]) == 2
        said = capsys.readouterr().err
        assert str(tmp_path / "own" / "storage") in said
        assert "set FLATRENDER_STORAGE to the studio's bucket, or FLATRENDER_DATA to the studio's own" in said
        with database.system_session() as session:
            assert session.exec(select(Node)).all() == [], "it has not joined"


@pytest.mark.parametrize("command", ["node", "housekeeping"])
def test_where_no_studio_keeps_its_data_nothing_is_made(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLATRENDER_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    wrong = tmp_path / "wrong"
    assert main([command, "--data", str(wrong)]) == 2
    said = capsys.readouterr().err
    assert f"No studio keeps its data in {wrong}; give the folder that `flatrender up` was given" in said
    assert not wrong.exists()


def test_a_node_that_has_grown_too_large_ends_to_be_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLATRENDER_NODE_MEMORY_BYTES", "1000000")
    with installed(tmp_path / "data", monkeypatch) as database:
        words = [sys.executable, "-m", "workers"]
        with process.Child(
            words, cwd=ROOT, env=dict(os.environ), stdin=process.DEVNULL, stdout=process.DEVNULL, keep_stderr=20_000
        ) as child:
            assert child.popen.wait(timeout=40) == TOO_LARGE, child.last_words()
            assert "FLATRENDER_NODE_MEMORY_BYTES" in child.last_words()
        with database.system_session() as session:
            assert not session.exec(select(Node)).one().online, "it has signed off"
