"""What holds still for a while is a picture: what, when, and that it looks the same."""

from collections.abc import Callable

import pytest

from flatrender.aftereffects.raster.holding import with_stills
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.raster.comparing import compared
from tests.aftereffects.raster.lotties import FRAMES, HEIGHT, MOVING, TURNING, WIDTH, keyed, layer, lottie, place
from tests.aftereffects.raster.shapes import BLUE, RED, Json, fill, rectangle, star, still

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


@pytest.mark.parametrize("name", HELD)
def test_what_holds_still_is_drawn_once_and_looks_the_same(
    name: str, rasteriser: Rasteriser, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = lottie(*HELD[name])
    made, pictures = with_stills(document)
    assert pictures
    assert sum(one["ty"] == 2 for one in made["layers"]) == len(pictures)
    assert compared(rasteriser, document, monkeypatch).max() <= 3  # a fading picture is rounded twice


def test_what_holds_still_within_a_nested_composition(rasteriser: Rasteriser, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert len(with_stills(document)[1]) == 1
    assert compared(rasteriser, document, monkeypatch).max() <= 3
    # Where the composition itself is moved, its parts are not where they would be drawn.
    assert not with_stills(lottie({**nested, "ks": place(p=MOVING)}, assets=[scene]))[1]


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
    assert with_stills(lottie(one))[1]
    change(one)
    assert not with_stills(lottie(one))[1]


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
    opacity: Json, pieces: list[tuple[int, int]], rasteriser: Rasteriser, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving = keyed((10, [80, 45, 0]), (12, [60, 45, 0]))
    document = lottie(layer(1, star(), fill(RED), ks=place(p=moving, o=opacity)))
    assert [(one["ip"], one["op"]) for one in with_stills(document)[0]["layers"]] == pieces
    assert compared(rasteriser, document, monkeypatch).max() <= 3
