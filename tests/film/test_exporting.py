"""Every preset, decoded in full: codec, size, number of frames, transparency, sound; and what it is estimated at."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flatrender.core.errors import InvalidInput
from flatrender.core.timing import Rate
from flatrender.film import exporting, loudness, presets, read
from flatrender.film.compose import composed
from flatrender.film.encode import Encoder
from flatrender.film.mixing import Mix
from flatrender.film.presets import PRESETS, find, size_of
from flatrender.film.probe import FilmInfo, probe
from flatrender.film.spec import Film, Piece, Sound, SoundLane
from tests.film.conftest import HEIGHT, RATE, WIDTH, decoded, make_film, make_tone, plain
from tests.film.conftest import loudness as levels

FRAMES = 30
COLOUR = (200, 60, 90)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, FilmInfo]]:
    """A second of one colour under a tone, composed twice (opaque and transparent), written with every preset."""
    folder = tmp_path_factory.mktemp("exports")
    tone = make_tone(folder / "tone.wav", 2, level=0.25)
    opaque = make_film(folder / "scene.mp4", [plain(*COLOUR)] * FRAMES)
    clear = folder / "scene.mov"
    with Encoder(clear, WIDTH, HEIGHT, RATE, "mov", alpha=True, frames=FRAMES) as encoder:
        for _ in range(FRAMES):
            encoder.write(plain(*COLOUR, 128).tobytes())
    sounds = (SoundLane((Sound(tone, 0, FRAMES),)),)
    found = {}
    for source, alpha in ((opaque, False), (clear, True)):
        film = Film(RATE, (WIDTH, HEIGHT), FRAMES, ((Piece(source, 0, FRAMES),),), sounds, alpha=alpha)
        with composed(film, folder, target=-14.0) as master:
            for preset in PRESETS.values():
                if preset.alpha == alpha:
                    out = folder / f"{preset.name}{preset.suffix}"
                    found[preset.name] = (out, exporting.write(master, preset, (WIDTH, HEIGHT), out))
    return found


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if preset.video and name != "png"])
def test_every_film_is_whole(written: dict[str, tuple[Path, FilmInfo]], name: str) -> None:
    path, info = written[name]
    preset = PRESETS[name]
    assert info == probe(path)
    assert (info.video_codec, info.audio_codec) == (preset.video, preset.audio)
    frames = decoded(path)
    assert frames.shape == (FRAMES, HEIGHT, WIDTH, 4)
    assert np.abs(frames[..., :3].astype(int) - COLOUR).mean() < 4
    assert frames[..., 3].mean() == pytest.approx(128 if preset.alpha else 255, abs=1)
    if name != "gif":
        assert info.rate == RATE
        assert info.duration == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if preset.audio])
def test_every_sound_is_as_long_and_as_loud_as_wanted(
    written: dict[str, tuple[Path, FilmInfo]], tmp_path: Path, name: str
) -> None:
    path, info = written[name]
    assert info.audio_codec == PRESETS[name].audio
    assert info.audio_duration == pytest.approx(1, abs=0.1)
    samples = np.frombuffer(read.sound(path), "<f4")
    heard = tmp_path / "heard.f32"
    heard.write_bytes(samples[: 2 * 48_000].tobytes())
    found = loudness.measure(Mix(heard, 48_000, 1.0).path)
    assert found.integrated == pytest.approx(-14, abs=0.6)
    assert found.peak <= -1
    assert levels(path)[4:16].min() > 0.9 * levels(path)[4:16].max()


def test_h265_has_the_tag_that_apples_players_want(written: dict[str, tuple[Path, FilmInfo]]) -> None:
    assert b"hvc1" in written["h265"][0].read_bytes()
    for name in ("mp4", "h265"):
        data = written[name][0].read_bytes()
        assert data.index(b"moov") < data.index(b"mdat"), "plays while it loads"


def test_the_archive_of_pictures_holds_every_frame_with_its_transparency(
    written: dict[str, tuple[Path, FilmInfo]],
) -> None:
    path, info = written["png"]
    assert (info.frames, info.has_alpha, info.duration) == (FRAMES, True, pytest.approx(1))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"{number:06d}.png" for number in range(1, FRAMES + 1)]
        for name in archive.namelist():
            picture = np.asarray(Image.open(io.BytesIO(archive.read(name))))
            assert picture.shape == (HEIGHT, WIDTH, 4)
            assert np.abs(picture.astype(int) - [*COLOUR, 128]).mean() < 3


def test_the_mp4_copies_what_was_composed_and_another_size_is_scaled(tmp_path: Path) -> None:
    scene = make_film(tmp_path / "scene.mp4", [plain(*COLOUR)] * 8)
    film = Film(RATE, (WIDTH, HEIGHT), 8, ((Piece(scene, 0, 8),),))
    with composed(film, tmp_path / "work", draft=False) as master:
        exporting.write(master, find("mp4"), (WIDTH, HEIGHT), tmp_path / "a.mp4")
        small = exporting.write(master, find("mp4"), (48, 32), tmp_path / "b.mp4", draft=True)
        heard: list[float] = []
        exporting.write(master, find("gif"), (48, 32), tmp_path / "c.gif", on_progress=heard.append)
    assert np.array_equal(decoded(tmp_path / "a.mp4"), decoded(scene))
    assert (small.width, small.height, small.frames) == (48, 32, 8)
    assert decoded(tmp_path / "c.gif", 48, 32).shape[0] == 8
    assert heard == sorted(heard), "the colours are chosen first, and are not all of the work"
    assert min(heard) <= 0.3 < max(heard) == 1.0


def test_sizes_and_aspects() -> None:
    document = (1920, 1080)
    assert size_of(document, "source") == (1920, 1080)
    assert size_of(document, "draft") == (960, 540)
    assert size_of((320, 180), "draft") == (320, 180), "a draft is never larger than the film"
    assert size_of((320, 180), "720") == (1280, 720), "scenes are drawn at any size"
    assert size_of((1080, 1920), "720") == (720, 1280)
    assert size_of((1281, 721), "source") == (1282, 722)
    shapes = {aspect: size_of(document, "1080", aspect) for aspect in presets.ASPECTS}
    assert shapes == {"16:9": (1920, 1080), "9:16": (1080, 1920), "1:1": (1080, 1080), "4:5": (1080, 1350)}
    for call in (lambda: size_of(document, "8k"), lambda: size_of(document, "720", "2:1"), lambda: find("avi")):
        with pytest.raises(InvalidInput, match="use"):
            call()


def test_estimates_grow_with_the_film() -> None:
    for preset in PRESETS.values():
        short = presets.estimate_bytes(preset, (1920, 1080), 60, Rate(30))
        assert presets.estimate_bytes(preset, (1920, 1080), 600, Rate(30)) >= short
        assert presets.estimate_seconds(preset, (640, 360), 60) <= presets.estimate_seconds(preset, (1920, 1080), 60)
    sizes = {name: presets.estimate_bytes(find(name), (1920, 1080), 378, Rate(30)) for name in PRESETS}
    films = [name for name, preset in PRESETS.items() if preset.video]
    assert sorted(films, key=sizes.__getitem__) == ["h265", "webm", "mp4", "gif", "prores", "png"]
    assert 2_000_000 < sizes["mp4"] < 6_000_000, "a demo of that length takes 2.4 MB"
    costs = {name: presets.estimate_seconds(preset, (1920, 1080), 378) for name, preset in PRESETS.items()}
    assert max(costs, key=costs.__getitem__) == "gif", "its colours are chosen over all frames, then it is written"
    assert 50 < costs["gif"] < 80, "a minute on two idle cores"
