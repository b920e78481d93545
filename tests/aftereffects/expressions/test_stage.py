"""What a table of values cannot say: styles that expressions set, paths that they make, chance, lines of failures."""

from dataclasses import replace
from pathlib import Path as File

import pytest

from flatrender.aftereffects.expressions.answers import MAX_DATA
from flatrender.aftereffects.expressions.prelude import prelude
from flatrender.aftereffects.expressions.results import typed
from flatrender.aftereffects.graph import Path
from flatrender.aftereffects.text import TextSpec, TextStyle
from tests.aftereffects.expressions.stage import SMALL, STYLE, Stage, prop
from tests.aftereffects.text.library import packaged_fonts


def runs(expression: str, on: str = "title.text") -> list[tuple[str, TextStyle]]:
    placed = Stage(on, expression)
    value = placed.at(0.0)
    assert not placed.said
    assert isinstance(value, TextSpec)
    return [(run.text, run.style) for run in value.runs]


def test_a_style_is_set_for_all_of_a_text() -> None:
    made = runs("text.sourceText.style.setFontSize(80).setFillColor([0, 1, 0]).setFauxBold(true)")
    assert made == [("Hello 2026", replace(STYLE, size=80.0, fill=(0.0, 1.0, 0.0, 1.0), faux_bold=True))]


def test_a_style_is_set_for_some_characters() -> None:
    big = replace(STYLE, size=90.0)
    assert runs("text.sourceText.style.setFontSize(90, 6, 4)") == [("Hello ", STYLE), ("2026", big)]
    assert runs("text.sourceText.style.setFontSize(90, 8)") == [("Hello 20", STYLE), ("26", big)]


def test_a_style_of_another_layer_comes_with_its_text() -> None:
    made = runs('var other = thisComp.layer("words").text.sourceText; other.getStyleAt(5).setText(other)')
    assert made == [("one two", SMALL)]


def test_a_made_style_leaves_what_it_does_not_name() -> None:
    widened = [(word, replace(style, tracking=5.0)) for word, style in (("one ", STYLE), ("two", SMALL))]
    assert runs("text.sourceText.createStyle().setTracking(5)", "words.text") == widened


def test_switches_and_paragraphs() -> None:
    off = runs("text.sourceText.style.setApplyFill(false).setApplyStroke(true).setStrokeWidth(3).setLeading(50)")
    assert off == [("Hello 2026", replace(STYLE, fill=None, stroke=(0, 0, 0, 1), stroke_width=3.0, leading=50.0))]
    value = Stage("title.text", 'text.sourceText.style.setJustification("justifyFull").setLeftMargin(20)').at(0.0)
    assert isinstance(value, TextSpec)
    assert (value.justification, value.start_indent) == ("justify-full", 20.0)


@pytest.mark.parametrize(("engine", "named"), [("javascript-1.0", "V8"), ("extendscript", "")])
def test_an_expression_can_tell_the_two_engines_apart(engine: str, named: str) -> None:
    value = Stage("title.text", '$.engineName + " " + parseInt($.version)', engine=engine).at(0.0)
    assert isinstance(value, TextSpec)
    assert value.text == f"{named} 26"


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("if (time>1) 100 else 0", [0, 0, 100]),
        ("if (time > 0.5) [100] else [0]", [0, 100, 100]),
        ("var a = 1\nif (time < .5) a else if (time < 1.5) a + 1 else a + 2", [1, 2, 3]),
        ("if (time>1) {100} else {0}", [0, 0, 100]),
    ],
)
def test_the_legacy_engine_takes_an_else_without_a_semicolon(expression: str, values: list[float]) -> None:
    placed = Stage("box.opacity", expression, engine="extendscript")
    assert [placed.at(time) for time in (0.0, 1.0, 2.0)] == values
    assert not placed.said


def test_the_javascript_engine_refuses_an_else_without_a_semicolon() -> None:
    placed = Stage("box.opacity", "if (time>1) 100 else 0")
    assert placed.at(2.0) == 50.0
    assert "expecting ';'" in placed.said


@pytest.mark.parametrize(
    ("on", "expression", "kept", "reason"),
    [
        ("box.scale", "50", (100.0, 100.0), "line 1: it gives one number where two belong"),
        ("box.position", "time;\n[1]", (200.0, 150.0), "line 2: it gives one number where two belong"),
        ("box.position", "[]", (200.0, 150.0), "line 1: it gives no number where two belong"),
        ("shape.color", "[1, 0]", (0.2, 0.4, 0.6, 1.0), "line 1: it gives 2 numbers where three belong"),
    ],
)
def test_too_few_numbers_keep_the_value(on: str, expression: str, kept: tuple[float, ...], reason: str) -> None:
    placed = Stage(on, expression)
    assert placed.at(0.0) == kept
    assert reason in placed.said


