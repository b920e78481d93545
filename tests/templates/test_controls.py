"""Controls of effects and Essential Graphics panels on their way from a scan to the engine's values."""

from pathlib import Path

import pytest

from flatrender.access.permissions import Principal
from flatrender.aftereffects.project import open_project
from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.errors import InvalidInput
from flatrender.projects.render_values import resolve
from flatrender.templates import convention, definitions, description, limits, review, service
from flatrender.templates.convention import ElementOutline
from tests.aftereffects.authored import Author
from tests.aftereffects.test_controls import author_controls


def outline_of(author: Author, path: Path) -> convention.TemplateOutline:
    return convention.read(open_project(author.save(path)).report(survey=False))


def told(elements: tuple[ElementOutline, ...]) -> dict[str, tuple[str, str | None, bool]]:
    return {element.key: (element.kind, element.default, element.exposed) for element in elements}


def no_path(key: str) -> Path:
    raise AssertionError(key)


@pytest.mark.usefixtures("installation", "drawn_at_once")
def test_a_panel_becomes_the_form(designer: Principal, tmp_path: Path) -> None:
    template_id = service.create(designer, author_controls(tmp_path / "controls.aep"), "controls.aep")
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        (scene,) = description.describe(session, designer, template_id)["scenes"]
        elements = {element["key"]: element for element in scene["elements"]}
        offered = {key: (one["name"], one["kind"], one["default"]) for key, one in elements.items() if one["enabled"]}
        assert offered == {
            "Main/How large": ("How large", "number", 50.0),
            "Main/words": ("Headline", "text", "Hello"),
            "Main/Card": ("Card", "color", "#FF0000"),
        }
        spare = {key: (one["kind"], one["default"]) for key, one in elements.items() if not one["enabled"]}
        assert spare == {
            "Main/controls/Tone": ("color", "#336699"),
            "Main/controls/Shown": ("toggle", True),
            "Main/controls/Place": ("point", [50.0, 50.0]),
            "Main/controls/Way": ("choice", "1"),
        }
        assert elements["Main/How large"]["limits"] == {"min": 0.0, "max": 100.0}
        for key in spare:
            review.edit_element(session, designer, template_id, elements[key]["id"], {"enabled": True})
        large = elements["Main/How large"]["id"]
        review.edit_element(session, designer, template_id, large, {"limits": {"min": -0.5, "max": 60}, "default": 25})
    for change, said in (({"default": 61}, "At most 60"), ({"limits": {"min": 60, "max": 10}}, "over the greatest")):
        with pytest.raises(InvalidInput, match=said), get_database().tenant_session(DEFAULT_TENANT) as session:
            review.edit_element(session, designer, template_id, large, change)
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        definition = definitions.get(session, template_id)
    found = definition.scenes[0]
    given = {"Main/Card": "#0000FF", "Main/controls/Shown": False, "Main/controls/Way": "3"}
    given |= {"Main/controls/Place": [1, 2.5]}
    values, notes = resolve(definition, found, given, {}, no_path)
    assert notes == []
    place = {element.key: element.outline.addresses[0] for element in found.elements}
    assert values == {
        place["Main/How large"]: {"kind": "number", "value": 25.0},
        place["Main/Card"]: {"kind": "color", "value": "#0000FF"},
        place["Main/controls/Shown"]: {"kind": "number", "value": 0},
        place["Main/controls/Way"]: {"kind": "number", "value": 3},
        place["Main/controls/Place"]: {"kind": "point", "value": [1.0, 2.5]},
    }


def test_marked_controls_of_the_convention(tmp_path: Path) -> None:
    """In a scene, in what is nested in it, and in the shared composition; unmarked ones are the author's own."""
    author = Author()
    share, inner, scene = author.comp("frshare"), author.comp("Inner"), author.comp("Intro")
    scene.add(inner)
    author.text(scene, "frl_title", "Hello")
    for comp, name in ((share, "frl_speed"), (inner, "frl_width"), (scene, "frl_width"), (scene, "own")):
        null = comp.add_null()
        null["ADBE Effect Parade"].add_property("ADBE Slider Control").name = name
        assert name != "own" or null["ADBE Effect Parade"][0][0].add_to_motion_graphics_template_as(comp, "Exposed")
    author.comp("flatrender").add(scene)
    outline = outline_of(author, tmp_path / "marked.aep")
    assert outline.kind == "flexible"
    (intro,) = outline.scenes
    assert told(intro.elements) == {
        "Exposed": ("number", "0", True),
        "title": ("text", "Hello", False),
        "width": ("number", "0", False),
    }
    assert {element.key: len(element.addresses) for element in intro.elements}["width"] == 2
    assert told(outline.controls) == {"speed": ("number", "0", False)}


def test_a_scene_may_hold_controls_alone(tmp_path: Path) -> None:
    author = Author()
    null = author.comp("Bars").add_null()
    null["ADBE Effect Parade"].add_property("ADBE Color Control").name = "frl_tone"
    (scene,) = outline_of(author, tmp_path / "bars.aep").scenes
    assert (scene.key, told(scene.elements)) == ("Bars", {"tone": ("color", "#FF0000", False)})


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("number", 1.5, None),
        ("number", True, "Enter a number."),
        ("number", "7", "Enter a number."),
        ("number", float("inf"), "Enter a number."),
        ("number", 101, "At most 100."),
        ("point", [1, -2.5], None),
        ("point", [1], "A point is two numbers."),
        ("point", ["1", 2], "A point is two numbers."),
        ("point", "1,2", "A point is two numbers."),
    ],
)
def test_what_customers_may_enter(kind: str, value: object, said: str | None) -> None:
    assert limits.check(kind, value, {"min": 0, "max": 100} if kind == "number" else {}) == said
