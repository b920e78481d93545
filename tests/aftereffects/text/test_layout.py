"""Layout: lines, boxes, justification, outlines."""

import re
from typing import Any

import pytest

from flatrender.aftereffects.text import Frame, TextRun, TextSpec, TextStyle, layout, lottie_shapes
from flatrender.aftereffects.text.outlines import Contour
from flatrender.core.errors import TooLarge
from tests.aftereffects.text.library import lay_out, packaged_fonts

SENTENCE = "The quick brown fox jumps over the lazy dog and runs away"
BOX = (-200.0, -100.0, 400.0, 300.0)


def test_point_text_starts_on_the_baseline() -> None:
    lines = lay_out("Hello\rthere", size=50).lines
    assert [line.baseline for line in lines] == [0.0, 60.0]
    assert [line.x for line in lines] == [0.0, 0.0]


@pytest.mark.parametrize(("justification", "factor"), [("left", 0.0), ("center", -0.5), ("right", -1.0)])
def test_point_text_anchors(justification: str, factor: float) -> None:
    line = lay_out("Hello", size=50, justification=justification).lines[0]
    assert line.x == pytest.approx(line.width * factor, abs=0.002)


def test_leading_belongs_to_the_line_it_leads_to() -> None:
    big, small = TextStyle("Inter-Regular", 100, leading=90), TextStyle("Inter-Regular", 20, leading=30)
    spec = TextSpec((TextRun("Big\r", big), TextRun("small\r", small), TextRun("small", small)))
    assert [line.baseline for line in layout(spec, packaged_fonts()).lines] == [0.0, 30.0, 60.0]


def test_soft_and_hard_breaks_and_empty_lines() -> None:
    lines = lay_out("a\x03b\r\rc\r\nd", size=10).lines
    assert [line.baseline for line in lines] == [0.0, 12.0, 24.0, 36.0, 48.0]


def test_baseline_shift_is_upwards() -> None:
    assert lay_out("a", size=50, baseline_shift=10).glyphs[0].y == -10


def test_box_text_breaks_at_spaces_and_fits() -> None:
    shaped = lay_out(SENTENCE, size=40, box=BOX)
    texts = [SENTENCE[line.start : line.end].strip() for line in shaped.lines]
    assert texts == ["The quick brown fox", "jumps over the lazy", "dog and runs away"]
    assert all(line.width <= 400 for line in shaped.lines)
    # The first baseline lies one ascent (the height of "d") below the top.
    assert shaped.lines[0].baseline == pytest.approx(-100 + shaped.lines[0].ascent, abs=0.01)
    assert not shaped.overflow


def test_box_text_that_is_too_long_says_so() -> None:
    assert lay_out(SENTENCE * 4, size=40, box=BOX).overflow


def test_a_word_wider_than_the_box_breaks_inside() -> None:
    lines = lay_out("Donaudampfschifffahrtsgesellschaft", size=40, box=(0, 0, 200, 400)).lines
    assert len(lines) > 2
    assert all(line.width <= 200 for line in lines)


def test_no_break_space_holds() -> None:
    text = "The quick\u00a0brown fox"
    lines = lay_out(text, size=40, box=(0, 0, 240, 400)).lines
    assert [text[line.start : line.end].strip() for line in lines] == ["The", "quick\u00a0brown", "fox"]


@pytest.mark.parametrize(
    ("justification", "left", "right"),
    [("left", -200.0, None), ("right", None, 200.0), ("justify-left", -200.0, 200.0)],
)
def test_box_edges(justification: str, left: float | None, right: float | None) -> None:
    line = lay_out(SENTENCE, size=40, box=BOX, justification=justification).lines[0]
    if left is not None:
        assert line.x == pytest.approx(left, abs=0.01)
    if right is not None:
        assert line.x + line.width == pytest.approx(right, abs=0.01)


def test_justified_lines_end_at_the_edge_and_the_last_does_not() -> None:
    shaped = lay_out(SENTENCE, size=40, box=BOX, justification="justify-left")
    ends = [
        max(g.x + g.advance for g in shaped.glyphs if g.line == number and g.name != "space") for number in range(3)
    ]
    assert ends[0] == pytest.approx(200, abs=0.05)
    assert ends[1] == pytest.approx(200, abs=0.05)
    assert ends[2] < 199


def test_right_to_left_box_lines_hang_their_space_on_the_left() -> None:
    text = "این یک متن فارسی بلند است که باید در چند خط شکسته شود"
    shaped = lay_out(text, "NotoSansArabic-Regular", 40, box=BOX, justification="right")
    assert len(shaped.lines) > 1
    for number, line in enumerate(shaped.lines):
        assert line.rtl
        glyphs = [glyph for glyph in shaped.glyphs if glyph.line == number and glyph.name != "space"]
        assert max(glyph.x + glyph.advance for glyph in glyphs) == pytest.approx(200, abs=0.05)


