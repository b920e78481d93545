"""Blend modes, drawn: two solids one over the other against the formulas of ISO 32000-2, 11.3.5."""

from collections.abc import Callable
from pathlib import Path

import pytest
from py_aep.enums import BlendingMode

from flatrender.aftereffects.lottie.blending import LAYER_BLENDS
from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.authored import Author

TOP, BELOW = (0.8, 0.4, 0.2), (0.3, 0.6, 0.7)
FORMULAS: dict[str, Callable[[float, float], float]] = {
    "NORMAL": lambda top, below: top,
    "MULTIPLY": lambda top, below: top * below,
    "SCREEN": lambda top, below: top + below - top * below,
    "OVERLAY": lambda top, below: 2 * top * below if below <= 0.5 else 1 - 2 * (1 - top) * (1 - below),
    "HARD_LIGHT": lambda top, below: 2 * top * below if top <= 0.5 else 1 - 2 * (1 - top) * (1 - below),
    "DARKEN": min,
    "LIGHTEN": max,
    "COLOR_DODGE": lambda top, below: min(1, below / (1 - top)),
    "COLOR_BURN": lambda top, below: 1 - min(1, (1 - below) / top),
    "LINEAR_BURN": lambda top, below: max(0, top + below - 1),
    "DIFFERENCE": lambda top, below: abs(top - below),
    "EXCLUSION": lambda top, below: top + below - 2 * top * below,
    "ADD": lambda top, below: min(1, top + below),
    "LINEAR_DODGE": lambda top, below: min(1, top + below),
}


def test_modes_follow_their_formulas(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main", (16, 16))
    comp.add_solid(list(BELOW), "below", 16, 16)
    layer = comp.add_solid(list(TOP), "top", 16, 16)
    rasteriser = Rasteriser(1)
    try:
        for mode, formula in FORMULAS.items():
            layer.blending_mode = BlendingMode[mode]
            project = open_project(author.save(tmp_path / f"{mode}.aep"))
            picture = rasteriser.picture(project.lottie(comp.id), 16, 16, 0, "#000000")
            found = [part / 255 for part in picture[:3]]
            wanted = [formula(top, below) for top, below in zip(TOP, BELOW, strict=True)]
            assert found == pytest.approx(wanted, abs=0.03), mode
        layer.blending_mode = BlendingMode.NORMAL
        layer.transform["ADBE Opacity"].value = 50.0  # a player that applies it twice would show a quarter
        half = open_project(author.save(tmp_path / "half.aep"))
        found = [part / 255 for part in rasteriser.picture(half.lottie(comp.id), 16, 16, 0, "#000000")[:3]]
        assert found == pytest.approx([(top + below) / 2 for top, below in zip(TOP, BELOW, strict=True)], abs=0.01)
    finally:
        rasteriser.close()


def test_every_mode_has_a_place_or_is_reported() -> None:
    lacking = {mode.name for mode in BlendingMode} - set(LAYER_BLENDS)
    assert lacking == {
        "STENCIL_ALPHA", "STENCIL_LUMA", "SILHOUETE_ALPHA", "SILHOUETTE_LUMA", "ALPHA_ADD", "LUMINESCENT_PREMUL",
        "SUBTRACT", "DIVIDE",
    }  # fmt: skip
