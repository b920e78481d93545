"""Text layout: paragraphs, lines, bidi order, justification; glyph outlines as cubic Béziers in layer coordinates.

Point text: the first baseline lies at y = 0 and x = 0 is where the text is anchored (left, centre or right edge). Box
text starts at its box's top, the first baseline one ascent (height of "d") below it.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

from flatrender.aftereffects.text.bidi import Levels, embedding_levels, line_levels, visual_order
from flatrender.aftereffects.text.breaking import break_opportunities, is_space
from flatrender.aftereffects.text.fonts import FontLibrary
from flatrender.aftereffects.text.outlines import Contour
from flatrender.aftereffects.text.shaping import Itemiser, Piece, Segment, Shaped, shape
from flatrender.aftereffects.text.spec import (
    FirstBaseline,
    Glyph,
    Justification,
    Line,
    TextOutlines,
    TextRun,
    TextSpec,
    TextStyle,
)
from flatrender.core.errors import TooLarge

AUTO_LEADING = 1.2
MAX_CHARACTERS = 20_000

_PARAGRAPH_END = re.compile(r"\r\n|[\r\n\x85\u2029]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile(r"[\x03\x0b\x0c\u2028]")


@dataclass
class _Row:
    """A line before its place is known: segments shaped, in visual order."""

    start: int
    end: int
    offset: int
    """Where the paragraph begins in the whole text."""
    glyphs: list[Shaped]
    text: str
    rtl: bool
    pieces: list[Piece]
    justification: Justification
    first: bool
    last: bool
    """Of its paragraph."""
    paragraph: int

    @property
    def shown(self) -> int:
        """Where the spaces begin that hang over its logical end."""
        end = self.end
        while end > self.start and is_space(self.text[end - 1]):
            end -= 1
        return end


class _Placed(NamedTuple):
    """A row and its line; where its first glyph stands, and what the spaces between its words grow by."""

    row: _Row
    line: Line
    x: float
    baseline: float
    stretch: float


def layout(spec: TextSpec, fonts: FontLibrary) -> TextOutlines:
    """Lays the text out. Raises TooLarge beyond 20,000 characters, Unavailable when there is no font at all."""
    itemiser = Itemiser(fonts)
    placed, overflow = _placed(spec, itemiser)
    return TextOutlines(
        glyphs=tuple(_glyphs(placed)),
        lines=tuple(row.line for row in placed),
        styles=tuple(run.style for run in spec.runs),
        substitutions=tuple(itemiser.substitutions.values()),
        missing=tuple(itemiser.missing),
        overflow=overflow,
        fallback_fonts=tuple(itemiser.fallback_fonts),
    )


def lines(spec: TextSpec, fonts: FontLibrary) -> list[Line]:
    """Its lines alone, without an outline: a quarter of the time of `layout`, and the same errors."""
    return [row.line for row in _placed(spec, Itemiser(fonts))[0]]


def overflows(spec: TextSpec, fonts: FontLibrary) -> bool:
    """Whether box text has more lines than its box holds; as quick as `lines`."""
    return spec.box is not None and _placed(spec, Itemiser(fonts))[1]


@dataclass(frozen=True)
class _Paragraph:
    number: int
    offset: int
    text: str
    styles: list[tuple[int, int, int, TextStyle]]
    justification: Justification


def _paragraphs(spec: TextSpec) -> Iterator[_Paragraph]:
    """Splits the runs at paragraph ends. An empty paragraph keeps the style at its place, for its height."""
    text = spec.text
    bounds: list[tuple[int, int, int, TextStyle]] = []
    at = 0
    for number, run in enumerate(spec.runs):
        bounds.append((at, at + len(run.text), number, run.style))
        at += len(run.text)
    start = 0
    for number, match in enumerate([*_PARAGRAPH_END.finditer(text), None]):
        end = match.start() if match else len(text)
        stop = match.end() if match else len(text)
        styles = [
            (max(first, start) - start, min(last, end) - start, run, style)
            for first, last, run, style in bounds
            if (first < end and last > start) or (start == end and first <= start <= last)
        ]
        if start == end:
            styles = styles[:1]
        kinds = spec.paragraphs or (spec.justification,)
        yield _Paragraph(number, start, text[start:end], styles, kinds[min(number, len(kinds) - 1)])
        start = stop


def _rows(spec: TextSpec, paragraph: _Paragraph, itemiser: Itemiser) -> Iterator[_Row]:
    """Shapes a paragraph and breaks it into lines."""
    base = {"ltr": 0, "rtl": 1}.get(spec.direction)
    # Forced breaks become spaces for bidi and shaping; they end lines below.
    forced = {match.start() for match in _LINE_END.finditer(paragraph.text)}
    plain = "".join(
        " " if index in forced or character == "\t" else character for index, character in enumerate(paragraph.text)
    )
    text, pieces = itemiser.pieces(plain, paragraph.styles)
    levels = embedding_levels(text, base)
    codes = [ord(character) for character in text]
    spans = _line_spans(spec, text, codes, levels, pieces, forced, itemiser)
    for number, (start, end) in enumerate(spans):
        shown = line_levels(levels, start, end)
        full = [0] * start + shown
        segments = itemiser.segments(text, full, pieces, start, end)
        glyphs: list[Shaped] = []
        for index in visual_order([segment.level for segment in segments]):
            glyphs.extend(shape(text, codes, segments[index]))
        row_pieces = [piece for piece in pieces if piece.start < end and piece.end > start] or pieces[:1]
        yield _Row(
            start,
            end,
            paragraph.offset,
            glyphs,
            text,
            levels.base == 1,
            row_pieces,
            paragraph.justification,
            number == 0,
            number == len(spans) - 1 or end in forced or end - 1 in forced,
            paragraph.number,
        )


def _line_spans(
    spec: TextSpec,
    text: str,
    codes: list[int],
    levels: Levels,
    pieces: Sequence[Piece],
    forced: set[int],
    itemiser: Itemiser,
) -> list[tuple[int, int]]:
    """`[start, end)` of each line: at forced breaks, and where box text is too wide."""
    parts: list[tuple[int, int]] = []
    start = 0
    for index in sorted(forced):
        parts.append((start, index))
        start = index + 1
    parts.append((start, len(text)))
    if spec.box is None:
        return parts
    widths = _cluster_widths(text, codes, levels, pieces, itemiser)
    allowed = break_opportunities(text)
    room = spec.box[2] - 2 * spec.frame.inset - spec.start_indent - spec.end_indent
    lines: list[tuple[int, int]] = []
    for first, last in parts:
        lines.extend(_fill(text, widths, allowed, first, last, room, spec.first_line_indent if first == 0 else 0.0))
    return lines


def _cluster_widths(
    text: str, codes: list[int], levels: Levels, pieces: Sequence[Piece], itemiser: Itemiser
) -> list[float]:
    """The advance of every character; a ligature's counts for its first."""
    widths = [0.0] * len(text)
    segments: list[Segment] = itemiser.segments(text, levels.levels, pieces, 0, len(text))
    for segment in segments:
        for glyph in shape(text, codes, segment):
            widths[glyph.cluster] += glyph.advance
    return widths