PERSIAN = "این یک متن فارسی است که باید در چند خط بشکند و تراز شود"
MIXED = "این پروژهٔ After Effects است و with English words هم دارد تا ببینیم چه می‌شود"


@pytest.mark.parametrize(
    ("justification", "side"),
    [("justify-left", 0.0), ("justify-center", 0.5), ("justify-right", 1.0), ("justify-full", None)],
)
@pytest.mark.parametrize("direction", ["rtl", "ltr"])
@pytest.mark.parametrize("text", [PERSIAN, MIXED, SENTENCE], ids=["Persian", "mixed", "English"])
def test_justified_lines_fill_the_box_and_the_last_stands_where_it_is_told(
    text: str, direction: str, justification: str, side: float | None
) -> None:
    shaped = lay_out(text, size=30, box=(50, 0, 300, 400), justification=justification, direction=direction)
    assert len(shaped.lines) > 2
    for number, line in enumerate(shaped.lines):
        glyphs = [glyph for glyph in shaped.glyphs if glyph.line == number and glyph.name != "space"]
        left, right = min(glyph.x for glyph in glyphs), max(glyph.x + glyph.advance for glyph in glyphs)
        assert (left, right) == pytest.approx((line.x, line.x + line.width), abs=0.05), number
        if number < len(shaped.lines) - 1 or side is None:
            assert (left, right) == pytest.approx((50, 350), abs=0.05), number
        else:
            assert right - left < 290
            assert left == pytest.approx(50 + (300 - (right - left)) * side, abs=0.05)


def test_a_line_that_is_not_justified_tells_where_its_words_begin() -> None:
    for line in lay_out(PERSIAN, size=30, box=(0, 0, 300, 400), justification="right", direction="rtl").lines:
        assert line.x + line.width == pytest.approx(300, abs=0.01)


@pytest.mark.parametrize("direction", ["rtl", "ltr"])
@pytest.mark.parametrize("text", [PERSIAN, MIXED, SENTENCE], ids=["Persian", "mixed", "English"])
@pytest.mark.parametrize("box", [None, (0.0, 0.0, 300.0, 400.0)], ids=["a line", "lines"])
def test_words_count_as_they_are_read(text: str, direction: str, box: tuple[float, float, float, float] | None) -> None:
    shaped = lay_out(text + "\r" + text, size=30, direction=direction, box=box)
    words = re.split(r"[ \r]", text + "\r" + text)
    at = 0
    for number, word in enumerate(words):
        assert {glyph.word for glyph in shaped.glyphs if at <= glyph.cluster < at + len(word)} == {number}, word
        at += len(word) + 1


def test_lines_of_mixed_direction_are_ordered_after_breaking() -> None:
    """Each line is reordered by itself: the first words of the sentence are on the first line."""
    text = "یک دو سه چهار پنج شش هفت هشت نه ده"
    shaped = lay_out(text, "NotoSansArabic-Regular", 60, box=(0, 0, 300, 900))
    first = [glyph.cluster for glyph in shaped.glyphs if glyph.line == 0]
    second = [glyph.cluster for glyph in shaped.glyphs if glyph.line == 1]
    assert max(first) < min(second)
    assert first == sorted(first, reverse=True)


def test_paragraph_justifications_differ() -> None:
    shaped = lay_out("One\rTwo", size=40, paragraphs=("left", "right"))
    assert shaped.lines[0].x == 0
    assert shaped.lines[1].x == pytest.approx(-shaped.lines[1].width, abs=0.002)


def test_outlines_are_closed_cubics_in_layer_coordinates() -> None:
    shaped = lay_out("o", size=100)
    (glyph,) = shaped.glyphs
    assert len(glyph.contours) == 2
    for contour in glyph.contours:
        assert len(contour.v) == len(contour.i) == len(contour.o) > 3
    assert shaped.bounds is not None
    left, top, right, bottom = shaped.bounds
    assert 0 < left < right < 70
    assert -60 < top < bottom < 3


def _sampled(contour: Contour) -> list[tuple[float, float]]:
    """Points along a closed cubic outline."""
    points: list[tuple[float, float]] = []
    count = len(contour.v)
    for index in range(count):
        (x0, y0), (x3, y3) = contour.v[index], contour.v[(index + 1) % count]
        x1, y1 = x0 + contour.o[index][0], y0 + contour.o[index][1]
        x2, y2 = x3 + contour.i[(index + 1) % count][0], y3 + contour.i[(index + 1) % count][1]
        for step in range(16):
            t = step / 16
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            points.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    return points


