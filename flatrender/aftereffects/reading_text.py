"""After Effects' text documents read as what text layout takes (`aftereffects.text.TextSpec`)."""

import itertools
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, cast

from py_aep import (
    AutoKernType,
    BoxAutoFitPolicy,
    BoxFirstBaselineAlignment,
    BoxVerticalAlignment,
    DigitSet,
    FontBaselineOption,
    FontCapsOption,
    LineJoinType,
    LineOrientation,
    ParagraphDirection,
    ParagraphJustification,
    TextDocument,
)
from py_aep.models.text.ranges import CharacterRange

from flatrender.aftereffects.names import clean
from flatrender.aftereffects.text import Color, Frame, Justification, TextRun, TextSpec, TextStyle
from flatrender.aftereffects.text.spec import Digits, FirstBaseline, Join, VerticalAlignment

_MOST_PARAGRAPHS = 500  # each is found by going through them all; a longer text is set as its first one
_JUSTIFICATIONS: dict[ParagraphJustification, Justification] = {
    ParagraphJustification.LEFT_JUSTIFY: "left",
    ParagraphJustification.RIGHT_JUSTIFY: "right",
    ParagraphJustification.CENTER_JUSTIFY: "center",
    ParagraphJustification.FULL_JUSTIFY_LASTLINE_LEFT: "justify-left",
    ParagraphJustification.FULL_JUSTIFY_LASTLINE_RIGHT: "justify-right",
    ParagraphJustification.FULL_JUSTIFY_LASTLINE_CENTER: "justify-center",
    ParagraphJustification.FULL_JUSTIFY_LASTLINE_FULL: "justify-full",
}
_VERTICAL: dict[BoxVerticalAlignment, VerticalAlignment] = {
    BoxVerticalAlignment.CENTER: "center",
    BoxVerticalAlignment.BOTTOM: "bottom",
    BoxVerticalAlignment.JUSTIFY: "justify",
}
_FIRST_BASELINES: dict[BoxFirstBaselineAlignment, FirstBaseline] = {
    BoxFirstBaselineAlignment.MINIMUM_VALUE_ROMAN: "minimum",
    BoxFirstBaselineAlignment.MINIMUM_VALUE_ASIAN: "minimum",
    BoxFirstBaselineAlignment.CAP_HEIGHT: "cap-height",
    BoxFirstBaselineAlignment.LEADING: "leading",
    BoxFirstBaselineAlignment.X_HEIGHT: "x-height",
    BoxFirstBaselineAlignment.EM_BOX: "em-box",
}


_JOINS: dict[LineJoinType, Join] = {LineJoinType.LINE_JOIN_ROUND: "round", LineJoinType.LINE_JOIN_BEVEL: "bevel"}
_DIGITS: dict[DigitSet, Digits] = {DigitSet.HINDI_DIGITS: "arabic", DigitSet.FARSI_DIGITS: "persian"}


def read_text(document: TextDocument) -> TextSpec:
    """A text document run by run; what the file leaves out takes After Effects' defaults."""
    rtl = document.direction == ParagraphDirection.DIRECTION_RIGHT_TO_LEFT
    return TextSpec(
        runs=_runs(document),
        justification=_justification(document.justification),
        direction="rtl" if rtl else "ltr",
        box=_box(document),
        paragraphs=_paragraphs(document),
        first_line_indent=_number(document.first_line_indent),
        start_indent=_number(document.start_indent),
        end_indent=_number(document.end_indent),
        space_before=_number(document.space_before),
        space_after=_number(document.space_after),
        frame=_frame(document) if document.box_text_size is not None else Frame(),
        vertical=document.line_orientation != LineOrientation.HORIZONTAL,
        unshown=_unshown(document),
    )


def _runs(document: TextDocument) -> tuple[TextRun, ...]:
    kerns = _kerns(document)
    runs = []
    for start, stop in _pieces(document, {end for span in kerns for end in span}):
        piece = document.character_range(start, stop)
        runs.append(TextRun(clean(piece.text), replace(_style(piece), kern=kerns.get((start, stop), 0.0))))
    return tuple(runs) or (TextRun("", _style(document)),)


def _unshown(document: TextDocument) -> tuple[str, ...]:
    """What of a text's style is not laid out here; py_aep says None of what differs within the text."""
    if not getattr(document, "_associated", False) or not document.text:
        return ()
    whole = document.character_range(0, _units(document.text))
    several = (document.paragraph_count or 1) > 1
    found = {
        "tsume": whole.tsume != 0,
        "optical kerning": AutoKernType.OPTICAL_KERN in _kern_types(document, whole),
        "words that do not break": document.box_text_size is not None and whole.no_break is not False,
        "hanging punctuation": whole.hanging_roman is not False,
        "indents of one paragraph alone": several
        and None in (whole.first_line_indent, whole.start_indent, whole.end_indent),
        "space around one paragraph alone": several and None in (whole.space_before, whole.space_after),
    }
    return tuple(name for name, is_used in found.items() if is_used)


