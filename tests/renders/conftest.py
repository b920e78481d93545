"""A template of three scenes in a fresh installation, a small project of it, and a node that renders for real."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import log
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.projects import service as projects
from flatrender.projects.models import Project
from flatrender.renders import service
from flatrender.renders.models import RenderJob
from flatrender.renders.states import TERMINAL
from flatrender.settings import get_settings
from flatrender.templates import background, bundles
from flatrender.templates import service as templates
from flatrender.templates.demos import hear_the_room
from tests.deadline import until
from tests.installation import prepared
from workers import handlers
from workers.agent import Agent
from workers.node import node_settings

DESIGNER = Principal("d" * 32, DEFAULT_TENANT, Role.ADMIN, "designer@example.com", "Dana")
FRAMES = 12  # of each scene
SIZE = (320, 180)


class Renderer:
    """A project, and a node in this process."""

    def __init__(self, database: Database, project_id: str) -> None:
        self.database, self.project_id = database, project_id
        self.agent = Agent(database, node_settings(get_settings(), "n" * 32, "node-1", 1), handlers.find)

    def submit(self, **changes: Any) -> str:
        with self.database.tenant_session(DEFAULT_TENANT) as session:
            return service.submit(session, DESIGNER, self.project_id, **changes).id

    def edit(self, change: Any) -> None:
        """`change(document)` alters the project's document in place."""
        import copy

        with self.database.tenant_session(DEFAULT_TENANT) as session:
            project = session.exec(select(Project).where(col(Project.id) == self.project_id)).one()
            document = copy.deepcopy(project.document)
            change(document)
            project.document = document
            session.add(project)

    def job(self, job_id: str) -> RenderJob:
        with self.database.tenant_session(DEFAULT_TENANT) as session:
            return service.find(session, DESIGNER, job_id)

    def finished(self, job_id: str, seconds: float = 90.0) -> RenderJob:
        until(lambda: self.job(job_id).state in TERMINAL, seconds, f"the end of job {job_id}")
        return self.job(job_id)

    def tasks(self, job_id: str) -> list[Task]:
        with self.database.tenant_session(DEFAULT_TENANT) as session:
            return farm.tasks_of(session, job_id)

    def messages(self, job_id: str) -> list[str]:
        with self.database.tenant_session(DEFAULT_TENANT) as session:
            return [line.message for line in log.lines(session, job_id)]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo of three scenes as an archive."""
    folder = tmp_path_factory.mktemp("bundle")
    packed = folder / "hear-the-room.zip"
    bundles.pack_folder(hear_the_room.TEMPLATE.build(folder), packed)
    return packed


@pytest.fixture
def renderer(installation: Database, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Renderer]:
    monkeypatch.setattr(background, "submit", lambda call: None)  # pictures of the catalogue are not needed here

    def small(document: dict[str, Any]) -> None:
        document["size"] = list(SIZE)
        for item in document["tracks"][0]["items"]:
            item["duration"] = FRAMES

    def project() -> str:
        template_id = templates.create(DESIGNER, bundle, bundle.name)
        with installation.tenant_session(DEFAULT_TENANT) as session:
            project_id = str(projects.create(session, DESIGNER, template_id, name="همایون: Teaser 1/2")["id"])
            for task in farm.tasks_of(session, template_id):  # no gallery preview here
                farm.cancel_owner(session, task.owner_id, reason="not wanted in this test")
        Renderer(installation, project_id).edit(small)
        return project_id

    found = Renderer(installation, prepared("a small film", installation, project))
    yield found
    found.agent.stop()
