"""Lotties that draw the same with less work: clips for mattes, pictures for what holds still."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from flatrender.aftereffects.raster import lighter, member, stills
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from flatrender.aftereffects.raster.stills import box
from tests.aftereffects.raster.lotties import (
    BLUE,
    FRAMES,
    HEIGHT,
    MOVING,
    RED,
    TURNING,
    WHITE,
    WIDTH,
    Json,
    fill,
    gradient,
    keyed,
    layer,
    lottie,
    place,
    rectangle,
    star,
    still,
)


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
HELD: dict[str, tuple[Json, ...]] = {
    "comes, stays and goes, fading": (
        layer(
            1,
            star(),
            fill(RED),
            ks=place(
                p=keyed((0, [20, 45, 0]), (8, [80, 45, 0]), (30, [80, 45, 0]), (39, [150, 45, 0])),
                o=keyed((0, [0]), (20, [100]), (39, [40])),
            ),
        ),
        layer(2, rectangle(still([150, 60])), fill(BLUE, 60)),
    ),
    "on a parent that stays for a while": (
        layer(1, star(), fill(RED), parent=2, ks=place(p=still([4, 3, 0]))),
        {**layer(2), "ty": 3, "ks": place(p=keyed((0, [20, 20, 0]), (10, [80, 45, 0])))},
    ),
    "something hangs on it": (
        layer(1, star(), fill(RED), ks=place(p=keyed((0, [20, 20, 0]), (10, [80, 45, 0])))),
        layer(2, rectangle(still([10, 10])), fill(BLUE), parent=1, ks=place(p=still([0, 30, 0]))),
    ),
    "nothing of it is in the picture": (layer(1, star(), fill(RED), ks=place(p=still([-500, 0, 0]))),),
}


@pytest.fixture(scope="module")
def drawing() -> Iterator[Rasteriser]:
    made = Rasteriser(1)
    yield made
    made.close()


def drawn(drawing: Rasteriser, document: Json) -> np.ndarray[Any, Any]:
    frames = drawing.frames(document, WIDTH, HEIGHT, range(FRAMES), "#304050")
    return np.stack([np.frombuffer(frame, np.uint8).astype(int) for frame in frames])


def compared(drawing: Rasteriser, document: Json, monkeypatch: pytest.MonkeyPatch) -> np.ndarray[Any, Any]:
    """By how much the frames of the light drawing differ from those of the plain one."""
    assert member.MANY_FRAMES <= FRAMES
    light = drawn(drawing, document)
    monkeypatch.setattr(member, "MANY_FRAMES", FRAMES + 1)
    return np.abs(light - drawn(drawing, document))


@pytest.mark.parametrize("name", MATTED)
def test_mattes_become_clips_and_look_the_same(name: str, drawing: Rasteriser, monkeypatch: pytest.MonkeyPatch) -> None:
    document = lottie(*MATTED[name])
    clipped = lighter.clipped(document)
    assert not any(one.get("tt") or one.get("td") for one in clipped["layers"])
    difference = compared(drawing, document, monkeypatch)
    assert difference.mean() < 0.02
    assert np.percentile(difference, 99.9) <= 4


@pytest.mark.parametrize("name", HELD)
def test_what_holds_still_is_drawn_once_and_looks_the_same(
    name: str, drawing: Rasteriser, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = lottie(*HELD[name])
    made, pictures = lighter.with_stills(document)
    assert pictures
    assert sum(one["ty"] == 2 for one in made["layers"]) == len(pictures)
    assert compared(drawing, document, monkeypatch).max() <= 3  # a fading picture is rounded twice


def test_what_holds_still_within_a_nested_composition(drawing: Rasteriser, monkeypatch: pytest.MonkeyPatch) -> None:
    nested = {
        "ty": 0,
        "ind": 1,
        "nm": "scene",
        "refId": "scene",
        "ip": 0,
        "op": FRAMES,
        "st": 0,
        "w": WIDTH,
        "h": HEIGHT,
    }
    scene = {"id": "scene", "layers": list(HELD["comes, stays and goes, fading"])}
    whole = place(p=still([80, 45, 0]), a=still([80, 45, 0]))
    document = lottie({**nested, "ks": whole}, assets=[scene])
    assert len(lighter.with_stills(document)[1]) == 1
    assert compared(drawing, document, monkeypatch).max() <= 3
    # Where the composition itself is moved, its parts are not where they would be drawn.
    assert not lighter.with_stills(lottie({**nested, "ks": place(p=MOVING)}, assets=[scene]))[1]


def matte_of(**more: Any) -> tuple[Json, Json]:
    return window(**more), layer(2, star(), fill(RED), tt=1, tp=1, ks=place(r=keyed((0, [0]), (30, [90]))))


@pytest.mark.parametrize(
    "layers",
    [
        matte_of(ks=place(o=still(50))),
        matte_of(ks=place(r=TURNING)),
        matte_of(ip=5),
        matte_of(hasMask=True, masksProperties=[]),
        (layer(1, rectangle(still([9, 9])), fill(WHITE, 50), td=1), matte_of()[1]),
        matte_of(hd=True),
        (layer(1, star(), {**fill(WHITE), "r": 2}, td=1), matte_of()[1]),
        (window(), layer(2, star(), fill(RED), tt=2, tp=1)),
        (window(), layer(2, star(), fill(RED), tt=3, tp=1)),
    ],
    ids=["half", "turning", "late", "masked", "half filled", "hidden", "even-odd", "inverted", "by its brightness"],
)
def test_other_mattes_stay(layers: tuple[Json, ...]) -> None:
    document = lottie(*layers)
    assert lighter.clipped(document) is document


def test_a_matte_that_is_seen_as_well_stays() -> None:
    seen, matted = matte_of(td=0)
    assert seen in lighter.clipped(lottie(seen, matted))["layers"]
    document = lottie(layer(1, star(), fill(WHITE)), matte_of(td=0)[1])
    assert all(one.get("ind") for one in lighter.with_stills(document)[0]["layers"])


def test_what_has_an_effect_is_clipped_after_it() -> None:
    """A mask comes before a layer's effects, a matte behind them."""
    on_one_way = {"ks": place(r=TURNING)}
    plain = layer(2, star(), fill(RED), tt=1, tp=1, **on_one_way)
    [inside] = lighter.clipped(lottie(window(**on_one_way), plain))["layers"]
    assert (inside["ty"], inside["hasMask"]) == (4, True)
    shadowed = {**plain, "ef": [{"ty": 25}]}
    document = lottie(window(**on_one_way), shadowed)
    assert lighter.clipped(document) is document


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(ks=place(r=TURNING)),
        lambda one: one.update(ef=[{"ty": 5}]),
        lambda one: one.update(td=1),
        lambda one: one["shapes"][0]["it"][1].update(c=keyed((0, RED), (30, BLUE))),
    ],
    ids=["turning", "with an effect", "a matte", "of a changing colour"],
)
def test_what_changes_is_drawn_anew(change: Callable[[Json], None]) -> None:
    one = layer(1, star(), fill(RED))
    assert lighter.with_stills(lottie(one))[1]
    change(one)
    assert not lighter.with_stills(lottie(one))[1]


