"""Pictures out of films."""

import io
from pathlib import Path

import pytest
from PIL import Image

from flatrender.film import read
from flatrender.film.encode import Encoder
from flatrender.film.probe import probe
from tests.film.conftest import HEIGHT, RATE, WIDTH, make_film, number_of, numbered


@pytest.mark.parametrize(("format", "frames"), [("scene", 131), ("scene", 1), ("webm", 40)])
def test_the_middle_of_a_film_is_entered_at_its_very_frame(tmp_path: Path, format: str, frames: int) -> None:
    film = make_film(tmp_path / "film", [numbered(n) for n in range(frames)], format=format)
    found = Image.open(io.BytesIO(read.middle(film, probe(film), WIDTH)))
    assert (found.size, found.mode) == ((WIDTH, HEIGHT), "RGB")
    assert number_of(found.convert("RGBA").tobytes()) == frames // 2


def test_the_middle_of_a_film_with_transparency_keeps_it(tmp_path: Path) -> None:
    film = tmp_path / "film.mov"
    with Encoder(film, WIDTH, HEIGHT, RATE, "mov", alpha=True, frames=3) as encoder:
        for _ in range(3):
            encoder.write(bytes((200, 10, 10, 128)) * (WIDTH * HEIGHT))
    found = Image.open(io.BytesIO(read.middle(film, probe(film), WIDTH // 2)))
    assert (found.size, found.mode) == ((WIDTH // 2, HEIGHT // 2), "RGBA")
    assert found.getpixel((9, 9)) == pytest.approx((200, 10, 10, 128), abs=3)