def _fill(
    text: str, widths: list[float], allowed: list[bool], first: int, last: int, room: float, indent: float
) -> Iterator[tuple[int, int]]:
    """Greedy lines; a word wider than the box breaks at a character."""
    start = first
    while start < last:
        width = indent
        best: int | None = None
        index = start
        while index < last:
            if index > start and allowed[index]:
                best = index
            if not is_space(text[index]) and width + widths[index] > room + 0.01 and index > start:
                break
            width += widths[index]
            index += 1
        if index >= last:
            break
        stop = best if best is not None else index
        while stop < last and widths[stop] == 0.0 and best is None:
            stop += 1  # never between a base and its marks
        yield start, stop
        start, indent = stop, 0.0
    yield start, last


def _placed(spec: TextSpec, itemiser: Itemiser) -> tuple[list[_Placed], bool]:
    """The text's lines where they stand, and whether its box is too low for them."""
    if sum(len(run.text) for run in spec.runs) > MAX_CHARACTERS:
        raise TooLarge(f"The text is longer than {MAX_CHARACTERS:,} characters; shorten it.", field="text")
    spec = replace(spec, runs=tuple(TextRun(_LONE_SURROGATE.sub("\ufffd", run.text), run.style) for run in spec.runs))
    rows = [row for paragraph in _paragraphs(spec) for row in _rows(spec, paragraph, itemiser)]
    placed: list[_Placed] = []
    overflow = False
    bottom = math.inf if spec.box is None or spec.frame.grows else spec.box[1] + spec.box[3]
    for number, (row, baseline) in enumerate(zip(rows, _baselines(spec, rows), strict=True)):
        descent = _descent(row)
        if number and baseline + descent * 0.5 > bottom + 0.01:
            overflow = True
        left, x, width, stretch = _start(spec, row)
        line = Line(
            row.offset + row.start,
            row.offset + row.end,
            round(left, 3),
            round(baseline, 3),
            round(width, 3),
            _ascent(row),
            descent,
            row.rtl,
        )
        placed.append(_Placed(row, line, x, baseline, stretch))
    return placed, overflow


def _glyphs(placed: Sequence[_Placed]) -> Iterator[Glyph]:
    before = 0
    for number, (row, _, start, baseline, stretch) in enumerate(placed):
        x, shown = start, row.shown
        words = _words(row, before)
        before = words[-1] if words else before
        for shaped in row.glyphs:
            piece = shaped.segment.piece
            grows = shaped.cluster < shown and is_space(row.text[shaped.cluster])
            glyph_x = x + shaped.x
            glyph_y = baseline - shaped.y - piece.shift
            contours = _moved(shaped, piece, glyph_x, glyph_y)
            advance = shaped.advance + (stretch if grows else 0.0)
            font = shaped.segment.font
            yield Glyph(
                font.glyph_name(shaped.glyph),
                font.name,
                piece.run,
                number,
                max(words[shaped.cluster - row.start] - 1, 0),
                row.offset + shaped.cluster,
                round(glyph_x, 3),
                round(glyph_y, 3),
                round(advance, 3),
                contours,
                shaped.em,
            )
            x += advance


