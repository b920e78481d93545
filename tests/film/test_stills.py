"""Still pictures: what is seen of a huge one is drawn, no more, and it is the same as in the whole one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flatrender.core.errors import TooLarge
from flatrender.core.timing import Rate
from flatrender.film import stills
from flatrender.film.compose import _roaming
from flatrender.film.spec import Film, Fit, Joint, Piece, Place

FRAME = (96, 54)
FAR = (9, 9)  # so far that all of it is drawn


@pytest.fixture
def source(tmp_path: Path) -> Path:
    noise = np.random.default_rng(7).integers(0, 256, (9, 16, 3), dtype=np.uint8)
    path = tmp_path / "source.png"
    Image.fromarray(noise).resize((160, 90), Image.Resampling.BICUBIC).save(path)
    return path


def _shown(piece: Piece, tmp_path: Path, roams: tuple[int, int]) -> tuple[Image.Image, np.ndarray]:
    """The picture that was made, and the frame with it."""
    at = stills.draw(piece, FRAME, tmp_path / "o.png", roams)
    with Image.open(tmp_path / "o.png") as opened:
        made = opened.convert("RGBA")
    frame = Image.new("RGBA", FRAME)
    frame.paste(made, at)
    return made, np.asarray(frame).astype(float)


@pytest.mark.parametrize("rotation", [0, 30, 90, 211])
@pytest.mark.parametrize(
    ("x", "y", "width", "height"), [(-3.5, -3.5, 8, 8), (-0.5, 0.2, 2, 0.5), (0.7, -3, 4, 4), (-7.4, -7.4, 8, 8)]
)
def test_a_picture_of_many_frames_is_drawn_where_it_is_seen(
    source: Path, tmp_path: Path, x: float, y: float, width: float, height: float, rotation: float
) -> None:
    piece = Piece(source, 0, 1, still=True, fit=Fit("stretch"), place=Place(x, y, width, height, rotation))
    whole, wanted = _shown(piece, tmp_path, FAR)
    made, shown = _shown(piece, tmp_path, (0, 0))
    assert made.width <= FRAME[0] and made.height <= FRAME[1]
    assert whole.width > FRAME[0] or whole.height > FRAME[1]
    inside = np.abs(shown - wanted)[2:-2, 2:-2]
    assert np.mean(inside) < 0.5


def test_what_is_moved_by_a_transition_is_drawn_beside_the_frame(source: Path, tmp_path: Path) -> None:
    piece = Piece(source, 0, 9, still=True, place=Place(-3, -3, 8, 8))
    across, _ = _shown(piece, tmp_path, (1, 0))
    assert across.size == (3 * FRAME[0], FRAME[1])


def test_what_is_beside_the_frame_is_nothing(source: Path, tmp_path: Path) -> None:
    for rotation in (0, 45):
        made, _ = _shown(Piece(source, 0, 1, still=True, place=Place(2, 2, 0.5, 0.5, rotation)), tmp_path, (0, 0))
        assert (made.size, made.getpixel((0, 0))[3]) == ((1, 1), 0)


def test_a_file_of_too_many_pixels_is_refused(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stills, "MAX_PIXELS", 1000)
    with pytest.raises(TooLarge, match="pixels"):
        stills.draw(Piece(source, 0, 1, still=True), FRAME, tmp_path / "o.png")


def test_pieces_roam_as_their_transitions_say(source: Path) -> None:
    old = Piece(source, 0, 10, still=True)
    slid = Piece(source, 5, 10, still=True, joint=Joint("slide", 5, "left"))
    faded = Piece(source, 12, 10, still=True, joint=Joint("crossfade", 3))
    film = Film(Rate(25), FRAME, 22, ((old, slid, faded),))
    assert _roaming(film) == {old: (1, 0), slid: (1, 0), faded: (0, 0)}
