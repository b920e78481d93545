"""Shapes that ThorVG would draw otherwise than they are meant, drawn: each against what can be worked out by hand."""

import math

import numpy as np
import pytest
from py_aep import Shape

from flatrender.aftereffects.project import open_project
from tests.aftereffects.authored import fill_of, keyed
from tests.aftereffects.sheet import Sheet

ADBE = "ADBE Vector "


@pytest.mark.parametrize("solid", [False, True])
def test_a_box_between_two_pixels_has_soft_edges(sheet: Sheet, solid: bool) -> None:
    red = [1.0, 0.0, 0.0]
    layer = sheet.comp.add_solid(red, "box", 100, 100) if solid else sheet.author.box(sheet.comp, "box")
    layer.transform["ADBE Position"].value = [100.25, 100.0, 0.0]
    row = sheet.pixels()[100, :, 0]
    assert [int(row[x]) for x in (49, 50, 51, 149, 150, 151)] == pytest.approx([0, 191, 255, 255, 64, 0], abs=6)
    column = sheet.pixels()[:, 100, 0]
    assert [int(column[y]) for y in (49, 50, 149, 150)] == [0, 255, 255, 0], "and sharp ones where it has whole pixels"


def test_a_radial_gradient_reaches_as_far_as_its_end_lies(sheet: Sheet) -> None:
    contents = sheet.author.box(sheet.comp, "box", size=190)["ADBE Root Vectors Group"][0]["ADBE Vectors Group"]
    fill_of(sheet.comp.layers[0]).remove()
    gradient = contents.add_property(ADBE + "Graphic - G-Fill")  # from white to black
    gradient[ADBE + "Grad Type"].value = 2
    keyed(gradient[ADBE + "Grad End Pt"], (0.0, [48.0, 36.0]), (1.0, [60.0, 60.0]))
    for frame, radius in ((0, 60.0), (30, 60 * math.sqrt(2)), (15, math.hypot(54, 48))):
        row = sheet.pixels(frame)[100, :, 0]
        assert int(row[100 + round(radius / 2)]) == pytest.approx(128, abs=3), frame


def test_copies_that_are_begun_count_from_half_on(sheet: Sheet) -> None:
    layer = sheet.author.box(sheet.comp, "box", size=10)
    layer.transform["ADBE Position"].value = [20.0, 100.0, 0.0]
    repeater = layer["ADBE Root Vectors Group"].add_property(ADBE + "Filter - Repeater")
    repeater[ADBE + "Repeater Transform"][ADBE + "Repeater Position"].value = [20.0, 0.0]
    keyed(repeater[ADBE + "Repeater Copies"], (0.0, 1.0), (1.0, 6.0))
    for frame, copies in ((0, 1), (2, 1), (4, 2), (15, 4), (28, 6), (30, 6)):
        row = sheet.pixels(frame)[100, ::20, 0]
        assert int((row > 128).sum()) == copies, frame


@pytest.mark.parametrize(("copies", "whole"), [(3.0, True), (2.5, False), (None, False)])
def test_a_copy_that_is_only_begun_is_told_of(sheet: Sheet, copies: float | None, whole: bool) -> None:
    layer = sheet.author.box(sheet.comp, "box", size=10)
    repeater = layer["ADBE Root Vectors Group"].add_property(ADBE + "Filter - Repeater")
    if copies is None:
        keyed(repeater[ADBE + "Repeater Copies"], (0.0, 1.0), (1.0, 6.0))
    else:
        repeater[ADBE + "Repeater Copies"].value = copies
    found = sheet.opened().report().capabilities
    told = [(one.property, one.feature) for one in found if one.status == "approximated"]
    assert told == ([] if whole else [("Repeater 1", "Repeater")])


def test_a_star_is_trimmed_along_its_sides(sheet: Sheet) -> None:
    contents = sheet.contents()
    star = contents.add_property(ADBE + "Shape - Star")
    star[ADBE + "Star Inner Radius"].value = 30.0
    star[ADBE + "Star Outer Radius"].value = 70.0
    stroke = contents.add_property(ADBE + "Graphic - Stroke")
    stroke[ADBE + "Stroke Width"].value = 4.0
    whole = sheet.pixels()[..., 0] > 100
    contents.add_property(ADBE + "Filter - Trim")[ADBE + "Trim End"].value = 60.0
    stroke.move_to(2)
    trimmed = sheet.pixels()[..., 0] > 100
    assert trimmed.sum() / whole.sum() == pytest.approx(0.6, abs=0.02)
    assert (trimmed & ~whole).sum() <= 4, "its sides stay where they were"


