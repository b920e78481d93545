"""Essential Properties: what a layer sets in the composition that it shows, for itself alone."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from py_aep import AVLayer, CompItem, Property

from flatrender.aftereffects.overriding import Override, with_overrides
from flatrender.aftereffects.project import Project, open_project
from tests.aftereffects.authored import Author, keyed


def override(layer: AVLayer, shown: CompItem, prop: Property, value: Any) -> None:
    """Lays a value over an entry of a shown composition's panel, as After Effects stores it: py_aep only reads them.

    The property itself is copied into the layer's override group, its entry's id into the list of ids. Without a value:
    as it is.
    """
    chunks = prop._parent_property._tdgp.chunks

    def copied() -> list[Any]:
        place = next(n for n, one in enumerate(chunks) if getattr(one, "value", None) == prop.match_name)
        return copy.deepcopy(chunks[place : place + 2])

    if prop.match_name == "ADBE Text Document":
        before, prop.value.text = prop.value.text, value
        leaf = copied()
        prop.value.text = before
    else:
        if value is not None:
            before, prop.value = prop.value, value
        leaf = copied()
        if value is not None:
            prop.value = before
    controllers = list(shown.motion_graphics_controllers)
    entry = next(one for one in controllers if one.source_property_path[-1].match_name == prop.match_name)
    groups = layer._tdgp.chunks
    begin = next(n for n, one in enumerate(groups) if getattr(one, "value", None) == "ADBE Layer Overrides")
    ids, leaves = groups[begin + 1], groups[begin + 2]
    made = copy.deepcopy(leaves)
    name = copy.deepcopy(next(one for one in leaves.chunks if type(one).__name__ == "TdsnChunk").chunks[0])
    name.value = entry.uuid
    made.list_type, made.chunks = "CPrp", [name]
    ids.chunks.append(made)
    leaves.chunks[-1:-1] = leaf


class Cards:
    """A card of a title and a box, shown twice by the main composition, and once more inside another one."""

    def __init__(self) -> None:
        self.author = Author()
        self.card = self.author.comp("Card")
        title = self.author.text(self.card, "title", "HILT")
        title.text["ADBE Text Document"].value.font = "Inter-Bold"
        self.text = title.text["ADBE Text Document"]
        self.text.add_to_motion_graphics_template_as(self.card, "Headline")
        box = self.author.box(self.card, "box")
        self.opacity = box.transform["ADBE Opacity"]
        self.opacity.add_to_motion_graphics_template_as(self.card, "Shown")
        self.deck = self.author.comp("Deck")
        self.deck.add(self.card).name = "in the deck"
        self.main = self.author.comp("Main")
        self.layers = {name: self.main.add(self.card) for name in ("own", "plain")}
        self.layers["deck"] = self.main.add(self.deck)
        for name, layer in self.layers.items():
            layer.name = name

    def open(self, folder: Path) -> Project:
        return open_project(self.author.save(folder / "cards.aep"))


@pytest.fixture
def cards() -> Cards:
    return Cards()


def seen(project: Project, values: dict[str, Any] | None = None) -> dict[str, tuple[float, int]]:
    """By layer of the main composition: the box's opacity, and of how many letters the title is."""
    main = next(one for one in project.graph.authored if one.name == "Main")
    document = project.lottie(main.id, values)
    assets = {asset["id"]: asset["layers"] for asset in document["assets"] if "layers" in asset}
    found = {}
    for layer in document["layers"]:
        layers = {one["nm"]: one for one in assets[layer["refId"]]}
        if "in the deck" in layers:
            layers = {one["nm"]: one for one in assets[layers["in the deck"]["refId"]]}
        letters = [item for group in layers["title"]["shapes"] for item in group["it"] if item["ty"] == "sh"]
        found[layer["nm"]] = (layers["box"]["ks"]["o"]["k"], len(letters))
    return found


def address_of(project: Project, name: str) -> str:
    card = next(one for one in project.graph.authored if one.name == "Card")
    return next(f"{card.id}/{layer.id}" for layer in card.layers if layer.name == name)


def test_a_layer_shows_the_values_that_it_sets(cards: Cards, tmp_path: Path) -> None:
    override(cards.layers["own"], cards.card, cards.opacity, 30.0)
    project = cards.open(tmp_path)
    assert {name: opacity for name, (opacity, _) in seen(project).items()} == {"own": 30, "plain": 100, "deck": 100}


