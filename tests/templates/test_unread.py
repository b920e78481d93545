"""Layers that are named as elements and are none are told."""

from flatrender.aftereffects.report import ControlReport, ProjectReport
from flatrender.templates import unread
from tests.templates.test_convention import Sketch


def told(sketch: Sketch) -> list[str]:
    return unread.warnings(ProjectReport("film.aep", "0" * 32, "26.0", tuple(sketch.compositions)))


def test_layers_that_become_no_element_are_told() -> None:
    sketch = Sketch()
    control = ControlReport("1/9/0.1", "frl_size", "number", "1")
    sketch.comp(
        "frfinal",
        sketch.layer("frl_shape", "shape"),
        sketch.layer("frl_", text="No key"),
        sketch.layer("frl_title", text="Hi"),
        sketch.layer("frl_controls", "null", controls=(control,)),
        sketch.layer("frl_title", "solid", color="#FF0000", position=(0.0, 5.0)),
        sketch.layer("Sky", "shape"),
    )
    shape, bare, kind = told(sketch)
    assert shape.startswith("The layer “frl_shape” of the composition “frfinal” is no element: it is a shape layer")
    assert bare.startswith("The layer “frl_” of the composition “frfinal” is no element: a key is missing")
    assert "“frl_title”" in kind and "another kind" in kind


def test_texts_of_one_key_that_differ_are_told() -> None:
    sketch = Sketch()
    sketch.comp(
        "frfinal",
        sketch.layer("frl_dup", text="one"),
        sketch.layer("frl_dup", text="two"),
        sketch.layer("frl_same", text="x"),
        sketch.layer("frl_same", text="x"),
    )
    (said,) = told(sketch)
    assert said.startswith("2 layers of the composition “frfinal” are named “frl_dup” and show different texts")


def test_a_project_without_the_convention_needs_no_words() -> None:
    sketch = Sketch()
    sketch.comp("Main", sketch.layer("frl_", text="one"), sketch.layer("Title", text="two"))
    assert told(sketch) == []


def test_nested_compositions_of_a_key_are_elements() -> None:
    sketch = Sketch()
    inner = sketch.comp("Photo", sketch.layer("face", "image", source="a.png"))
    empty = sketch.comp("Empty", sketch.layer("Sky", "shape"))
    sketch.comp("frfinal", sketch.nested(inner, "frl_photo"), sketch.nested(empty, "frl_empty"))
    (said,) = told(sketch)
    assert "“frl_empty”" in said and "without a text" in said
