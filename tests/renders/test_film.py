"""From a project to a film, with the real engine and FFmpeg: rendered, cached, edited, composed, probed, faulty."""

import hashlib
import shutil
from collections import namedtuple
from typing import Any

import psutil
import pytest
from sqlmodel import col, select, update

from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import Conflict, InvalidInput, NoSpace, NotFound, ProcessFailed, RateLimited
from flatrender.core.storage import LocalStorage, get_storage
from flatrender.farm import nodes
from flatrender.farm import service as farm
from flatrender.farm import writer as farm_writer
from flatrender.farm.models import Task
from flatrender.farm.states import Limits, TaskEvent
from flatrender.film.probe import probe
from flatrender.media import service as media
from flatrender.renders import covers, resolving, service, snapshots
from flatrender.renders.models import SceneFilm
from flatrender.settings import get_settings
from flatrender.templates import engine
from tests.deadline import until
from tests.renders.conftest import DESIGNER, FRAMES, SIZE, Renderer
from workers.context import TaskContext

_Usage = namedtuple("_Usage", "total used free")


def scenes(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for item in document["tracks"][0]["items"] if item["type"] == "clip"]


def test_a_film_is_rendered_then_cached_then_rendered_where_it_changed(renderer: Renderer) -> None:
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        estimate = service.estimate(session, DESIGNER, renderer.project_id)
    assert estimate["sentence"].startswith("3 of 3 scenes to render, about 0:0")
    renderer.agent.start()
    first = renderer.finished(renderer.submit())
    assert (first.state, first.error) == ("COMPLETED", None)
    assert (first.scenes, first.scenes_cached) == (3, 0)
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        film = service.download(session, DESIGNER, first.id)
        picture = service.picture(session, DESIGNER, first.id)
    assert film.name == "همایون Teaser 1 2.mp4"
    assert hashlib.sha256(film.path.read_bytes()).hexdigest() == film.export["sha256"]
    info = probe(film.path)
    assert (info.frames, info.width, info.height) == (3 * FRAMES, *SIZE)
    assert (info.video_codec, info.audio_codec) == ("h264", "aac")
    assert (film.export["frames"], film.export["duration"]) == (info.frames, info.duration)
    assert picture.read_bytes().startswith(b"\x89PNG")

    # Nothing changed: nothing is rendered, the film is the same.
    second = renderer.finished(renderer.submit())
    assert [task.kind for task in renderer.tasks(second.id)] == ["validate", "compose"]
    assert (second.state, second.scenes_cached) == ("COMPLETED", 3)

    # Another word in one scene, another order, a cross-fade: one scene is rendered.
    def edit(document: dict[str, Any]) -> None:
        items = document["tracks"][0]["items"]
        items.reverse()
        items.insert(1, {"type": "transition", "id": "fade", "kind": "crossfade", "duration": 4})
        key = next(
            element.key
            for element in definition.scene(items[0]["scene"]).elements  # type: ignore[union-attr]
            if element.kind == "text"
        )
        items[0]["values"] = {key: "سلام دنیا"}

    from flatrender.templates import definitions

    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        definition = definitions.get(session, first.template_id or "")
    renderer.edit(edit)
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        assert service.estimate(session, DESIGNER, renderer.project_id)["to_render"] == 1
    third = renderer.finished(renderer.submit())
    assert (third.state, third.scenes_cached) == ("COMPLETED", 2)
    assert [task.kind for task in renderer.tasks(third.id)] == ["validate", "scene", "compose"]
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        assert service.download(session, DESIGNER, third.id).export["frames"] == 3 * FRAMES - 4


def test_ffmpeg_killed_in_the_middle_is_tried_again_then_fails_with_the_reason(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm_writer, "limits", Limits(crash_wait=0.0))
    renderer.edit(lambda document: scenes(document)[0].update(duration=100))
    job_id = renderer.submit()
    renderer.agent.start()
    killed: set[int] = set()

    def over() -> bool:
        for child in psutil.Process().children(recursive=True):
            try:
                if "ffmpeg" in child.name() and "pipe:0" in " ".join(child.cmdline()) and child.pid not in killed:
                    child.kill()
                    killed.add(child.pid)
            except psutil.Error:
                continue
        return renderer.job(job_id).state == "FAILED"

    until(over, 90, "the end of the tries")
    job = renderer.job(job_id)
    assert len(killed) == 4  # once, and three tries
    assert job.retries == 3
    assert "FFmpeg" in (job.error or "")
    lines = renderer.messages(job_id)
    assert sum("retry" in line and "FFmpeg" in line for line in lines) == 3
    assert lines[-1].startswith("Failed: ")


