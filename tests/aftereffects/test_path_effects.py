"""Path effects, gradients and moving layers, each alone in a project of its own and drawn: what pixels it covers."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from py_aep import AutoOrientType

from tests.aftereffects.authored import fill_of, keyed
from tests.aftereffects.sheet import Sheet

Red = NDArray[np.bool_]


def extent(red: Red) -> tuple[int, int]:
    """Width and height of what is covered."""
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    return int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def test_round_corners(sheet: Sheet) -> None:
    sheet.group().add_property("ADBE Vector Filter - RC")["ADBE Vector RoundCorner Radius"].value = 50.0
    red = sheet.red()
    assert extent(red) == (100, 100)
    assert int(red.sum()) == pytest.approx(np.pi * 50**2, rel=0.02), "a box that is round all the way is a circle"


def test_offset_paths(sheet: Sheet) -> None:
    sheet.group().add_property("ADBE Vector Filter - Offset")["ADBE Vector Offset Amount"].value = 15.0
    assert extent(sheet.red()) == pytest.approx((130, 130), abs=2)


def test_pucker_and_bloat(sheet: Sheet) -> None:
    amount = sheet.group().add_property("ADBE Vector Filter - PB")["ADBE Vector PuckerBloat Amount"]
    amount.value = -40.0
    puckered = sheet.red()
    amount.value = 40.0
    bloated = sheet.red()
    assert int(puckered.sum()) < 9_000
    assert int(bloated.sum()) > 10_500


def test_a_repeater_copies_smaller_and_fainter(sheet: Sheet) -> None:
    layer = sheet.author.box(sheet.comp, "box", size=20)
    repeater = layer["ADBE Root Vectors Group"].add_property("ADBE Vector Filter - Repeater")
    repeater["ADBE Vector Repeater Copies"].value = 3.0
    repeater["ADBE Vector Repeater Transform"]["ADBE Vector Repeater Position"].value = [40.0, 0.0]
    repeater["ADBE Vector Repeater Transform"]["ADBE Vector Repeater Opacity 2"].value = 0.0  # of the last copy
    row = sheet.pixels(supported=True)[100, :, 0]
    assert [int(row[x]) for x in (100, 120, 140, 160, 180)] == pytest.approx([255, 0, 128, 0, 0], abs=2)
    change = repeater["ADBE Vector Repeater Transform"]
    change["ADBE Vector Repeater Opacity 2"].value = 50.0
    change["ADBE Vector Repeater Scale"].value = [50.0, 50.0]
    keyed(change["ADBE Vector Repeater Position"], (0.0, [0.0, 0.0]), (1.0, [40.0, 0.0]))
    red = sheet.pixels(30, supported=True)[..., 0]
    assert [int(red[100, x]) for x in (100, 140, 180)] == pytest.approx([255, 191, 128], abs=2)
    assert [int((red[:, x] > 64).sum()) for x in (100, 140, 180)] == pytest.approx([20, 10, 5], abs=1)


@pytest.mark.parametrize("end", [100.0, 99.0])
@pytest.mark.parametrize(("order", "upper"), [(None, 0), (1, 0), (2, 2)])  # After Effects' Below, which is usual; Above
def test_copies_lie_below_or_above_whether_they_fade_or_not(
    sheet: Sheet, order: int | None, upper: int, end: float
) -> None:
    layer = sheet.author.box(sheet.comp, "box", size=60)
    stroke = layer["ADBE Root Vectors Group"][0]["ADBE Vectors Group"].add_property("ADBE Vector Graphic - Stroke")
    stroke["ADBE Vector Stroke Color"].value, stroke["ADBE Vector Stroke Width"].value = [0.0, 0.0, 1.0, 1.0], 4.0
    repeater = layer["ADBE Root Vectors Group"].add_property("ADBE Vector Filter - Repeater")
    repeater["ADBE Vector Repeater Copies"].value = 3.0
    if order is not None:
        repeater["ADBE Vector Repeater Order"].value = order
    change = repeater["ADBE Vector Repeater Transform"]
    change["ADBE Vector Repeater Position"].value = [20.0, 20.0]
    change["ADBE Vector Repeater Opacity 2"].value = end
    drawn = sheet.pixels()
    first_edge, last_edge = drawn[130, 120], drawn[120, 108]  # of the first box and the last, over the other two
    assert [int(one[2]) > 128 for one in (first_edge, last_edge)] == [upper == 0, upper == 2]


@pytest.mark.parametrize(("kind", "shares"), [(1, (0.5, 0.5)), (2, (1.0, 0.0))])
def test_paths_are_trimmed_together_or_one_after_the_other(
    sheet: Sheet, kind: int, shares: tuple[float, float]
) -> None:
    layer = sheet.comp.add_shape()
    inside = layer["ADBE Root Vectors Group"].add_property("ADBE Vector Group")["ADBE Vectors Group"]
    for x in (-50.0, 50.0):
        circle = inside.add_property("ADBE Vector Shape - Ellipse")
        circle["ADBE Vector Ellipse Size"].value = [60.0, 60.0]
        circle["ADBE Vector Ellipse Position"].value = [x, 0.0]
    trim = inside.add_property("ADBE Vector Filter - Trim")
    trim["ADBE Vector Trim Type"].value = kind
    trim["ADBE Vector Trim End"].value = 50.0
    stroke = inside.add_property("ADBE Vector Graphic - Stroke")
    stroke["ADBE Vector Stroke Color"].value = [1.0, 0.0, 0.0, 1.0]
    stroke["ADBE Vector Stroke Width"].value = 6.0
    red, whole = sheet.red(), np.pi * 60 * 6
    assert (red[:, :100].sum() / whole, red[:, 100:].sum() / whole) == pytest.approx(shares, abs=0.06)


def test_a_highlight_moves_the_middle_of_a_radial_gradient(sheet: Sheet) -> None:
    group = sheet.group(160)
    fill_of(sheet.comp.layers[0]).remove()
    gradient = group.add_property("ADBE Vector Graphic - G-Fill")
    gradient["ADBE Vector Grad Type"].value = 2
    gradient["ADBE Vector Grad End Pt"].value = [80.0, 0.0]
    brightest: Callable[[], int] = lambda: int(sheet.pixels(supported=True)[100, 30:170, 0].argmax()) + 30  # noqa: E731
    assert brightest() == pytest.approx(100, abs=3)
    gradient["ADBE Vector Grad HiLite Length"].value = 50.0
    assert brightest() == pytest.approx(140, abs=6)


def test_a_layer_turns_along_its_path(sheet: Sheet) -> None:
    layer = sheet.author.box(sheet.comp, "bar")
    shape = layer["ADBE Root Vectors Group"][0]["ADBE Vectors Group"]["ADBE Vector Shape - Rect"]
    shape["ADBE Vector Rect Size"].value = [60.0, 10.0]
    keyed(layer.transform["ADBE Position"], (0.0, [100.0, 50.0, 0.0]), (1.0, [100.0, 150.0, 0.0]))
    assert extent(sheet.red(15)) == (60, 10)
    layer.auto_orient = AutoOrientType.ALONG_PATH
    assert extent(sheet.red(15)) == (10, 60)


def test_a_roving_keyframe_keeps_the_speed_even(sheet: Sheet) -> None:
    position = sheet.author.box(sheet.comp, "box", size=10).transform["ADBE Position"]
    keyed(position, (0.0, [20.0, 100.0, 0.0]), (0.4, [140.0, 100.0, 0.0]), (1.0, [180.0, 100.0, 0.0]))
    position.keyframes[1].roving = True
    places = [np.flatnonzero(sheet.red(frame).any(axis=0)).mean() for frame in (0, 10, 20, 30)]
    assert np.diff(places) == pytest.approx([160 / 3] * 3, abs=1.5)
