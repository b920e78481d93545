"""Stencils and silhouettes, drawn: a layer whose blend mode cuts out everything below it in its composition. And
layers that preserve the transparency below: what is below cuts them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from py_aep.enums import BlendingMode, TrackMatteType

from flatrender.aftereffects.graph import Composition, address
from flatrender.aftereffects.project import Project, open_project
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.authored import Author
from tests.aftereffects.test_bake import normal, patched

SIZE = 60
RED, BLUE, GREY, NOTHING = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.5, 0.5, 0.5), (0.0, 0.0, 0.0)
INSIDE, OUTSIDE = (30, 30), (5, 5)


@pytest.fixture(scope="module")
def rasteriser() -> Iterator[Rasteriser]:
    made = Rasteriser(1)
    yield made
    made.close()


class Stack:
    """A red card, whatever a test puts above, and a square of 20 pixels in the middle that cuts."""

    def __init__(self) -> None:
        self.author = Author()
        self.comp = self.author.comp("Main", (SIZE, SIZE))
        self.card = self.comp.add_solid(list(RED), "card", SIZE, SIZE)

    def cut(self, mode: str, color: tuple[float, float, float] = (1.0, 1.0, 1.0), size: int = 20) -> Any:
        layer = self.comp.add_solid(list(color), "cut", size, size)
        layer.blending_mode = BlendingMode[mode]
        return layer

    def project(self, folder: Path) -> Project:
        return open_project(self.author.save(folder / "made.aep"))

    def pixels(self, rasteriser: Rasteriser, folder: Path, frame: float = 0) -> Any:
        return drawn(rasteriser, self.project(folder), self.comp.id, frame)


def drawn(rasteriser: Rasteriser, project: Project, comp: int, frame: float = 0, values: Any = None) -> Any:
    picture = rasteriser.picture(project.lottie(comp, values), SIZE, SIZE, frame, "#000000")
    return np.frombuffer(picture, np.uint8).reshape(SIZE, SIZE, 4)[..., :3].astype(float) / 255


def at(pixels: Any, point: tuple[int, int]) -> Any:
    return pytest.approx(tuple(pixels[point[1], point[0]]), abs=0.03)


@pytest.mark.parametrize(
    ("mode", "color", "inside", "outside"),
    [
        ("STENCIL_ALPHA", GREY, RED, NOTHING),
        ("STENCIL_LUMA", GREY, (0.5, 0.0, 0.0), NOTHING),
        ("SILHOUETE_ALPHA", GREY, NOTHING, RED),
        ("SILHOUETTE_LUMA", GREY, (0.5, 0.0, 0.0), RED),
    ],
)
def test_each_mode_cuts_what_is_below(
    rasteriser: Rasteriser, tmp_path: Path, mode: str, color: Any, inside: Any, outside: Any
) -> None:
    stack = Stack()
    stack.cut(mode, color)
    pixels = stack.pixels(rasteriser, tmp_path)
    assert (inside, outside) == (at(pixels, INSIDE), at(pixels, OUTSIDE))


def test_what_is_above_stays_whole(rasteriser: Rasteriser, tmp_path: Path) -> None:
    stack = Stack()
    stack.cut("STENCIL_ALPHA")
    above = stack.comp.add_solid(list(BLUE), "above", 12, 12)
    above.transform["ADBE Position"].value = [6.0, 6.0, 0.0]
    pixels = stack.pixels(rasteriser, tmp_path)
    assert (at(pixels, INSIDE), at(pixels, OUTSIDE)) == (RED, BLUE)


def test_one_stencil_cuts_what_another_left(rasteriser: Rasteriser, tmp_path: Path) -> None:
    stack = Stack()
    stack.cut("STENCIL_ALPHA", size=40)
    stack.comp.add_solid(list(BLUE), "between", SIZE, 4)  # across the middle, cut by the upper one alone
    stack.cut("SILHOUETE_ALPHA").transform["ADBE Position"].value = [20.0, 30.0, 0.0]
    pixels = stack.pixels(rasteriser, tmp_path)
    assert (at(pixels, (20, 30)), at(pixels, (50, 30)), at(pixels, (5, 30))) == (NOTHING, BLUE, BLUE)
    assert (at(pixels, (40, 20)), at(pixels, (55, 20)), at(pixels, (20, 22))) == (RED, NOTHING, NOTHING)


def test_its_opacity_and_its_time_count(rasteriser: Rasteriser, tmp_path: Path) -> None:
    stack = Stack()
    cut = stack.cut("SILHOUETE_ALPHA")
    cut.transform["ADBE Opacity"].value = 50.0
    cut.in_point, cut.out_point = 0.5, 1.5
    found = [at(stack.pixels(rasteriser, tmp_path / str(frame), frame), INSIDE) for frame in (0, 14, 15, 44, 45)]
    assert found == [RED, RED, (0.5, 0.0, 0.0), (0.5, 0.0, 0.0), RED]


def test_one_that_is_masked_and_matted_itself(rasteriser: Rasteriser, tmp_path: Path) -> None:
    stack = Stack()
    cut = stack.cut("STENCIL_ALPHA", size=40)
    mask = stack.author.mask(cut, [[0, 0], [20, 0], [20, 40], [0, 40]])  # the left half
    mask["ADBE Mask Feather"].value = [2.0, 2.0]
    matte = stack.comp.add_solid(list(BLUE), "matte", SIZE, 30)  # the upper half
    matte.transform["ADBE Position"].value = [30.0, 15.0, 0.0]
    cut.set_track_matte(matte, TrackMatteType.ALPHA)
    pixels = stack.pixels(rasteriser, tmp_path)
    corners = [at(pixels, point) for point in ((20, 20), (40, 20), (20, 40), (40, 40))]
    assert corners == [RED, NOTHING, NOTHING, NOTHING]


def test_parents_and_mattes_reach_across(rasteriser: Rasteriser, tmp_path: Path) -> None:
    """The card hangs on a layer above the stencil, and is cut by a matte above it."""
    stack = Stack()
    stack.cut("STENCIL_ALPHA", size=40)
    leader = stack.comp.add_solid(list(BLUE), "leader", 4, 4)
    leader.transform["ADBE Position"].value = [58.0, 2.0, 0.0]
    stack.card.parent = leader
    leader.transform["ADBE Position"].value = [78.0, 2.0, 0.0]  # takes the card 20 to the right
    matte = stack.comp.add_solid(list(BLUE), "matte", SIZE, 30)
    matte.transform["ADBE Position"].value = [30.0, 15.0, 0.0]
    stack.card.set_track_matte(matte, TrackMatteType.ALPHA)
    pixels = stack.pixels(rasteriser, tmp_path)
    corners = [at(pixels, point) for point in ((15, 20), (40, 20), (40, 40), (55, 20))]
    assert corners == [NOTHING, RED, NOTHING, NOTHING]


def test_the_report_counts_it_and_a_hidden_one_does_nothing(rasteriser: Rasteriser, tmp_path: Path) -> None:
    stack = Stack()
    cut = stack.cut("STENCIL_ALPHA")
    told = [(one.feature, one.status) for one in stack.project(tmp_path).report().capabilities]
    assert ("stencil", "supported") in told and "blend mode" not in dict(told)
    cut.enabled = False
    assert at(stack.pixels(rasteriser, tmp_path / "hidden"), OUTSIDE) == RED


class Shine(Stack):
    """A red square in the middle; `shine` puts a bar over everything that keeps to what is below."""

    def __init__(self) -> None:
        super().__init__()
        self.card.enabled = False
        self.comp.add_solid(list(RED), "square", 20, 20)

    def shine(self, color: tuple[float, float, float] = BLUE, size: tuple[int, int] = (SIZE, 10)) -> Any:
        layer = self.comp.add_solid(list(color), "shine", *size)
        layer.preserve_transparency = True
        return layer


def test_a_layer_keeps_to_what_is_below(rasteriser: Rasteriser, tmp_path: Path) -> None:
    stack = Shine()
    stack.shine()
    stack.comp.add_solid(list(GREY), "above", 4, 4).transform["ADBE Position"].value = [5.0, 30.0, 0.0]
    pixels = stack.pixels(rasteriser, tmp_path)
    found = [at(pixels, point) for point in ((30, 30), (30, 38), (10, 30), (5, 30))]
    assert found == [BLUE, RED, NOTHING, GREY]


def test_kept_layers_stack_and_are_as_faint_as_what_is_below(rasteriser: Rasteriser, tmp_path: Path) -> None:
    stack = Shine()
    stack.shine()
    faint = stack.comp.add_solid(list(RED), "faint", 20, SIZE)  # on the right, over the first shine
    faint.transform["ADBE Position"].value = [50.0, 30.0, 0.0]
    faint.transform["ADBE Opacity"].value = 50.0
    upper = stack.shine(GREY, (SIZE, 4))
    stack.author.mask(upper, [[25, 0], [60, 0], [60, 4], [25, 4]])
    pixels = stack.pixels(rasteriser, tmp_path)
    found = [at(pixels, point) for point in ((30, 30), (22, 30), (30, 34), (50, 40), (5, 30))]
    assert found == [GREY, BLUE, BLUE, (0.5, 0.0, 0.0), NOTHING]
    # Half transparent red shows through grey that is as faint as it: reported as approximated.
    assert at(pixels, (50, 30)) == (0.5, 0.25, 0.25)


def test_a_kept_layer_above_a_stencil_and_with_soft_edges(rasteriser: Rasteriser, tmp_path: Path) -> None:
    stack = Stack()
    stack.cut("STENCIL_ALPHA")
    shine = stack.comp.add_solid(list(BLUE), "shine", SIZE, SIZE)
    shine.preserve_transparency = True
    mask = stack.author.mask(shine, [[0, 0], [30, 0], [30, 60], [0, 60]])
    mask["ADBE Mask Feather"].value = [2.0, 2.0]
    pixels = stack.pixels(rasteriser, tmp_path)
    assert [at(pixels, point) for point in ((24, 30), (36, 30), (10, 30))] == [BLUE, RED, NOTHING]
    told = [(one.feature, one.status) for one in stack.project(tmp_path / "again").report().capabilities]
    assert ("preserve transparency", "approximated") in told


def test_a_bake_reaches_below_a_stencil(rasteriser: Rasteriser, tmp_path: Path) -> None:
    stack = Stack()
    stack.cut("STENCIL_ALPHA")
    stack.comp.add_solid(list(BLUE), "shine", 8, 8).preserve_transparency = True
    outer = stack.author.comp("Outer", (SIZE, SIZE))
    outer.add(stack.comp)
    project = stack.project(tmp_path)
    old = project.lottie(outer.id)
    for name, value in (
        ("card", {"kind": "color", "value": "#00FF00"}),
        ("cut", {"kind": "visible", "value": False}),
    ):
        place = _address(project.graph.compositions[stack.comp.id], name)
        patches = project.bake(outer.id, place, value, {})
        new = project.lottie(outer.id, {place: value})
        assert normal(patched(old, patches)) == normal(new) != normal(old)
        assert patches[0]["asset_object"]["layers"]
    place = _address(project.graph.compositions[stack.comp.id], "cut")
    assert at(drawn(rasteriser, project, outer.id, 0, {place: {"kind": "visible", "value": False}}), OUTSIDE) == RED


def _address(composition: Composition, name: str) -> str:
    return address(composition, next(layer for layer in composition.layers if layer.name == name))
