"""Plain outlines that compiled code fills: beside ThorVG, and from numbers that nobody would draw with."""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flatrender.aftereffects.raster import child, team
from flatrender.aftereffects.raster.filling import STRIP, Filler
from flatrender.aftereffects.raster.flat import flat
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.raster.lotties import FRAMES, HEIGHT, MOVING, TURNING, WIDTH, keyed, layer, lottie, place
from tests.aftereffects.raster.shapes import BLUE, RED, WHITE, Json, fill, gradient, rectangle, star, still

FAULTY = Path(__file__).with_name("faulty_child.py")
GREY = (40, 50, 60)
Frame = NDArray[np.uint8]


def ring() -> tuple[Json, Json]:
    """A path and a hole in it, which goes the other way round."""
    outer = [[-30, -30], [30, -30], [30, 30], [-30, 30]]
    inner = [[-12, -12], [-12, 12], [12, 12], [12, -12]]
    bent = [[10, 8], [-10, 8], [4, -8], [3, 9]]
    none = [[0, 0]] * 4
    return (
        {"ty": "sh", "ks": still({"c": True, "v": outer, "i": none, "o": bent})},
        {"ty": "sh", "ks": still({"c": True, "v": inner, "i": none, "o": none})},
    )


def path(*corners: tuple[float, float]) -> Json:
    none = [[0, 0]] * len(corners)
    return {"ty": "sh", "ks": still({"c": True, "v": [list(corner) for corner in corners], "i": none, "o": none})}


def null(number: int, **more: Any) -> Json:
    return {**layer(number), "ty": 3, **more}


STEPS = {"a": 1, "k": [{"t": 0, "s": [20, 20, 0], "h": 1}, {"t": 12.5, "s": [90, 60, 0], "h": 1}]}
APART = {"s": True, "x": keyed((3, [10]), (30, [150])), "y": still(40)}
DRAWN: dict[str, tuple[Json, ...]] = {
    "turning boxes, some beyond each side": tuple(
        layer(number, rectangle(still([50, 30])), fill(color), ks=place(p=still([x, y, 0]), r=TURNING))
        for number, (x, y, color) in enumerate(
            [(0, 0, RED), (160, 10, BLUE), (80, 90, WHITE), (5, 80, RED), (-200, 40, BLUE), (80, 45, BLUE)]
        )
    ),
    "one that is larger than the frame": (
        layer(1, star(), fill(RED), ks=place(r=TURNING)),
        layer(2, rectangle(still([900, 700])), fill(BLUE), ks=place(r=TURNING)),
    ),
    "curves and a hole": (layer(1, *ring(), fill(RED), ks=place(p=MOVING, r=TURNING)),),
    "large curves": (layer(1, *ring(), fill(RED), ks=place(s=still([700, 700, 100]), r=TURNING)),),
    "round corners": (layer(1, rectangle(still([70, 40]), 12), fill(WHITE), ks=place(r=TURNING)),),
    "fades, over another": (
        layer(1, star(), fill(RED, 70), ks=place(o=keyed((0, [0]), (30, [100])))),
        layer(2, rectangle(still([60, 60])), fill(BLUE), ks=place(p=MOVING)),
    ),
    "on parents that turn and grow": (
        layer(1, rectangle(still([20, 10])), fill(RED), parent=2, ks=place(p=still([30, 0, 0]), a=still([5, 2, 0]))),
        null(2, parent=3, ks=place(p=still([10, 5, 0]), r=TURNING)),
        null(3, ks=place(s=keyed((0, [40, 100, 100]), (35, [200, 60, 100])))),
    ),
    "comes late and goes early": (layer(1, star(), fill(RED), ip=7, op=20),),
    "jumps, and goes by axes": (
        layer(1, star(), fill(RED), ks=place(p=STEPS)),
        layer(2, rectangle(still([20, 20])), fill(BLUE), ks=place(p=APART, s=still([-100, 150, 100]))),
    ),
    "a box that slides from pixel to pixel": (layer(1, rectangle(still([30, 20])), fill(RED), ks=place(p=MOVING)),),
    "the same as a path, whose sides ThorVG smooths": (
        layer(1, path((-15.3, -9.7), (15.3, -9.7), (15.3, 9.7), (-15.3, 9.7)), fill(RED), ks=place(p=MOVING)),
    ),
    "a path of points that lie closer than what is seen": (
        layer(1, path(*((8 * math.cos(turn), 8 * math.sin(turn)) for turn in np.arange(0, math.tau, 1e-3))), fill(RED)),
    ),
    "two groups, the first on top": (
        {
            **layer(1),
            "shapes": [
                *layer(1, rectangle(still([30, 30])), fill(RED))["shapes"],
                *layer(1, rectangle(still([60, 20])), fill(BLUE))["shapes"],
            ],
        },
    ),
}


