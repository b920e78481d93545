"""Masks with feather, drawn: each pixel against what a Gaussian of 0.3 of the feather makes of the masks."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from py_aep.enums import MaskMode, TrackMatteType

from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.authored import Author, keyed

SIZE = 200
POINTS = [(x, y) for x in range(6, SIZE, 11) for y in range(6, SIZE, 11)]
Box = tuple[float, float, float, float]
FIRST: Box = (40, 40, 140, 150)
SECOND: Box = (90, 20, 180, 110)


@pytest.fixture(scope="module")
def rasteriser() -> Iterator[Rasteriser]:
    made = Rasteriser(1)
    yield made
    made.close()


@dataclass(frozen=True)
class Soft:
    """A rectangular mask; `alpha(x, y)` is what it lets through."""

    box: Box
    mode: str = "ADD"
    inverted: bool = False
    opacity: float = 100
    feather: tuple[float, float] = (30, 30)

    def inside(self, x: float, y: float) -> float:
        left, top, right, bottom = self.box
        return _between(x, left, right, self.feather[0]) * _between(y, top, bottom, self.feather[1])

    def after(self, seen: float, x: float, y: float) -> float:
        """After Effects: each mask changes what the ones above let through."""
        own = (1 - self.inside(x, y) if self.inverted else self.inside(x, y)) * self.opacity / 100
        return {"ADD": seen + own - seen * own, "SUBTRACT": seen * (1 - own), "INTERSECT": seen * own}[self.mode]

    def add_to(self, author: Author, layer: Any) -> Any:
        left, top, right, bottom = self.box
        mask = author.mask(layer, [[left, top], [right, top], [right, bottom], [left, bottom]])
        mask.mask_mode = MaskMode[self.mode]
        mask.inverted = self.inverted
        mask["ADBE Mask Feather"].value = list(self.feather)
        mask["ADBE Mask Opacity"].value = self.opacity
        return mask


def _between(at: float, first: float, last: float, feather: float) -> float:
    if not feather:
        return float(first < at < last)
    width = 0.3 * feather * math.sqrt(2)
    return (math.erf((at - first) / width) - math.erf((at - last) / width)) / 2


def meant(masks: list[Soft], x: float, y: float) -> float:
    seen = 0.0 if masks[0].mode == "ADD" else 1.0
    for mask in masks:
        seen = mask.after(seen, x, y)
    return seen


def drawn(
    rasteriser: Rasteriser, author: Author, comp: Any, folder: Path, frame: float = 0, background: str = "#000000"
) -> Any:
    project = open_project(author.save(folder / "made.aep"))
    picture = rasteriser.picture(project.lottie(comp.id), SIZE, SIZE, frame, background)
    return np.frombuffer(picture, np.uint8).reshape(SIZE, SIZE, 4).astype(float) / 255


def assert_alpha(pixels: Any, wanted: Callable[[float, float], float], slack: float = 0.06) -> None:
    worst = max(POINTS, key=lambda at: abs(pixels[at[1], at[0], 0] - wanted(at[0] + 0.5, at[1] + 0.5)))
    found, right = pixels[worst[1], worst[0], 0], wanted(worst[0] + 0.5, worst[1] + 0.5)
    assert abs(found - right) <= slack, (worst, found, right)


@pytest.mark.parametrize(
    "masks",
    [
        [Soft(FIRST)],
        [Soft(FIRST, feather=(60, 8))],
        [Soft(FIRST, opacity=60)],
        [Soft(FIRST, inverted=True)],
        [Soft(FIRST, inverted=True, opacity=40)],
        [Soft(FIRST, "SUBTRACT")],
        [Soft(FIRST, "SUBTRACT", opacity=70)],
        [Soft(FIRST, "SUBTRACT", inverted=True)],
        [Soft(FIRST), Soft(SECOND)],
        [Soft(FIRST), Soft(SECOND, "SUBTRACT")],
        [Soft(FIRST), Soft(SECOND, "INTERSECT", feather=(0, 0))],
        [Soft(FIRST), Soft(SECOND, "INTERSECT", inverted=True, feather=(12, 12))],
        [Soft(FIRST, "SUBTRACT"), Soft(SECOND, "SUBTRACT", opacity=50), Soft((20, 90, 190, 190), "INTERSECT")],
    ],
)
def test_every_chain_is_soft(rasteriser: Rasteriser, tmp_path: Path, masks: list[Soft]) -> None:
    author = Author()
    comp = author.comp("Main", (SIZE, SIZE))
    solid = comp.add_solid([1.0, 1.0, 1.0], "card", SIZE, SIZE)
    for mask in masks:
        mask.add_to(author, solid)
    assert_alpha(drawn(rasteriser, author, comp, tmp_path), lambda x, y: meant(masks, x, y))


def test_a_soft_mask_moves_with_its_layer_and_may_change(rasteriser: Rasteriser, tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main", (SIZE, SIZE))
    solid = comp.add_solid([1.0, 1.0, 1.0], "card", SIZE, SIZE)
    mask = Soft((50, 50, 100, 100)).add_to(author, solid)
    solid.transform["ADBE Anchor Point"].value = [0.0, 0.0, 0.0]
    solid.transform["ADBE Position"].value = [-20.0, 10.0, 0.0]
    solid.transform["ADBE Scale"].value = [150.0, 150.0, 100.0]
    keyed(mask["ADBE Mask Feather"], (0.0, [10.0, 10.0]), (1.0, [30.0, 30.0]))
    moved = (-20 + 75, 10 + 75, -20 + 150, 10 + 150)
    for frame, feather in ((0, 15.0), (15, 30.0), (30, 45.0)):  # the feather grows with the layer's scale
        wanted = Soft(moved, feather=(feather, feather))
        assert_alpha(drawn(rasteriser, author, comp, tmp_path / str(frame), frame), wanted.inside)


def test_a_soft_mask_and_a_matte_both_cut(rasteriser: Rasteriser, tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main", (SIZE, SIZE))
    solid = comp.add_solid([1.0, 1.0, 1.0], "card", SIZE, SIZE)
    Soft(FIRST).add_to(author, solid)
    cut = comp.add_solid([0.0, 0.0, 0.0], "cut", SIZE, SIZE)
    Soft(SECOND, inverted=True, feather=(16, 16)).add_to(author, cut)
    solid.set_track_matte(cut, TrackMatteType.ALPHA)
    wanted = [Soft(FIRST), Soft(SECOND, "SUBTRACT", feather=(16, 16))]
    assert_alpha(drawn(rasteriser, author, comp, tmp_path), lambda x, y: meant(wanted, x, y))


def test_expansion_goes_with_feather(rasteriser: Rasteriser, tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main", (SIZE, SIZE))
    solid = comp.add_solid([1.0, 1.0, 1.0], "card", SIZE, SIZE)
    Soft(FIRST).add_to(author, solid)["ADBE Mask Offset"].value = 12.0
    pixels = drawn(rasteriser, author, comp, tmp_path)
    left, top, right, bottom = FIRST
    grown = Soft((left - 12, top - 12, right + 12, bottom + 12))
    for x, y in ((20, 95), (28, 95), (36, 95), (90, 30), (90, 160), (150, 95)):
        assert pixels[y, x, 0] == pytest.approx(grown.inside(x + 0.5, y + 0.5), abs=0.06)


def test_mixes_that_cannot_be_blurred_stay_sharp_and_are_told(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main", (SIZE, SIZE))
    for name, modes in (("again", ["ADD", "SUBTRACT", "ADD"]), ("lighter", ["ADD", "LIGHTEN"]), ("fine", ["ADD"])):
        layer = comp.add_solid([1.0, 1.0, 1.0], name, SIZE, SIZE)
        for mode in modes:
            Soft(FIRST, mode).add_to(author, layer)
    uneven = comp.add_solid([1.0, 1.0, 1.0], "uneven", SIZE, SIZE)
    Soft(FIRST).add_to(author, uneven)
    Soft(SECOND, feather=(4, 4)).add_to(author, uneven)
    project = open_project(author.save(tmp_path / "made.aep"))
    told = {(one.layer, one.status) for one in project.report().capabilities if one.feature == "mask feather"}
    wanted = {("again", "ignored"), ("lighter", "ignored"), ("uneven", "approximated"), (None, "supported")}
    assert told == wanted
    layers = project.lottie(comp.id)["layers"]
    assert {layer["nm"] for layer in layers if "masksProperties" in layer} == {"again", "lighter"}


def test_a_matte_may_have_a_matte(rasteriser: Rasteriser, tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main", (SIZE, SIZE))
    shown = comp.add_solid([1.0, 1.0, 1.0], "shown", SIZE, SIZE)
    cut, hole = author.box(comp, "cut", size=100), author.box(comp, "hole", size=40)
    parent = comp.add_null()
    parent.transform["ADBE Position"].value = [120.0, 100.0, 0.0]
    hole.parent = parent
    hole.transform["ADBE Position"].value = [10.0, 0.0, 0.0]
    shown.set_track_matte(cut, TrackMatteType.ALPHA)
    cut.set_track_matte(hole, TrackMatteType.ALPHA_INVERTED)
    pixels = drawn(rasteriser, author, comp, tmp_path)[100, :, 0]
    at = hole.transform["ADBE Position"].value[0] + 120
    assert [pixels[x] for x in (45, 55, int(at) - 25, int(at) - 15, int(at) + 15, 155)] == [0, 1, 1, 0, 0, 0]


def test_a_matte_may_be_seen_too(rasteriser: Rasteriser, tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main", (SIZE, SIZE))
    shown = comp.add_solid([1.0, 1.0, 1.0], "shown", SIZE, SIZE)
    cut = author.box(comp, "cut", color=(1.0, 0.0, 0.0), size=60)
    shown.set_track_matte(cut, TrackMatteType.ALPHA_INVERTED)
    hidden = drawn(rasteriser, author, comp, tmp_path / "hidden", background="#0000FF")
    assert hidden[100, 100].tolist() == [0, 0, 1, 1]
    assert hidden[100, 20].tolist() == [1, 1, 1, 1]
    cut.enabled = True
    seen = drawn(rasteriser, author, comp, tmp_path / "seen", background="#0000FF")
    assert seen[100, 100].tolist() == [1, 0, 0, 1]
    assert seen[100, 20].tolist() == [1, 1, 1, 1]
    # A customer who hides it sees through the hole, in a bake as in a whole new Lottie.
    project = open_project(tmp_path / "seen" / "made.aep")
    value = {"kind": "visible", "value": False}
    address = f"{comp.id}/{cut.id}"
    whole = project.lottie(comp.id, {address: value})
    patches = {patch["ind"]: patch["layer"] for patch in project.bake(comp.id, address, value)}
    old = project.lottie(comp.id)["layers"]
    assert [patches.get(layer["ind"], layer) for layer in old] == whole["layers"]
    picture = rasteriser.picture(whole, SIZE, SIZE, 0, "#0000FF")
    assert tuple(picture[4 * (100 * SIZE + 100) :][:3]) == (0, 0, 255)
