"""Text animators whose selector is an expression over the number of each character, word or line."""

from pathlib import Path
from typing import Any

import pytest

from flatrender.aftereffects.project import Project, open_project
from tests.aftereffects.authored import Author


def made(folder: Path, expression: str, words: str = "abcd", based_on: int = 1) -> Project:
    author = Author()
    text = author.text(author.comp("Main"), "words", words)
    animator = text["ADBE Text Properties"]["ADBE Text Animators"].add_property("ADBE Text Animator")
    animator["ADBE Text Animator Properties"].add_property("ADBE Text Opacity").value = 0
    selector = animator["ADBE Text Selectors"].add_property("ADBE Text Expressible Selector")
    selector["ADBE Text Range Type2"].value = based_on
    selector["ADBE Text Expressible Amount"].expression = expression
    return open_project(author.save(folder / "made.aep"))


def opacities(project: Project) -> list[Any]:
    composition = next(iter(project.graph.compositions))
    glyphs = project.lottie(composition)["layers"][0]["shapes"]
    return [glyph["it"][-1]["o"]["k"] for glyph in reversed(glyphs)]


def test_each_character_by_its_number(tmp_path: Path) -> None:
    assert opacities(made(tmp_path, "textIndex / textTotal * 100")) == [75, 50, 25, 0]


def test_words_count_as_one(tmp_path: Path) -> None:
    assert opacities(made(tmp_path, "textIndex == 1 ? 0 : selectorValue", "ab cd", 3)) == [100, 100, 0, 0]


def test_it_moves(tmp_path: Path) -> None:
    found = opacities(made(tmp_path, "linear(time, textIndex * 0.2, textIndex * 0.2 + 0.2, 100, 0)"))
    starts = [next(key["t"] for key in reversed(keys) if key["s"] == [0]) for keys in found]
    assert starts == pytest.approx([6, 12, 18, 24], abs=1)


def test_a_failure_is_told_and_the_amount_kept(tmp_path: Path) -> None:
    project = made(tmp_path, "textIndex * nothing")
    assert opacities(project) == [0, 0, 0, 0]
    notes = [one.note for one in project.report().capabilities if one.feature == "expression"]
    assert any("nothing" in note for note in notes)


@pytest.mark.parametrize("first", [False, True])
def test_after_another_selector_it_is_told_what_to_do_and_before_it_nothing(tmp_path: Path, first: bool) -> None:
    author = Author()
    text = author.text(author.comp("Main"), "words", "abcd")
    animator = text["ADBE Text Properties"]["ADBE Text Animators"].add_property("ADBE Text Animator")
    animator["ADBE Text Animator Properties"].add_property("ADBE Text Opacity").value = 0
    kinds = ["ADBE Text Selector", "ADBE Text Expressible Selector"]
    for kind in reversed(kinds) if first else kinds:
        animator["ADBE Text Selectors"].add_property(kind)
    found = open_project(author.save(tmp_path / "made.aep")).report().capabilities
    told = [one.note for one in found if one.feature == "text selector"]
    assert len(told) == (not first)
    assert all(note.endswith("takes the selectors before it for 100 %; put it before them") for note in told)
