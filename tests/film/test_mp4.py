"""Our own films read box by box, against FFmpeg's reading of the same files."""

from dataclasses import replace
from pathlib import Path

import pytest

from flatrender.core.timing import Rate
from flatrender.film import mp4
from flatrender.film.compose import composed
from flatrender.film.exporting import write
from flatrender.film.presets import find
from flatrender.film.probe import probe
from flatrender.film.spec import Film, Piece
from tests.film.conftest import make_film, numbered, plain


@pytest.mark.parametrize("format", ["mp4", "scene"])
@pytest.mark.parametrize("rate", [Rate(30), Rate(30000, 1001), Rate(25, 2), Rate(60)])
def test_it_says_what_ffmpeg_says(tmp_path: Path, rate: Rate, format: str) -> None:
    film = make_film(tmp_path / "film.mp4", [numbered(n) for n in range(33)], rate, format)
    found = mp4.read(film)
    assert found is not None
    assert replace(found, parameters="") == replace(probe(film), parameters="")


def test_equal_parameters_are_those_that_can_be_joined(tmp_path: Path) -> None:
    pictures = [numbered(n) for n in range(5)]
    one, two, faster = (
        mp4.read(make_film(tmp_path / f"{n}.mp4", pictures[n:], rate))
        for n, rate in enumerate((Rate(30), Rate(30), Rate(25)))
    )
    wide = mp4.read(make_film(tmp_path / "wide.mp4", [plain(9, 9, 9, width=128)]))
    assert one is not None and two is not None and faster is not None and wide is not None
    assert one.parameters == two.parameters
    assert len({one.parameters, faster.parameters, wide.parameters}) == 3


def test_what_is_not_whole_is_left_to_ffmpeg(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", [numbered(n) for n in range(40)])
    data = film.read_bytes()
    for length in (0, 4, 8, 40, len(data) // 2, len(data) - 1):
        film.write_bytes(data[:length])
        assert mp4.read(film) is None
    sizes = data.index(b"stsz") + 16
    film.write_bytes(data[:sizes] + b"\x7f\xff\xff\xff" + data[sizes + 4 :])
    assert mp4.read(film) is None  # the index says more than the file holds


def test_other_kinds_are_left_to_ffmpeg(tmp_path: Path) -> None:
    scene = make_film(tmp_path / "scene.mp4", [numbered(n) for n in range(10)])
    size = (probe(scene).width, probe(scene).height)
    with composed(Film(Rate(30), size, 10, ((Piece(scene, 0, 10),),)), tmp_path) as master:
        write(master, find("mp4"), size, tmp_path / "film.mp4")
    assert mp4.read(tmp_path / "film.mp4") is None  # it has sound
    for format in ("mov", "webm"):
        assert mp4.read(make_film(tmp_path / f"film.{format}", [plain(1, 2, 3)] * 3, format=format)) is None
    assert mp4.read(tmp_path / "none.mp4") is None
