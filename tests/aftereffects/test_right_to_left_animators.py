"""Text animators of right-to-left and mixed texts: they go through the text as it is read, and letters stay joined."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from py_aep import ParagraphDirection, ParagraphJustification

from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.scan import text_spec
from flatrender.aftereffects.text import layout
from tests.aftereffects.authored import Author

FOUR = "یک دو سه چهار"
MIXED = "سلام Big World دنیا"
LINES = "یک دو\rسه چهار"


class Text:
    """A right-to-left text with one animator and one selector of it."""

    def __init__(self, folder: Path, words: str, selector: str = "ADBE Text Selector") -> None:
        self._author, self._path = Author(), folder / "made.aep"
        self._comp = self._author.comp("Main")
        layer = self._author.text(self._comp, "words", words)
        self.document = layer["ADBE Text Properties"]["ADBE Text Document"].value
        self.document.direction = ParagraphDirection.DIRECTION_RIGHT_TO_LEFT
        animator = layer["ADBE Text Properties"]["ADBE Text Animators"].add_property("ADBE Text Animator")
        self.properties = animator["ADBE Text Animator Properties"]
        self.tracking = self.properties.add_property("ADBE Text Tracking Amount")  # by nothing, for now
        self.tracking.value = 0.0
        self.selector = animator["ADBE Text Selectors"].add_property(selector)
        self._words = words

    def fade(self) -> None:
        self.properties.add_property("ADBE Text Opacity").value = 0.0

    def transforms(self) -> list[tuple[int, dict[str, Any]]]:
        """Of each drawn glyph from left to right: the place of its character in the text, and its transform."""
        self._path.unlink(missing_ok=True)
        project = open_project(self._author.save(self._path))
        [written] = project.lottie(self._comp.id)["layers"]
        spec = text_spec(next(iter(project.graph.compositions[self._comp.id].layers)))
        assert spec is not None
        glyphs = [glyph for glyph in layout(spec, project.fonts).glyphs if glyph.contours]
        groups = written["shapes"][::-1]
        assert [group["nm"] for group in groups] == [glyph.name for glyph in glyphs]
        return [(glyph.cluster, group["it"][-1]) for glyph, group in zip(glyphs, groups, strict=True)]

    def opacities(self) -> dict[str, set[Any]]:
        """By word what opacities its letters have."""
        found: dict[str, set[Any]] = {}
        at = 0
        for word in self._words.replace("\r", " ").split(" "):
            found[word] = {one["o"]["k"] for place, one in self.transforms() if at <= place < at + len(word)}
            at += len(word) + 1
        return found


@pytest.mark.parametrize("words", [FOUR, MIXED, LINES], ids=["Persian", "mixed", "lines"])
def test_a_range_of_words_begins_with_the_first_that_is_read(words: str, tmp_path: Path) -> None:
    text = Text(tmp_path, words)
    text.fade()
    text.selector["ADBE Text Percent Start"].value = 25.0
    text.selector["ADBE Text Range Advanced"]["ADBE Text Range Type2"].value = 3
    first, *others = words.replace("\r", " ").split(" ")
    assert text.opacities() == {first: {100}} | {word: {0} for word in others}


@pytest.mark.parametrize("words", [FOUR, MIXED, LINES], ids=["Persian", "mixed", "lines"])
def test_an_expression_selector_counts_words_as_they_are_read(words: str, tmp_path: Path) -> None:
    text = Text(tmp_path, words, "ADBE Text Expressible Selector")
    text.fade()
    text.selector["ADBE Text Range Type2"].value = 3
    text.selector["ADBE Text Expressible Amount"].expression = "100 * textIndex / textTotal"
    read = words.replace("\r", " ").split(" ")
    assert text.opacities() == {word: {shown} for word, shown in zip(read, (75, 50, 25, 0), strict=True)}


@pytest.mark.parametrize("selector", ["ADBE Text Selector", "ADBE Text Expressible Selector"])
@pytest.mark.parametrize("words", [FOUR, MIXED, LINES], ids=["Persian", "mixed", "lines"])
def test_characters_count_as_they_are_read(words: str, selector: str, tmp_path: Path) -> None:
    text = Text(tmp_path, words, selector)
    text.fade()
    if selector == "ADBE Text Selector":
        text.selector["ADBE Text Range Advanced"]["ADBE Text Range Units"].value = 2
        text.selector["ADBE Text Index End"].value = 4.0
    else:
        text.selector["ADBE Text Expressible Amount"].expression = "textIndex <= 4 ? 100 : 0"
    for place, transform in text.transforms():
        assert transform["o"]["k"] == (0 if place < 4 else 100), place


def test_a_range_of_lines_begins_at_the_top(tmp_path: Path) -> None:
    text = Text(tmp_path, LINES)
    text.fade()
    text.selector["ADBE Text Percent End"].value = 50.0
    text.selector["ADBE Text Range Advanced"]["ADBE Text Range Type2"].value = 4
    assert text.opacities() == {"یک": {0}, "دو": {0}, "سه": {100}, "چهار": {100}}


@pytest.mark.parametrize("justification", ["LEFT_JUSTIFY", "CENTER_JUSTIFY", "RIGHT_JUSTIFY"])
@pytest.mark.parametrize("share", [50.0, 100.0])
def test_tracking_leaves_letters_joined(share: float, justification: str, tmp_path: Path) -> None:
    """As tracking of the text itself does: only spaces and letters that stand apart are widened."""
    text = Text(tmp_path, "سلام دنیا")
    text.document.justification = ParagraphJustification[justification]
    still = text.transforms()
    text.tracking.value = 1000.0
    text.selector["ADBE Text Percent End"].value = share
    moved = text.transforms()
    by = {place: round(b["p"]["k"][0] - a["p"]["k"][0], 2) for (place, a), (_, b) in zip(still, moved, strict=True)}
    assert len({by[place] for place in range(4)}) == 1, "a word moves as one"
    assert len({by[place] for place in range(5, 9)}) == 1
    # The space between them is the fifth character of nine: half of it is in the first half of the text.
    assert by[0] - by[8] == pytest.approx(text.document.font_size * (1 if share == 100 else 0.5), abs=0.02)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_tracking_of_all_characters_is_that_of_the_text(scale: float, tmp_path: Path) -> None:
    text = Text(tmp_path, MIXED)
    text.document.horizontal_scale = scale
    text.document.tracking = 200
    wanted = [one["p"]["k"][0] for _, one in text.transforms()]
    text.document.tracking = 0
    text.tracking.value = 200.0
    found = [one["p"]["k"][0] for _, one in text.transforms()]
    # A letter's own tracking moves its middle, where it turns, by half; an animator's moves what comes after it.
    half = 0.1 * text.document.font_size * scale
    gaps = [
        (b - a) - (d - c) for (a, b), (c, d) in zip(itertools.pairwise(wanted), itertools.pairwise(found), strict=True)
    ]
    assert all(abs(gap) < 0.02 or abs(abs(gap) - half) < 0.02 for gap in gaps), gaps
    assert sum(gaps) == pytest.approx(0, abs=0.02)