def test_a_text_too_and_customers_set_what_is_not_set(cards: Cards, tmp_path: Path) -> None:
    override(cards.layers["own"], cards.card, cards.text, "MN")
    project = cards.open(tmp_path)
    assert seen(project) == {"own": (100, 2), "plain": (100, 4), "deck": (100, 4)}
    values = {address_of(project, "title"): {"kind": "text", "text": "LIT"}}
    assert seen(project, values) == {"own": (100, 2), "plain": (100, 3), "deck": (100, 3)}
    values = {address_of(project, "box"): {"kind": "visible", "value": False}}
    document = project.lottie(main_of(project), values)
    boxes = [one for asset in document["assets"] for one in asset.get("layers", ()) if one["nm"] == "box"]
    assert [one["ty"] for one in boxes] == [3, 3]  # nothing, in its place


def main_of(project: Project) -> int:
    return next(one.id for one in project.graph.authored if one.name == "Main")


def test_a_bake_changes_the_second_composition_as_well(cards: Cards, tmp_path: Path) -> None:
    override(cards.layers["own"], cards.card, cards.opacity, 30.0)
    project = cards.open(tmp_path)
    value = {"kind": "text", "text": "abc"}
    patches = project.bake(main_of(project), address_of(project, "title"), value, {})
    changed = {patch["asset"] for patch in patches if "layer" in patch and patch["layer"]["nm"] == "title"}
    cards_of = {f"comp_{one.id}" for one in project.graph.compositions.values() if one.name == "Card"}
    assert changed == cards_of
    assert len(changed) == 2


def test_a_scan_knows_the_designers_compositions_alone(cards: Cards, tmp_path: Path) -> None:
    override(cards.layers["own"], cards.card, cards.opacity, 30.0)
    report = cards.open(tmp_path).report()
    assert sorted(one.name for one in report.compositions) == ["Card", "Deck", "Main"]
    names = {one.id: one.name for one in report.compositions}
    [main_comp] = [one for one in report.compositions if one.name == "Main"]
    assert {names[layer.source_id or 0] for layer in main_comp.layers if layer.name != "deck"} == {"Card"}
    [card] = [one for one in report.compositions if one.name == "Card"]
    assert sorted(names[user] for user in card.used_in) == ["Deck", "Main"]
    [told] = [one for one in report.capabilities if one.feature == "essential properties"]
    assert (told.layer, told.status, told.note) == (
        "own",
        "supported",
        "1 of the nested composition's entries are as set here",
    )


def test_a_still_value_stands_over_keyframes(cards: Cards, tmp_path: Path) -> None:
    override(cards.layers["own"], cards.card, cards.opacity, 30.0)
    keyed(cards.opacity, (0.0, 10.0), (1.0, 20.0))
    found = seen(cards.open(tmp_path))
    assert found["own"][0] == 30
    assert isinstance(found["plain"][0], list)


def test_keyframes_that_are_set_are_not_shown_and_told(cards: Cards, tmp_path: Path) -> None:
    keyed(cards.opacity, (0.0, 10.0), (1.0, 20.0))
    override(cards.layers["own"], cards.card, cards.opacity, None)
    while cards.opacity.keyframes:
        cards.opacity.remove_key(0)
    cards.opacity.value = 100.0
    override(cards.layers["own"], cards.card, cards.text, "MN")
    project = cards.open(tmp_path)
    assert seen(project)["own"] == (100, 2)
    [told] = [one for one in project.report().capabilities if one.feature == "essential properties"]
    assert told.status == "approximated"
    assert told.note.endswith("1 not: keyframes, expressions and pictures set here are not shown")


def test_what_lies_deeper_gets_compositions_of_its_own_on_the_way(cards: Cards, tmp_path: Path) -> None:
    project = cards.open(tmp_path)
    graph = project.graph
    made = {one.name: one for one in graph.authored}
    [exposed] = [one for one in made["Card"].exposed if one.name == "Shown"]
    [deck] = [one for one in made["Main"].layers if one.name == "deck"]
    target = next(prop for _, prop in made["Card"].layers[0].properties.walk() if prop.match_name == "ADBE Opacity")
    found = {(made["Main"].id, deck.id): [Override(exposed, replace(target, value=40.0))]}
    deeper = Project(project.bundle, with_overrides(graph, found), project.files, project.fonts)
    assert {name: opacity for name, (opacity, _) in seen(deeper).items()} == {"own": 100, "plain": 100, "deck": 40}
    assert len(deeper.graph.compositions) == 5


def test_nothing_set_is_nothing_made(cards: Cards, tmp_path: Path) -> None:
    project = cards.open(tmp_path)
    assert len(project.graph.compositions) == 3
    assert not [one for one in project.report().capabilities if one.feature == "essential properties"]