def test_a_disk_without_space_is_said_before_anything_is_rendered(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = renderer.submit()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: _Usage(10**9, 10**9, 4096))
    renderer.agent.start()
    job = renderer.finished(job_id)
    assert (job.state, job.error_code) == ("FAILED", "no-space")
    assert "No space: the films need about" in (job.error or "")
    assert [task.kind for task in renderer.tasks(job_id)] == ["validate"]


def test_a_disk_that_fills_while_storing_fails_the_job(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: LocalStorage, source: object, key: str, on_bytes: object = None) -> None:
        raise NoSpace("There is no space left for files; free some and try again.")

    job_id = renderer.submit()
    monkeypatch.setattr(LocalStorage, "put_file", full)
    renderer.agent.start()
    job = renderer.finished(job_id)
    assert (job.state, job.error_code) == ("FAILED", "no-space")
    assert "no space" in (job.error or "").lower()
    assert not list((LocalStorage(renderer.agent.settings.folder / "x").root).rglob("*.mp4"))


def test_a_deleted_template_bundle_fails_with_what_to_do(renderer: Renderer) -> None:
    from flatrender.templates import engine

    job_id = renderer.submit()
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        key = engine.source(session, renderer.job(job_id).template_id or "").key
    get_storage().delete(key)
    renderer.agent.start()
    job = renderer.finished(job_id)
    assert (job.state, job.retries) == ("FAILED", 0)
    assert job.error