def test_pucker_draws_vertices_to_their_middle(sheet: Sheet) -> None:
    contents = sheet.contents()
    triangle = Shape([[-60.0, -30.0], [60.0, -30.0], [0.0, 60.0]])
    contents.add_property(ADBE + "Shape - Group")[ADBE + "Shape"].value = triangle
    contents.add_property(ADBE + "Filter - PB")[ADBE + "PuckerBloat Amount"].value = 50.0
    contents.add_property(ADBE + "Graphic - Fill")
    path = sheet._folder / "sheet.aep"
    project = open_project(sheet.author.save(path))
    (group,) = project.lottie(sheet.comp.id)["layers"][0]["shapes"]
    assert [item["ty"] for item in group["it"]] == ["sh", "fl", "tr"]
    puckered = group["it"][0]["ks"]["k"]
    assert puckered["v"] == [[-30, -15], [30, -15], [0, 30]], "half way to the middle, which is (0, 0)"
    assert [a + b for a, b in zip(puckered["v"][0], puckered["o"][0], strict=True)] == [-90, -45]


def test_a_groups_opacity_is_that_of_all_that_is_in_it(sheet: Sheet) -> None:
    layer = sheet.comp.add_shape()
    group = layer["ADBE Root Vectors Group"].add_property("ADBE Vector Group")
    for x, color in ((-20.0, [1.0, 0.0, 0.0, 1.0]), (20.0, [0.0, 1.0, 0.0, 1.0])):
        inside = group["ADBE Vectors Group"].add_property("ADBE Vector Group")["ADBE Vectors Group"]
        box = inside.add_property(ADBE + "Shape - Rect")
        box[ADBE + "Rect Size"].value = [60.0, 60.0]
        box[ADBE + "Rect Position"].value = [x, 0.0]
        inside.add_property(ADBE + "Graphic - Fill")[ADBE + "Fill Color"].value = color
    keyed(group[ADBE + "Transform Group"][ADBE + "Group Opacity"], (0.0, 50.0), (1.0, 100.0))
    row = sheet.pixels()[100]
    assert [[int(part) for part in row[x][:2]] for x in (60, 100, 140)] == [
        pytest.approx(part, abs=2) for part in ([128, 0], [128, 0], [0, 128])
    ]
    sheet.author.box(sheet.comp, "plain")
    layer["ADBE Root Vectors Group"].add_property("ADBE Vector Group")
    path = sheet._folder / "two.aep"
    told = [one for one in open_project(sheet.author.save(path)).report().capabilities if one.status != "supported"]
    assert [(one.layer, one.feature) for one in told] == [(layer.name, "group opacity")]


def test_a_layer_is_where_its_bent_path_has_it(sheet: Sheet) -> None:
    """A fifth of the time along half an ellipse is a fifth of its length."""
    layer = sheet.author.box(sheet.comp, "box", size=11)
    position = layer.transform["ADBE Position"]
    keyed(position, (0.0, [20.0, 180.0, 0.0]), (1.0, [180.0, 180.0, 0.0]))
    position.keyframes[0].out_spatial_tangent = [70.0, -220.0, 0.0]
    position.keyframes[1].in_spatial_tangent = [-70.0, -220.0, 0.0]
    share = np.linspace(0, 1, 20_001)[:, None]
    corners = np.array([[20.0, 180.0], [90.0, -40.0], [110.0, -40.0], [180.0, 180.0]])
    weights = ((1 - share) ** 3, 3 * (1 - share) ** 2 * share, 3 * (1 - share) * share**2, share**3)
    way = np.asarray(sum(weight * corner for weight, corner in zip(weights, corners, strict=True)))
    gone = np.concatenate([[0.0], np.hypot(*np.diff(way, axis=0).T).cumsum()])
    for frame in (3, 6, 12, 24):
        lit = sheet.pixels(frame)[..., 0].astype(float)
        rows, columns = np.indices(lit.shape)
        found = [(columns * lit).sum() / lit.sum() + 0.5, (rows * lit).sum() / lit.sum() + 0.5]
        wanted = way[np.searchsorted(gone, gone[-1] * frame / 30)]
        assert found == pytest.approx(list(wanted), abs=0.12), frame
