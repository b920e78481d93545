"""The pictures of what holds still: how large they are, and what is left as it is."""

import json

import numpy as np
import pytest

from flatrender.aftereffects.raster import stills
from flatrender.aftereffects.raster.pauses import holds
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from flatrender.aftereffects.raster.stills import box
from tests.aftereffects.raster.lotties import FRAMES, HEIGHT, WIDTH, deep, layer, lottie
from tests.aftereffects.raster.shapes import RED, Json, fill, star


def test_what_is_not_known_is_drawn_as_it_is() -> None:
    odd = json.dumps({"w": 10, "h": 10, "layers": [{"ty": 4, "tt": 1, "tp": 1, "ks": 7}, {"ind": 1}]}).encode()
    assert stills.lighter(odd, 10, 10) == (odd, [])
    assert stills.lighter(b"no Lottie", 10, 10) == (b"no Lottie", [])


@pytest.mark.parametrize("groups", [30, 40, 150, 450, 10_000])
def test_however_deep_groups_lie_a_film_is_drawn(groups: int, rasteriser: Rasteriser) -> None:
    """Deeper than is looked at, than is written, than is read."""
    document = deep(groups, star(), fill(RED))
    assert bool(stills.lighter(document, WIDTH, HEIGHT)[1]) == (groups == 30)
    plain = rasteriser.picture(document, WIDTH, HEIGHT, 0, "#304050")
    for frame in rasteriser.frames(document, WIDTH, HEIGHT, range(FRAMES), "#304050"):
        assert np.abs(np.frombuffer(frame, np.uint8).astype(int) - np.frombuffer(plain, np.uint8)).max() <= 3


def test_values_in_values_are_looked_at_however_deep() -> None:
    document: Json = {"a": 0, "k": 1}
    for _ in range(5_000):
        document = {"k": document}
    assert holds(document)
    assert not holds([document, {"a": 1}])


def test_pictures_that_take_too_much_memory_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    document = lottie(layer(1, star(), fill(RED)))
    assert len(stills.with_pictures(document, WIDTH, HEIGHT)[1]) == 1
    monkeypatch.setattr(stills, "MOST_BYTES", 100)
    assert stills.with_pictures(document, WIDTH, HEIGHT) == (document, [])


def test_the_box_of_what_is_drawn() -> None:
    pixels = np.zeros((6, 8), np.uint32)
    assert box(pixels) is None
    pixels[2, 3] = pixels[4, 5] = 0xFF000000
    assert box(pixels) == (3, 2, 6, 5)
    pixels[:] = 9
    assert box(pixels) == (0, 0, 8, 6)
