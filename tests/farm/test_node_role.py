"""PostgreSQL's role for nodes on other machines: enough for a whole job, and no more (`deploy/node-role.sql`)."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import reaper, service
from flatrender.media import writer as media_writer
from flatrender.media.models import Media, MediaState
from flatrender.renders import writer
from flatrender.renders.manager import configuration
from flatrender.renders.manager import jobs as manager_jobs
from flatrender.renders.manager.models import ProjectRender
from flatrender.renders.models import RenderJob
from tests.deadline import until
from tests.faults.conftest import ROOT, Farm, farm_on
from workers.agent import Agent, NodeSettings
from workers.context import TaskContext
from workers.handlers import dropbox
from workers.outcomes import Handler

SCRIPT = ROOT / "deploy" / "node-role.sql"


def as_node(url: str) -> str:
    return re.sub(r"//[^@]*@", "//flatrender_node@", url)


@pytest.fixture
def nodes(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Farm]:
    with farm_on("postgres", tmp_path, monkeypatch, postgres_url) as nodes:
        statements = re.sub(r"--.*", "", SCRIPT.read_text("utf-8"))
        with nodes.database.engine.begin() as connection:
            connection.exec_driver_sql(statements)
        yield nodes
        with nodes.database.engine.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY flatrender_node; DROP ROLE flatrender_node")


def test_a_whole_job_with_the_rights_of_a_node(nodes: Farm, postgres_url: str) -> None:
    nodes.start("n1", DATABASE_URL=as_node(postgres_url), FLATRENDER_NODE_TOKEN="")
    engine = create_engine(as_node(postgres_url).replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "1min"
    engine.dispose()
    path = "/Jobs/film.aep"
    nodes.is_job(nodes.submit(supersede_key=path), "COMPLETED")
    nodes.mode("hold")
    older = nodes.submit(supersede_key=path)
    nodes.is_job(older, "RENDERING")
    newer = nodes.submit(supersede_key=path)
    nodes.is_job(older, "CANCELLED")
    nodes.mode("")
    nodes.is_job(newer, "COMPLETED")


@pytest.fixture
def agent(nodes: Farm, postgres_url: str, tmp_path: Path) -> Iterator[Agent]:
    """A node with the role's rights and engines that say at once what they found."""
    (tmp_path / "Dropbox").mkdir()
    results: dict[str, dict[str, Any]] = {
        "validate-project": {"facts": {"frames": 50}, "warnings": ["A font is missing."]},
        "render-project": {"place": "Renders/Film.mp4", "bytes": 1, "frames": 50, "picture_key": None},
        "ingest": {"kind": "image", "key": "media/a.png", "width": 4, "height": 4, "thumbnail_key": "media/a.webp"},
    }

    def find(kind: str) -> Handler:
        def run(context: TaskContext) -> dict[str, Any]:
            if "project" in kind:
                dropbox.load(context)
                dropbox.delivered(context)
            return results[kind]

        return run

    database = Database(as_node(postgres_url))
    (tmp_path / "n1").mkdir()
    settings = NodeSettings("n1", "n1", "test", tmp_path / "n1", 1, 2.0, 0.1, {"nexrender": {}, "ffmpeg": {}})
    agent = Agent(database, settings, find)
    agent.start()
    yield agent
    agent.stop()
    database.dispose()


def test_a_project_of_the_render_manager(
    nodes: Farm, agent: Agent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manager_jobs, "dropbox_root", lambda: str(tmp_path / "Dropbox"))
    job = RenderJob(
        tenant_id=DEFAULT_TENANT, user_id="u" * 32, user_name="Sara", title="Film", document={}, kind="project"
    )
    with nodes.database.tenant_session(DEFAULT_TENANT) as session:
        session.add(
            ProjectRender(
                tenant_id=DEFAULT_TENANT, job_id=job.id, project_path="/x/a.aep", place="a.aep", mac_username="x",
                saved_at=datetime(2026, 5, 1, tzinfo=UTC), engine="nexrender",
                order=configuration.read({"template": {"composition": "Film"}}, str(tmp_path)).to_dict(),
            )
        )  # fmt: skip
        writer.opened(session, job)
    nodes.is_job(job.id, "COMPLETED")
    with nodes.database.tenant_session(DEFAULT_TENANT) as session:
        row = manager_jobs.render_of(session, job.id)
        assert (row.facts, row.output_place) == ({"frames": 50}, "Renders/Film.mp4")


def test_an_upload_is_read(nodes: Farm, agent: Agent) -> None:
    media = Media(
        tenant_id=DEFAULT_TENANT, user_id="u" * 32, kind="image", name="a.png", sha256="a" * 64, size=1,
        key="media/a", content_type="image/png",
    )  # fmt: skip
    with nodes.database.tenant_session(DEFAULT_TENANT) as session:
        media_writer.request(session, media)

    def ready() -> bool:
        with nodes.database.tenant_session(DEFAULT_TENANT) as session:
            found = session.get(Media, media.id)
            return found is not None and found.state == MediaState.READY

    until(ready, 15, "the upload to be read")


def test_a_role_of_before_reaps_and_works_and_says_what_to_run(
    nodes: Farm, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    reaper._ask_for_grants.cache_clear()
    with nodes.database.engine.begin() as connection:
        connection.exec_driver_sql("REVOKE UPDATE ON farm_lane FROM flatrender_node")
    with nodes.database.tenant_session(DEFAULT_TENANT) as session:
        service.enqueue(session, DEFAULT_TENANT, "job", [service.NewTask("test", engine="absent")])
    cleaned = threading.Event()
    agent._housekeeping, agent._clean_at = cleaned.set, 0.0
    for _ in range(2):
        reaper.reap(agent._database, lease_seconds=2)
        agent.tick()
    assert cleaned.wait(10)
    assert len([record for record in caplog.records if "deploy/node-role.sql" in record.message]) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password_hash FROM user_account",
        "SELECT * FROM user_session",
        "UPDATE farm_node_token SET revoked_at = NULL",
        "INSERT INTO farm_node_token (id, name, digest, created_at) VALUES ('a', 'a', 'a', now())",
        "UPDATE farm_switch SET stopped = false",
        "DELETE FROM project_render",
        "DELETE FROM render_job",
        "DELETE FROM export",
        "UPDATE project SET name = 'x'",
        "UPDATE tenant SET name = 'x'",
        "CREATE TABLE mine (id int)",
        "DROP TABLE farm_task",
    ],
)
def test_what_a_node_may_not_do(nodes: Farm, postgres_url: str, statement: str) -> None:
    engine = create_engine(as_node(postgres_url).replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection, pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        connection.execute(text(statement))
    engine.dispose()
