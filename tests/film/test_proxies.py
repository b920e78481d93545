"""How fast the films are that are made of moving pictures."""

from fractions import Fraction

import pytest

from flatrender.core.timing import Rate
from flatrender.film.info import FilmInfo
from flatrender.film.proxies import film_rate


@pytest.mark.parametrize(
    ("step", "rate"),
    [
        ("1/25", "25"),
        ("3/10", "10"),  # three frames for each picture
        ("100", "10"),
        ("1/100", "50"),  # browsers show no GIF faster either
        ("1/1000", "125/4"),
        ("33/1000", "1000/33"),
        ("0", "24"),  # nobody knows: the mean
    ],
)
def test_every_picture_of_a_moving_one_begins_on_a_frame(step: str, rate: str) -> None:
    info = FilmInfo(
        duration=1.0, frames=10, width=8, height=8, rate=Rate(24), video_codec="gif", audio_codec=None,
        pixel_format="bgra", has_alpha=True, parameters="", step=Fraction(step),
    )  # fmt: skip
    assert film_rate(info).fraction == Fraction(rate)
