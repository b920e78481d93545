"""Text along a path: where glyphs stand on it, and a whole layer of it drawn."""

import math
from pathlib import Path as File

import pytest
from py_aep import MaskMode, Shape

from flatrender.aftereffects.graph import Animated, Path
from flatrender.aftereffects.lottie.text_paths import PathOptions, PlacedText
from flatrender.aftereffects.project import open_project
from tests.aftereffects.authored import Author
from tests.aftereffects.text.library import lay_out

K = 4 / 3 * math.tan(math.pi / 8) * 200
CIRCLE = Path(
    ((0, -200), (200, 0), (0, 200), (-200, 0)),
    ((-K, 0), (0, -K), (K, 0), (0, K)),
    ((K, 0), (0, K), (-K, 0), (0, -K)),
    True,
)
CORNER = Path(((0, 0), (100, 0), (100, 300)), ((0, 0),) * 3, ((0, 0),) * 3, False)


def placed(path: Path, justification: str = "left", **settings: float) -> PlacedText:
    names = {"first": "ADBE Text First Margin", "last": "ADBE Text Last Margin", "forced": "ADBE Text Force Align Path",
             "perpendicular": "ADBE Text Perpendicular To Path", "reverse": "ADBE Text Reverse Path"}  # fmt: skip
    options = {names[name]: Animated(name, names[name], "scalar", value) for name, value in settings.items()}
    outlines = lay_out("abcdefgh", size=20, justification=justification)
    return PlacedText(outlines, justification, PathOptions(Animated("", "", "path", path), options), 0.0)


def test_a_point_stands_as_far_along_the_path_as_along_its_line() -> None:
    text = placed(CORNER)
    assert text.at(0, 40, 0) == (pytest.approx((40, 0)), 0.0)
    assert text.at(0, 150, 0) == (pytest.approx((100, 50)), pytest.approx(90))
    assert text.at(0, 150, 10)[0] == pytest.approx((90, 50))  # below the baseline is to the right of the way
    assert text.at(0, 450, 0) == (pytest.approx((100, 350)), pytest.approx(90))  # straight on beyond the end


def test_margins_sides_and_turning() -> None:
    assert placed(CORNER, first=30).at(0, 0, 0)[0] == pytest.approx((30, 0))
    width = lay_out("abcdefgh", size=20).lines[0].width
    assert placed(CORNER, "right").at(0, 0, 0)[0] == pytest.approx((100, 300), abs=0.01)
    assert placed(CORNER, "right", last=-50).at(0, 0, 0)[0] == pytest.approx((100, 250), abs=0.01)
    assert placed(CORNER, "center").at(0, 0, 0)[0] == pytest.approx((100, 100), abs=0.01)
    assert placed(CORNER, forced=1).at(0, width, 0)[0] == pytest.approx((100, 300), abs=0.01)
    assert placed(CORNER, perpendicular=0).at(0, 150, 0) == (pytest.approx((100, 50)), 0.0)
    assert placed(CORNER, reverse=1).at(0, 0, 0) == (pytest.approx((100, 300)), pytest.approx(-90))


def test_a_closed_path_goes_round() -> None:
    length = 2 * math.pi * 200
    text = placed(CIRCLE)
    for distance, angle in ((0, 0), (length / 4, 90), (length * 1.25, 90), (-length / 4, -90)):
        (x, y), turned = text.at(0, distance, 0)
        assert math.hypot(x, y) == pytest.approx(200, abs=0.2)
        assert (turned - angle + 180) % 360 - 180 == pytest.approx(0, abs=2)


def test_a_layer_follows_its_mask(tmp_path: File) -> None:
    author = Author()
    comp = author.comp("Main")
    layer = author.text(comp, "words", "round")
    path = author.mask(layer, [[0, 0], [100, 0], [100, 300]])["ADBE Mask Shape"]
    path.value = Shape([[0, 0], [100, 0], [100, 300]], closed=False)
    layer["ADBE Text Properties"]["ADBE Text Path Options"]["ADBE Text Path"].value = 1
    project = open_project(author.save(tmp_path / "made.aep"))
    [written] = project.lottie(comp.id)["layers"]
    assert "masksProperties" not in written, "an open mask cuts nothing"
    shapes = written["shapes"]
    assert len(shapes) == 5
    turns = [glyph["it"][-1]["r"]["k"] for glyph in shapes[::-1]]
    assert turns[0] == 0
    assert turns[-1] in (0, 90)
    features = {one.feature: one.status for one in project.report().capabilities}
    assert features["text on a path"] == "supported"


@pytest.mark.parametrize("mode", [MaskMode.ADD, MaskMode.NONE])
def test_a_closed_path_cuts_the_text_by_its_mode_and_that_is_told(mode: MaskMode, tmp_path: File) -> None:
    """Adobe's manual: “When using a closed mask as a text path, make sure to set the mask mode to None.”"""
    author = Author()
    comp = author.comp("Main")
    layer = author.text(comp, "words", "round")
    mask = author.mask(layer, [[0, 0], [100, 0], [100, 300]])
    mask.mask_mode = mode
    layer["ADBE Text Properties"]["ADBE Text Path Options"]["ADBE Text Path"].value = 1
    project = open_project(author.save(tmp_path / "made.aep"))
    [written] = project.lottie(comp.id)["layers"]
    told = [one for one in project.report().capabilities if one.feature == "text on a path" and one.layer]
    assert ("masksProperties" in written) == (mode == MaskMode.ADD)
    assert [(one.status, "cuts the text" in one.note) for one in told] == [("supported", True)] * len(told)
    assert len(told) == (mode == MaskMode.ADD)
