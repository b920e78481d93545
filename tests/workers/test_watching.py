"""What is seen of a scene while it is drawn: its last frame as the job's picture, lines in the log."""

import threading
from pathlib import Path

import pytest
from PIL import Image

from flatrender.aftereffects.client import EngineClient
from flatrender.aftereffects.raster import planes
from flatrender.core.errors import Unavailable
from flatrender.core.storage import get_storage
from flatrender.farm import log
from flatrender.renders import service
from tests.aftereffects.authored import Author
from tests.deadline import until
from tests.renders.job_life import USER, Studio, studio
from workers.context import TaskContext
from workers.engines.base import SceneRequest
from workers.engines.native import NativeEngine
from workers.handlers import jobs, watching
from workers.handlers.watching import Watched

__all__ = ["studio"]
SIZE = (1280, 720)
BOUNDED = 20.0


class Scene:
    """A claimed scene task whose frames are drawn by hand, each one colour."""

    def __init__(self, studio: Studio, folder: Path) -> None:
        self.studio, self.now = studio, 100.0
        self.job_id = studio.validated()
        self.task = studio.claim("scene")
        self.context = TaskContext(self.task, studio.database, folder, lease_seconds=30)
        self.watched = Watched(self.context, 200, clock=lambda: self.now)

    def draw(self, red: int, drawn: int, after: float) -> None:
        self.now += after
        self.watched(memoryview(bytes((red, 0, 0, 255)) * (SIZE[0] * SIZE[1])), SIZE, drawn)

    def rests(self) -> None:
        """Waits for the picture that is on its way."""
        until(lambda: not self.watched._storing.locked(), BOUNDED, "the picture was kept")

    def shows(self) -> tuple[int, int] | None:
        """Width and red of the job's picture."""
        try:
            with (
                self.studio.database.tenant_session(USER.tenant_id) as session,
                Image.open(service.picture(session, USER, self.job_id)) as picture,
            ):
                return picture.width, picture.convert("RGB").getpixel((9, 9))[0]  # type: ignore[index]
        except Exception:
            return None

    def lines(self) -> list[str]:
        with self.studio.database.system_session(read_only=True) as session:
            return [line.message for line in log.lines(session, self.job_id) if "drawn to" in line.message]


@pytest.fixture
def scene(studio: Studio, tmp_path: Path) -> Scene:
    return Scene(studio, tmp_path)


@pytest.mark.parametrize("size", [(1920, 1080), (640, 360), (62, 46)])
def test_frames_as_the_encoder_takes_them_have_their_colours(size: tuple[int, int]) -> None:
    pixels = memoryview(bytearray((200, 60, 30, 255)) * (size[0] * size[1]))
    taken = memoryview(bytearray(planes.size(*size)))
    planes.Planes(*size).convert(pixels, taken)
    plain, small = watching._small(pixels, size), watching._small(taken, size)
    assert small.size == plain.size
    assert small.getpixel((9, 9)) == pytest.approx((200, 60, 30), abs=2)


def test_what_the_native_engine_draws_is_seen_in_its_colours(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Film", (96, 64), 1.2, 25.0)
    comp.add_solid([1.0, 0.0, 0.0], "card", 96, 64)
    project, seen = author.save(tmp_path / "promo.aep"), []

    def watch(frame: memoryview, size: tuple[int, int], drawn: int) -> None:
        assert size == (96, 64)
        seen.append((drawn, watching._small(frame, size).convert("RGB").getpixel((40, 30))))

    client = EngineClient(1)
    try:
        for kind in ("scene", "mov"):  # as planes, and as pixels
            request = SceneRequest(project, int(comp.id), {}, tmp_path / f"film.{kind}", format=kind, watch=watch)
            NativeEngine(client).render_scene(request, lambda *_: None, lambda: False)
    finally:
        client.close()
    assert [drawn for drawn, _ in seen] == [*range(1, 31)] * 2
    assert [color for _, color in seen] == [pytest.approx((255, 0, 0), abs=2)] * 60


def test_the_last_frame_is_the_jobs_picture_every_two_seconds(scene: Scene) -> None:
    scene.draw(10, 1, 1.1)
    assert scene.shows() is None, "a short scene costs nothing"
    scene.draw(20, 2, 0.2)
    scene.rests()
    assert scene.shows() == (640, 20)
    scene.draw(30, 3, 1.1)
    scene.draw(40, 4, 0.2)
    scene.rests()
    assert (scene.shows(), scene.lines()) == ((640, 40), [])
    scene.draw(50, 64, 2.5)
    scene.rests()
    assert scene.lines() == [f"{scene.task.name}: drawn to frame 64 of 200, 12.5 frames a second"]
    assert scene.studio.job(scene.job_id).picture_key == jobs.picture_key(scene.context, live=True)


def test_a_slow_storage_holds_up_no_frame_and_replaces_no_finished_picture(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, put = threading.Event(), get_storage().put_bytes
    stored: list[str] = []

    def slowly(content: bytes, key: str) -> None:
        assert free.wait(BOUNDED)
        stored.append(key)
        put(content, key)

    monkeypatch.setattr(type(get_storage()), "put_bytes", lambda self, content, key: slowly(content, key))
    for number in range(5):
        scene.draw(number, number, 3.0)
    assert stored == []
    finished = jobs.picture_key(scene.context)
    put(b"of the finished film", finished)  # while the live one is on its way
    result = scene.studio.scene_result(scene.task, picture_key=finished)
    assert scene.studio.done(scene.task, **result)
    free.set()
    scene.rests()
    assert len(stored) == 1, "the others were left out"
    assert scene.studio.job(scene.job_id).picture_key == finished
    assert get_storage().local_path(finished).read_bytes() == b"of the finished film"


def test_a_claim_that_was_lost_shows_nothing(scene: Scene) -> None:
    scene.context.epoch += 1
    scene.watched = Watched(scene.context, 200, clock=lambda: scene.now)
    scene.draw(2, 2, 3.0)
    scene.rests()
    assert scene.studio.job(scene.job_id).picture_key is None


def test_a_storage_that_is_away_is_asked_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: object, content: bytes, key: str) -> None:
        raise Unavailable("The file storage did not answer; try again in a moment.")

    with monkeypatch.context() as broken:
        broken.setattr(type(get_storage()), "put_bytes", away)
        scene.draw(1, 1, 3.0)
        scene.rests()
    assert scene.shows() is None
    scene.draw(7, 2, 3.0)
    scene.rests()
    assert scene.shows() == (640, 7)


def test_one_that_cannot_see_says_so_once_and_ends_nothing(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(3):
        scene.now += 3.0
        scene.watched(memoryview(b"no frame"), SIZE, number)
    scene.rests()
    assert [record.message for record in caplog.records] == [
        f"task {scene.task.id}: its frames cannot be shown",
    ]
