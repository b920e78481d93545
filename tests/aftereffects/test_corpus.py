"""Real projects against what Adobe's own exporter, bodymovin, wrote of the same compositions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flatrender.aftereffects.lottie import keyframes, layers
from flatrender.aftereffects.project import Project, open_project

# project, composition, export: of the samples those whose project and export are of one state
PAIRS = [
    ("LottieLogos", "LottieLogo1", "Lottie Logo 1"),
    ("LottieLogos", "LottieLogo2", "Lottie Logo 2"),
    ("HamburgerArrow", "HamburgerArrow", "HamburgerArrow"),
    ("LottieTests", "Test_Precomps", "Precomps"),
    ("LottieTests", "Time Stretch Precomp", "TimeStretchPrecomp"),
    ("MatteTimeStretch", "Line", "MatteTimeStretchLine"),
    ("MatteTimeStretch", "Scan", "MatteTimeStretchScan"),
    ("Miter Limit", "miter", "MiterLimit"),
    ("MatteMask", "MaskInv", "MaskInv"),
    ("Time Stretch Mask", "Time Stretch Mask", "TimeStretchMask"),
    ("RGBMarker", "Marker", "RGBMarker"),
    ("Skew", "Comp 1", "Skew"),
    ("Skew", "Comp 2", "StarSkew"),
    ("KeyPath", "Squares", "Squares"),
    ("TrimPathsInsideAndOutsideGroup", "Shapes", "TrimPathsInsideAndOutsideGroup"),
]
# What older exporters left out, called otherwise, or wrote for lottie-web alone.
_APART = {
    "ix", "np", "cix", "mn", "nm", "n", "ln", "cl", "hd", "x_", "tp", "bm", "ddd", "ao", "ind", "hasMask", "ct", "ml2",
    "refId", "parent", "fillEnabled", "l", "e", "completed", "td_", "closed",
}  # fmt: skip


@pytest.fixture(scope="module")
def samples(shared_folder: Path) -> Path:
    return shared_folder / "corpus" / "lottie-android"


def composition(project: Project, name: str) -> int:
    return next(found.id for found in project.graph.compositions.values() if found.name == name)


def differences(ours: Any, theirs: Any, place: str = "") -> Iterator[str]:
    if isinstance(theirs, bool) or isinstance(ours, bool):
        if bool(ours) != bool(theirs):
            yield f"{place}: {ours} is not {theirs}"
    elif isinstance(theirs, int | float) and isinstance(ours, int | float):
        if abs(ours - theirs) > 0.02 * max(1.0, abs(theirs) * 0.05):
            yield f"{place}: {ours} is not {theirs}"
    elif isinstance(theirs, dict) and isinstance(ours, dict):
        for key in theirs.keys() & ours.keys() - _APART:
            yield from differences(ours[key], theirs[key], f"{place}.{key}")
    elif isinstance(theirs, list) or isinstance(ours, list):
        mine = ours if isinstance(ours, list) else [ours]
        wanted = theirs if isinstance(theirs, list) else [theirs]
        numbers = all(isinstance(part, int | float) for part in [*mine, *wanted])
        if numbers:  # a third coordinate is sometimes left out
            mine, wanted = mine[: len(wanted)], wanted[: len(mine)]
        if len(mine) != len(wanted):
            yield f"{place}: {len(mine)} parts, not {len(wanted)}"
        for index, (one, other) in enumerate(zip(mine, wanted, strict=False)):
            yield from differences(one, other, f"{place}[{index}]")
    elif ours != theirs and isinstance(theirs, str) and theirs not in ("", None):
        yield f"{place}: {ours!r} is not {theirs!r}"


def still_segments(place: str, export: Any) -> bool:
    """Whether a difference is in the ease between two equal values, which moves nothing."""
    return ".i." in place.partition(":")[0] or ".o." in place.partition(":")[0]


@pytest.mark.parametrize(("name", "comp", "export"), PAIRS, ids=[pair[2] for pair in PAIRS])
def test_layers_are_those_that_bodymovin_wrote(
    samples: Path, name: str, comp: str, export: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As it is read, before it is restated for ThorVG (`finishing.py`; bent motion paths frame by frame).
    monkeypatch.setattr(layers, "finished", lambda items: items)
    monkeypatch.setattr(layers, "hoisted", lambda items, opacity: None)
    monkeypatch.setattr(keyframes, "_bent", lambda prop, key, following: False)
    project = open_project(samples / "aep" / f"{name}.aep")
    ours = project.lottie(composition(project, comp))
    theirs = json.loads((samples / "json" / f"{export}.json").read_text("utf-8-sig"))
    shift = 1 - min(layer["ind"] for layer in theirs["layers"])  # old exporters counted from 0
    mine = {layer["ind"]: layer for layer in ours["layers"]}
    found: list[str] = []
    for wanted in map(as_drawn, theirs["layers"]):
        layer = mine.pop(wanted["ind"] + shift)
        assert layer["nm"] == wanted["nm"]
        assert layer.get("parent") == (wanted["parent"] + shift if "parent" in wanted else None)
        found += [
            text
            for text in differences(layer, wanted, wanted["nm"])
            if not still_segments(text, wanted) and not beyond_its_frame(text, layer)
        ]
    assert not found, found[:10]
    assert all(layer["ty"] == 3 for layer in mine.values())  # bodymovin drops what is hidden, here it draws nothing


def as_drawn(layer: dict[str, Any]) -> dict[str, Any]:
    """An exported solid as the filled rectangle that is drawn for it: size and colour stay compared."""
    if layer["ty"] != 1:
        return layer
    kept = {key: value for key, value in layer.items() if key not in ("sw", "sh", "sc")}
    color = [*(int(layer["sc"][at : at + 2], 16) / 255 for at in (1, 3, 5)), 1]
    size = {"ty": "rc", "s": {"a": 0, "k": [layer["sw"], layer["sh"]]}}
    items = [size, {"ty": "fl", "c": {"a": 0, "k": color}}, {"ty": "tr"}]
    return {**kept, "ty": 4, "shapes": [{"ty": "gr", "it": items}]}


def beyond_its_frame(text: str, layer: dict[str, Any]) -> bool:
    """A collapsed composition is seen beyond its frame, as in After Effects; the exporter cuts it off there."""
    return bool(layer.get("ct")) and text.removeprefix(layer["nm"]).startswith((".w:", ".h:", ".ks.a."))


@pytest.mark.parametrize("folder", ["lottie-android/aep", "aep-parser", "nexrender", "bodymovin"])
def test_every_project_scans_and_is_written(shared_folder: Path, folder: str) -> None:
    paths = sorted((shared_folder / "corpus" / folder).glob("*.aep"))
    assert paths
    for path in paths:
        project = open_project(path)
        report = project.report()
        assert report.file_name == path.name
        for found in report.compositions:
            json.dumps(project.lottie(found.id), allow_nan=False)


def test_unedited_projects_are_saved_as_they_are(shared_folder: Path, tmp_path: Path) -> None:
    paths = sorted((shared_folder / "corpus").glob("*/**/*.aep"))
    saved = 0
    for number, path in enumerate(paths):
        out = tmp_path / f"{number}.aep"
        open_project(path).save({}, out)
        assert out.read_bytes() == path.read_bytes(), path.name
        saved += 1
    assert saved >= 25
