"""Collapsed compositions, drawn: what lies beyond their frame is seen, and a bake changes both forms of one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from py_aep.enums import TrackMatteType

from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.authored import Author, keyed

SIZE = 200
RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture(scope="module")
def rasteriser() -> Iterator[Rasteriser]:
    made = Rasteriser(1)
    yield made
    made.close()


def bar(author: Author) -> tuple[Any, Any]:
    """A composition of 60 by 60 with a red box of 100 in its middle, which does not fit."""
    inner = author.comp("Inner", (60, 60))
    return inner, author.box(inner, "box", size=100)


def drawn(rasteriser: Rasteriser, lottie: dict[str, Any], frame: float = 0) -> list[tuple[int, int, int]]:
    """The row of pixels in the middle."""
    picture = rasteriser.picture(lottie, SIZE, SIZE, frame, "#0000FF")
    start = 4 * SIZE * (SIZE // 2)
    return [tuple(picture[start + 4 * x : start + 4 * x + 3]) for x in range(SIZE)]


def reds(row: list[tuple[int, int, int]]) -> tuple[int, int]:
    found = [x for x, color in enumerate(row) if color == RED]
    return found[0], found[-1] + 1


def test_a_collapsed_composition_is_seen_beyond_its_frame(rasteriser: Rasteriser, tmp_path: Path) -> None:
    author = Author()
    inner, _ = bar(author)
    comp = author.comp("Main", (SIZE, SIZE))
    layer = comp.add(inner)
    plain = open_project(author.save(tmp_path / "plain.aep"))
    assert reds(drawn(rasteriser, plain.lottie(comp.id))) == (70, 130)
    layer.collapse_transformation = True
    keyed(layer.transform["ADBE Anchor Point"], (0.0, [30.0, 30.0, 0.0]), (1.0, [50.0, 30.0, 0.0]))
    project = open_project(author.save(tmp_path / "made.aep"))
    assert reds(drawn(rasteriser, project.lottie(comp.id))) == (50, 150)
    assert reds(drawn(rasteriser, project.lottie(comp.id), 30)) == (30, 130)
    (told,) = [one for one in project.report().capabilities if one.feature == "collapse"]
    assert told.status == "approximated"


def test_it_is_cut_by_its_matte_and_keeps_its_frame_under_a_mask(rasteriser: Rasteriser, tmp_path: Path) -> None:
    author = Author()
    inner, _ = bar(author)
    comp = author.comp("Main", (SIZE, SIZE))
    layer, cut = comp.add(inner), author.box(comp, "cut", size=80)
    layer.collapse_transformation = True
    layer.set_track_matte(cut, TrackMatteType.ALPHA)
    project = open_project(author.save(tmp_path / "cut.aep"))
    assert reds(drawn(rasteriser, project.lottie(comp.id))) == (60, 140)
    author.mask(layer, [[-100.0, -100.0], [40.0, -100.0], [40.0, 100.0], [-100.0, 100.0]])
    project = open_project(author.save(tmp_path / "masked.aep"))
    assert reds(drawn(rasteriser, project.lottie(comp.id))) == (70, 110)


def test_a_bake_changes_both_forms(rasteriser: Rasteriser, tmp_path: Path) -> None:
    author = Author()
    inner, box = bar(author)
    comp = author.comp("Main", (SIZE, SIZE))
    comp.add(inner).collapse_transformation = True
    comp.add(inner)
    project = open_project(author.save(tmp_path / "made.aep"))
    address, value = f"{inner.id}/{box.id}", {"kind": "visible", "value": False}
    lottie = project.lottie(comp.id)
    assets = {asset["id"]: asset["layers"] for asset in lottie["assets"]}
    for patch in project.bake(comp.id, address, value):
        layers = assets[patch["asset"]]
        layers[[layer["ind"] for layer in layers].index(patch["ind"])] = patch["layer"]
    assert lottie == project.lottie(comp.id, {address: value})
    assert set(drawn(rasteriser, lottie)) == {BLUE}
