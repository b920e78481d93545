"""The sounds of scenes' own layers in the composed film: to the sample, and faded where scenes meet."""

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from flatrender.aftereffects.sounds import LayerSound
from flatrender.core.timing import Rate
from flatrender.film.compose import composed
from flatrender.film.spec import Joint
from flatrender.renders.planner import SceneUse, Source, plan
from flatrender.renders.wishes import ExportWish, Wish
from workers.handlers import assembly

HERTZ = 48_000
RATE = Rate(30)


@pytest.fixture(scope="module")
def ramp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds that rise from 0 to 0.8 in a straight line: a sample says where it is from."""
    path = tmp_path_factory.mktemp("ramp") / "ramp.wav"
    samples = np.round(np.linspace(0, 0.8, 2 * HERTZ) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(HERTZ)
        out.writeframes(samples.tobytes())
    return path


def heard(scenes: list[SceneUse], sound: LayerSound, folder: Path) -> NDArray[np.float64]:
    """The film's left channel, where each scene sounds so."""
    source = Source("md5", "key", "engine", (64, 64), (30, 1))
    made = plan(source, scenes, wanted=Wish((ExportWish("wav"),)))
    assert not made.films, "a sound alone needs no pictures"
    voices = {film.content_hash: [sound] for film in made.unseen}
    film = assembly.film(type(made).from_dict(made.to_dict()), made.compositions[0], {}, folder, voices)
    with composed(film, folder, pictures=False) as master:
        return np.fromfile(master.sound.path, "<f4").reshape(-1, 2).astype(np.float64)[:, 0]


def use(start: int, frames: int, first: int = 0, joint: Joint | None = None, scene: int = 7) -> SceneUse:
    return SceneUse(f"c{start}", "a", "A", scene, frames, start, {}, first, joint)


def at(ramp: NDArray[np.float64], second: float) -> float:
    return float(ramp[round(second * HERTZ)])


def test_a_part_of_a_scene_sounds_as_the_scene_does_there(ramp: Path, tmp_path: Path) -> None:
    sound = LayerSound("music", ramp, 0.55, 1.5, 0.25)
    found = heard([use(15, 30, first=12)], sound, tmp_path)
    # The scene's second 0.4 is the film's 0.5: the ramp's 0.25 is heard from 0.65 on.
    assert np.abs(found[: round(0.64 * HERTZ)]).max() == 0
    for second in (0.7, 1.0, 1.4):
        assert at(found, second) == pytest.approx(0.4 * (second - 0.4), abs=2e-4)


def test_slow_backwards_and_with_levels(ramp: Path, tmp_path: Path) -> None:
    slow = LayerSound("music", ramp, 0.0, 1.0, 0.5, 0.5, ((0.0, 1.0, 0.0), (1.0, 0.5, 0.0)))
    found = heard([use(0, 30)], slow, tmp_path)
    for second in (0.1, 0.5, 0.9):
        wanted = 0.4 * (0.5 + second / 2) * (1 - second / 2)
        assert at(found, second) == pytest.approx(wanted, abs=2e-3)
    found = heard([use(0, 30)], LayerSound("music", ramp, 0.0, 1.0, 1.5, -1.0), tmp_path)
    for second in (0.1, 0.5, 0.9):
        assert at(found, second) == pytest.approx(0.4 * (1.5 - second), abs=2e-4)


def test_scenes_that_meet_are_faded_into_each_other(ramp: Path, tmp_path: Path) -> None:
    sound = LayerSound("music", ramp, 0.0, 2.0, 0.0)
    scenes = [use(0, 30), use(20, 30, joint=Joint("crossfade", 10), scene=8)]
    found = heard(scenes, sound, tmp_path)
    assert at(found, 0.5) == pytest.approx(0.2, abs=1e-3)
    share = (0.8 - 20 / 30) / (10 / 30)
    wanted = 0.4 * 0.8 * (1 - share) + 0.4 * (0.8 - 20 / 30) * share
    assert at(found, 0.8) == pytest.approx(wanted, abs=2e-3)
    assert at(found, 1.2) == pytest.approx(0.4 * (1.2 - 20 / 30), abs=1e-3)
