"""Raw frames become complete films of every format, with the right pixels."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from flatrender.core.errors import InvalidInput, ProcessFailed
from flatrender.core.timing import Rate
from flatrender.film.encode import Encoder
from flatrender.film.ffmpeg import Cancelled
from flatrender.film.probe import probe
from tests.film.conftest import HEIGHT, RATE, WIDTH, decoded, make_film, number_of, numbered, plain

NTSC = Rate(30000, 1001)


@pytest.mark.parametrize("name", ["mp4", "scene", "webm", "mov", "gif"])
@pytest.mark.parametrize("rate", [Rate(25), NTSC])
def test_every_frame_arrives_once_in_order(tmp_path: Path, name: str, rate: Rate) -> None:
    out = make_film(tmp_path / "film", [numbered(n) for n in range(37)], rate, name)
    frames = decoded(out)
    assert [number_of(frame.tobytes()) for frame in frames] == list(range(37))
    info = probe(out)
    assert info.frames == 37
    assert info.duration == pytest.approx(float(rate.seconds(37)), abs=0.02)
    if name != "gif":
        assert info.rate == rate
    assert os.listdir(tmp_path) == ["film"]


def test_png_sequence_is_exact_and_numbered_from_the_first_frame(tmp_path: Path) -> None:
    from PIL import Image

    out = tmp_path / "100% done"
    frames = [plain(10 * n, 20, 200, 17 * n) for n in range(4)]
    with Encoder(out, WIDTH, HEIGHT, RATE, "png", alpha=True, frames=4, first=12) as encoder:
        for frame in frames:
            encoder.write(frame.tobytes())
    assert sorted(os.listdir(out)) == [f"{n:06d}.png" for n in range(12, 16)]
    for number, frame in enumerate(frames, 12):
        assert np.array_equal(np.asarray(Image.open(out / f"{number:06d}.png")), frame)
    info = probe(out)
    assert (info.frames, info.width, info.height, info.has_alpha) == (4, WIDTH, HEIGHT, True)


COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 30, 90), (128, 128, 128)]


@pytest.mark.parametrize("name", ["mp4", "webm", "mov"])
def test_colours_come_back_and_say_they_are_bt709_limited(tmp_path: Path, name: str) -> None:
    out = make_film(tmp_path / "film", [plain(*colour) for colour in COLOURS], format=name)
    for colour, frame in zip(COLOURS, decoded(out), strict=True):
        assert np.abs(frame[..., :3].astype(int) - colour).max() <= 4, colour
    from flatrender.core.process import Limits, run
    from flatrender.film import argv
    from flatrender.film.ffmpeg import find_ffmpeg

    said = run([find_ffmpeg(), *argv.probe(out)], limits=Limits(30)).stderr.decode()
    assert "(tv, bt709" in said
    assert "unknown" not in said.split("Stream mapping")[0].split("Video:")[1].splitlines()[0]


@pytest.mark.parametrize("name", ["webm", "mov", "gif"])
def test_transparency_is_kept_when_asked_for(tmp_path: Path, name: str) -> None:
    frame = plain(220, 40, 40)
    frame[:, : WIDTH // 2, 3] = 0
    out = tmp_path / "film"
    with Encoder(out, WIDTH, HEIGHT, RATE, name, alpha=True, frames=5) as encoder:
        for _ in range(5):
            encoder.write(frame.tobytes())
    assert encoder.info is not None
    assert encoder.info.has_alpha
    alpha = decoded(out)[2, :, :, 3]
    assert alpha[:, : WIDTH // 2 - 4].max() <= 3
    assert alpha[:, WIDTH // 2 + 4 :].min() >= 252


def test_transparent_pixels_lie_over_the_background_otherwise(tmp_path: Path) -> None:
    frame = plain(255, 255, 255, 128)
    frame[:, : WIDTH // 2] = (255, 255, 255, 0)
    out = tmp_path / "film.mp4"
    with Encoder(out, WIDTH, HEIGHT, RATE, "mp4", background="#204060", frames=3) as encoder:
        for _ in range(3):
            encoder.write(frame.tobytes())
    shown = decoded(out)[1, 20]
    assert np.abs(shown[10, :3].astype(int) - (0x20, 0x40, 0x60)).max() <= 4
    assert np.abs(shown[80, :3].astype(int) - (0x90, 0xA0, 0xB0)).max() <= 4


def test_odd_sizes_double_their_last_row_and_column(tmp_path: Path) -> None:
    frame = plain(20, 20, 20, width=33, height=21)
    frame[:, -1, :3] = 220
    frame[-1, :, :3] = 220
    out = make_film(tmp_path / "film.mp4", [frame] * 3, format="mp4")
    info = probe(out)
    assert (info.width, info.height) == (34, 22)
    shown = decoded(out, 34, 22)[1, ..., 0].astype(int)
    assert abs(shown[5, 33] - 220) < 25
    assert abs(shown[21, 5] - 220) < 25
    assert abs(shown[5, 10] - 20) < 25


def test_an_error_of_the_caller_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        Encoder(tmp_path / "film.mp4", WIDTH, HEIGHT, RATE, "mp4") as encoder,
    ):
        encoder.write(numbered(0).tobytes())
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []


def test_too_few_frames_are_no_film(tmp_path: Path) -> None:
    with (
        pytest.raises(ProcessFailed, match="3 frames instead of 5"),
        Encoder(tmp_path / "film.mp4", WIDTH, HEIGHT, RATE, "mp4", frames=5) as encoder,
    ):
        for number in range(3):
            encoder.write(numbered(number).tobytes())
    assert os.listdir(tmp_path) == []


def test_a_frame_of_the_wrong_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="bytes"), Encoder(tmp_path / "f.mp4", WIDTH, HEIGHT, RATE) as encoder:
        encoder.write(b"short")
    assert os.listdir(tmp_path) == []


def test_an_unknown_format_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="webm"):
        Encoder(tmp_path / "f.avi", WIDTH, HEIGHT, RATE, "avi")


def test_cancel_ends_a_waiting_encoder(tmp_path: Path) -> None:
    stop = threading.Event()
    frame = plain(1, 2, 3, width=1280, height=720).tobytes()
    with (
        pytest.raises(Cancelled),
        Encoder(tmp_path / "f.webm", 1280, 720, RATE, "webm", cancelled=stop.is_set) as encoder,
    ):
        stop.set()
        for _ in range(1000):
            encoder.write(frame)
    assert os.listdir(tmp_path) == []


def test_an_older_film_is_replaced_only_by_a_complete_one(tmp_path: Path) -> None:
    out = make_film(tmp_path / "film.mp4", [numbered(1)] * 3)
    before = out.read_bytes()
    with pytest.raises(ProcessFailed), Encoder(out, WIDTH, HEIGHT, RATE, "mp4", frames=9) as encoder:
        encoder.write(numbered(2).tobytes())
    assert out.read_bytes() == before
    make_film(out, [numbered(2)] * 4)
    assert probe(out).frames == 4


def test_a_folder_with_other_things_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "pictures"
    out.mkdir()
    (out / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(InvalidInput, match="holiday"), Encoder(out, WIDTH, HEIGHT, RATE, "png") as encoder:
        encoder.write(numbered(0).tobytes())
    assert os.listdir(tmp_path) == ["pictures"]
    assert os.listdir(out) == ["holiday.jpg"]
