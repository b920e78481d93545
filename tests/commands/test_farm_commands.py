"""`flatrender jobs` and `flatrender nodes` on the database of a data folder."""

import json
from typing import Any

import pytest

from flatrender.access.models import User
from flatrender.commands import main, sending
from flatrender.commands.desk import LocalDesk
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import nodes
from flatrender.farm import service as farm
from flatrender.renders import writer
from flatrender.renders.models import RenderJob
from flatrender.renders.states import FARM_STOPPED
from flatrender.settings import get_settings
from tests.access.test_rules import add_project


@pytest.fixture
def job_id(installation: Database) -> str:
    job = RenderJob(tenant_id=DEFAULT_TENANT, user_id="u" * 32, user_name="Sara", title="فیلم", document={})
    with installation.tenant_session(DEFAULT_TENANT) as session:
        writer.opened(session, job)
    with installation.system_session() as session:
        for number in (1, 2):
            health = {"cpu_percent": 7.0, "memory_percent": 40.0}
            nodes.register(
                session, nodes.NodeInfo(f"n{number}", f"node-{number}", "h", "i", "1", 1, 2, {"native": {}}, health)
            )
    return job.id


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    assert main([*words, "--data", str(get_settings().data_dir)]) == status
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    return json.loads(said(capsys, *words, "--json", status=status))


def test_jobs(job_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    listed = said(capsys, "jobs", "list", "--state", "pending").splitlines()
    assert listed[0].split() == ["ID", "STATE", "PRIORITY", "PROGRESS", "NODE", "USER", "TITLE", "NOTE"]
    assert listed[1].startswith(job_id)
    assert listed[-1] == "1 of 1"
    assert told(capsys, "jobs", "list", "--search", "nothing")["items"] == []
    assert "Sent by Sara" in said(capsys, "jobs", "show", job_id)
    assert told(capsys, "jobs", "show", job_id)["steps"][0]["kind"] == "validate"
    assert told(capsys, "jobs", "boost", job_id, "--priority", "90")["done"][0]["priority"] == 90
    assert told(capsys, "jobs", "cancel", job_id)["done"][0]["state"] == "CANCELLED"
    refused = told(capsys, "jobs", "cancel", job_id, "0" * 32, status=1)["failed"]
    assert [each["code"] for each in refused] == ["ended", "not-found"]
    assert told(capsys, "jobs", "cancel", "nosuch", "nobody", status=2)["done"] == []  # as `show` says it
    assert told(capsys, "jobs", "boost", job_id, "--priority", "101", status=2)["failed"][0]["code"] == "invalid-input"
    assert main(["jobs", "cancel", "nosuch"]) == main(["jobs", "show", "nosuch"]) == 2
    assert capsys.readouterr().err.count("There is no such job.") == 2
    assert told(capsys, "jobs", "retry", job_id)["done"][0]["retry_of"] == job_id
    assert "cancelled by the command line" in said(capsys, "jobs", "show", job_id)


def test_nodes(installation: Database, job_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "on line" in said(capsys, "nodes", "list")
    assert [node["name"] for node in told(capsys, "nodes", "list")] == ["node-1", "node-2"]
    assert told(capsys, "nodes", "drain", "node-2")["draining"] is True
    assert "draining" in said(capsys, "nodes", "show", "n2")
    assert told(capsys, "nodes", "undrain", "n2")["draining"] is False
    with installation.system_session() as session:
        nodes.heartbeat(session, "n1", "i", {}, "No space: only 7 MB are free on the node's disk.")
    assert "unwell" in said(capsys, "nodes", "show", "n1")
    assert main(["nodes", "drain", "nobody"]) == 2
    assert "There is no node “nobody”" in capsys.readouterr().err


def test_a_stopped_farm_is_told(
    installation: Database, job_id: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "stopped" not in said(capsys, "nodes", "list") + said(capsys, "jobs", "list")
    with installation.system_session() as session:
        farm.pause(session, reason="by hand")
    assert said(capsys, "jobs", "list").splitlines()[1].endswith(FARM_STOPPED)
    assert f"note: {FARM_STOPPED}" in said(capsys, "jobs", "show", job_id)
    assert said(capsys, "nodes", "list").endswith(f"{FARM_STOPPED}: no node takes anything more.\n")
    assert len(told(capsys, "nodes", "list")) == 2

    class Desk(LocalDesk):
        """The farm goes on at the first look, the job is cancelled at the second."""

        def again(self, row: dict[str, Any]) -> dict[str, Any]:
            if row["note"]:
                with installation.system_session() as session:
                    farm.resume(session)
                return super().again(row)
            return self.act("cancel", row["id"], 0)

    monkeypatch.setattr(sending, "LOOK_SECONDS", 0.0)
    assert sending._ended(Desk(), LocalDesk().again({"id": job_id}))["state"] == "CANCELLED"
    shown = capsys.readouterr().err
    assert FARM_STOPPED in shown and "It goes on." in shown.partition(FARM_STOPPED)[2]


def test_tokens_of_a_studio_that_is_not_there(installation: Database, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(get_settings().data_dir)
    assert main(["node-token", "make", "mac-07", "--data", folder]) == 0
    token_id = capsys.readouterr().out.split()[0]
    assert main(["node-token", "revoke", token_id, "--data", folder]) == 0
    assert main(["node-token", "revoke", "nosuch", "--data", folder]) == 2
    assert "There is no such node token." in capsys.readouterr().err


def test_what_a_job_that_has_ended_says(
    installation: Database, job_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for state, error, told_why in (("FAILED", "The disk is full.", "The disk is full."), ("COMPLETED", None, "")):
        with installation.system_session() as session:
            job = session.get(RenderJob, job_id)
            assert job is not None
            job.state, job.note, job.error = state, "scene 3, frame 40 of 90", error
            session.add(job)
        listed = said(capsys, "jobs", "list").splitlines()
        assert listed[1].partition("فیلم")[2].strip() == told_why
        shown = said(capsys, "jobs", "show", job_id)
        assert "frame 40" not in shown
        assert (f"error: {told_why}" in shown) is bool(told_why)


def test_a_name_that_several_have_is_given_wrong(
    installation: Database, job_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with installation.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n3", "node-2", "h", "i", "1", 1, 2, {"native": {}}))
    assert main(["nodes", "drain", "node-2"]) == 2
    assert "2 nodes are called “node-2”; give one's id: n" in capsys.readouterr().err
    with installation.tenant_session(DEFAULT_TENANT) as session:
        session.add(User(id="a" * 32, email="sara@example.com", name="Sara", password_hash=""))
        session.flush()
        twins = [add_project(session, "a" * 32, "Spring").id for _ in range(2)]
    assert main(["jobs", "send", "spring"]) == 2
    refusal = capsys.readouterr().err
    assert "Several projects have this name" in refusal
    assert all(f"{each} of Sara" in refusal for each in twins)


@pytest.mark.parametrize("priority", ["abc", "1.5", ""])
def test_a_priority_is_a_number(priority: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["jobs", "boost", "x", f"--priority={priority}"])
    assert ended.value.code == 2
    assert f"{priority!r} is no number from 0 to 100" in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["0", "-3", "abc", "1.5"])
def test_a_limit_is_a_number(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["jobs", "list", f"--limit={limit}"])
    assert ended.value.code == 2
    assert f"'{limit}' is no number from 1" in capsys.readouterr().err
