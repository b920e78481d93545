"""What a live job works from stays: the bundle it was planned with, whatever the designer does, and its media."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import Conflict
from flatrender.core.storage import get_storage
from flatrender.farm import nodes
from flatrender.farm import service as farm
from flatrender.media import service as media
from flatrender.media.models import Media, MediaKind
from flatrender.projects.models import Project
from flatrender.renders import snapshots
from flatrender.renders.holding import pictures_of
from flatrender.settings import get_settings
from flatrender.templates import bundles, scanning
from flatrender.templates.models import Bundle
from tests.renders.conftest import DESIGNER, Renderer
from workers import housekeeping


@pytest.fixture
def by_hand(renderer: Renderer) -> Renderer:
    """Its node does only what the test says."""
    with renderer.database.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "one", "test", "i1", "1", 1, 4, {"native": {}, "ffmpeg": {}}))
    return renderer


def bundle_keys(renderer: Renderer) -> set[str]:
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        return set(session.exec(select(Bundle.key)))


def project_of(renderer: Renderer) -> Project:
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        return session.exec(select(Project).where(col(Project.id) == renderer.project_id)).one()


def planned(renderer: Renderer) -> tuple[str, str]:
    """A job that waits for its scenes, and the key of the bundle that its plan names."""
    from workers.handlers import validate

    job_id = renderer.submit()
    with renderer.database.system_session() as session:
        task = farm.claim(session, "n1", lease_seconds=600)
    assert task is not None and task.kind == "validate"

    class Context:
        database, tenant_id, payload = renderer.database, DEFAULT_TENANT, task.payload

        def check(self) -> None:
            """Nobody cancels."""

    result = validate.run(Context())  # type: ignore[arg-type]
    with renderer.database.system_session() as session:
        assert farm.complete(session, task.id, task.epoch, result)
    job = renderer.job(job_id)
    assert job.plan is not None
    return job_id, job.plan["bundle"]["key"]


def upload_anew(renderer: Renderer, bundle: Path, folder: Path) -> None:
    """The designer gives the template the same project in other bytes."""
    again = folder / "again.zip"
    root = bundles.unpack(bundle, folder / "unpacked")
    (root / "readme.txt").write_text("second edition")
    bundles.pack_folder(root, again)
    template_id = project_of(renderer).template_id
    preview = scanning.preview(DESIGNER, template_id, again, "again.zip")
    scanning.apply(DESIGNER, template_id, preview["scan_id"], [])


def is_kept(renderer: Renderer, key: str) -> bool:
    """Whether a file outlives housekeeping, days later."""
    ages = housekeeping.Ages(unnamed=timedelta(seconds=-1))
    housekeeping.run(renderer.database, get_settings().data_dir, "n1", ages)
    return get_storage().exists(key)


def cancel(renderer: Renderer, job_id: str) -> None:
    from flatrender.renders import service

    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        service.cancel(session, DESIGNER, job_id)


def test_a_new_upload_leaves_a_queued_job_its_bundle_until_it_ends(
    by_hand: Renderer, bundle: Path, tmp_path: Path
) -> None:
    job_id, key = planned(by_hand)
    upload_anew(by_hand, bundle, tmp_path)
    assert len(bundle_keys(by_hand)) == 2
    assert is_kept(by_hand, key)
    cancel(by_hand, job_id)
    assert by_hand.job(job_id).state == "CANCELLED"
    assert key not in bundle_keys(by_hand) and len(bundle_keys(by_hand)) == 1
    assert not is_kept(by_hand, key)


def test_a_job_that_is_just_planned_may_need_it_too(by_hand: Renderer, bundle: Path, tmp_path: Path) -> None:
    [key] = bundle_keys(by_hand)
    job_id = by_hand.submit()
    upload_anew(by_hand, bundle, tmp_path)
    assert is_kept(by_hand, key)
    cancel(by_hand, job_id)
    assert not is_kept(by_hand, key)


def test_without_a_job_its_row_goes_at_once_and_its_bytes_later(
    by_hand: Renderer, bundle: Path, tmp_path: Path
) -> None:
    [key] = bundle_keys(by_hand)
    upload_anew(by_hand, bundle, tmp_path)
    assert len(bundle_keys(by_hand)) == 1
    assert get_storage().exists(key)
    assert not is_kept(by_hand, key)


def test_a_picture_to_be_drawn_holds_it(by_hand: Renderer, bundle: Path, tmp_path: Path) -> None:
    [key] = bundle_keys(by_hand)
    with by_hand.database.tenant_session(DEFAULT_TENANT) as session:
        assert not snapshots.request(session, DESIGNER, by_hand.project_id, frame=0)["ready"]
    upload_anew(by_hand, bundle, tmp_path)
    assert is_kept(by_hand, key)


def test_whether_a_picture_holds_it_is_read_without_everybodys_tasks(installation: Database) -> None:
    plans = []
    with installation.engine.connect() as connection:
        for query in pictures_of(DEFAULT_TENANT):
            asked = query.compile(connection, compile_kwargs={"literal_binds": True})
            plans += [plan for (*_, plan) in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")]
    assert [plan.split(" INDEX ")[-1].split()[0] for plan in plans] == ["ix_farm_task_claim", "ix_farm_task_lease"]


def test_media_of_a_live_job_is_kept(by_hand: Renderer) -> None:
    with by_hand.database.tenant_session(DEFAULT_TENANT) as session:
        music = Media(
            user_id=DESIGNER.user_id,
            kind=MediaKind.AUDIO,
            name="song.mp3",
            sha256="0" * 64,
            size=1,
            key="media/song.mp3",
            content_type="audio/mpeg",
        )
        session.add(music)
        session.flush()
        music_id = music.id

    def with_music(document: dict[str, Any]) -> None:
        document["tracks"][1]["items"] = [{"type": "clip", "id": "m", "media": music_id, "offset": 0, "duration": None}]

    def without(document: dict[str, Any]) -> None:
        document["tracks"][1]["items"] = []

    by_hand.edit(with_music)
    job_id = by_hand.submit()
    by_hand.edit(without)  # the project lets go of it, the job does not
    with (
        pytest.raises(Conflict, match=r"song\.mp3 is in the film .* that is being rendered"),
        by_hand.database.tenant_session(DEFAULT_TENANT) as session,
    ):
        media.delete(session, DESIGNER, music_id)
    cancel(by_hand, job_id)
    with by_hand.database.tenant_session(DEFAULT_TENANT) as session:
        media.delete(session, DESIGNER, music_id)
        assert media.purge(session, media.get(session, DESIGNER, music_id, deleted=True))
    with by_hand.database.tenant_session(DEFAULT_TENANT) as session:
        assert session.get(Media, music_id) is None
