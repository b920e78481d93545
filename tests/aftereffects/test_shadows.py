"""Shadows and blurs of layers that are cut: masks first, then effects, then mattes, and of what is left the styles."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from py_aep import TrackMatteType

from flatrender.aftereffects.graph import Animated, Group
from flatrender.aftereffects.project import Project, open_project
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.authored import Author

RED = (1.0, 0.0, 0.0, 1.0)
# A white square from 70 to 130, cut off at 100; its shadow falls twenty pixels away, to the right and down.
CUT, KEPT, SHADE, CUT_SHADE = (115, 90), (85, 90), (90, 138), (108, 120)


def _group(name: str, match_name: str, **values: float | tuple[float, ...]) -> Group:
    parts = []
    for key, value in values.items():
        full = f"{match_name}-{key[1:]}" if key[0] == "n" else f"dropShadow/{key}"
        parts.append(Animated(key, full, "color" if isinstance(value, tuple) else "scalar", value))
    return Group(name, match_name, True, tuple(parts))


SHADOW = _group(
    "Drop Shadow", "ADBE Drop Shadow", n0001=RED, n0002=255.0, n0003=135.0, n0004=20.0, n0005=0.0, n0006=0.0
)
BLUR = _group("Gaussian Blur", "ADBE Gaussian Blur 2", n0001=20.0, n0002=1.0, n0003=0.0)
STYLE = _group(
    "Drop Shadow", "dropShadow/enabled", color=RED, opacity=100.0, localLightingAngle=135.0, distance=20.0, blur=0.0
)


def _project(folder: Path, *, mask: bool, matte: bool, effect: Group | None, style: Group | None) -> Project:
    author = Author()
    comp = author.comp("Main", (200, 200))
    box = author.box(comp, "box", (1, 1, 1), 60)
    box.transform["ADBE Position"].value = [100.0, 100.0, 0.0]
    if mask:
        author.mask(box, [[-30.0, -30.0], [0.0, -30.0], [0.0, 30.0], [-30.0, 30.0]])
    if matte:
        cut = author.box(comp, "matte", (1, 1, 1), 100)
        cut.transform["ADBE Position"].value = [50.0, 100.0, 0.0]
        cut.enabled = False
        box.set_track_matte(cut, TrackMatteType.ALPHA)
    project = open_project(author.save(folder / "made.aep"))
    [composition] = project.graph.compositions.values()
    found = next(layer for layer in composition.layers if layer.name == "box").properties
    object.__setattr__(found, "effects", (effect,) if effect is not None else ())
    object.__setattr__(found, "styles", (style,) if style is not None else ())
    return project


def _drawn(project: Project, rasteriser: Rasteriser) -> "dict[tuple[int, int], tuple[int, ...]]":
    [composition] = project.graph.compositions.values()
    picture = rasteriser.picture(project.lottie(composition.id), 200, 200, 3, "#000000")
    return {(x, y): tuple(picture[(y * 200 + x) * 4 : (y * 200 + x) * 4 + 3]) for x, y in (CUT, KEPT, SHADE, CUT_SHADE)}


@pytest.fixture(scope="module")
def rasteriser() -> Iterator[Rasteriser]:
    made = Rasteriser(1)
    yield made
    made.close()


BLACK, WHITE, SHADED = (0, 0, 0), (255, 255, 255), (255, 0, 0)


def test_a_matte_cuts_the_shadow_of_an_effect(tmp_path: Path, rasteriser: Rasteriser) -> None:
    found = _drawn(_project(tmp_path, mask=False, matte=True, effect=SHADOW, style=None), rasteriser)
    assert found == {CUT: BLACK, KEPT: WHITE, SHADE: SHADED, CUT_SHADE: BLACK}


def test_masks_come_before_effects(tmp_path: Path, rasteriser: Rasteriser) -> None:
    project = _project(tmp_path, mask=True, matte=False, effect=SHADOW, style=None)
    assert _drawn(project, rasteriser) == {CUT: BLACK, KEPT: WHITE, SHADE: SHADED, CUT_SHADE: SHADED}
    assert not [one for one in project.report().capabilities if one.status == "approximated"]


def test_what_is_masked_is_blurred_at_its_mask_too(tmp_path: Path, rasteriser: Rasteriser) -> None:
    project = _project(tmp_path, mask=True, matte=False, effect=BLUR, style=None)
    [composition] = project.graph.compositions.values()
    picture = rasteriser.picture(project.lottie(composition.id), 200, 200, 3, "#000000")
    inside, beyond = (picture[(100 * 200 + x) * 4] for x in (85, 103))
    assert inside > 200
    assert 0 < beyond < 200


@pytest.mark.parametrize(("mask", "matte"), [(True, False), (False, True), (True, True)])
def test_a_style_is_applied_to_what_is_left(tmp_path: Path, rasteriser: Rasteriser, mask: bool, matte: bool) -> None:
    found = _drawn(_project(tmp_path, mask=mask, matte=matte, effect=None, style=STYLE), rasteriser)
    assert found == {CUT: BLACK, KEPT: WHITE, SHADE: SHADED, CUT_SHADE: SHADED}


def test_effects_of_turned_layers_come_before_their_masks_and_that_is_told(tmp_path: Path) -> None:
    project = _project(tmp_path, mask=True, matte=False, effect=SHADOW, style=None)
    [composition] = project.graph.compositions.values()
    [layer] = composition.layers
    turned = layer.properties.transform.get("ADBE Rotate Z")
    object.__setattr__(turned, "value", 20.0)
    told = [one.note for one in project.report().capabilities if one.status == "approximated"]
    assert told == ["it is applied before the masks cut the layer"]