def _units(text: str) -> int:
    """How many UTF-16 units a text has, in which py_aep counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _kern_types(document: TextDocument, whole: CharacterRange) -> set[AutoKernType | None]:
    """How it is kerned, run by run where that differs, as it does beside a character that was kerned by hand."""
    if whole.auto_kern_type is not None:
        return {whole.auto_kern_type}
    return {document.character_range(start, stop).auto_kern_type for start, stop in _pieces(document)}


def _pieces(document: TextDocument, ends: Collection[int] = ()) -> Iterator[tuple[int, int]]:
    """Where its style runs begin and end, in UTF-16 units; parted at `ends` as well."""
    units = _units(document.text)
    return itertools.pairwise(sorted({0, units, *(min(end, units) for end in (*_run_ends(document), *ends))}))


def _run_ends(document: TextDocument) -> list[int]:
    """Where style runs end, in UTF-16 units. py_aep knows them but offers only ranges of given bounds."""
    from py_aep.models.text import ranges

    if not getattr(document, "_associated", False):
        return []
    return [int(stop) for _, stop, _ in ranges._char_run_spans(document)]


def _kerns(document: TextDocument) -> dict[tuple[int, int], float]:
    """Characters with kerning set by hand, in UTF-16 units, and how much it is."""
    from py_aep.models.text import ranges

    if not getattr(document, "_associated", False):
        return {}
    spans = ranges._kern_run_spans(document)
    return {(start, stop): float(run["0"]) for start, stop, run in spans if isinstance(run.get("0"), int | float)}


def _style(piece: CharacterRange | TextDocument) -> TextStyle:
    font = piece.font_object
    name = piece.font or "ArialMT"
    caps, baseline = piece.font_caps_option, piece.font_baseline_option
    return TextStyle(
        font=clean(name),
        family=clean(font.family_prefix or "") if font is not None else "",
        size=_number(piece.font_size, 36.0),
        fill=_color(piece.fill_color) if piece.apply_fill is not False else None,
        stroke=_color(piece.stroke_color) if piece.apply_stroke else None,
        stroke_width=_number(piece.stroke_width),
        stroke_over_fill=piece.stroke_over_fill is not False,
        stroke_join=_JOINS.get(cast(LineJoinType, piece.line_join_type), "miter"),
        tracking=_number(piece.tracking),
        leading=_number(piece.leading) if piece.leading and not piece.auto_leading else None,
        baseline_shift=_number(piece.baseline_shift),
        horizontal_scale=_number(piece.horizontal_scale, 1.0),
        vertical_scale=_number(piece.vertical_scale, 1.0),
        all_caps=caps == FontCapsOption.FONT_ALL_CAPS,
        small_caps=caps in (FontCapsOption.FONT_SMALL_CAPS, FontCapsOption.FONT_ALL_SMALL_CAPS),
        all_small_caps=caps == FontCapsOption.FONT_ALL_SMALL_CAPS,
        superscript=baseline == FontBaselineOption.FONT_FAUXED_SUPERSCRIPT,
        subscript=baseline == FontBaselineOption.FONT_FAUXED_SUBSCRIPT,
        faux_bold=bool(piece.faux_bold),
        faux_italic=bool(piece.faux_italic),
        kerning=piece.auto_kern_type != AutoKernType.NO_AUTO_KERN,
        ligatures=piece.ligature is not False,
        digits=_DIGITS.get(cast(DigitSet, piece.digit_set), "as typed"),
    )


def _color(value: Any) -> Color:
    parts = [min(max(float(part), 0.0), 1.0) for part in value or (0.0, 0.0, 0.0)][:3]
    return (parts[0], parts[1], parts[2], 1.0)


def _number(value: Any, default: float = 0.0) -> float:
    return float(value) if isinstance(value, int | float) else default


def _justification(value: Any) -> Justification:
    return _JUSTIFICATIONS.get(cast(ParagraphJustification, value), "left")


def _paragraphs(document: TextDocument) -> tuple[Justification, ...]:
    count = document.paragraph_count or 1
    if not 2 <= count <= _MOST_PARAGRAPHS or not getattr(document, "_associated", False):
        return ()
    found = tuple(
        _justification(document.paragraph_range(index).character_range().justification) for index in range(count)
    )
    return found if len(set(found)) > 1 else ()


def _frame(document: TextDocument) -> Frame:
    return Frame(
        inset=_number(document.box_inset_spacing),
        vertical=_VERTICAL.get(document.box_vertical_alignment, "top"),
        first_baseline=_FIRST_BASELINES.get(document.box_first_baseline_alignment, "ascent"),
        minimum=_number(document.box_first_baseline_alignment_minimum),
        grows=document.box_auto_fit_policy != BoxAutoFitPolicy.NONE,
    )


def _box(document: TextDocument) -> tuple[float, float, float, float] | None:
    size, corner = document.box_text_size, document.box_text_pos
    if size is None or corner is None:
        return None
    return float(corner[0]), float(corner[1]), float(size[0]), float(size[1])
