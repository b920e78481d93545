"""`flatrender node` and `python -m workers` as processes: on line, woken, ended cleanly."""

import os
import signal
import sys
from pathlib import Path

import pytest
from sqlmodel import select

from flatrender.core import process
from flatrender.core.db import DEFAULT_TENANT
from flatrender.farm import service as farm
from flatrender.farm.models import Node
from tests.deadline import until
from tests.installation import installed
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
            assert child.popen.wait(timeout=15) == 0, child.last_words()
            gone = node()
            assert gone is not None
            assert not gone.online


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