def test_truetype_curves_keep_their_shape_as_cubics() -> None:
    """What the curves cover is what the font itself says of the glyph's box."""
    font, _ = packaged_fonts().resolve("Inter-Regular")
    for letter in "lo&S":
        extents = font.handle.get_glyph_extents(font.handle.get_nominal_glyph(ord(letter)))
        points = [
            point for contour in lay_out(letter, size=font.units).glyphs[0].contours for point in _sampled(contour)
        ]
        assert min(x for x, _ in points) == pytest.approx(extents.x_bearing, abs=2)
        assert max(x for x, _ in points) == pytest.approx(extents.x_bearing + extents.width, abs=2)
        assert min(y for _, y in points) == pytest.approx(-extents.y_bearing, abs=2)
        assert max(y for _, y in points) == pytest.approx(-extents.y_bearing - extents.height, abs=2)


def test_equal_glyphs_share_their_tangents() -> None:
    first, second = lay_out("oo", size=100).glyphs
    assert first.contours[0].i is second.contours[0].i
    assert first.contours[0].v != second.contours[0].v


def test_shapes_per_run_in_their_colours() -> None:
    red = TextStyle("Inter-Bold", 50, fill=(1, 0, 0, 1))
    lined = TextStyle("Inter-Bold", 50, fill=None, stroke=(0, 0, 1, 0.5), stroke_width=3)
    shaped = layout(TextSpec((TextRun("ab ", red), TextRun("cd", lined))), packaged_fonts())
    groups = lottie_shapes(shaped)
    assert [item["ty"] for item in groups[1]["it"]] == ["sh"] * 4 + ["fl", "tr"]
    assert [item["ty"] for item in groups[0]["it"]] == ["sh"] * 3 + ["st", "tr"]
    assert groups[1]["it"][-2]["c"]["k"] == [1, 0, 0, 1]
    assert groups[0]["it"][-2]["o"]["k"] == 50


@pytest.mark.parametrize(("over", "kinds"), [(True, ["st", "fl"]), (False, ["fl", "st"])])
def test_stroke_over_or_under_the_fill(over: bool, kinds: list[str]) -> None:
    shaped = lay_out("a", size=50, stroke=(0, 0, 0, 1), stroke_width=2, stroke_over_fill=over)
    (group,) = lottie_shapes(shaped)
    assert [item["ty"] for item in group["it"] if item["ty"] in ("st", "fl")] == kinds


def test_shapes_per_glyph_and_word() -> None:
    shaped = lay_out("ab cd", size=50)
    assert len(lottie_shapes(shaped, "glyph")) == 4
    assert len(lottie_shapes(shaped, "word")) == 2


def test_empty_text() -> None:
    shaped = lay_out("", size=50)
    assert shaped.glyphs == ()
    assert shaped.bounds is None
    assert len(shaped.lines) == 1


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(TooLarge, match="20,000"):
        lay_out("a" * 20_001)


def baselines(**frame: Any) -> list[float]:
    return [line.baseline for line in lay_out("Hd\rHd", size=40, box=BOX, frame=Frame(**frame)).lines]


def test_box_text_stands_at_the_top_the_middle_the_bottom_or_spreads() -> None:
    top = baselines()
    descent = lay_out("Hd", size=40, box=BOX).lines[0].descent
    left = 200 - top[-1] - descent  # the box ends at 200
    assert baselines(vertical="center") == pytest.approx([line + left / 2 for line in top], abs=0.01)
    assert baselines(vertical="bottom") == pytest.approx([line + left for line in top], abs=0.01)
    assert baselines(vertical="justify") == pytest.approx([top[0], top[1] + left], abs=0.01)
    assert baselines(vertical="bottom", grows=True) == top


def test_the_first_baseline_lies_where_the_box_says() -> None:
    assert baselines(first_baseline="leading")[0] == pytest.approx(-100 + 48)
    assert baselines(first_baseline="em-box")[0] == pytest.approx(-100 + 40)
    assert baselines(first_baseline="minimum", minimum=25)[0] == pytest.approx(-75)
    small, capital, tall = (baselines(first_baseline=kind)[0] for kind in ("x-height", "cap-height", "ascent"))
    assert -100 < small < capital <= tall
    assert baselines(first_baseline="x-height", minimum=90)[0] == pytest.approx(-10)


def test_an_inset_narrows_the_box_on_both_sides() -> None:
    line = lay_out(SENTENCE, size=40, box=BOX, frame=Frame(inset=30)).lines[0]
    assert line.x == pytest.approx(-170)
    assert all(line.width <= 340 for line in lay_out(SENTENCE, size=40, box=BOX, frame=Frame(inset=30)).lines)


def test_a_box_that_grows_overflows_never() -> None:
    assert not lay_out(SENTENCE * 4, size=40, box=BOX, frame=Frame(grows=True)).overflow
