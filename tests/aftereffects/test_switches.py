"""Switches of layers and compositions that decide what is seen at all: solo, and a nested frame rate that is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from py_aep.enums.text_document import AutoKernType, DigitSet, FontCapsOption, LineJoinType, LineOrientation

from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.scan import text_spec
from flatrender.aftereffects.text import TextRun, TextSpec, TextStyle, layout
from flatrender.aftereffects.values import TextValue, rebound_text
from tests.aftereffects.authored import Author, keyed
from tests.aftereffects.text.library import packaged_fonts


def test_only_what_is_soloed_is_drawn_and_the_report_says_so(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main")
    for name in ("one", "two", "three"):
        author.box(comp, name)
    author.box(comp, "hidden").enabled = False
    comp.layers[1].solo = True  # three
    author.box(author.comp("Other"), "plain")
    project = open_project(author.save(tmp_path / "made.aep"))
    drawn = {one["nm"]: one["ty"] for one in project.lottie(comp.id)["layers"]}
    assert drawn == {"hidden": 3, "three": 4, "two": 3, "one": 3}
    told = [one for one in project.report().capabilities if one.feature == "solo"]
    assert [(one.composition_id, one.note) for one in told] == [(comp.id, "2 layers are off because others are soloed")]


@pytest.mark.parametrize(("stretch", "remapped"), [(1.0, False), (0.5, False), (-1.0, False), (1.0, True)])
def test_a_nested_composition_that_keeps_its_rate_stands_from_frame_to_frame(
    tmp_path: Path, stretch: float, remapped: bool
) -> None:
    author = Author()
    inner = author.comp("Inner", rate=5.0)
    inner.preserve_nested_frame_rate = True
    layer = author.comp("Main").add(inner)
    layer.stretch = 100 * stretch
    layer.start_time = 2.0 if stretch < 0 else 0.0
    if remapped:
        layer.time_remap_enabled = True
    project = open_project(author.save(tmp_path / "made.aep"))
    outer = next(one for one in project.graph.compositions.values() if one.name == "Main")
    (written,) = project.lottie(outer.id)["layers"]
    keys = written["tm"]["k"]
    assert all(key["h"] == 1 for key in keys)
    first, start = written["ip"], written["st"]
    for key in keys:
        assert key["s"][0] * 5 == pytest.approx(round(key["s"][0] * 5), abs=1e-3), "a frame of the inner composition"
    for frame in (first + 1, first + 7, first + 13) if not remapped else ():
        shown = [key["s"][0] for key in keys if key["t"] <= frame][-1]
        source = (frame - start) / 30 / stretch * 5
        assert source - 1 - 1e-3 <= shown * 5 <= source + 1e-3, frame
    inner.preserve_nested_frame_rate = False
    (plain,) = open_project(author.save(tmp_path / "plain.aep")).lottie(outer.id)["layers"]
    assert ("tm" in plain) == remapped


def test_vertical_text_is_told(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main")
    author.text(comp, "across", "Hi")
    author.text(comp, "down", "Hi").text[
        "ADBE Text Document"
    ].value.line_orientation = LineOrientation.VERTICAL_RIGHT_TO_LEFT
    switched = author.text(comp, "adjusting", "Hi")
    switched.adjustment_layer = True
    layer = author.box(comp, "box")
    keyed(layer.transform["ADBE Opacity"], (0.0, 0.0), (1.0, 100.0))
    report = open_project(author.save(tmp_path / "made.aep")).report()
    told = {(one.layer, one.feature): one.status for one in report.capabilities if one.status == "ignored"}
    assert told == {("down", "vertical text"): "ignored", ("adjusting", "adjustment"): "ignored"}


def test_kerning_set_by_hand_parts_two_characters(tmp_path: Path) -> None:
    author = Author()
    document = author.text(author.comp("Main"), "words", "AVAV").text["ADBE Text Document"].value
    document.font_size, document.auto_kern_type = 100.0, AutoKernType.METRIC_KERN
    document.character_range(2, 3).kerning = 500
    path = author.save(tmp_path / "made.aep")
    project = open_project(path)
    (layer,) = next(iter(project.graph.compositions.values())).layers
    assert layer.properties.text is not None
    spec = text_spec(layer)
    assert spec is not None
    assert [(run.text, run.style.kern) for run in spec.runs] == [
        ("A", 0.0),
        ("V", 500.0),
        ("A", 500.0),
        ("V", 0.0),
    ]
    kerned = layout(spec, packaged_fonts()).glyphs
    runs = tuple(replace(run, style=replace(run.style, kern=0.0)) for run in spec.runs)
    plain = layout(replace(spec, runs=runs), packaged_fonts()).glyphs
    assert [a.x - b.x for a, b in zip(kerned, plain, strict=True)] == pytest.approx([0, 0, 50, 100], abs=0.01)
    (run,) = rebound_text(replace(spec, runs=spec.runs[1:]), TextValue("new")).runs
    assert run.style.kern == 0
    assert spec.unshown == ()


def test_optical_kerning_of_some_letters_is_told(tmp_path: Path) -> None:
    author = Author()
    document = author.text(author.comp("Main"), "words", "AVAV").text["ADBE Text Document"].value
    document.auto_kern_type = AutoKernType.METRIC_KERN
    document.character_range(1, 3).auto_kern_type = AutoKernType.OPTICAL_KERN
    project = open_project(author.save(tmp_path / "made.aep"))
    spec = text_spec(next(iter(project.graph.compositions.values())).layers[0])
    assert spec is not None
    assert spec.unshown == ("optical kerning",)


def test_what_extruded_shapes_are_made_of_is_not_read_but_keeps_its_place(tmp_path: Path) -> None:
    author = Author()
    author.box(author.comp("Main"), "box")
    project = open_project(author.save(tmp_path / "made.aep"))
    (layer,) = next(iter(project.graph.compositions.values())).layers
    assert layer.properties.contents is not None
    group = layer.properties.contents.group("ADBE Vector Group")
    assert group is not None
    assert [child.match_name for child in group.children][-1] == "ADBE Vector Materials Group"
    assert sum(1 for _ in group.walk()) < 20


def test_ligatures_digits_and_joins_are_as_the_text_has_them_and_what_is_not_shown_is_told(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main")
    document = author.text(comp, "words", "fi 12").text["ADBE Text Document"].value
    for name, value in (("ligature", True), ("digit_set", DigitSet.FARSI_DIGITS), ("tsume", 0.5)):
        setattr(document, name, value)
    document.line_join_type = LineJoinType.LINE_JOIN_ROUND
    author.text(comp, "plain", "fi 12")
    project = open_project(author.save(tmp_path / "made.aep"))
    specs = {layer.name: text_spec(layer) for layer in project.graph.compositions[comp.id].layers}
    styles = {name: spec.runs[0].style for name, spec in specs.items() if spec is not None}
    assert {name: (one.ligatures, one.digits, one.stroke_join) for name, one in styles.items()} == {
        "words": (True, "persian", "round"),
        "plain": (False, "as typed", "miter"),
    }
    told = [(one.layer, one.note) for one in project.report().capabilities if one.feature == "text style"]
    assert told == [("words", "tsume")]


def test_small_capitals_and_all_small_capitals_are_told_apart(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main")
    for option in (FontCapsOption.FONT_SMALL_CAPS, FontCapsOption.FONT_ALL_SMALL_CAPS, FontCapsOption.FONT_ALL_CAPS):
        author.text(comp, option.name, "Ab").text["ADBE Text Document"].value.font_caps_option = option
    project = open_project(author.save(tmp_path / "made.aep"))
    heights = {}
    for layer in project.graph.compositions[comp.id].layers:
        spec = text_spec(layer)
        assert spec is not None
        drawn = [glyph for glyph in layout(spec, packaged_fonts()).glyphs if glyph.contours]
        heights[layer.name] = [round(-min(y for part in one.contours for _, y in part.v), 1) for one in drawn]
    capital = heights["FONT_ALL_CAPS"][0]
    small = pytest.approx(capital * 0.7, abs=0.1)
    assert heights["FONT_ALL_CAPS"] == [capital, capital]
    assert heights["FONT_SMALL_CAPS"] == [capital, small]
    assert heights["FONT_ALL_SMALL_CAPS"] == [small, small]


def test_digits_are_laid_out_as_persian_ones_and_ligatures_only_where_they_are_wanted() -> None:
    fonts = packaged_fonts()

    def names(text: str, **style: Any) -> list[str]:
        run = TextRun(text, TextStyle("Inter-Regular", 40.0, **style))
        return [glyph.name for glyph in layout(TextSpec((run,)), fonts).glyphs]

    assert names("a 12", digits="persian") == names("a ۱۲")
    assert names("a 12", digits="arabic") == names("a ١٢")
    assert names("سلام", ligatures=False) == names("سلام")