def beside(layers: tuple[Json, ...], rasteriser: Rasteriser) -> list[tuple[Frame, Frame]]:
    """Frames filled, and those that ThorVG draws of the same Lottie."""
    document = lottie(*layers)
    numbers = flat(document, WIDTH, HEIGHT)
    assert numbers is not None
    filler = Filler(numbers, WIDTH, HEIGHT, GREY)
    background = "#{:02x}{:02x}{:02x}".format(*GREY)
    pairs = []
    for frame in (0, 1, 7, 13.5, 20, 38):
        pixels = np.zeros(WIDTH * HEIGHT, np.uint32)
        filler.draw(float(frame), pixels)
        drawn = rasteriser.picture(document, WIDTH, HEIGHT, frame, background)
        pairs.append((pixels.view(np.uint8), np.frombuffer(drawn, np.uint8)))
    return pairs


@pytest.mark.parametrize("name", DRAWN)
def test_it_looks_as_thorvg_draws_it(name: str, rasteriser: Rasteriser) -> None:
    seen = 0
    for filled, drawn in beside(DRAWN[name], rasteriser):
        differences = np.abs(filled.astype(int) - drawn)
        assert differences.max() <= (32 if "curves" in name else 12)  # whose curves are coarser
        assert differences.mean() < 0.35
        seen += int((filled.reshape(-1, 4)[:, :3] != GREY).any(axis=1).sum() > 100)
    assert seen >= 2


OTHERS: dict[str, Json] = {
    "a gradient": layer(1, star(), gradient()),
    "a stroke": layer(1, star(), {"ty": "st", "c": still(RED), "o": still(100), "w": still(2)}),
    "the even-odd rule": layer(1, star(), {**fill(RED), "r": 2}),
    "two fills of one path": layer(1, star(), fill(RED), fill(BLUE)),
    "a colour that changes": layer(1, star(), {**fill(RED), "c": keyed((0, RED), (9, BLUE))}),
    "a size that changes": layer(1, rectangle(keyed((0, [1, 1]), (9, [9, 9]))), fill(RED)),
    "a trimmed path": layer(1, star(), {"ty": "tm", "s": still(0), "e": still(50), "o": still(0), "m": 1}, fill(RED)),
    "a mask": layer(1, star(), fill(RED), hasMask=True, masksProperties=[]),
    "a blend mode": layer(1, star(), fill(RED), bm=1),
    "a layer that turns with its path": layer(1, star(), fill(RED), ao=1),
    "skew": layer(1, star(), fill(RED), ks=place(sk=still(20))),
    "a motion path": layer(
        1,
        star(),
        fill(RED),
        ks=place(p={"a": 1, "k": [{**MOVING["k"][0], "to": [9, 9, 0], "ti": [0, 0, 0]}, MOVING["k"][1]]}),
    ),
    "an old keyframe": layer(1, star(), fill(RED), ks=place(r={"a": 1, "k": [{**TURNING["k"][0], "e": [9]}]})),
    "a stretched layer": layer(1, star(), fill(RED), sr=2),
    "a parent that is not there": layer(1, star(), fill(RED), parent=9),
    "its own parent": layer(1, star(), fill(RED), parent=1),
    "two that show through each other": {
        **layer(1, ks=place(o=still(50))),
        "shapes": layer(1, star(), fill(RED))["shapes"] * 2,
    },
    "a mask that no mark tells of": layer(
        1, star(), fill(RED), masksProperties=[{"mode": "a", "inv": False, "pt": star()["ks"], "o": still(100)}]
    ),
    "an expression": layer(1, star(), fill(RED), ks=place(r={**still(0), "x": "var $bm_rt; $bm_rt = 36;"})),
    "an expression of a colour": layer(1, star(), {**fill(RED), "c": {**still(RED), "x": "var $bm_rt; $bm_rt = [1];"}}),
    "more than opaque": layer(1, star(), fill(RED), ks=place(o=keyed((0, [0]), (9, [120])))),
    "a fill that is more than opaque": layer(1, star(), fill(RED, 150)),
    "a colour that is none": layer(1, star(), fill([1.5, 0, 0, 1])),
    "an ease of each axis": layer(
        1,
        star(),
        fill(RED),
        ks=place(
            s={
                "a": 1,
                "k": [
                    {"t": 0, "s": [10, 10, 0], "o": {"x": [0.9, 0.1], "y": [0, 0]}, "i": {"x": [1, 1], "y": [1, 1]}},
                    {"t": 9, "s": [90, 90, 0]},
                ],
            }
        ),
    ),
    "a hole by a box that goes the other way round": layer(
        1, rectangle(still([60, 60])), {**rectangle(still([20, 20])), "d": 3}, fill(RED)
    ),
    "a box of less than no size": layer(1, rectangle(still([-20, 20])), fill(RED)),
    "a group whose place comes first": {
        **layer(1),
        "shapes": [{"ty": "gr", "it": [{"ty": "tr", **place(p=still([9, 9]))}, star(), fill(RED)]}],
    },
    "a property that has no key": layer(1, star(), fill(RED), ks=place(o={"a": 1, "k": []})),
    "a picture": {**layer(1), "ty": 2, "refId": "image"},
    "a number that is none": layer(1, star(), fill(RED), ks=place(p=still([math.nan, 0, 0]))),
    "a property without its numbers": layer(1, star(), fill(RED), ks=place(p=still([]))),
}


