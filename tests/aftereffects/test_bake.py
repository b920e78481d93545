"""A bake is what a new Lottie would differ in: applying its patches to the old one gives the new one."""

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from flatrender.aftereffects.project import Project, open_project
from flatrender.templates import convention
from tests.aftereffects.authored import Author, template


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return open_project(template(tmp_path_factory.mktemp("template")).parent)


@pytest.fixture(scope="module")
def outline(project: Project) -> convention.TemplateOutline:
    return convention.read(project.report())


def patched(lottie: dict[str, Any], patches: list[dict[str, Any]]) -> dict[str, Any]:
    """What a player does with patches."""
    lottie = copy.deepcopy(lottie)
    assets = {asset["id"]: asset for asset in lottie["assets"]}
    for patch in patches:
        if "image" in patch:
            assets[patch["image"]] = patch["asset_object"]
        else:
            layers = lottie["layers"] if patch["asset"] is None else assets[patch["asset"]]["layers"]
            layers[[layer["ind"] for layer in layers].index(patch["ind"])] = patch["layer"]
    used = {layer.get("refId") for asset in assets.values() for layer in asset.get("layers", [])}
    used |= {layer.get("refId") for layer in lottie["layers"]}
    lottie["assets"] = [asset for name, asset in assets.items() if name in used]
    return lottie


def normal(lottie: dict[str, Any]) -> str:
    return json.dumps({**lottie, "assets": sorted(lottie["assets"], key=lambda asset: asset["id"])}, sort_keys=True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", "سلام دنیا"),
        ("title", ""),
        ("accent", "#00FF88"),
        ("show_bar", False),
        ("photo", "PICTURE"),
    ],
)
def test_patches_make_the_new_lottie(
    project: Project, outline: convention.TemplateOutline, tmp_path: Path, key: str, value: Any
) -> None:
    if value == "PICTURE":
        Image.new("RGB", (300, 100), "blue").save(tmp_path / "new.png")
        value = str(tmp_path / "new.png")
    final = outline.final_composition_id
    assert final is not None
    old = project.lottie(final)
    values = convention.resolve(outline, {key: value})
    patches: list[dict[str, Any]] = []
    done: dict[str, Any] = {}
    for address, one in values.items():
        patches += project.bake(final, address, one, done)
        done[address] = one
    assert patches
    new = project.lottie(final, values)
    assert normal(patched(old, patches)) == normal(new)
    assert normal(new) != normal(old)


def test_taking_a_value_back_restores_the_layer(project: Project, outline: convention.TemplateOutline) -> None:
    final = outline.final_composition_id
    assert final is not None
    old = project.lottie(final)
    (address,) = [address for address in convention.resolve(outline, {"accent": "#112233"})]
    changed = patched(old, project.bake(final, address, {"kind": "data", "text": "1,2,3,255"}, {}))
    assert normal(changed) != normal(old)
    assert normal(patched(changed, project.bake(final, address, None, {}))) == normal(old)


def test_a_cold_project_knows_its_readers_too(tmp_path: Path) -> None:
    """The first bake, before any Lottie was written, already finds the layers that expressions make depend on it."""
    project = open_project(template(tmp_path / "cold").parent)
    outline = convention.read(project.report())
    assert outline.final_composition_id is not None
    (address,) = [address for address in convention.resolve(outline, {"accent": "#112233"})]
    patches = project.bake(outline.final_composition_id, address, {"kind": "data", "text": "9,9,9,255"}, {})
    assert [patch["layer"]["nm"] for patch in patches] == ["bar"]


def test_one_text_takes_less_than_15_ms(project: Project, outline: convention.TemplateOutline) -> None:
    final = outline.final_composition_id
    assert final is not None
    project.lottie(final)
    (address,) = outline.scenes[0].elements[[e.key for e in outline.scenes[0].elements].index("title")].addresses
    took = []
    for number in range(12):
        started = time.perf_counter()
        project.bake(final, address, {"kind": "text", "text": f"Word {number}", "direction": "auto"}, {})
        took.append(time.perf_counter() - started)
    assert min(took) < 0.015  # the best of some: other work on the machine must not fail it


def test_characters_that_no_font_has_are_told(project: Project, outline: convention.TemplateOutline) -> None:
    final = outline.final_composition_id
    assert final is not None
    (address,) = outline.scenes[0].elements[[e.key for e in outline.scenes[0].elements].index("title")].addresses
    told = [
        project.bake(final, address, {"kind": "text", "text": text, "direction": "auto"}, {})[-1].get("missing")
        for text in ("Hello سلام", "a\U00012000b\U00012001\U00012000")
    ]
    assert told == [None, "\U00012000\U00012001"]


def test_a_text_that_is_longer_than_its_box_is_told(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Card", (400, 300))
    for name, words in (("low", "One line"), ("too low", "As designed, too long " * 9)):
        comp.add_box_text([200, 50], words).name = name
    made = open_project(author.save(tmp_path / "card.aep"))
    report = made.report()
    assert [one.layer for one in report.capabilities if one.feature == "text beyond its box"] == ["too low"]
    (card,) = report.compositions
    places = {layer.name: f"{card.id}/{layer.id}" for layer in card.layers}
    long = {"kind": "text", "text": "Far too many words for one line " * 4}

    def told(name: str, value: dict[str, Any] | None) -> bool:
        patches = made.bake(card.id, places[name], value, {})
        assert "layer" in patches[0]
        return {"overflow": True} in patches

    assert told("low", long)
    assert not told("low", {**long, "fit": True})
    assert not told("low", {"kind": "text", "text": "Short"})
    assert not told("low", None)
    assert not told("too low", None), "what is designed so is told by the scan"
    assert told("too low", long)
    below = "Card/low: the text is longer than its box; what has no room is drawn below it."
    assert made.moving(card.id, {places["low"]: long}).notes == (below,)
    assert made.moving(card.id, {}).notes == ()
