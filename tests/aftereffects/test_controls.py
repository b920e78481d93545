"""Expression controls and Essential Graphics panels: told by a scan, set by a customer, followed by what reads them."""

import json
from pathlib import Path
from typing import Any

import pytest

from flatrender.aftereffects.controls import exposed_of
from flatrender.aftereffects.graph import Animated, Exposed
from flatrender.aftereffects.project import Project, open_project
from flatrender.aftereffects.report import ControlReport, ProjectReport
from flatrender.commands import main
from flatrender.core.errors import InvalidInput, NotFound
from tests.aftereffects.authored import Author, fill_of, keyed

DRIVEN = {
    "ADBE Scale": 's = effect("Size")(1); [s, s]',
    "ADBE Position": 'effect("Place")(1)',
    "ADBE Opacity": 'effect("Shown")(1) == 1 ? 100 : 0',
    "ADBE Rotate Z": '[0, 45, 90][effect("Way")(1) - 1]',
}


def author_controls(path: Path) -> Path:
    """A square on which a null's slider, colour, check box, point and menu act, and a panel that exposes some."""
    author = Author()
    comp = author.comp("Main")
    square = author.box(comp, "square")
    reads = "thisComp.layer('controls')."
    for match_name, source in DRIVEN.items():
        square.transform[match_name].expression = source.replace("effect(", f"{reads}effect(")
    fill_of(square)["ADBE Vector Fill Color"].expression = f"{reads}effect('Tone')('Color')"
    still = author.box(comp, "still")
    keyed(still.transform["ADBE Opacity"], (0.0, 0.0), (1.0, 100.0))
    words = author.text(comp, "words", "Hello")
    words.text["ADBE Text Document"].value.font = "Inter-Bold"
    null = comp.add_null()
    null.name = "controls"
    for kind, name in (("Slider", "Size"), ("Color", "Tone"), ("Checkbox", "Shown"), ("Point", "Place")):
        null["ADBE Effect Parade"].add_property(f"ADBE {kind} Control").name = name
    null["ADBE Effect Parade"].add_property("ADBE Dropdown Control").name = "Way"
    size, tone, shown = (null["ADBE Effect Parade"][place][0] for place in range(3))
    size.value, tone.value, shown.value = 50.0, [0.2, 0.4, 0.6, 1.0], 1
    for prop, name in (
        (size, "How large"),
        (words.text["ADBE Text Document"], "Headline"),
        (fill_of(still)["ADBE Vector Fill Color"], "Card"),
        (still.transform["ADBE Opacity"], "Fades"),
    ):
        assert prop.add_to_motion_graphics_template_as(comp, name)
    return author.save(path)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return author_controls(tmp_path_factory.mktemp("controls") / "controls.aep")


@pytest.fixture
def project(source: Path) -> Project:
    return open_project(source)


def controls(project: Project) -> dict[str, ControlReport]:
    return {control.name: control for c in project.report().compositions for x in c.layers for control in x.controls}


def shown(project: Project, values: dict[str, Any]) -> dict[str, Any]:
    """What is written for the square: its transform, and its colour."""
    (comp,) = project.graph.compositions
    (layer,) = [one for one in project.lottie(comp, values)["layers"] if one["nm"] == "square"]
    fill = next(part for part in layer["shapes"][0]["it"] if part["ty"] == "fl")
    return {name: layer["ks"][name]["k"] for name in "sopr"} | {"c": fill["c"]["k"]}


def test_a_scan_tells_controls_and_the_panel(project: Project) -> None:
    report = project.report()
    told = {name: (one.kind, one.default, one.options, one.bounds) for name, one in controls(project).items()}
    assert told == {
        "Size": ("number", "50", (), (0.0, 100.0)),
        "Tone": ("color", "#336699", (), None),
        "Shown": ("toggle", "1", (), None),
        "Place": ("point", "50,50", (), None),
        "Way": ("choice", "1", ("Item 1", "Item 2", "Item 3"), None),
    }
    (composition,) = report.compositions
    panel = {entry.name: entry for entry in composition.exposed}
    assert list(panel) == ["How large", "Headline", "Card"], "what is animated is not offered"
    assert panel["Headline"].control is None
    card, large = panel["Card"].control, panel["How large"].control
    assert card is not None and (card.kind, card.default) == ("color", "#FF0000")
    assert large is not None and large.address == controls(project)["Size"].address
    found = {(one.feature, one.property): (one.status, one.note) for one in report.capabilities}
    assert found["Essential Graphics", ""] == ("supported", "3 entries can be set")
    assert found["Essential Graphics entry", "Fades"][0] == "ignored"
    assert found["effect control", ""] == ("supported", "1 layer")
    assert ProjectReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_what_reads_a_control_follows_it(project: Project) -> None:
    place = {name: one.address for name, one in controls(project).items()}
    before = shown(project, {})
    assert (before["s"][:2], before["o"], before["p"][:2], before["r"]) == ([50, 50], 100, [50, 50], 0)
    assert before["c"][:3] == pytest.approx([0.2, 0.4, 0.6], abs=1e-3)
    values = {
        place["Size"]: {"kind": "number", "value": 12.5},
        place["Tone"]: {"kind": "color", "value": "#00FF00"},
        place["Shown"]: {"kind": "number", "value": 0},
        place["Place"]: {"kind": "point", "value": [7, -9]},
        place["Way"]: {"kind": "number", "value": 3},
    }
    after = shown(project, values)
    assert (after["s"][:2], after["o"], after["p"][:2], after["r"]) == ([12.5, 12.5], 0, [7, -9], 90)
    assert after["c"][:3] == [0, 1, 0]
    assert shown(project, {}) == before, "the next customer has the author's values"