@pytest.mark.parametrize("name", OTHERS)
def test_all_else_is_left_to_thorvg(name: str) -> None:
    assert flat(lottie(layer(1, star(), fill(RED))), WIDTH, HEIGHT) is not None
    assert flat(lottie(OTHERS[name]), WIDTH, HEIGHT) is None


def test_no_more_points_are_drawn_than_there_is_memory_for(monkeypatch: pytest.MonkeyPatch) -> None:
    document = lottie(layer(1, star(60), fill(RED)), layer(2, star(30), fill(RED)))
    for most, fits in ((90, True), (89, False), (59, False)):
        monkeypatch.setattr("flatrender.aftereffects.raster.flat.MOST_POINTS", most)
        assert (flat(document, WIDTH, HEIGHT) is not None) == fits


def test_layers_of_one_number_are_left_to_thorvg() -> None:
    assert flat(lottie(layer(1, star(), fill(RED), parent=2), null(2)), WIDTH, HEIGHT) is not None
    assert flat(lottie(layer(1, star(), fill(RED), parent=2), null(2), null(2)), WIDTH, HEIGHT) is None


@pytest.mark.parametrize("document", [b"{}", b'{"w": 160, "h": 90, "ip": 0}', b"[]", b'{"w": NaN}'])
def test_what_is_no_lottie_is_thorvgs_to_refuse(document: bytes) -> None:
    assert child._Plain.of(document, WIDTH, HEIGHT, GREY, fill=True) is None


def test_it_is_drawn_in_its_own_size_alone() -> None:
    assert flat(lottie(layer(1, star(), fill(RED))), WIDTH * 2, HEIGHT * 2) is None


wild = st.floats(-3000, 3000) | st.sampled_from([0.0, -0.0, 1e-9, 64.0, 160.0, 90.0, 1e6, -1e6, 1e12, 1e300, -1e300])
points = st.lists(st.tuples(wild, wild), min_size=3, max_size=7)


@given(st.lists(points, min_size=1, max_size=4), wild, wild, wild)
@settings(max_examples=150, deadline=None)
def test_nothing_outside_the_frame_is_written(
    polygons: list[list[tuple[float, float]]], x: float, y: float, turn: float
) -> None:
    """A Lottie comes from a stranger: whatever its numbers are, only the frame changes, and nothing is left over."""
    wide, high = 70, STRIP + 9
    shapes = []
    for polygon in polygons:
        none = [[0.0, 0.0]] * len(polygon)
        shapes.append({"ty": "sh", "ks": still({"c": True, "v": [list(p) for p in polygon], "i": none, "o": none})})
    document = lottie(layer(1, *shapes, fill(RED), ks=place(p=still([x, y, 0]), r=still(turn))))
    numbers = flat({**document, "w": wide, "h": high}, wide, high)
    assert numbers is not None
    filler = Filler(numbers, wide, high, GREY)
    whole = np.full(wide * high + 400, 7, np.uint32)
    filler.draw(0.0, whole[200:-200])
    assert (whole[:200] == 7).all()
    assert (whole[-200:] == 7).all()
    assert (whole[200:-200] >> 24 == 0xFF).all()
    assert not filler._touched.any()
    assert not filler._cells.any()


