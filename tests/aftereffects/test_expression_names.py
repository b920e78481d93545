"""What expressions find: by the names that After Effects' pick whip writes, and of what asks about itself."""

from pathlib import Path
from typing import Any

import pytest

from flatrender.aftereffects.project import open_project
from tests.aftereffects.authored import Author


def _rotation(path: Path) -> Any:
    """What the expression of the box's rotation gives; fails with what is told of it."""
    project = open_project(path)
    scene = project.scene({})
    composition, layer = next(
        (comp, layer) for comp in project.graph.compositions.values() for layer in comp.layers if layer.name == "box"
    )
    prop = layer.properties.transform.get("ADBE Rotate Z")
    assert prop is not None
    found = scene.effective(layer, prop).value
    assert not [one for one in scene.notes.capabilities() if one.feature == "expression"], composition.name
    return found


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ('text.animator("Lift").selector("Range Selector 1").end', 40),
        ("text.animator(1).selector(1).start", 10),
        ('text.animator("Lift").property.rotation', 30),
        ('text.animator("By letter").selector("Range Selector 1").end', 7),
        ('text.animator("By letter").selector(1).offset', 2),
        ("text.moreOption.anchorPointGrouping", 1),
    ],
)
def test_what_lies_in_a_text_is_named(tmp_path: Path, source: str, wanted: float) -> None:
    author = Author()
    comp = author.comp("Main")
    author.box(comp, "box").transform["ADBE Rotate Z"].expression = f'thisComp.layer("words").{source}'
    animators = author.text(comp, "words", "abcdefgh")["ADBE Text Properties"]["ADBE Text Animators"]
    for name, ends in (("Lift", "Percent"), ("By letter", "Index")):
        animator = animators.add_property("ADBE Text Animator")
        animator.name = name
        animator["ADBE Text Animator Properties"].add_property("ADBE Text Rotation").value = 30.0
        selector = animator["ADBE Text Selectors"].add_property("ADBE Text Selector")
        selector["ADBE Text Percent Start"].value = 10.0
        selector["ADBE Text Percent End"].value = 40.0
        if ends == "Index":
            selector["ADBE Text Range Advanced"]["ADBE Text Range Units"].value = 2
            selector["ADBE Text Index End"].value = 7.0
            selector["ADBE Text Index Offset"].value = 2.0
    assert _rotation(author.save(tmp_path / "made.aep")) == pytest.approx(wanted)


@pytest.mark.parametrize("match_name", [b"ADBE Layer Control", b"Pseudo/Author Menu"])
def test_every_layer_parameter_gives_its_layer(tmp_path: Path, match_name: bytes) -> None:
    author = Author()
    comp = author.comp("Main")
    author.box(comp, "box").transform[
        "ADBE Rotate Z"
    ].expression = 'var chosen = thisComp.layer("other").effect(1)(1); chosen.transform.rotation + chosen.index'
    other = author.box(comp, "other")
    other.transform["ADBE Rotate Z"].value = 12.0
    other["ADBE Effect Parade"].add_property("ADBE Layer Control")  # at first it names the layer that has it
    path = author.save(tmp_path / "made.aep")
    path.write_bytes(path.read_bytes().replace(b"ADBE Layer Control", match_name))
    assert _rotation(path) == pytest.approx(13)


@pytest.mark.parametrize(
    ("prop", "own", "asked", "wanted"),
    [
        ("ADBE Text Document", "text.sourceText.style.setText('abcd')", "text.sourceText.length", 4),
        ("ADBE Text Document", "text.sourceText.style.setFontSize(90)", "text.sourceText.style.fontSize", 90),
        ("ADBE Text Document", "sourceRectAtTime().width > 0 ? '' : 'x'", "sourceRectAtTime().width", 0),
        ("ADBE Position", "toComp([0, 0]); [40, 30]", "toComp([0, 0])[0]", 40),
        ("ADBE Position", "[transform.position[0] + 7, 0]", "transform.position[0] - 7", 200),
    ],
)
def test_what_asks_about_itself_is_no_answer_for_others(
    tmp_path: Path, prop: str, own: str, asked: str, wanted: float
) -> None:
    """It finds itself as it is without its expression; others find what the expression gives."""
    author = Author()
    comp = author.comp("Main")
    author.box(comp, "box").transform["ADBE Rotate Z"].expression = f'thisComp.layer("words").{asked}'
    words = author.text(comp, "words", "first")
    (words.text if prop.startswith("ADBE Text") else words.transform)[prop].expression = own
    project = open_project(author.save(tmp_path / "made.aep"))
    scene = project.scene({})
    [composition] = project.graph.compositions.values()
    box, asks = sorted(composition.layers, key=lambda layer: layer.name)
    found = next(one for _, one in asks.properties.walk() if one.match_name == prop)
    scene.effective(asks, found)
    turned = box.properties.transform.get("ADBE Rotate Z")
    assert turned is not None
    assert scene.effective(box, turned).value == pytest.approx(wanted)
