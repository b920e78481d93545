"""A film of more scenes than a job renders: every way to one says so in a sentence, at once, and nothing is lost."""

import json
import time
import tracemalloc
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from flatrender.access import keys
from flatrender.access.models import User
from flatrender.api.app import create_api
from flatrender.commands import main
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import InvalidInput
from flatrender.core.ids import new_id
from flatrender.projects import exchange
from flatrender.projects import service as projects
from flatrender.renders import service, snapshots, writer
from flatrender.renders.models import RenderJob
from flatrender.settings import get_settings
from tests.renders.conftest import DESIGNER, Renderer

SCENES = 10_000
SAID = "The film has 10,000 scenes, and a job renders at most 200; remove some, or make several films of it."
MOST_SECONDS, MOST_BYTES = 5.0, 64 << 20  # of processor time, in all ways together; of memory


def ten_thousand(document: dict[str, Any], scenes: int = SCENES) -> None:
    """As no edit makes it."""
    track = document["tracks"][0]
    track["items"] = [{**track["items"][number % 3], "id": new_id()} for number in range(scenes)]


def of_film(document: dict[str, Any], template_id: str, **changes: Any) -> RenderJob:
    """A job as an earlier version may have taken it."""
    return RenderJob(
        tenant_id=DEFAULT_TENANT,
        user_id=DESIGNER.user_id,
        template_id=template_id,
        title="Film",
        document=document,
        **changes,
    )


@pytest.fixture
def large(renderer: Renderer) -> tuple[dict[str, Any], str]:
    """The document of a project of ten thousand scenes, and its template."""
    person = User(id=DESIGNER.user_id, tenant_id=DEFAULT_TENANT, email=DESIGNER.email, name="Dana", password_hash="")
    with renderer.database.system_session() as session:
        session.add(person)
    renderer.edit(ten_thousand)
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        project = projects.get(session, DESIGNER, renderer.project_id)
        return project.document, project.template_id


def test_no_way_into_a_job(
    renderer: Renderer, large: tuple[dict[str, Any], str], capsys: pytest.CaptureFixture[str]
) -> None:
    document, template_id = large
    before = of_film(document, template_id, state="FAILED")
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        session.add(before)
        secret = keys.create(session, DESIGNER, keys.Wish("ci", ("projects",)))[1]
    client = TestClient(create_api(), base_url="http://testserver", headers={"Authorization": f"Bearer {secret}"})
    tracemalloc.start()
    began = time.process_time()
    answers = (
        client.post("/api/v1/renders", json={"project_id": renderer.project_id}),
        client.get("/api/v1/renders/estimate", params={"project_id": renderer.project_id}),
        client.post(f"/api/v1/renders/{before.id}/retry"),
    )
    sent = main(["jobs", "send", renderer.project_id, "--data", str(get_settings().data_dir)])
    with renderer.database.tenant_session(DEFAULT_TENANT) as session, pytest.raises(InvalidInput, match=SAID):
        snapshots.request(session, DESIGNER, renderer.project_id, frame=0)
    seconds, (_, most) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for answer in answers:
        assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (422, "too-many-scenes", SAID)
    assert (sent, SAID in capsys.readouterr().err) == (2, True)
    assert seconds < MOST_SECONDS
    assert most < MOST_BYTES
    print(f"{seconds:.2f} s of processor time, {most >> 20} MiB")
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        assert session.exec(select(RenderJob.id)).all() == [before.id]
        assert projects.get(session, DESIGNER, renderer.project_id).document == document


def test_a_job_that_waits_already(renderer: Renderer, large: tuple[dict[str, Any], str]) -> None:
    job = of_film(*large)
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        writer.opened(session, job)
    renderer.agent.start()
    renderer.agent.kick()
    ended = renderer.finished(job.id, 20)
    assert (ended.state, ended.error, ended.error_code) == ("FAILED", SAID, "too-many-scenes")
    assert [task.kind for task in renderer.tasks(job.id)] == ["validate"]


def test_a_timeline_file_is_no_way_either(renderer: Renderer) -> None:
    renderer.edit(lambda document: ten_thousand(document, 201))
    clips = [{"OTIO_SCHEMA": "Clip.1", "name": "Part"}] * SCENES
    track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": clips}
    stack = {"OTIO_SCHEMA": "Stack.1", "children": [track]}
    crowded = json.dumps({"OTIO_SCHEMA": "Timeline.1", "name": "Film", "tracks": stack})
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        _, own = exchange.export(session, DESIGNER, renderer.project_id)
        for text, said in ((own, "at most 200 scenes"), (crowded, "at most 2000 clips")):
            with pytest.raises(InvalidInput, match=said):
                exchange.import_file(session, DESIGNER, text.encode())


def test_clips_of_all_tracks_are_counted(renderer: Renderer) -> None:
    def crowd(document: dict[str, Any]) -> None:
        document["tracks"].append({"kind": "overlay", "items": [{"type": "clip"}] * 2000})

    renderer.edit(crowd)
    with renderer.database.tenant_session(DEFAULT_TENANT) as session, pytest.raises(InvalidInput, match="2,003 clips"):
        service.submit(session, DESIGNER, renderer.project_id)
