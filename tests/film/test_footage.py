"""Frames of a film by their number, as other pictures show them: in order, backwards, beyond the end, with alpha."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from flatrender.core.errors import BadFile
from flatrender.core.timing import Rate
from flatrender.film.encode import Encoder
from flatrender.film.footage import Footage, FootageReader
from flatrender.film.spec import Fit
from tests.film.conftest import HEIGHT, RATE, WIDTH, make_film, number_of, numbered, plain

FRAMES = 90


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("footage") / "counted.mp4", [numbered(n) for n in range(FRAMES)])


def read(reader: FootageReader, number: int) -> bytes:
    target = bytearray(reader.footage.frame_bytes)
    reader.read(number, memoryview(target))
    return bytes(target)


def test_frames_are_exact_forwards_backwards_and_far_ahead(counted: Path) -> None:
    with FootageReader(Footage(counted, RATE.fraction, (WIDTH, HEIGHT))) as reader:
        for number in (0, 1, 2, 9, 88, 89, 40, 39, 38, 37, 5, 70):
            assert number_of(read(reader, number)) == number


def test_the_last_frame_stands(counted: Path) -> None:
    with FootageReader(Footage(counted, RATE.fraction, (WIDTH, HEIGHT))) as reader:
        assert [number_of(read(reader, number)) for number in (88, 89, 90, 95)] == [88, 89, 89, 89]
        reader.close()
        assert number_of(read(reader, 4000)) == 89, "entered far behind its end"
        assert [number_of(read(reader, number)) for number in (4001, 12, 13, 89, 200)] == [89, 12, 13, 89, 89]


def test_another_rhythm_shows_what_stands_on_screen(counted: Path) -> None:
    with FootageReader(Footage(counted, Fraction(15), (WIDTH, HEIGHT))) as reader:
        assert [number_of(read(reader, number)) for number in (0, 1, 2, 20)] == [0, 2, 4, 40]


@pytest.mark.parametrize(
    ("alpha", "inverted", "wanted"),
    [
        ("straight", False, (100, 50, 0, 128)),
        ("premultiplied", False, (128, 100, 0, 128)),
        ("ignored", False, (200, 100, 0, 255)),
        ("straight", True, (100, 50, 0, 127)),
    ],
)
def test_transparency_is_read_as_the_designer_chose(
    tmp_path: Path, alpha: str, inverted: bool, wanted: tuple[int, ...]
) -> None:
    film = tmp_path / "half.mov"
    with Encoder(film, 32, 16, Rate(25), "mov", alpha=True, frames=1) as encoder:
        encoder.write(plain(200, 100, 0, 128, width=32, height=16).tobytes())
    with FootageReader(Footage(film, Fraction(25), (32, 16), alpha=alpha, inverted=inverted)) as reader:  # type: ignore[arg-type]
        seen = np.frombuffer(read(reader, 0), np.uint8).reshape(16, 32, 4)[8, 16]
    assert np.abs(seen.astype(int) - wanted).max() <= 3, seen


def test_it_fills_its_box_as_it_is_told(tmp_path: Path) -> None:
    left, right = plain(255, 0, 0, width=48), plain(0, 0, 255, width=48)
    film = make_film(tmp_path / "two.mp4", [np.concatenate([left, right], axis=1)])

    def middle_row(fit: Fit) -> list[str]:
        with FootageReader(Footage(film, RATE.fraction, (64, 64), fit)) as reader:
            row = np.frombuffer(read(reader, 0), np.uint8).reshape(64, 64, 4)
        names = {0: "clear", 255: "solid"}
        columns = [row[32, 4], row[32, 60]]
        return [("red" if c[0] > 128 else "blue" if c[2] > 128 else names[int(c[3])]) for c in columns] + [
            names[int(row[2, 32][3])]
        ]

    assert middle_row(Fit("stretch")) == ["red", "blue", "solid"]
    assert middle_row(Fit("cover", (0.0, 0.5), (0, 0, 0.5, 0))) == ["red", "red", "solid"]
    assert middle_row(Fit("contain")) == ["red", "blue", "clear"]


def test_numbered_pictures_are_a_film(tmp_path: Path) -> None:
    from PIL import Image

    for number in range(4):
        Image.fromarray(numbered(number)).save(tmp_path / f"a%d_{number + 7:03d}.png")
    footage = Footage(tmp_path / "a%d_007.png", Fraction(12), (WIDTH, HEIGHT), sequence=True)
    with FootageReader(footage) as reader:
        assert [number_of(read(reader, number)) for number in (0, 2, 3, 1, 9)] == [0, 2, 3, 1, 3]


def test_what_is_no_film_is_told(tmp_path: Path) -> None:
    (tmp_path / "not.mp4").write_bytes(b"no film at all")
    with FootageReader(Footage(tmp_path / "not.mp4", Fraction(25), (8, 8))) as reader, pytest.raises(BadFile):
        read(reader, 0)
