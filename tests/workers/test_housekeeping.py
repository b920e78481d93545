"""Housekeeping: what is old goes, what is young or in use stays; on SQLite and PostgreSQL."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel, col, func, select, update

from flatrender.access.models import Role, SignInTry, User, UserSession
from flatrender.core import clock
from flatrender.core.bus import BusMessage
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.ids import new_id
from flatrender.core.outbox import OutboxEvent
from flatrender.core.storage import get_storage
from flatrender.farm import log, nodes, service
from flatrender.farm.models import Task, TaskAttempt, TaskBlocker, TaskLog
from flatrender.media import site_fonts, site_pictures, uploads
from flatrender.media.models import Media, MediaUpload
from flatrender.renders.models import Export, RenderJob, SceneFilm
from flatrender.templates.models import Bundle, Template, TemplateScene
from flatrender.tenants.models import Tenant
from tests.deadline import until
from tests.installation import installed
from tests.workers.conftest import Node
from workers import agent, housekeeping, sweep

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    environment = {}
    if request.param == "postgres":
        environment["DATABASE_URL"] = request.getfixturevalue("filled_postgres_url")
    with installed(tmp_path / "data", monkeypatch, **environment) as found:
        yield found


def clean(database: Database, tmp_path: Path, **ages: object) -> None:
    housekeeping.run(database, tmp_path / "data", "n1", housekeeping.Ages(**ages))  # type: ignore[arg-type]


def count(database: Database, table: type[SQLModel]) -> int:
    with database.system_session(read_only=True) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def stored(key: str, age: timedelta) -> str:
    get_storage().put_bytes(b"x" * 10, key)
    touch(get_storage().local_path(key), age)
    return key


def touch(path: Path, age: timedelta) -> None:
    then = time.time() - age.total_seconds()
    os.utime(path, (then, then))


def run_one(database: Database, kind: str, ended: timedelta) -> str:
    """A task that ended so long ago, with a dependant that waits, an attempt and a log."""
    with database.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "n1", "test", "i", "1", 1, 1, {"native": {}}))
        [task] = service.enqueue(session, DEFAULT_TENANT, new_id(), [service.NewTask(kind)])
        log.write(session, DEFAULT_TENANT, task.owner_id, "started", task_id=task.id)
    with database.system_session() as session:
        claimed = service.claim(session, "n1", lease_seconds=30)
        assert claimed is not None
        assert service.complete(session, claimed.id, claimed.epoch, {})
        session.execute(update(Task).where(col(Task.id) == task.id).values(finished_at=clock.now() - ended))
        session.execute(update(TaskLog).values(at=clock.now() - ended))
    return task.id


def test_ended_tasks_are_forgotten_with_all_that_belongs_to_them(database: Database, tmp_path: Path) -> None:
    run_one(database, "scene", 31 * DAY)
    with database.system_session() as session:
        [live, _] = service.enqueue(
            session,
            DEFAULT_TENANT,
            "live",
            [service.NewTask("scene", id="a" * 32), service.NewTask("x", after=("a" * 32,))],
        )
        session.execute(update(Task).where(col(Task.id) == live.id).values(created_at=clock.now() - 90 * DAY))
    clean(database, tmp_path)
    assert (count(database, Task), count(database, TaskAttempt), count(database, TaskBlocker)) == (2, 0, 1)
    with database.system_session(read_only=True) as session:
        assert session.exec(select(TaskLog.message)).all() == []


def test_young_tasks_stay_but_pictures_tasks_go_after_a_day(database: Database, tmp_path: Path) -> None:
    scene = run_one(database, "scene", 2 * DAY)
    run_one(database, "snapshot", 2 * DAY)
    young = run_one(database, "snapshot", DAY / 2)
    clean(database, tmp_path)
    with database.system_session(read_only=True) as session:
        assert set(session.exec(select(Task.id)).all()) == {scene, young}


def test_events_sign_ins_tries_and_messages(database: Database, tmp_path: Path) -> None:
    now = clock.now()

    def event(created: timedelta, delivered: timedelta | None) -> OutboxEvent:
        at: datetime | None = None if delivered is None else now - delivered
        return OutboxEvent(tenant_id=DEFAULT_TENANT, kind="k", payload={}, created_at=now - created, delivered_at=at)

    user = User(tenant_id=DEFAULT_TENANT, email="a@b.test", name="A", password_hash="", role=Role.MEMBER)
    with database.system_session() as session:
        session.add_all([event(9 * DAY, 8 * DAY), event(31 * DAY, None), event(9 * DAY, 6 * DAY), event(9 * DAY, None)])
        session.add(user)
        session.flush()
        for number, expires in enumerate((now - DAY, now + DAY)):
            session.add(
                UserSession(tenant_id=DEFAULT_TENANT, user_id=user.id, token_hash=str(number), expires_at=expires)
            )
        session.add_all([SignInTry(key="k", at=now - DAY), SignInTry(key="k", at=now)])
        session.add_all(
            [
                BusMessage(topics="t", payload={}, created_at=now - DAY),
                BusMessage(topics="t", payload={}, created_at=now),
            ]
        )
    clean(database, tmp_path)
    tables = (OutboxEvent, UserSession, SignInTry, BusMessage)
    assert [count(database, table) for table in tables] == [2, 1, 1, 1]


def test_scene_films_unused_for_long_then_the_least_used_ones(database: Database, tmp_path: Path) -> None:
    used = {"old": 31 * DAY, "third": 3 * DAY, "second": 2 * DAY, "busy": timedelta(hours=1)}
    with database.system_session() as session:
        for name, age in used.items():
            key = stored(f"scenes/t/{name}.mp4", 40 * DAY)
            film = SceneFilm(
                tenant_id=DEFAULT_TENANT, content_hash=name, key=key, frames=1, width=1, height=1, size=10,
                render_seconds=1.0, used_at=clock.now() - age,
            )  # fmt: skip
            session.add(film)
    stored("scenes/t/nobodys.mp4", DAY)
    stored("scenes/t/being-made.mp4", timedelta(hours=1))

    def left() -> set[str]:
        return {Path(file.key).stem for file in get_storage().files("scenes")}

    clean(database, tmp_path)
    assert left() == {"third", "second", "busy", "being-made"}
    clean(database, tmp_path, scene_film_bytes=20)
    assert left() == {"second", "busy", "being-made"}
    clean(database, tmp_path, scene_film_bytes=0)
    assert left() == {"busy", "being-made"}
    assert count(database, SceneFilm) == 1


def test_pictures_and_what_killed_processes_left(database: Database, tmp_path: Path) -> None:
    shown = stored("renders/t/job/2.png", 3 * DAY)
    with database.system_session() as session:
        session.add(RenderJob(tenant_id=DEFAULT_TENANT, user_id="u", title="Film", document={}, picture_key=shown))
    stored("renders/t/job/1.png", 3 * DAY)
    fresh = stored("renders/t/job/3.png", timedelta(minutes=1))
    stored("snapshots/t/aa/old.png", 8 * DAY)
    young = stored("snapshots/t/aa/young.png", 6 * DAY)
    export = stored("exports/t/job/film.mp4", 900 * DAY)
    with database.system_session() as session:
        session.add(film_of(export))
    stored("exports/t/job/of-a-killed-node.mp4", 3 * DAY)
    delivered_soon = stored("exports/t/job/delivered-soon.mp4", DAY)
    data = tmp_path / "data"
    left = [
        data / "storage/media/.photo.png.123.tmp",
        data / "uploads/upload-1",
        data / "uploads/bundle-x/file",
        data / "cache/preview-y/film.mp4",
        data / "cache/nodes/n2/work/task.1/film.mp4",
    ]
    mine = data / "cache/nodes/n1/work/task.1/film.mp4"
    for path in (*left, mine):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    clean(database, tmp_path)
    assert all(path.exists() for path in left)
    for path in (*left, mine):
        touch(path, 3 * DAY)
        touch(path.parent, 3 * DAY)
    clean(database, tmp_path)
    assert not any(path.exists() for path in left)
    assert mine.exists()
    folders = ("renders", "snapshots", "exports")
    assert {file.key for folder in folders for file in get_storage().files(folder)} == {
        *(shown, fresh, young, export, delivered_soon)
    }


def film_of(key: str) -> Export:
    return Export(
        tenant_id=DEFAULT_TENANT, job_id="j", user_id="u", name="film.mp4", key=key, format="mp4", size=10,
        sha256="", frames=1, duration=1.0, width=1, height=1,
    )  # fmt: skip


def test_files_of_templates_and_sites_that_no_row_names(database: Database, tmp_path: Path) -> None:
    logo, other = "a" * 64, "b" * 64
    kept = [stored(key, 3 * DAY) for key in ("bundles/t/1/bundle.zip", site_pictures.key(DEFAULT_TENANT, logo))]
    poster, preview, scene = (f"templates/t/1/{name}" for name in ("poster-1.webp", "preview-1.mp4", "scene-1.webp"))
    face = "people/t/u/1.webp"
    kept += [stored(key, 3 * DAY) for key in (poster, preview, scene, face)]
    icon, landing, font = (letter * 64 for letter in "def")
    kept.append(stored(site_pictures.key(DEFAULT_TENANT, icon, "icon"), 3 * DAY))
    kept.append(stored(site_pictures.key(DEFAULT_TENANT, landing, "landing"), 3 * DAY))
    kept.append(stored(site_fonts.key(DEFAULT_TENANT, font), 3 * DAY))
    stored(site_fonts.key(DEFAULT_TENANT, other), 3 * DAY)  # the one before
    stored("people/t/u/0.webp", 3 * DAY)  # the one before
    for key in ("bundles/t/2/bundle.zip", "scans/t/lost.json", "fonts/t/reset.ttf", "templates/t/2/poster-9.webp"):
        stored(key, 3 * DAY)
    stored("templates/t/1/poster-0.webp", 3 * DAY)  # of an earlier version
    stored(site_pictures.key(DEFAULT_TENANT, other), 3 * DAY)
    stored(site_pictures.key("c" * 32, logo), 3 * DAY)  # another site's
    kept.append(stored("bundles/t/3/bundle.zip", DAY))  # its row may come yet
    with database.system_session() as session:
        ours = {"tenant_id": DEFAULT_TENANT}
        session.add(User(email="sara@example.com", name="Sara", password_hash="", picture_key=face, **ours))
        session.add(Bundle(id="b", sha256="1", md5="1", size=10, kind="zip", key=kept[0], **ours))
        session.flush()
        session.add(Template(id="t", name="T", bundle_id="b", poster_key=poster, preview_key=preview, **ours))
        session.flush()
        session.add(TemplateScene(template_id="t", key="opening", picture_key=scene, **ours))
        session.execute(
            update(Tenant)
            .where(col(Tenant.id) == DEFAULT_TENANT)
            .values(logo=logo, icon=icon, landing_picture=landing, fonts={"latin": {"digest": font}})
        )
    clean(database, tmp_path)
    folders = ("bundles", "templates", "scans", "fonts", "brand", "people")
    assert {file.key for folder in folders for file in get_storage().files(folder)} == set(kept)


def test_what_is_put_there_anew_while_the_sweep_walks_stays(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = stored("bundles/t/1/bundle.zip", 3 * DAY)

    def asked(session: Session, keys: Sequence[str]) -> set[str]:
        get_storage().put_bytes(b"x" * 10, key)  # uploaded at this moment; its row is not there yet
        return set()

    monkeypatch.setitem(sweep.NAMED, "bundles", asked)
    clean(database, tmp_path)
    assert get_storage().exists(key)


def test_one_node_alone_sweeps_the_stored_files(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks = 0
    real = sweep.aged

    def walk(folder: str, age: timedelta) -> int:
        nonlocal walks
        walks += 1
        if walks == 1:
            clean(database, tmp_path)  # another node's pass, in the middle of this one
        return real(folder, age)

    monkeypatch.setattr(sweep, "aged", walk)
    clean(database, tmp_path)
    assert walks == (4 if database.is_sqlite else 2)  # on one machine a file that is gone already is no error


def test_files_deleted_long_ago_and_those_that_no_row_names(database: Database, tmp_path: Path) -> None:
    def media(name: str, **columns: object) -> Media:
        facts = {"kind": "image", "size": 1, "content_type": "image/png", "state": "ready", "ingest": 1}
        key = stored(f"media/t/aa/{name}.png", 3 * DAY)
        return Media(tenant_id=DEFAULT_TENANT, user_id="u", name=name, sha256=name, key=key, **facts, **columns)

    now = clock.now()
    waits = MediaUpload(tenant_id=DEFAULT_TENANT, user_id="u", name="a", size=5, expires_at=now + DAY)
    lost = MediaUpload(tenant_id=DEFAULT_TENANT, user_id="u", name="b", size=5, expires_at=now - DAY)
    with database.system_session() as session:
        session.add_all([media("kept"), media("old", deleted_at=now - 2 * DAY), media("young", deleted_at=now)])
        session.add_all([waits, lost])
    for upload in (waits, lost):
        uploads.part(upload.id).parent.mkdir(exist_ok=True)
        uploads.part(upload.id).write_bytes(b"half")
    stored("media/t/bb/nobodys.proxy.mp4", 3 * DAY)
    fresh = stored("media/t/bb/coming.proxy.mp4", timedelta(hours=1))
    clean(database, tmp_path)
    keys = sorted(file.key for file in get_storage().files("media"))
    assert keys == ["media/t/aa/kept.png", "media/t/aa/young.png", fresh]
    assert count(database, Media) == 2
    assert uploads.part(waits.id).exists()
    assert not uploads.part(lost.id).exists()


def test_a_node_keeps_house_at_its_start_and_every_hour(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = threading.Semaphore(0)
    monkeypatch.setattr(agent, "HOUSEKEEPING_SECONDS", 0.0)
    left = node.folder / "n1" / "work" / "task.1"
    left.mkdir(parents=True)
    keeping = node.agent()
    keeping._housekeeping = passes.release
    keeping.start()
    assert not left.exists()
    for _ in range(2):
        assert passes.acquire(timeout=20)

    def fail() -> None:
        passes.release()
        raise RuntimeError("the disk is gone")

    keeping._housekeeping = fail
    for _ in range(4):
        assert passes.acquire(timeout=20)
    monkeypatch.setattr(agent, "HOUSEKEEPING_SECONDS", 3600.0)
    [task_id] = node.enqueue("still well")
    until(node.is_in(task_id, "DONE"))
