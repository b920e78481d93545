"""A job's life in shorthand, on SQLite and PostgreSQL, without rendering anything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.outbox import OutboxEvent
from flatrender.farm import log, nodes
from flatrender.farm import service as farm
from flatrender.farm.models import Task
from flatrender.farm.states import TaskEvent, TaskState
from flatrender.renders import service, writer
from flatrender.renders.models import RenderJob
from flatrender.renders.planner import SceneUse, Source, content_hash, plan
from tests.installation import OTHER_TENANT, installed

USER = Principal("u" * 32, DEFAULT_TENANT, Role.MEMBER, "member@example.com", "Sara")
OTHER = Principal("o" * 32, DEFAULT_TENANT, Role.MEMBER, "other@example.com", "Omid")
SITE_ADMIN = Principal("t" * 32, DEFAULT_TENANT, Role.ADMIN, "admin@example.com", "Tara")
ADMIN = Principal("a" * 32, DEFAULT_TENANT, Role.PLATFORM_ADMIN, "root@example.com", "Rita")
STRANGER = Principal("s" * 32, OTHER_TENANT, Role.ADMIN, "x@other.test", "Xerxes")

SOURCE = Source("0" * 32, "bundles/x", "native+1", (640, 360), (25, 1), None)
SCENES = [SceneUse(f"c{n}", f"s{n}", f"Part {n}", n, 50, 50 * n - 50, {}) for n in (1, 2, 3)]


class Studio:
    """A job's life in shorthand: each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.heard: list[tuple[str, dict[str, Any]]] = []
        info = nodes.NodeInfo("n1", "node-1", "test", "i1", "1", 1, 4, {"native": {}, "ffmpeg": {}})
        with database.system_session() as session:
            nodes.register(session, info)

    def submit(self, principal: Principal = USER, **changes: Any) -> str:
        job = RenderJob(
            tenant_id=principal.tenant_id,
            user_id=principal.user_id,
            user_name=principal.name,
            title="Teaser",
            document={"version": 1},
            **changes,
        )
        with self.database.tenant_session(principal.tenant_id) as session:
            writer.opened(session, job)
        return job.id

    def claim(self, kind: str | None = None) -> Task:
        with self.database.system_session() as session:
            task = farm.claim(session, "n1", lease_seconds=30)
        assert task is not None
        assert kind is None or task.kind == kind
        return task

    def done(self, task: Task, **result: Any) -> bool:
        with self.database.system_session() as session:
            return farm.complete(session, task.id, task.epoch, result)

    def give_up(self, task: Task, event: TaskEvent, reason: str = "it broke") -> TaskState | None:
        with self.database.system_session() as session:
            return farm.give_up(session, task.id, task.epoch, event, reason=reason, code="test")

    def plan(self, cached: int = 0) -> dict[str, Any]:
        hashes = [content_hash(SOURCE, scene) for scene in SCENES[:cached]]
        return plan(SOURCE, SCENES, cached=hashes).to_dict()

    def validated(self, principal: Principal = USER, cached: int = 0) -> str:
        job_id = self.submit(principal)
        assert self.done(self.claim("validate"), plan=self.plan(cached), warnings=["The font X is missing."])
        return job_id

    def scene_result(self, task: Task, **changes: Any) -> dict[str, Any]:
        return {
            "hash": task.payload["film"],
            "key": f"scenes/{task.payload['film']}.mp4",
            "frames": 50,
            "width": 640,
            "height": 360,
            "bytes": 1000,
            "seconds": 2.5,
            "warnings": [],
            "cached": False,
            **changes,
        }

    def film_result(self) -> dict[str, Any]:
        film = {
            "key": "exports/film.mp4",
            "name": "Teaser.mp4",
            "format": "mp4",
            "bytes": 5000,
            "sha256": "f" * 64,
            "frames": 150,
            "duration": 6.0,
            "width": 640,
            "height": 360,
            "video_codec": "h264",
            "audio_codec": "aac",
        }
        return {"exports": [film]}

    def finish(self) -> None:
        for _ in SCENES:
            task = self.claim("scene")
            assert self.done(task, **self.scene_result(task))
        assert self.done(self.claim("compose"), **self.film_result())

    def job(self, job_id: str) -> RenderJob:
        with self.database.system_session() as session:
            job = session.get(RenderJob, job_id)
            assert job is not None
            return job

    def tasks(self, job_id: str) -> list[Task]:
        with self.database.system_session(read_only=True) as session:
            return farm.tasks_of(session, job_id)

    def state(self, job_id: str) -> str:
        return self.job(job_id).state

    def events(self, kind: str) -> list[dict[str, Any]]:
        with self.database.system_session() as session:
            rows = session.exec(select(OutboxEvent).where(col(OutboxEvent.kind) == kind)).all()
            return [row.payload for row in rows]

    def messages(self, job_id: str) -> list[str]:
        with self.database.system_session() as session:
            return [line.message for line in log.lines(session, job_id)]

    def cancel(self, job_id: str, principal: Principal = USER) -> None:
        with self.database.tenant_session(principal.tenant_id) as session:
            service.cancel(session, principal, job_id)


@pytest.fixture(params=["sqlite", "postgres"])
def studio(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    environment = {}
    if request.param == "postgres":
        environment["DATABASE_URL"] = request.getfixturevalue("filled_postgres_url")
    with installed(tmp_path / "data", monkeypatch, **environment) as database:
        yield Studio(database)
