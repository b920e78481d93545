"""Masks: whatever their modes, players must combine what is written as After Effects combines what was meant."""

import itertools
from typing import Any

import pytest
from py_aep import FeatherPoint, MaskMode, Shape
from py_aep.binary.misc_chunks import FeatherPointItem

from flatrender.aftereffects.graph import Animated, Group, Layer, Mask, Path, Properties
from flatrender.aftereffects.lottie.keyframes import animate
from flatrender.aftereffects.lottie.masks import write_masks
from tests.aftereffects.authored import keyed
from tests.aftereffects.sheet import Sheet

SQUARES = [(10, 10, 50, 50), (30, 30, 70, 70), (20, 40, 80, 60)]
POINTS = [(x + 0.5, y + 0.5) for x in range(0, 90, 5) for y in range(0, 90, 5)]


def square(left: float, top: float, right: float, bottom: float, *, clockwise: bool) -> Path:
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Path(corners if clockwise else corners[::-1], ((0.0, 0.0),) * 4, ((0.0, 0.0),) * 4, True)


def layer_with(masks: list[tuple[str, bool]], *, clockwise: bool = True) -> Layer:
    made = []
    for number, (mode, inverted) in enumerate(masks):
        shape = Animated("Path", "ADBE Mask Shape", "path", square(*SQUARES[number], clockwise=clockwise))
        made.append(Mask(f"Mask {number}", mode, inverted, Group("", "ADBE Mask Atom", True, (shape,))))
    properties = Properties(masks=tuple(made))
    return Layer(1, 1, "", "shape", True, 0, 1, 0, 1, 100, 100, read=lambda: properties)


def meant(masks: list[tuple[str, bool]], x: float, y: float) -> bool:
    """After Effects: downwards, starting from the whole layer where the first mask takes away."""
    seen = masks[0][0] in "si"
    for (mode, inverted), (left, top, right, bottom) in zip(masks, SQUARES, strict=False):
        inside = (left < x < right and top < y < bottom) != inverted
        seen = {"a": seen or inside, "s": seen and not inside, "i": seen and inside}[mode]
    return seen


def winding(vertices: list[list[float]], x: float, y: float) -> int:
    turns = 0
    for (x0, y0), (x1, y1) in zip(vertices, vertices[1:] + vertices[:1], strict=True):
        if (y0 <= y) != (y1 <= y):
            side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
            turns += (1 if side > 0 else 0) if y1 > y0 else (-1 if side < 0 else 0)
    return turns


def drawn(written: list[dict[str, Any]], x: float, y: float) -> bool:
    """ThorVG: the first with what the second makes of the third."""
    first, *rest = written
    inside = winding(first["pt"]["k"]["v"], x, y) != 0
    assert not first["inv"]
    if not rest:
        return inside
    other = drawn(rest, x, y)
    return {"a": inside or other, "s": inside and not other, "i": inside and other}[rest[0]["mode"]]


CHOICES = [(mode, inverted) for mode in "asi" for inverted in (False, True)]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_chain_means_the_same(count: int) -> None:
    for masks in itertools.product(CHOICES, repeat=count):
        for clockwise in (True, False):
            layer = layer_with(list(masks), clockwise=clockwise)
            written = write_masks(layer, lambda prop, default=0.0: animate(prop, 30, 1, default))
            for x, y in POINTS:
                assert drawn(written, x, y) == meant(list(masks), x, y), (masks, x, y)


def test_plain_masks_stay_as_bodymovin_writes_them() -> None:
    written = write_masks(
        layer_with([("a", False), ("s", False)]), lambda prop, default=0.0: animate(prop, 30, 1, default)
    )
    assert [(mask["mode"], mask["inv"], len(mask["pt"]["k"]["v"])) for mask in written] == [
        ("a", False, 4),
        ("s", False, 4),
    ]


def test_masks_switched_off_are_left_out() -> None:
    assert write_masks(layer_with([("n", False)]), lambda prop, default=0.0: animate(prop, 30, 1, default)) == []


def test_feather_points_are_told_of(sheet: Sheet) -> None:
    layer = sheet.comp.add_solid([1.0, 0.0, 0.0], "soft", 100, 100)
    corners = [[10.0, 10.0], [90.0, 10.0], [90.0, 90.0], [10.0, 90.0]]
    mask = sheet.author.mask(layer, corners)
    assert told(sheet) == set()
    point = FeatherPointItem(seg_loc=1, interp_raw=0, rel_seg_loc=0.5, radius=20.0)
    mask["ADBE Mask Shape"].value = Shape(corners, feather_points=[FeatherPoint(_fp=point)])
    assert told(sheet) == {("soft", "Mask 1", "mask feather points", "ignored")}
    keyed(mask["ADBE Mask Shape"], (0.0, mask["ADBE Mask Shape"].value), (1.0, Shape(corners)))
    assert told(sheet) == {("soft", "Mask 1", "mask feather points", "ignored")}


@pytest.mark.parametrize(("first", "second", "said"), [(100, 100, False), (60, 100, True), (100, 50, True)])
def test_a_difference_of_half_transparent_masks_is_told_of(
    sheet: Sheet, first: float, second: float, said: bool
) -> None:
    layer = sheet.comp.add_solid([1.0, 0.0, 0.0], "cut", 100, 100)
    for opacity, mode in ((first, MaskMode.ADD), (second, MaskMode.DIFFERENCE)):
        mask = sheet.author.mask(layer, [[10.0, 10.0], [90.0, 10.0], [90.0, 90.0]])
        mask["ADBE Mask Opacity"].value, mask.mask_mode = float(opacity), mode
    assert told(sheet) == ({("cut", "Mask 2", "mask mode", "approximated")} if said else set())


def told(sheet: Sheet) -> set[tuple[str | None, str, str, str]]:
    found = sheet.opened().report().capabilities
    return {(one.layer, one.property, one.feature, one.status) for one in found if one.status != "supported"}
