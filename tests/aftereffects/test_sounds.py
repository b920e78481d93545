"""What layers sound: when, how fast and how loud, told by the engine and heard in the film."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from py_aep import ImportOptions

from flatrender.aftereffects.inline import InlineClient
from flatrender.aftereffects.project import Project, open_project
from flatrender.aftereffects.sounds import LayerSound
from flatrender.film import read
from flatrender.film.probe import probe
from tests.aftereffects.authored import Author, keyed
from tests.film.conftest import make_tone
from workers.engines.base import SceneRequest
from workers.engines.native import NativeEngine

SECONDS = 4.0


class Room:
    """A composition of 32 x 32 at 25 frames/s, and a tone of two seconds at half of full level."""

    def __init__(self, folder: Path) -> None:
        self.author, self.folder = Author(), folder
        self.comp = self.author.comp("Main", (32, 32), SECONDS, 25.0)
        self.item: Any = self.author.project.import_file(ImportOptions(make_tone(folder / "tone.wav", 2.0, hertz=400)))

    def opened(self) -> tuple[Project, int]:
        path = self.folder / "room.aep"
        path.unlink(missing_ok=True)
        project = open_project(self.author.save(path))
        return project, next(one.id for one in project.graph.compositions.values() if one.name == "Main")

    def sounds(self, values: dict[str, Any] | None = None) -> list[LayerSound]:
        project, main = self.opened()
        return project.sounds(main, values)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.fixture(scope="module")
def client() -> Iterator[InlineClient]:
    made = InlineClient()
    yield made
    made.close()


def facts(sound: LayerSound) -> tuple[float, ...]:
    return tuple(round(float(fact), 3) for fact in (sound.start, sound.end, sound.first, sound.speed))


def test_a_sound_is_heard_where_its_layer_is(room: Room) -> None:
    layer = room.comp.add(room.item)
    assert [facts(one) for one in room.sounds()] == [(0, 2, 0, 1)]
    layer.start_time = 1.0
    layer.in_point, layer.out_point = 1.4, 2.6
    assert [facts(one) for one in room.sounds()] == [(1.4, 2.6, 0.4, 1)]
    layer.audio_enabled = False
    assert room.sounds() == []


def test_stretched_and_reversed(room: Room) -> None:
    layer = room.comp.add(room.item)
    layer.stretch = 200
    assert [facts(one) for one in room.sounds()] == [(0, 4, 0, 0.5)]
    layer.stretch, layer.start_time = -100, 2.0
    [(start, end, first, speed)] = [facts(one) for one in room.sounds()]
    assert (start, speed) == (0, -1)
    assert end == pytest.approx(2, abs=0.002)
    assert first == pytest.approx(2, abs=0.002)


def test_a_nested_sound_has_the_time_and_the_levels_of_all_around_it(room: Room) -> None:
    inner = room.author.comp("Inner", (32, 32), 1.6, 25.0)
    layer = inner.add(room.item)
    layer["ADBE Audio Group"]["ADBE Audio Levels"].value = [-6.0, -6.0]
    outer = room.comp.add(inner)
    outer.start_time = 0.5
    outer.stretch = 200
    outer["ADBE Audio Group"]["ADBE Audio Levels"].value = [-6.0, 0.0]
    layer["ADBE Audio Group"]["ADBE Audio Levels"].expression = "[value[0], value[1] * 2]"
    [sound] = room.sounds()
    assert facts(sound) == (0.5, 3.7, 0, 0.5)
    assert len(sound.levels) == 2, "a level that stands still is two points"
    for _, left, right in sound.levels:
        assert 20 * np.log10([left, right]) == pytest.approx([-12, -12], abs=0.01)


def test_a_remapped_sound_has_the_remaps_speed_and_stands_with_it(room: Room) -> None:
    inner = room.author.comp("Inner", (32, 32), 2.0, 25.0)
    inner.add(room.item)
    layer = room.comp.add(inner)
    layer.time_remap_enabled = True
    layer.out_point = SECONDS
    remap = layer["ADBE Time Remapping"]
    keyed(remap, (0.0, 0.0), (0.5, 1.0), (1.5, 1.0), (2.0, 0.5), (3.0, 2.0))
    assert [facts(one) for one in room.sounds()] == [(0, 0.5, 0, 2), (1.5, 2, 1, -1), (2, 3, 0.5, 1.5)]
    assert not [one for one in room.opened()[0].report().capabilities if one.feature == "sound"]
    remap.expression = "Math.pow(time, 2) / 4"
    eased = room.sounds()
    assert 3 < len(eased) <= 40
    for before, after in itertools.pairwise(eased):
        assert (after.start, after.first) == pytest.approx(
            (before.end, before.first + before.speed * (before.end - before.start))
        )
    for sound in eased:
        assert sound.first == pytest.approx(sound.start**2 / 4, abs=1e-3)
        middle, half = (sound.start + sound.end) / 2, (sound.end - sound.start) / 2
        assert sound.first + sound.speed * half == pytest.approx(middle**2 / 4, abs=0.005)
    told = {(one.property, one.feature, one.status) for one in room.opened()[0].report().capabilities}
    assert ("Time Remap", "sound", "approximated") in told


def test_a_customer_may_silence_a_layer_and_give_another_sound(room: Room, tmp_path: Path) -> None:
    room.comp.add(room.item)
    project, main = room.opened()
    address = f"{main}/{project.composition(main).layers[0].id}"
    assert project.sounds(main, {address: {"kind": "visible", "value": False}}) == []
    other = make_tone(tmp_path / "other.wav", 1.0)
    [sound] = project.sounds(main, {address: {"kind": "image", "path": str(other)}})
    assert sound.path == other


def test_the_film_is_as_loud_as_its_levels_say(room: Room, client: InlineClient, tmp_path: Path) -> None:
    layer = room.comp.add(room.item)
    layer.start_time = 1.0
    keyed(layer["ADBE Audio Group"]["ADBE Audio Levels"], (1.0, [-24.0, 0.0]), (3.0, [0.0, -24.0]))
    _, main = room.opened()
    out = tmp_path / "film.mp4"
    request = SceneRequest(room.folder / "room.aep", main, {}, out, format="mp4", sound=True)
    info = NativeEngine(client).render_scene(request, lambda *_: None, lambda: False).info
    assert (info.frames, info.audio_codec) == (100, "aac")
    heard = np.frombuffer(read.sound(out), "<f4").reshape(-1, 2).astype(np.float64)
    window = 2_400  # twenty waves
    rms = np.sqrt((heard[: len(heard) // window * window].reshape(-1, window, 2) ** 2).mean(axis=1))
    level = 20 * np.log10(np.maximum(rms * np.sqrt(2), 1e-9))
    assert (level[:19] < -70).all(), "silent before its layer"
    assert (level[61:79] < -70).all(), "and behind it"
    middle = (np.arange(len(level)) + 0.5) * window / 48_000
    inside = slice(21, 59)
    wanted = np.stack([-24 + 12 * (middle - 1), -12 * (middle - 1)], axis=1) + 20 * np.log10(0.5)
    assert np.abs(level[inside] - wanted[inside]).max() < 0.5


def test_a_sound_takes_no_transparency_away(room: Room, client: InlineClient, tmp_path: Path) -> None:
    room.comp.add(room.item)
    _, main = room.opened()
    out = tmp_path / "film.webm"
    request = SceneRequest(room.folder / "room.aep", main, {}, out, frames=5, format="webm", alpha=True, sound=True)
    NativeEngine(client).render_scene(request, lambda *_: None, lambda: False)
    info = probe(out)
    assert (info.audio_codec, info.has_alpha) == ("opus", True)
    assert not np.frombuffer(next(read.frames(out)), np.uint8)[3::4].any()


def test_a_film_without_sounds_stays_silent(client: InlineClient, tmp_path: Path) -> None:
    author = Author()
    author.box(author.comp("Main", (32, 32), 0.2, 25.0), "box")
    path = author.save(tmp_path / "quiet.aep")
    [main] = open_project(path).graph.compositions
    request = SceneRequest(path, main, {}, tmp_path / "film.mp4", format="mp4", sound=True)
    info = NativeEngine(client).render_scene(request, lambda *_: None, lambda: False).info
    assert info.audio_codec is None
