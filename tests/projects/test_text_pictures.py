"""Text clips as pictures: shaped, placed by their alignment and direction, transparent around the letters."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from flatrender.core.errors import InvalidInput
from flatrender.projects import text_pictures


def drawn(text: str, box: tuple[int, int] = (400, 120), **style: object) -> NDArray[np.int64]:
    png, missing, _ = text_pictures.drawn(text, {"size": 360, **style}, box, 120)
    assert not missing
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(np.int64)


def ink(picture: NDArray[np.int64]) -> tuple[int, int, int, int]:
    """The box of what is drawn: left, top, right, bottom."""
    rows, columns = np.nonzero(picture[..., 3] > 128)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_it_is_as_large_as_asked_and_transparent_around_its_letters() -> None:
    picture = drawn("Hello", color="#ff2040")
    assert picture.shape == (120, 400, 4)
    left, top, right, bottom = ink(picture)
    assert picture[0, 0, 3] == 0
    assert abs((left + right) / 2 - 200) < 4, "in the middle across"
    assert abs((top + bottom) / 2 - 60) < 6, "and along"
    solid = picture[picture[..., 3] == 255]
    assert np.abs(solid[:, :3] - [255, 32, 64]).max() <= 2
    assert 15 < bottom - top < 45, "360 of 1080 is 40 of 120"


@pytest.mark.parametrize(
    ("text", "style", "side"),
    [
        ("Hello", {"align": "start"}, "left"),
        ("Hello", {"align": "end"}, "right"),
        ("سلام", {"align": "start"}, "right"),
        ("سلام", {"align": "end"}, "left"),
        ("Hello", {"align": "start", "direction": "rtl"}, "right"),
    ],
)
def test_start_and_end_follow_the_direction(text: str, style: dict[str, str], side: str) -> None:
    left, _, right, _ = ink(drawn(text, **style))
    assert (left < 30) == (side == "left")
    assert (right > 370) == (side == "right")


def test_persian_letters_are_joined() -> None:
    joined, apart = drawn("سلام"), drawn("س\u200cل\u200cا\u200cم")
    left, _, right, _ = ink(joined)
    wide_left, _, wide_right, _ = ink(apart)
    assert right - left < 0.9 * (wide_right - wide_left)


def test_lines_are_broken_where_the_box_is_narrow_and_a_background_fills_it() -> None:
    _, top, _, bottom = ink(drawn("one two three", (70, 240), size=180))
    assert bottom - top > 30
    filled = drawn("x", background="#102030")
    assert filled[..., 3].min() > 250
    assert np.abs(filled[3, 3, :3] - [16, 32, 48]).max() <= 2


@pytest.mark.parametrize(
    "text", ["One line that is far too long for it", "Incomprehensibilities", "جشنوارهٔ فیلم و موسیقی لوت"]
)
def test_a_text_that_does_not_fit_is_set_smaller_where_that_is_wished(text: str) -> None:
    box = (90, 60)
    _, top, _, bottom = ink(drawn(text, box, fit=True, size=540))
    left, _, right, _ = ink(drawn(text, box, fit=True, size=540))
    assert top > 0
    assert bottom < 60
    assert left > 0
    assert right < 90
    assert right - left > 45, "as large as it can be"


@pytest.mark.parametrize("text", ["gypsy gypsy gypsy", "چشم و روی و کوی و جوی"])
def test_what_hangs_below_the_last_line_is_not_cut_off(text: str) -> None:
    fitted, roomy = drawn(text, (90, 60), fit=True, size=540), drawn(text, (90, 120), size=540 * 0.294921875)
    assert fitted[..., 3].sum() == pytest.approx(roomy[..., 3].sum(), rel=0.005), "as much ink as where there is room"


def test_a_text_that_fits_keeps_its_size() -> None:
    assert np.array_equal(drawn("Hi", fit=True), drawn("Hi"))


def test_characters_that_no_font_has_are_told_and_the_rest_is_drawn() -> None:
    png, missing, _ = text_pictures.drawn("a\U00012000b\U00012000", {"size": 360}, (400, 120), 120)
    assert missing == "\U00012000"
    assert np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., 3].max() == 255


@pytest.mark.parametrize(
    ("text", "box", "size", "fit", "cut"),
    [
        ("Hello", (400, 120), 360, False, False),
        ("gypsy gypsy gypsy", (90, 120), 159, False, False),
        ("one two three four five six seven", (90, 60), 360, False, True),
        ("one two three four five six seven", (90, 60), 360, True, False),
        ("one\ntwo\nthree\nfour", (400, 60), 240, False, True),
        ("جشنوارهٔ فیلم و موسیقی لوت", (90, 60), 360, False, True),
        ("Tall", (400, 30), 540, False, True),
        ("low", (400, 34), 360, False, False),  # the line is higher than the box, its letters are not
        ("far too long to be read at all " * 40, (90, 60), 540, True, True),
        (" ", (10, 10), 540, False, False),
    ],
)
def test_it_is_told_when_letters_are_cut_off(
    text: str, box: tuple[int, int], size: float, fit: bool, cut: bool
) -> None:
    assert text_pictures.drawn(text, {"size": size, "fit": fit}, box, 120).overflow == cut
    if not fit:  # which would be larger where there is more room
        shown, whole = drawn(text, box, size=size), drawn(text, (box[0], box[1] + 600), size=size)
        assert (shown[..., 3].sum() < 0.995 * whole[..., 3].sum()) == cut, "and so it is seen"


def test_what_cannot_be_drawn_is_told() -> None:
    with pytest.raises(InvalidInput) as caught:
        text_pictures.drawn("x", {"size": "large"}, (10, 10), 100)
    assert caught.value.field == "size"
    for text, size in (("x", (100_000, 100_000)), ("x" * 6000, (10, 10))):
        with pytest.raises(InvalidInput):
            text_pictures.drawn(text, {}, size, 100)