def test_a_colour_may_leave_out_its_alpha_and_a_selector_takes_one_number() -> None:
    placed = Stage("shape.color", "[1, 0, 0.5]")
    assert placed.at(0.0) == (1.0, 0.0, 0.5, 1.0)
    amount = prop("ADBE Text Expressible Amount", "Amount", "vector", (100.0, 100.0, 100.0))
    assert typed(amount, 50, 0.0) == (50.0, 100.0, 100.0)


def test_a_data_file_that_is_missing_or_too_large_keeps_the_value(tmp_path: File) -> None:
    large = tmp_path / "numbers.json"
    large.write_bytes(b"0" * (MAX_DATA + 1))
    for file, reason in ((None, "is missing"), (large, "is larger than 2 MB")):
        placed = Stage("box.opacity", "footage('numbers.json').sourceData", files={10: file})
        assert placed.at(0.0) == 50.0
        assert f"the data file “numbers.json” {reason}" in placed.said


@pytest.mark.parametrize(
    ("on", "expression", "reason"),
    [
        ("title.text", "text.sourceText.style.setFontSize('big')", "its fontSize is no number"),
        ("title.text", "text.sourceText.style.setFontSize(1e5)", "font size is not between"),
        ("title.text", "text.sourceText.style.setText(new Array(30000).join('x'))", "more than 20000 characters"),
        ("title.text", "1;\n'x'.repeat(1000000)", "line 2: it gives a text of more than 20000 characters"),
        ("title.text", "text.sourceText.style.setTsume(3)", "“setTsume” is not supported yet"),
        ("shape.path", "[1, 2]", "it gives no path"),
        ("shape.path", "createPath([[0, 0], [1]])", "no x and y"),
        ("shape.path", "createPath([[0, 0], [1, 1]], [[0, 0]])", "more points than tangents"),
        ("box.opacity", "1;\n2;\nthisComp.layer('nobody').opacity", "line 3: there is no layer “nobody”"),
        ("box.opacity", "function f() {\n  return nothing;\n}\n\nf()", "line 5: nothing is not defined"),
        ("box.opacity", "var a = ;\n1", "line 1: unexpected token"),
        ("box.opacity", "loopOut('sideways')", "there is no loop “sideways”"),
        ("box.opacity", "effect('Blur')('Amount')", "there is no property “Blur”"),
        ("box.opacity", "footage('gone.mp4').width", "there is no footage “gone.mp4”"),
        ("box.opacity", "footage('photo.png').sourceText", "the data file “photo.png” is missing"),
        ("title.text", "text.sourceText.style.setKerning(20)", "“kerning” of a text cannot be set yet"),
        ("box.opacity", "thisComp.activeCamera", "“activeCamera” is not supported yet"),
    ],
)
def test_what_fails_keeps_its_value_and_is_told(on: str, expression: str, reason: str) -> None:
    placed, plain = Stage(on, expression), Stage(on, "value")
    assert placed.at(0.5) == plain.at(0.5)
    assert reason in placed.said


def test_wiggles_differ_from_layer_to_layer_and_come_again() -> None:
    one, again, other = (Stage(f"{name}.opacity", "wiggle(5, 30)") for name in ("box", "box", "photo"))
    times = [frame / 25 for frame in range(50)]
    first = [one.at(time) for time in times]
    assert first == [again.at(time) for time in times]
    assert first != [other.at(time) for time in times]
    assert len({round(float(str(value)), 1) for value in first}) > 20


def test_a_path_that_grows_is_baked_with_one_number_of_points() -> None:
    source = (
        "var p = [[0, 0], [50, 0]]; for (var i = 0; i < time; i++) p.push([50, 50 * i]); createPath(p, [], [], false)"
    )
    baked = Stage("shape.path", source).baked()
    counts = {len(key.value.vertices) for key in baked.keys if isinstance(key.value, Path)}
    assert len(baked.keys) > 2
    assert counts == {6}


def test_the_box_of_a_text_is_that_of_its_ink() -> None:
    placed = Stage(
        "box.position", 'var r = thisComp.layer("title").sourceRectAtTime(); [r.left, r.width]', None, packaged_fonts()
    )
    left, width = placed.at(0.0)  # type: ignore[misc]
    assert 0 < left < 10
    assert 180 < width < 240  # “Hello 2026” at 40 pixels


def test_the_prelude_is_small_enough_to_start_fast() -> None:
    assert len(prelude().strip()) < 60_000
