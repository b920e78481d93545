"""A job of the render manager from the Dropbox to its output folder, on a real node with a stand-in for nexrender."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from flatrender.access import profile
from flatrender.access import service as access
from flatrender.access.permissions import Principal
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.storage import get_storage
from flatrender.farm.models import Task
from flatrender.renders.manager import jobs as manager_jobs
from flatrender.renders.manager import service
from flatrender.renders.models import RenderJob
from flatrender.renders.states import TERMINAL
from flatrender.settings import get_settings
from tests.aftereffects.authored import Author
from tests.deadline import until
from tests.installation import installed
from tests.workers.test_after_effects import FRAMES, SIZE, StandIn, films  # noqa: F401 (a fixture)
from workers import handlers
from workers.agent import Agent
from workers.context import TaskContext
from workers.engines import base
from workers.engines.base import ProjectRequest
from workers.handlers import render_project
from workers.node import node_settings

CONFIG = {"template": {"composition": "Film", "outputExt": "mp4"}, "assets": []}


class Site:
    """An installation with a Dropbox, a user, and a node that has nexrender."""

    def __init__(self, database: Database, dropbox: Path, stand_in: StandIn) -> None:
        self.database, self.dropbox, self.stand_in = database, dropbox, stand_in
        with database.system_session() as session:
            user = access.create_user(
                session, DEFAULT_TENANT, email="alice@example.com", password="a long password", name="Alice"
            )
        self.me = Principal(user.id, DEFAULT_TENANT, user.role, user.email, user.name)
        with database.tenant_session(DEFAULT_TENANT) as session:
            profile.set_mac_usernames(session, self.me, ["alice"])
        self.agent = Agent(database, node_settings(get_settings(), "n" * 32, "node-1", 1), handlers.find)

    def submit(self, place: str = "Ads/Promo.aep") -> str:
        wanted = service.Submission(f"/Users/alice/Dropbox/{place}", datetime(2026, 5, 1, tzinfo=UTC), "alice", CONFIG)
        with self.database.tenant_session(DEFAULT_TENANT) as session:
            return service.submit(session, "bravo", wanted).id

    def job(self, job_id: str) -> RenderJob:
        with self.database.tenant_session(DEFAULT_TENANT, read_only=True) as session:
            return service.find(session, "bravo", job_id)[0]

    def finished(self, job_id: str) -> RenderJob:
        until(lambda: self.job(job_id).state in TERMINAL, 60, "the end of the job")
        return self.job(job_id)


@pytest.fixture
def site(tmp_path: Path, films: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:  # noqa: F811
    stand_in = StandIn(tmp_path, films, monkeypatch)
    monkeypatch.setenv("NEXRENDER_PATH", str(stand_in.program))
    monkeypatch.setenv("AERENDER_PATH", str(stand_in.program))
    monkeypatch.setattr(TaskContext, "wait", lambda self, seconds: False)  # the three seconds in which it must not grow
    dropbox = tmp_path / "Dropbox"
    author = Author()
    author.text(author.comp("Film", SIZE, FRAMES / 30, 30.0), "title", "Hello")
    project = author.save(dropbox / "Ads" / "Promo.aep")
    os.utime(project, (time.time() - 100, time.time() - 100))
    with installed(tmp_path / "data", monkeypatch, DROPBOX_PATH=str(dropbox), FLATRENDER_SIGN_UP="off") as database:
        found = Site(database, dropbox, stand_in)
        yield found
        found.agent.stop()


def test_a_film_reaches_the_output_folder(site: Site) -> None:
    assert {"nexrender", "aerender", "native"} <= set(base.installed())
    site.stand_in.plays("nexrender_success")
    site.agent.start()
    job_id = site.submit()
    job = site.finished(job_id)
    assert (job.state, job.error) == ("COMPLETED", None)
    [film] = (site.dropbox / "Renders").iterdir()
    assert film.name == f"Promo, Film {job_id[-8:]}.mp4"
    with site.database.tenant_session(DEFAULT_TENANT, read_only=True) as session:
        render = manager_jobs.render_of(session, job_id)
        assert render.facts["frames"] == FRAMES
        assert render.output["frames"] == FRAMES
        assert render.output_place == f"Renders/{film.name}"
    assert job.picture_key is not None
    assert get_storage().exists(job.picture_key)
    assert site.stand_in.seen["job"]["template"]["composition"] == "Film"


def test_a_fenced_off_attempt_takes_only_its_own_film_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = site.submit()

    def attempt(epoch: int) -> TaskContext:
        task = Task(
            id="t" * 32, tenant_id=DEFAULT_TENANT, owner_id=job_id, kind="render-project", name="x", engine="nexrender",
            lane="nexrender", payload={"job_id": job_id}, node_id="n1", epoch=epoch,
        )  # fmt: skip
        return TaskContext(task, site.database, site.dropbox.parent / "work", lease_seconds=30)

    class Engine:
        def render_project(self, request: ProjectRequest, *words: object) -> SimpleNamespace:
            request.out.write_bytes(request.out.parent.name.encode())
            info = SimpleNamespace(frames=1, duration=1.0, width=1, height=1, video_codec="h264", audio_codec=None)
            return SimpleNamespace(path=request.out, info=info, seconds=1.0, warnings=())

    monkeypatch.setattr(render_project, "project_engine", lambda name: Engine())
    monkeypatch.setattr(render_project.jobs, "keep_picture", lambda *words: None)

    def delivered_films() -> list[str]:
        return sorted(film.name for film in (site.dropbox / "Renders").iterdir())

    killed, late, last = attempt(1), attempt(2), attempt(3)
    render_project.run(killed)
    delivered = render_project.run(last)
    assert delivered_films() == [f"Promo, Film {job_id[-8:]}-3.mp4"]
    render_project.run(late)
    late.drop()
    assert delivered_films() == [f"Promo, Film {job_id[-8:]}-3.mp4"]
    with site.database.tenant_session(DEFAULT_TENANT) as session:
        manager_jobs.render_of(session, job_id).output_place = delivered["place"]
    last.drop()  # its completion was written, but the answer was lost
    assert delivered_films() == [f"Promo, Film {job_id[-8:]}-3.mp4"]
    assert (site.dropbox / delivered["place"]).read_text() == last.tag


def test_a_truncated_film_is_tried_again_and_never_delivered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from flatrender.farm import states, writer

    monkeypatch.setattr(writer, "limits", states.Limits(crash_retries=1, crash_wait=0.0))
    site.stand_in.plays("nexrender_truncated")
    site.agent.start()
    job = site.finished(site.submit())
    assert (job.state, job.error_code, job.retries) == ("FAILED", "incomplete-film", 1)
    assert not (site.dropbox / "Renders").exists()


def test_a_file_that_is_not_there_is_waited_for_then_fails(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from flatrender.farm import states, writer

    monkeypatch.setattr(writer, "limits", states.Limits(ready_wait=0.0))
    site.agent.start()
    job = site.finished(site.submit("Ads/Gone.aep"))
    assert (job.state, job.error_code) == ("FAILED", "not-ready")
    assert "not in the Dropbox folder yet" in (job.error or "")


@pytest.mark.parametrize(
    ("setting", "parts"),
    [("Renders", ("Renders",)), (r"Out\Final", ("Out", "Final")), ("/a/../b/", ("a", "b")), ("", ())],
)
def test_the_output_folder_is_below_the_root(setting: str, parts: tuple[str, ...]) -> None:
    assert render_project.folder_of(setting) == parts


def test_the_films_name_is_one_that_every_system_takes() -> None:
    assert render_project.name_of('a/b: "c"\n  نوروز', "0" * 24 + "12345678", ".mov") == "a b c نوروز 12345678.mov"
    assert render_project.name_of("???", "0" * 32, ".avi") == "film 00000000.avi"