def _words(row: _Row, before: int) -> list[int]:
    """How many words have begun up to each character of a line, `before` of them on the lines above. Words count as
    they are read: a right-to-left line's first is its rightmost."""
    begins = (
        not is_space(character) and (index == 0 or is_space(row.text[row.start + index - 1]))
        for index, character in enumerate(row.text[row.start : row.end])
    )
    return [before + count for count in accumulate(begins)]


def _baselines(spec: TextSpec, rows: Sequence[_Row]) -> list[float]:
    """The lines' baselines: from 0 in point text; in box text as its frame says."""
    found = [0.0]
    for row in rows[1:]:
        found.append(found[-1] + _leading(row) + (spec.space_before + spec.space_after if row.first else 0.0))
    if spec.box is None or not rows:
        return found
    frame, (_, top, _, height) = spec.frame, spec.box
    first = top + max(_first_baseline(rows[0], frame.first_baseline), frame.minimum)
    found = [first + baseline for baseline in found]
    left = 0.0 if frame.grows else top + height - frame.inset - found[-1] - _descent(rows[-1])
    if left <= 0 or frame.vertical == "top":
        return found
    if frame.vertical == "justify":
        return [baseline + left * number / max(len(found) - 1, 1) for number, baseline in enumerate(found)]
    return [baseline + (left / 2 if frame.vertical == "center" else left) for baseline in found]


def _first_baseline(row: _Row, kind: FirstBaseline) -> float:
    """How far a box's first baseline lies below its top."""
    if kind == "leading":
        return _leading(row)
    if kind == "minimum":
        return 0.0
    return max(
        (_height(piece, kind) * piece.style.size * piece.style.vertical_scale for piece in row.pieces), default=0
    )


def _height(piece: Piece, kind: FirstBaseline) -> float:
    """In em."""
    font = piece.font
    return {"cap-height": font.capitals, "x-height": font.x_height, "em-box": 1.0}.get(kind, font.cap_height)


def _moved(shaped: Shaped, piece: Piece, x: float, y: float) -> tuple[Contour, ...]:
    scale_x = piece.size * piece.style.horizontal_scale
    scale_y = piece.size * piece.style.vertical_scale
    cached = shaped.segment.font.outline(shaped.glyph, scale_x, scale_y)
    return tuple(
        Contour([[round(vx + x, 3), round(vy + y, 3)] for vx, vy in contour.v], contour.i, contour.o)
        for contour in cached
    )


def _start(spec: TextSpec, row: _Row) -> tuple[float, float, float, float]:
    """Where a line begins, where its first glyph stands, its width, and what a space grows by when it is justified.

    Trailing spaces hang: on the left of a right-to-left line, on the right of another, and grow by nothing. Tracking
    after the last glyph counts, as it does in Adobe's programs: centred, tracked text stands half a step to the left.
    """
    end = row.shown
    shown = [glyph for glyph in row.glyphs if glyph.cluster < end]
    hanging = sum(glyph.advance for glyph in row.glyphs if glyph.cluster >= end)
    width = sum(glyph.advance for glyph in shown)
    kind = row.justification
    indent = spec.start_indent + (spec.first_line_indent if row.first else 0.0)
    if spec.box is None:
        left, room = 0.0, 0.0
        side = {"center": 0.5, "justify-center": 0.5, "right": 1.0, "justify-right": 1.0}.get(kind, 0.0)
        stretch = 0.0
        left = -width * side if side else 0.0
    else:
        left = spec.box[0] + spec.frame.inset + (spec.end_indent if row.rtl else indent)
        room = spec.box[2] - 2 * spec.frame.inset - indent - spec.end_indent
        stretch = 0.0
        side = {"center": 0.5, "justify-center": 0.5, "right": 1.0, "justify-right": 1.0}.get(kind, 0.0)
        if kind.startswith("justify") and (not row.last or kind == "justify-full"):
            gaps = sum(1 for glyph in shown if is_space(row.text[glyph.cluster]))
            if gaps and room > width:
                stretch = (room - width) / gaps
                width = room
            side = 1.0 if row.rtl else 0.0
        left += (room - width) * side
    return left, (left - hanging if row.rtl else left), width, stretch


def _leading(row: _Row) -> float:
    return max(
        (
            piece.style.leading if piece.style.leading is not None else piece.style.size * AUTO_LEADING
            for piece in row.pieces
        ),
        default=0.0,
    )


def _ascent(row: _Row) -> float:
    return max(
        (piece.font.cap_height * piece.style.size * piece.style.vertical_scale for piece in row.pieces), default=0.0
    )


def _descent(row: _Row) -> float:
    return max(
        (-piece.font.descender * piece.style.size * piece.style.vertical_scale for piece in row.pieces), default=0.0
    )


def plain(text: str, style: TextStyle, **options: object) -> TextSpec:
    """A text in one style."""
    return TextSpec((TextRun(text, style),), **options)  # type: ignore[arg-type]  # TextSpec checks them