def test_a_node_that_looks_for_files_elsewhere_says_so(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    own = LocalStorage(get_settings().data_dir / "own")
    monkeypatch.setattr(farm_writer, "limits", Limits(crash_wait=0.0))
    monkeypatch.setattr("workers.files.get_storage", lambda: own)
    monkeypatch.setattr(engine, "get_storage", lambda: own)
    renderer.agent.start()
    job = renderer.finished(renderer.submit())
    assert (job.state, job.error_code) == ("FAILED", "other-storage")
    assert "give it the studio's FLATRENDER_STORAGE or FLATRENDER_DATA" in str(job.error)
    [task] = renderer.tasks(job.id)
    assert task.crashes == Limits().crash_retries + 1, "another node might do better"


def test_an_empty_film_is_refused(renderer: Renderer) -> None:
    renderer.edit(lambda document: document["tracks"][0].update(items=[]))
    with pytest.raises(InvalidInput, match="no scenes"):
        renderer.submit()


def test_a_film_that_vanished_from_the_cache_is_rendered_again(renderer: Renderer) -> None:
    renderer.agent.start()
    first = renderer.finished(renderer.submit())
    hidden = sorted((get_storage().root / "scenes").rglob("*.mp4"))[0]  # type: ignore[attr-defined]
    hidden.unlink()
    second = renderer.finished(renderer.submit())
    assert (first.state, second.state, second.scenes_cached) == ("COMPLETED", "COMPLETED", 2)
    assert hidden.exists()


def test_a_film_taken_away_as_it_is_fetched_is_a_fault_of_the_moment(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers.handlers import jobs

    fetch, taken = jobs.made, list[str]()

    def swept(key: str) -> Any:
        if not taken:
            taken.append(key)
            get_storage().delete(key)
        return fetch(key)

    renderer.agent.start()
    monkeypatch.setattr(jobs, "made", swept)
    job = renderer.finished(renderer.submit())
    assert (job.state, job.error, len(taken)) == ("COMPLETED", None, 1)


def test_scenes_lost_before_the_composition_are_rendered_in_it_with_progress_of_their_own(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers.handlers import compose, scene

    renderer.agent.start()
    first = renderer.finished(renderer.submit())
    assert first.state == "COMPLETED"
    find, render = compose._films, scene.render
    moved: list[tuple[float, float]] = []

    def lose(context: TaskContext, *more: Any) -> Any:
        with renderer.database.system_session() as session:
            for film in session.exec(select(SceneFilm).order_by(col(SceneFilm.content_hash)).limit(2)).all():
                get_storage().delete(film.key)
                session.delete(film)
        return find(context, *more)

    def watch(context: TaskContext, *more: Any) -> Any:
        before = context._best
        made = render(context, *more)
        moved.append((before, context._best))
        return made

    monkeypatch.setattr(compose, "_films", lose)
    monkeypatch.setattr(scene, "render", watch)
    second = renderer.finished(renderer.submit())
    assert (second.state, second.error) == ("COMPLETED", None)
    (start, middle), (again, end) = moved
    assert start == 0.0 < middle <= again < end < 1.0
    with renderer.database.system_session(read_only=True) as session:
        films = session.exec(select(SceneFilm)).all()
    assert len(films) == 3
    assert all(get_storage().exists(film.key) for film in films)


def test_a_row_of_the_cache_whose_file_is_gone_is_removed_where_the_session_may_write(renderer: Renderer) -> None:
    renderer.agent.start()
    assert renderer.finished(renderer.submit()).state == "COMPLETED"
    with renderer.database.system_session(read_only=True) as session:
        films = session.exec(select(SceneFilm)).all()
    hashes = {film.content_hash for film in films}
    get_storage().delete(films[0].key)
    left = hashes - {films[0].content_hash}
    for read_only, rows in ((True, 3), (False, 2)):
        with renderer.database.tenant_session(DEFAULT_TENANT, read_only=read_only) as session:
            assert resolving.in_cache(session, hashes) == left
        with renderer.database.system_session(read_only=True) as session:
            assert len(session.exec(select(SceneFilm)).all()) == rows


def _command(child: psutil.Process) -> str:
    try:
        return " ".join(child.cmdline())
    except psutil.Error:  # ended, or ended and not collected yet
        return ""


def test_a_cancel_in_the_middle_leaves_nothing_running(renderer: Renderer) -> None:
    renderer.edit(lambda document: [scene.update(duration=100) for scene in scenes(document)])
    renderer.agent.start()
    job_id = renderer.submit()
    until(lambda: renderer.job(job_id).progress > 0.01, 30)
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        service.cancel(session, DESIGNER, job_id)
    assert renderer.finished(job_id, 20).state == "CANCELLED"
    until(lambda: not renderer.agent.running)
    assert not [words for words in map(_command, psutil.Process().children(recursive=True)) if "pipe:0" in words]
    assert not list((renderer.agent.settings.folder / "work").glob("*"))


def test_the_same_key_is_the_same_job(renderer: Renderer) -> None:
    first = renderer.submit(idempotency_key="abc")
    renderer.edit(lambda document: scenes(document)[0].update(duration=5))
    assert renderer.submit(idempotency_key="abc") == first
    assert renderer.submit(idempotency_key="abd") != first


def test_media_that_is_gone_is_told(renderer: Renderer) -> None:
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        assert media.find(session, "f" * 32) is None
    renderer.edit(
        lambda document: document["tracks"][1]["items"].append(
            {"type": "clip", "id": "m", "media": "f" * 32, "offset": 0, "duration": None}
        )
    )
    job_id = renderer.submit()
    renderer.agent.start()
    job = renderer.finished(job_id)
    assert (job.state, job.error_code) == ("FAILED", "media-gone")


def test_a_frame_of_the_film_as_a_picture_drawn_once(renderer: Renderer) -> None:
    def ask(frame: int, width: int = 160) -> dict[str, Any]:
        with renderer.database.tenant_session(DEFAULT_TENANT) as session:
            return snapshots.request(session, DESIGNER, renderer.project_id, frame=frame, width=width)

    renderer.agent.start()
    first = ask(FRAMES + 3)
    assert not first["ready"]
    until(lambda: ask(FRAMES + 3)["ready"], 30, "the picture")
    picture = snapshots.path(first["key"]).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 160
    assert ask(FRAMES + 4)["key"] != first["key"]
    assert ask(FRAMES + 3, 320)["key"] != first["key"]
    for frame in (-1, 3 * FRAMES):
        with pytest.raises(InvalidInput, match=f"frames 0 to {3 * FRAMES - 1}"):
            ask(frame)


def test_a_project_gets_a_picture_of_its_own_for_lists(renderer: Renderer) -> None:
    def look() -> covers.Cover:
        with renderer.database.tenant_session(DEFAULT_TENANT, read_only=True) as session:
            return covers.look(session, DESIGNER, renderer.project_id)

    def ask() -> None:
        with renderer.database.tenant_session(DEFAULT_TENANT) as session:
            covers.ask(session, DESIGNER, renderer.project_id)

    assert (look().key, look().wanted) == (None, True)
    for _ in range(2):
        ask()
    assert (look().key, look().wanted) == (None, False), "it is drawn once"
    assert len([task for task in renderer.tasks(DESIGNER.user_id) if task.name.startswith("Frame ")]) == 1
    renderer.agent.start()
    until(lambda: look().key is not None, 30, "the picture")
    picture = snapshots.path(str(look().key)).read_bytes()
    assert int.from_bytes(picture[16:20], "big") == covers.WIDTH


def test_a_picture_is_one_task_however_often_it_is_asked_for(renderer: Renderer) -> None:
    """Its node is not running: all tasks stay as they are."""

    def ask(frame: int) -> None:
        with renderer.database.tenant_session(DEFAULT_TENANT) as session:
            assert not snapshots.request(session, DESIGNER, renderer.project_id, frame=frame)["ready"]

    def look(frame: int) -> bool:
        with renderer.database.tenant_session(DEFAULT_TENANT, read_only=True) as session:
            return bool(snapshots.look(session, DESIGNER, renderer.project_id, frame=frame)["ready"])

    def tasks() -> list[Task]:
        return renderer.tasks(DESIGNER.user_id)

    with pytest.raises(NotFound):
        look(3)
    for _ in range(3):
        ask(3)
    assert not look(3)
    assert [(task.name, task.priority) for task in tasks()] == [("Frame 3", 50)]
    for frame in range(4, 3 + snapshots.MOST_LIVE):
        ask(frame)
    with pytest.raises(RateLimited):
        ask(0)
    ask(3)  # under way already
    assert len(tasks()) == snapshots.MOST_LIVE
    with renderer.database.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "n1", "test", "i", "1", 1, 1, {"native": {}}))
    for number in range(snapshots.MOST_TRIES):
        with renderer.database.system_session() as session:
            farm.set_priority(session, DESIGNER.user_id, 1)
            session.execute(update(Task).where(col(Task.name) == "Frame 3").values(priority=9))
        with renderer.database.system_session() as session:
            task = farm.claim(session, "n1", lease_seconds=30)
            assert task is not None
            assert task.name == "Frame 3"
            farm.give_up(session, task.id, task.epoch, TaskEvent.REFUSE, reason="too blue")
        with pytest.raises(ProcessFailed, match="too blue"):
            look(3)
        if number + 1 < snapshots.MOST_TRIES:
            ask(3)
    with pytest.raises(Conflict):
        ask(3)


def test_a_picture_shows_the_frame_that_the_film_shows_where_rates_differ(renderer: Renderer) -> None:
    def double(document: dict[str, Any]) -> None:
        document["rate"] = [2 * document["rate"][0], document["rate"][1]]

    renderer.edit(double)
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        for frame in (10, 11, FRAMES + 4):
            snapshots.request(session, DESIGNER, renderer.project_id, frame=frame)  # 10 and 11 are one picture
    assert [task.payload["frame"] for task in renderer.tasks(DESIGNER.user_id)] == [5, 2]


def test_substitutes_are_told_in_the_job_and_its_log_also_when_cached(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers.engines import native

    said = "The font Avenir-Heavy is missing; Inter stands in."
    monkeypatch.setattr(native, "notes", lambda report, composition_ids, values: (said,))
    renderer.agent.start()
    for _ in range(2):
        job = renderer.finished(renderer.submit())
        assert job.state == "COMPLETED"
        with renderer.database.tenant_session(DEFAULT_TENANT) as session:
            told = service.detail(session, DESIGNER, job.id)["warnings"]
        assert len(told) == 3  # one for each scene
        assert all(said in warning for warning in told)
        assert sum(said in line for line in renderer.messages(job.id)) == 3
