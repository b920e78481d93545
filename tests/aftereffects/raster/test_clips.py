"""Mattes as clips: which, and that they look the same."""

from typing import Any

import numpy as np
import pytest

from flatrender.aftereffects.raster.clips import clipped
from flatrender.aftereffects.raster.holding import with_stills
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.raster.comparing import compared
from tests.aftereffects.raster.lotties import MOVING, TURNING, keyed, layer, lottie, place
from tests.aftereffects.raster.shapes import BLUE, RED, WHITE, Json, fill, gradient, mask, rectangle, star, still


def window(**more: Any) -> Json:
    return layer(1, rectangle(still([60, 40])), fill(WHITE), **{"td": 1, **more})


MATTED: dict[str, tuple[Json, ...]] = {
    "a turning box in a window": (
        window(),
        layer(2, rectangle(still([90, 30])), fill(RED), tt=1, tp=1, ks=place(r=TURNING)),
    ),
    "a window that is placed and scaled by its parent": (
        window(parent=3, ks=place(p=still([5, 5, 0]))),
        layer(2, star(), fill(RED), tt=1, tp=1, ks=place(r=TURNING)),
        {**layer(3), "ty": 3, "ks": place(s=still([150, 80, 100]))},
    ),
    "a window that grows, its corners round": (
        layer(
            1,
            rectangle(keyed((0, [2, 2]), (30, [120, 70])), 12, keyed((0, [0, 20]), (30, [0, 0]))),
            fill(WHITE),
            td=1,
        ),
        layer(2, star(), fill(RED), tt=1, tp=1, ks=place(r=TURNING)),
    ),
    "a plain box through a gradient": (
        layer(1, rectangle(still([100, 60])), gradient(), td=1, ks=place(p=MOVING)),
        layer(2, rectangle(still([80, 50])), fill(BLUE), tt=1, tp=1),
    ),
    "both on one way": (
        layer(1, rectangle(still([60, 40])), gradient(), td=1, ks=place(p=MOVING, r=TURNING)),
        layer(2, rectangle(still([40, 60])), fill(BLUE), tt=1, tp=1, ks=place(p=MOVING, r=TURNING)),
    ),
    "what hangs on the one that is matted": (
        window(),
        layer(2, star(), fill(RED), tt=1, tp=1, ks=place(p=MOVING)),
        layer(3, rectangle(still([10, 10])), fill(BLUE), parent=2, ks=place(p=still([0, 30, 0]))),
    ),
}


@pytest.mark.parametrize("name", MATTED)
def test_mattes_become_clips_and_look_the_same(
    name: str, rasteriser: Rasteriser, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = lottie(*MATTED[name])
    assert not any(one.get("tt") or one.get("td") for one in clipped(document)["layers"])
    difference = compared(rasteriser, document, monkeypatch)
    assert difference.mean() < 0.02
    assert np.percentile(difference, 99.9) <= 4


# Its height grows late, by the format; ThorVG has it grow with its width.
UNEVEN = keyed((0, [4, 4]), (30, [150, 80]))
UNEVEN["k"][0].update(i={"x": [0.3, 0.9], "y": [1, 1]}, o={"x": [0.1, 0.8], "y": [0, 0]})


def matte_of(**more: Any) -> tuple[Json, Json]:
    return window(**more), layer(2, star(), fill(RED), tt=1, tp=1, ks=place(r=keyed((0, [0]), (30, [90]))))


@pytest.mark.parametrize(
    "layers",
    [
        matte_of(ks=place(o=still(50))),
        matte_of(ks=place(r=TURNING)),
        matte_of(ip=5),
        matte_of(masksProperties=[mask(20)]),
        (layer(1, rectangle(still([9, 9])), fill(WHITE, 50), td=1), matte_of()[1]),
        matte_of(hd=True),
        (layer(1, star(), {**fill(WHITE), "r": 2}, td=1), matte_of()[1]),
        (layer(1, rectangle(UNEVEN), fill(WHITE), td=1), matte_of()[1]),
        (window(), layer(2, star(), fill(RED), tt=2, tp=1)),
        (window(), layer(2, star(), fill(RED), tt=3, tp=1)),
    ],
    ids=[
        "half",
        "turning",
        "late",
        "masked",
        "half filled",
        "hidden",
        "even-odd",
        "uneven",
        "inverted",
        "by its brightness",
    ],
)
def test_other_mattes_stay(layers: tuple[Json, ...]) -> None:
    document = lottie(*layers)
    assert clipped(document) is document


def test_a_matte_that_is_seen_as_well_stays() -> None:
    seen, matted = matte_of(td=0)
    assert seen in clipped(lottie(seen, matted))["layers"]
    document = lottie(layer(1, star(), fill(WHITE)), matte_of(td=0)[1])
    assert all(one.get("ind") for one in with_stills(document)[0]["layers"])


def test_a_mask_that_nobody_announces_is_kept(rasteriser: Rasteriser, monkeypatch: pytest.MonkeyPatch) -> None:
    """ThorVG does not look at `hasMask`."""
    masked = layer(2, star(), fill(RED), tt=1, tp=1, masksProperties=[mask(20)])
    document = lottie(window(), masked)
    assert clipped(document) is not document
    assert compared(rasteriser, document, monkeypatch).max() <= 4
    announced = lottie(window(hasMask=True, masksProperties=[]), layer(2, star(), fill(RED), tt=1, tp=1))
    assert clipped(announced) is not announced, "it says that it has masks, and has none"


def test_what_has_an_effect_is_clipped_after_it() -> None:
    """A mask comes before a layer's effects, a matte behind them."""
    on_one_way = {"ks": place(r=TURNING)}
    plain = layer(2, star(), fill(RED), tt=1, tp=1, **on_one_way)
    [inside] = clipped(lottie(window(**on_one_way), plain))["layers"]
    assert (inside["ty"], inside["hasMask"]) == (4, True)
    shadowed = {**plain, "ef": [{"ty": 25}]}
    document = lottie(window(**on_one_way), shadowed)
    assert clipped(document) is document