@pytest.mark.parametrize(
    ("opacity", "pieces"),
    [
        (keyed((10, [0]), (20, [100])), [(10, 12), (12, 40)]),  # nothing before it comes
        (keyed((0, [0]), (20, [100])), [(0, 10), (10, 12), (12, 40)]),
        (keyed((0, [100]), (20, [0])), [(0, 10), (10, 12), (12, 40)]),
        (keyed((0, [100]), (12, [0])), [(0, 10), (10, 12)]),
        ({"a": 1, "k": [{"t": 0, "s": [0], "h": 1}, {"t": 9, "s": [100]}]}, [(0, 10), (10, 12), (12, 40)]),
        ({"a": 1, "k": [{"t": 0, "s": [0], "h": 1}, {"t": 10, "s": [100]}]}, [(10, 12), (12, 40)]),
    ],
    ids=["comes", "comes at once", "goes", "goes early", "is there late", "is there with the move"],
)
def test_what_is_not_seen_is_not_drawn(
    opacity: Json, pieces: list[tuple[int, int]], drawing: Rasteriser, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving = keyed((10, [80, 45, 0]), (12, [60, 45, 0]))
    document = lottie(layer(1, star(), fill(RED), ks=place(p=moving, o=opacity)))
    assert [(one["ip"], one["op"]) for one in lighter.with_stills(document)[0]["layers"]] == pieces
    assert compared(drawing, document, monkeypatch).max() <= 3


def test_what_is_not_known_is_drawn_as_it_is() -> None:
    odd = json.dumps({"w": 10, "h": 10, "layers": [{"ty": 4, "tt": 1, "tp": 1, "ks": 7}, {"ind": 1}]}).encode()
    assert stills.lighter(odd, 10, 10) == (odd, [])
    assert stills.lighter(b"no Lottie", 10, 10) == (b"no Lottie", [])


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
