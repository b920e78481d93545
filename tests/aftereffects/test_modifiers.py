"""Zig Zag, Twist, Wiggle Paths and Wiggle Transform on outlines, and drawn from a project."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatrender.aftereffects.lottie.merging import merged
from flatrender.aftereffects.lottie.modifiers import Seen
from flatrender.aftereffects.lottie.moments import value_at
from flatrender.aftereffects.lottie.outlines import outline
from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.authored import Author, keyed
from tests.aftereffects.test_merging import box, group


def still(value: Any) -> dict[str, Any]:
    return {"a": 0, "k": value}


def zigzag(size: float, ridges: float, points: int = 1) -> dict[str, Any]:
    return {"ty": "zz", "s": still(size), "r": still(ridges), "pt": still(points), "nm": "Zig Zag"}


def wiggle(**more: Any) -> dict[str, Any]:
    values = {"s": 10, "r": 10, "pt": 1, "f": 2, "c": 50, "tp": 0, "sp": 0}
    return {"ty": "wg", "seed": 0, "nm": "Wiggle", **{name: still(value) for name, value in (values | more).items()}}


def distance_to_box(x: float, y: float, side: float) -> float:
    """How far a point lies outside (positive) or inside a box around 0."""
    return max(abs(x), abs(y)) - side / 2


def test_zigzag_sets_points_off_in_turn() -> None:
    (item,) = merged([box(0, 0, 100), zigzag(8, 3)])
    path = item["ks"]["k"]
    assert len(path["v"]) == 4 * 4
    off = [distance_to_box(x, y, 100) for x, y in path["v"]]
    assert all(a * b < 0 for a, b in pairwise(off))
    sides = [distance for number, distance in enumerate(off) if number % 4]  # without the corners
    assert [abs(distance) for distance in sides] == pytest.approx([8] * 12, abs=0.01)
    assert not any(any(tangent) for tangent in path["o"])


def test_smooth_zigzag_is_round_at_each_point() -> None:
    (item,) = merged([box(0, 0, 100), zigzag(8, 3, 2)])
    path = item["ks"]["k"]
    for incoming, outgoing in zip(path["i"], path["o"], strict=True):
        assert math.hypot(*outgoing) == pytest.approx(100 / 8, abs=0.01)
        assert [a + b for a, b in zip(incoming, outgoing, strict=True)] == pytest.approx([0, 0], abs=0.01)


def test_modifiers_reach_into_groups_and_keep_what_paints() -> None:
    fill = {"ty": "fl", "r": 1}
    items = merged([group(box(0, 0, 100), fill, at=(30, 0)), zigzag(5, 1), {"ty": "st"}])
    assert [item["ty"] for item in items] == ["gr", "st"]
    assert [item["ty"] for item in items[0]["it"]] == ["sh", "fl", "tr"]
    assert len(items[0]["it"][0]["ks"]["k"]["v"]) == 8


def test_twist_turns_the_middle_and_holds_the_edge() -> None:
    (plain,), (item,) = (
        merged([box(0, 0, 100), {"ty": "tw", "a": still(angle), "c": still([0, 0]), "nm": "Twist"}])
        for angle in (0, 90)
    )
    vertices = item["ks"]["k"]["v"]
    assert len(vertices) == 4 * 8
    radii = [math.hypot(x, y) for x, y in vertices]
    assert radii == pytest.approx([math.hypot(x, y) for x, y in plain["ks"]["k"]["v"]], abs=0.01)
    corners = [vertex for vertex in vertices if math.hypot(*vertex) > 70]
    assert [abs(part) for corner in corners for part in corner] == pytest.approx([50] * 8, abs=0.01)
    (middle,) = [v for v in vertices if math.hypot(*v) < 50.01 and v[0] > 0 and v[1] > 0]
    assert math.degrees(math.atan2(middle[1], middle[0])) == pytest.approx(90 * (1 - 1 / math.sqrt(2)), abs=0.1)


def test_wiggle_moves_within_its_size_and_repeats_itself() -> None:
    seen = Seen(range(0, 60), 30)
    (item,) = merged([box(0, 0, 144), wiggle()], seen)
    assert merged([box(0, 0, 144), wiggle()], seen) == [item]
    paths = [key["s"][0]["v"] for key in item["ks"]["k"]]
    assert len(paths) == 60
    assert all(len(path) == 4 * 20 for path in paths)
    first, near, far = paths[0], paths[1], paths[45]
    assert all(abs(distance_to_box(x, y, 144)) <= 10.01 for x, y in first)
    step = max(math.dist(a, b) for a, b in zip(first, near, strict=True))
    assert 0 < step < 3
    assert max(math.dist(a, b) for a, b in zip(first, far, strict=True)) > 3
    (resting,) = merged([box(0, 0, 144), wiggle(f=0)], seen)
    assert resting["ks"]["a"] == 0
    assert merged([box(0, 0, 144), wiggle(f=0, sp=90)], seen) != [resting]


def shake(**more: Any) -> dict[str, Any]:
    values = {"f": 2, "c": 50, "tp": 0, "sp": 0, "a": [0, 0], "p": [0, 0], "s": [0, 0], "r": 0}
    return {"ty": "wt", "seed": 0, "nm": "Wiggle", **{name: still(value) for name, value in (values | more).items()}}


def shaken(**more: Any) -> list[list[list[float]]]:
    """The corners of a box of 100 at each of 60 frames."""
    (item,) = merged([box(0, 0, 100), shake(**more)], Seen(range(0, 60), 30))
    return [key["s"][0]["v"] for key in item["ks"]["k"]]


def test_wiggle_transform_moves_an_outline_as_a_whole() -> None:
    middles = []
    for right_top, right_bottom, left_bottom, left_top in shaken(p=[20, 0]):
        assert math.dist(right_top, left_top) == pytest.approx(100, abs=0.02)
        assert (right_top[1], left_bottom[1]) == (-50, 50)
        middles.append((right_bottom[0] + left_top[0]) / 2)
    assert all(abs(middle) <= 20 for middle in middles)
    assert max(middles) - min(middles) > 10
    assert 0 < max(abs(b - a) for a, b in pairwise(middles)) < 5


def test_wiggle_transform_turns_and_scales() -> None:
    turns = [math.degrees(math.atan2(*corners[0])) - 135 for corners in shaken(r=30)]
    assert max(map(abs, turns)) <= 30.01 < 30 + max(turns) - min(turns) > 35
    widths = [corners[0][0] - corners[3][0] for corners in shaken(s=[50, 0])]
    assert all(50 <= width <= 150 for width in widths) and max(widths) - min(widths) > 20
    assert all(corners[0][1] == -50 for corners in shaken(s=[50, 0]))


def test_correlation_says_how_much_alike_outlines_wiggle() -> None:
    def apart(correlation: float) -> float:
        items = merged([box(0, 0, 100), box(0, 0, 100), shake(c=correlation, p=[20, 20], f=0)])
        first, second = (item["ks"]["k"]["v"][0] for item in items)
        return math.dist(first, second)

    assert apart(100) == 0 < apart(50) < apart(0)


def test_outlines_of_stars_and_backward_boxes() -> None:
    star = {"ty": "sr", "sy": 1, "pt": still(5), "p": still([0, 0]), "r": still(0), "d": 1}
    star |= {"ir": still(40), "is": still(0), "or": still(100), "os": still(0)}
    path = outline(star)
    assert [round(math.hypot(*vertex)) for vertex in path["v"]] == [100, 40] * 5
    assert path["v"][0] == pytest.approx([0, -100])
    forwards, backwards = outline(box(0, 0, 10)), outline(box(0, 0, 10, d=3))
    assert backwards["v"] == [forwards["v"][0], *forwards["v"][:0:-1]]


def test_values_between_keyframes_follow_their_ease() -> None:
    ease = {"o": {"x": [0.5], "y": [0]}, "i": {"x": [0.5], "y": [1]}}
    keys = [{"t": 0, "s": [0], **ease}, {"t": 10, "s": [100], "h": 1}, {"t": 20, "s": [7]}]
    assert [value_at(keys, frame) for frame in (-1, 0, 10, 15, 20, 99)] == [0, 0, 100, 100, 7, 7]
    assert value_at(keys, 5) == pytest.approx(50, abs=0.01)
    assert value_at(keys, 2) < 10
    line = {"o": {"x": 0.333, "y": 0.333}, "i": {"x": 0.667, "y": 0.667}}
    curve = [{"t": 0, "s": [0, 0], "to": [0, 60], "ti": [0, 60], **line}, {"t": 10, "s": [100, 0]}]
    assert value_at(curve, 5) == pytest.approx([50, 45], abs=0.5)


def test_bent_and_merged_shapes_are_drawn(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main", (200, 200))
    layer = author.box(comp, "box", size=100)
    inside = layer["ADBE Root Vectors Group"][0]["ADBE Vectors Group"]
    hole = inside.add_property("ADBE Vector Shape - Rect")
    hole["ADBE Vector Rect Size"].value = [30.0, 30.0]
    keyed(hole["ADBE Vector Rect Position"], (0.0, [-30.0, 0.0]), (1.0, [30.0, 0.0]))
    hole.move_to(0)
    merge = inside.add_property("ADBE Vector Filter - Merge")
    merge["ADBE Vector Merge Type"].value = 3
    merge.move_to(2)
    bend = layer["ADBE Root Vectors Group"].add_property("ADBE Vector Filter - Zigzag")
    bend["ADBE Vector Zigzag Size"].value = 12.0
    project = open_project(author.save(tmp_path / "made.aep"))
    assert {one.status for one in project.report().capabilities} == {"supported"}
    rasteriser = Rasteriser(1)
    try:
        for frame, empty, full in ((0, 70, 130), (30, 130, 70)):
            picture = rasteriser.picture(project.lottie(comp.id), 200, 200, frame, "#000000")
            red = np.frombuffer(picture, np.uint8).reshape(200, 200, 4)[:, :, 0]
            assert (red[100, empty], red[100, full]) == (0, 255)
            edge = [int(np.flatnonzero(red[y] > 128)[0]) for y in range(60, 140)]
            assert max(edge) - min(edge) > 10  # the sides go in and out
    finally:
        rasteriser.close()


def test_a_wiggled_layer_is_drawn_and_told_of(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main", (100, 100))
    layer = author.box(comp, "box", size=20)
    wiggler = layer["ADBE Root Vectors Group"][0]["ADBE Vectors Group"].add_property("ADBE Vector Filter - Wiggler")
    wiggler.move_to(1)
    wiggler["ADBE Vector Wiggler Transform"]["ADBE Vector Wiggler Position"].value = [30.0, 30.0]
    project = open_project(author.save(tmp_path / "made.aep"))
    rasteriser = Rasteriser(1)
    try:
        document = project.lottie(comp.id)
        pictures = [rasteriser.picture(document, 100, 100, frame, "#000000") for frame in (0, 15, 30, 45)]
    finally:
        rasteriser.close()
    reds = [np.frombuffer(one, np.uint8).reshape(100, 100, 4)[..., 0] > 128 for one in pictures]
    places = [np.argwhere(red).mean(axis=0) for red in reds]
    assert [int(red.sum()) for red in reds] == pytest.approx([400] * 4, abs=40)
    assert max(np.linalg.norm(place - places[0]) for place in places) > 5
    (told,) = [one for one in project.report().capabilities if one.feature == "Wiggle Transform"]
    assert told.status == "approximated"