def test_a_bake_sends_what_follows(project: Project) -> None:
    (comp,) = project.graph.compositions
    size = controls(project)["Size"].address
    project.lottie(comp)
    patches = project.bake(comp, size, {"kind": "number", "value": 80})
    changed = {patch["layer"]["nm"]: patch["layer"] for patch in patches if "layer" in patch}
    assert "square" in changed and "still" not in changed
    assert changed["square"]["ks"]["s"]["k"][:2] == [80, 80]
    assert project.bake(comp, size, None)[-1]["layer"]["ks"] != changed["square"]["ks"]


def test_a_panel_sets_a_property_that_is_no_control(project: Project) -> None:
    (composition,) = project.report().compositions
    card = next(entry.control for entry in composition.exposed if entry.name == "Card")
    assert card is not None
    document = project.lottie(composition.id, {card.address: {"kind": "color", "value": "#0000FF"}})
    still = next(layer for layer in document["layers"] if layer["nm"] == "still")
    assert next(part for part in still["shapes"][0]["it"] if part["ty"] == "fl")["c"]["k"][:3] == [0, 0, 1]


def test_a_panel_sets_where_a_flat_layer_lies(project: Project) -> None:
    (composition,) = project.graph.compositions.values()
    (still,) = [layer for layer in composition.layers if layer.name == "still"]
    where = f"{composition.id}/{still.id}"

    def entry(name: str, place: str = where) -> ControlReport | None:
        found = exposed_of(project.graph, Exposed(name, place, (("ADBE Transform Group", None), (name, None))))
        return found.control if found is not None else None

    position, scale = entry("ADBE Position"), entry("ADBE Scale")
    assert position is not None and (position.kind, position.default) == ("point", "200,150")
    assert scale is not None and (scale.kind, scale.default) == ("point", "100,100")
    document = project.lottie(composition.id, {position.address: {"kind": "point", "value": [30, 40]}})
    assert next(one for one in document["layers"] if one["nm"] == "still")["ks"]["p"]["k"][:2] == [30, 40]
    assert [entry("ADBE Opacity"), entry("ADBE Nothing"), entry("ADBE Scale", "9/9")] == [None] * 3


def test_keys_of_the_command_line_are_written_into_the_project(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.aep"
    words = ["Main/How large=75", "Main/controls/Tone=#00FF00", "Main/controls/Way=Item 2", "Main/controls/Shown=off"]
    words += ["Main/controls/Place=3,4", "Main/words=Bye", "Main/Card=#0000FF"]
    assert main(["bind", str(source), *(part for word in words for part in ("--set", word)), "--out", str(out)]) == 0
    bound = open_project(out)
    told = {name: one.default for name, one in controls(bound).items()}
    assert told == {"Size": "75", "Tone": "#00FF00", "Shown": "0", "Place": "3,4", "Way": "2"}
    (composition,) = bound.report().compositions
    assert {layer.text for layer in composition.layers if layer.text} == {"Bye"}
    card = next(entry.control for entry in composition.exposed if entry.name == "Card")
    assert card is not None and card.default == "#0000FF"


def test_values_that_do_not_fit(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (comp,) = project.graph.compositions
    size, layer = controls(project)["Size"].address, controls(project)["Size"].address.rsplit("/", 1)[0]
    for place, value in (
        (size, {"kind": "number", "value": "much"}),
        (size, {"kind": "number", "value": float("nan")}),
        (size, {"kind": "number", "value": 1e300}),
        (size, {"kind": "point", "value": [1]}),
        (size, {"kind": "text", "text": "x"}),
        (layer, {"kind": "number", "value": 1}),
    ):
        with pytest.raises(InvalidInput):
            project.lottie(comp, {place: value})
    # Another kind than the property's, or a property that is not there, changes nothing of the picture.
    for place in (size, f"{layer}/9.9", f"{layer}/x"):
        assert shown(project, {place: {"kind": "color", "value": "#123456"}}) == shown(project, {})
    for place in (size, f"{layer}/9.9", f"{layer}/0"):
        with pytest.raises(NotFound):
            project.save({place: {"kind": "color", "value": "#123456"}}, tmp_path / "out.aep")
    source = str(project.bundle.project)
    far = "takes a number from -1,000,000 to 1,000,000, not"
    for word, reason in (("x", "takes a number such as 12.5, not"), ("1e9", far), ("1e999", far)):
        assert main(["bind", source, "--set", f"Main/How large={word}", "--out", str(tmp_path / "out.aep")]) == 2
        assert f"“Main/How large” {reason} “{word}”." in capsys.readouterr().err
    assert not (tmp_path / "out.aep").exists()


def test_what_an_expression_drives_is_no_control(tmp_path: Path) -> None:
    author = Author()
    null = author.comp("Main").add_null()
    slider = null["ADBE Effect Parade"].add_property("ADBE Slider Control")
    slider[0].expression = "time"
    project = open_project(author.save(tmp_path / "driven.aep"))
    assert controls(project) == {}
    (layer,) = next(iter(project.graph.compositions.values())).layers
    (prop,) = [one for one in layer.properties.effects[0].children if isinstance(one, Animated)]
    assert prop.expression == "time"
