"""Long scenes split over nodes and joined without a difference; bad frames found and rendered again alone."""

from pathlib import Path
from typing import Any

import pytest

from flatrender.core.storage import get_storage
from flatrender.core.timing import Rate
from flatrender.film import mending, read
from flatrender.film.encode import Encoder
from flatrender.renders import kinds, planner
from flatrender.renders.models import SceneFilm
from flatrender.renders.planner import ranges
from tests.renders.conftest import DESIGNER, FRAMES, Renderer
from workers.handlers import scene

W, H, RATE = 64, 36, Rate(25)


@pytest.mark.parametrize(
    ("frames", "films", "slots", "expected"),
    [
        (600, 1, 1, ()),  # one slot: nobody to share with
        (600, 4, 4, ()),  # every slot has a scene
        (200, 1, 8, ()),  # too short to be worth a second start
        (600, 1, 2, ((0, 300), (300, 300))),
        (601, 2, 8, ((0, 150), (150, 150), (300, 150), (450, 151))),
        (600, 1, 64, ((0, 120), (120, 120), (240, 120), (360, 120), (480, 120))),
    ],
)
def test_ranges_keep_the_slots_busy_and_cover_all(
    frames: int, films: int, slots: int, expected: tuple[tuple[int, int], ...]
) -> None:
    assert ranges(frames, films, slots) == expected


def film(path: Path, shades: list[int]) -> Path:
    with Encoder(path, W, H, RATE, "scene", opaque=True, frames=len(shades)) as encoder:
        for shade in shades:
            encoder.write(bytes((shade, shade, shade, 255)) * (W * H))
    return path


def shades(path: Path) -> list[int]:
    return [round(sum(pixels[0::4]) / (W * H), -1) for pixels in read.frames(path)]


def test_parts_are_joined_frame_by_frame(tmp_path: Path) -> None:
    all_of_them = [20 * (number % 10) + 50 for number in range(23)]
    parts = [(film(tmp_path / "a.mp4", all_of_them[:7]), 7), (film(tmp_path / "b.mp4", all_of_them[7:]), 16)]
    info = mending.join(parts, tmp_path / "out.mp4", RATE, lambda: False)
    assert (info.frames, info.rate) == (23, RATE)
    assert shades(tmp_path / "out.mp4") == shades(film(tmp_path / "whole.mp4", all_of_them))


def test_black_missing_and_unreadable_frames_are_found(tmp_path: Path) -> None:
    good = film(tmp_path / "good.mp4", [100] * 12)
    assert mending.suspects(good, 12) == []
    assert mending.suspects(good, 15) == [range(12, 15)]
    dark = film(tmp_path / "dark.mp4", [100, 100, 0, 0, 100, 0, 100])
    assert mending.suspects(dark, 7) == [range(2, 4), range(5, 6)]
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film at all")
    assert mending.suspects(broken, 4) == [range(4)]


def test_frames_are_replaced_and_added(tmp_path: Path) -> None:
    dark = film(tmp_path / "dark.mp4", [100, 0, 100])
    new = {1: bytes((200, 200, 200, 255)) * (W * H), 3: bytes((50, 50, 50, 255)) * (W * H)}
    info = mending.replace(dark, new, 4, tmp_path / "mended.mp4", lambda: False)
    assert info.frames == 4
    assert shades(tmp_path / "mended.mp4") == [100, 200, 100, 50]


def scene_hashes(renderer: Renderer, job_id: str) -> dict[str, list[bytes]]:
    plan = renderer.job(job_id).plan
    assert plan is not None
    with renderer.database.system_session(read_only=True) as session:
        films = {each["hash"]: session.get(SceneFilm, (DESIGNER.tenant_id, each["hash"])) for each in plan["films"]}
    return {key: list(read.frames(get_storage().local_path(found.key))) for key, found in films.items() if found}


def test_a_scene_in_ranges_is_the_scene_in_one(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    renderer.agent.start()
    whole = renderer.submit()
    assert renderer.finished(whole).state == "COMPLETED"
    expected = scene_hashes(renderer, whole)
    with renderer.database.system_session() as session:
        for key in expected:
            session.delete(session.get(SceneFilm, (DESIGNER.tenant_id, key)))
    for stored in list(get_storage().files("scenes")):
        get_storage().delete(stored.key)
    monkeypatch.setattr(planner, "LEAST_FRAMES", FRAMES // 3)
    monkeypatch.setattr("flatrender.renders.writer.ranges", lambda frames, films, slots: ranges(frames, 1, 3))
    split = renderer.submit()
    assert renderer.finished(split).state == "COMPLETED"
    tasks = renderer.tasks(split)
    assert sum(task.kind == kinds.FRAMES for task in tasks) == 3 * sum(task.kind == kinds.SCENE for task in tasks)
    found = scene_hashes(renderer, split)
    assert found.keys() == expected.keys()
    for key, frames in found.items():
        assert len(frames) == len(expected[key])
        for one, other in zip(frames[::3], expected[key][::3], strict=True):
            difference = sum(abs(a - b) for a, b in zip(one[::41], other[::41], strict=True)) / len(one[::41])
            assert difference < 4, key
    assert not list(get_storage().files("parts"))


def test_a_frame_that_came_black_is_rendered_again(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The renderer leaves a frame black and one out; what it gives when asked for them alone is taken."""
    asked: list[range] = []
    render = scene._render

    def spoiling(context, plan, what, first, count, name):  # type: ignore[no-untyped-def]
        made = render(context, plan, what, first, count, name)
        if name != "scene":
            asked.append(range(first, first + count))
            return made
        pictures = list(read.frames(made.path))
        pictures[5] = bytes(len(pictures[5]) // 4 * 4)
        with Encoder(
            made.path, made.info.width, made.info.height, made.info.rate, "scene", opaque=True, frames=len(pictures) - 1
        ) as encoder:
            for picture in pictures[:-1]:
                encoder.write(picture)
        assert encoder.info is not None
        return type(made)(made.path, encoder.info, made.seconds, made.warnings)

    monkeypatch.setattr(scene, "_render", spoiling)

    def one_scene(document: dict[str, Any]) -> None:
        del document["tracks"][0]["items"][1:]

    renderer.edit(one_scene)
    renderer.agent.start()
    job_id = renderer.submit()
    assert renderer.finished(job_id).state == "COMPLETED", renderer.messages(job_id)
    assert range(5, 6) in asked
    assert range(FRAMES - 1, FRAMES) in asked
    for frames in scene_hashes(renderer, job_id).values():
        assert len(frames) == FRAMES
        assert not mending.is_black(frames[5]) or mending.is_black(frames[4])
    assert any("damaged and rendered again" in line for line in renderer.messages(job_id))