def test_a_flat_box_of_four_points_writes_no_others() -> None:
    """Points that lie together are one: of what were four, three are left to be laid on whole pixels."""
    flattened = path((0, 0), (0, 0), (10.3, 0), (20.7, 0)), rectangle(still([10.3, 0])), rectangle(still([0, 0.009]))
    for shape in flattened:
        numbers = flat(lottie(layer(1, shape, fill(RED))), WIDTH, HEIGHT)
        assert numbers is not None
        assert not numbers.sharp.any() or (np.diff(numbers.ends, prepend=0) == 4).all()
    numbers = flat(lottie(layer(1, flattened[0], fill(RED), ks=place(p=still([0, 0, 0])))), WIDTH, HEIGHT)
    assert numbers is not None
    filler = Filler(numbers, WIDTH, HEIGHT, GREY)
    beyond = np.full((8, 2), [0.4, 0.0])
    filler._placed = beyond[: len(numbers.points)]
    filler.draw(0.0, np.empty(WIDTH * HEIGHT, np.uint32))
    assert (beyond[len(numbers.points) :] == [0.4, 0.0]).all()


TURNS = lottie(layer(1, rectangle(still([50, 30])), fill(RED), ks=place(r=TURNING)))
FILMS: dict[str, tuple[Json, int, str | None, bool]] = {
    "plain outlines": (TURNS, FRAMES, "#28323c", True),
    "few frames": (TURNS, 5, "#28323c", False),
    "holes": (TURNS, FRAMES, None, False),
    "a star that holds still, which is drawn once": (
        lottie(layer(1, star(), fill(RED)), *TURNS["layers"]),
        FRAMES,
        "#28323c",
        False,
    ),
}


@pytest.mark.parametrize("planar", [False, True], ids=["pixels", "planes"])
@pytest.mark.parametrize("name", FILMS)
def test_a_child_that_has_rested_fills(name: str, planar: bool) -> None:
    """Not before: to get ready takes longer than a short film. Alike at each pixel but the edges."""
    document, count, background, fills = FILMS[name]
    if planar and background is None:
        return
    one = Rasteriser(1)
    try:
        first, second = (
            np.frombuffer(
                b"".join(map(bytes, one.frames(document, WIDTH, HEIGHT, range(count), background, planar=planar))),
                np.uint8,
            ).astype(int)
            for _ in range(2)
        )
        assert one.started == 1
    finally:
        one.close()
    assert (0 < np.abs(first - second).max() <= 12) == fills
    assert fills or (first == second).all()


def film(rasteriser: Rasteriser) -> bytes:
    return b"".join(map(bytes, rasteriser.frames(TURNS, WIDTH, HEIGHT, range(FRAMES), "#28323c")))


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rasteriser]:
    """Has two children draw wherever one is idle."""
    monkeypatch.setattr(team, "processors", lambda: 2)
    monkeypatch.setattr(team, "HELP_AT_ONCE", 2)
    two = Rasteriser(2)
    yield two
    two.close()


def test_a_run_is_filled_by_both_children_or_by_none(pair: Rasteriser) -> None:
    """Edges that differ a little in every other frame would shimmer."""
    other = lottie(layer(1, star(), gradient()))
    picture = pair.picture(other, WIDTH, HEIGHT, 0, "#28323c")
    painted = film(pair)
    pair.pool.give_back(pair.pool.start())  # an idle one that has never rested
    filled = film(pair)
    assert pair.started == 2
    assert painted != filled
    assert filled == film(pair)
    assert picture == pair.picture(other, WIDTH, HEIGHT, 0, "#28323c")  # what is loaded next is its own


@pytest.mark.parametrize("fault", ["exit", "hang"])
def test_a_child_that_fails_while_it_gets_ready_harms_no_film(fault: str) -> None:
    command = (sys.executable, "-P", str(FAULTY), f"at rest, {fault}")
    faulty = Rasteriser(1, frame_seconds=5, command=command)
    try:
        films = [film(faulty) for _ in range(3)]
        assert films[0] == films[1] == films[2]
        assert faulty.started == 2
    finally:
        faulty.close()


def test_a_child_that_cannot_fill_is_not_helped_by_one_that_does(
    pair: Rasteriser, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted = film(pair)
    pair.pool.may_fill = False
    one = pair.pool.take()
    ready = pair.pool.start()
    ready.fills = one.fills = True
    monkeypatch.setattr(one, "channel", Unable(one.channel))
    pair.pool.give_back(one)
    pair.pool.give_back(ready)
    assert film(pair) == painted


class Unable:
    """A connection to a child whose compiler is lacking."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def send(self, header: Json, payload: bytes = b"") -> None:
        self._channel.send({**header, "fill": False} if header["do"] == "load" else header, payload)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)


def test_without_a_compiler_it_is_thorvgs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "flatrender.aftereffects.raster.filling", None)
    plain = child._Plain.of(json.dumps(TURNS).encode(), WIDTH, HEIGHT, GREY, fill=True)
    assert plain is not None
    assert not plain.draw(0.0, 0)
    assert "cannot be filled" in capsys.readouterr().err
