"""What text layout takes and gives: plain values, in layer coordinates (pixels, y down)."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from flatrender.aftereffects.stored import Stored
from flatrender.aftereffects.text.fonts import Substitution
from flatrender.aftereffects.text.outlines import Contour

Direction = Literal["ltr", "rtl", "auto"]
Digits = Literal["as typed", "arabic", "persian"]
Join = Literal["miter", "round", "bevel"]
Justification = Literal["left", "right", "center", "justify-left", "justify-right", "justify-center", "justify-full"]
VerticalAlignment = Literal["top", "center", "bottom", "justify"]
FirstBaseline = Literal["ascent", "cap-height", "x-height", "em-box", "leading", "minimum"]
Color = tuple[float, float, float, float]
"""Red, green, blue, alpha, each 0 to 1."""


@dataclass(frozen=True)
class TextStyle(Stored):
    """How a run of text looks, in After Effects' terms.

    `size` in pixels; `tracking` in 1/1000 em; `leading` in pixels, None for automatic (1.2 × size); `baseline_shift` in
    pixels, up positive; scales are factors (1 = 100 %). `fill` and `stroke` are None where switched off.
    """

    font: str
    size: float
    family: str = ""
    style: str = ""
    fill: Color | None = (0.0, 0.0, 0.0, 1.0)
    stroke: Color | None = None
    stroke_width: float = 0.0
    stroke_over_fill: bool = True
    stroke_join: Join = "miter"
    tracking: float = 0.0
    leading: float | None = None
    baseline_shift: float = 0.0
    horizontal_scale: float = 1.0
    vertical_scale: float = 1.0
    all_caps: bool = False
    small_caps: bool = False
    all_small_caps: bool = False
    """With `small_caps`: what is typed as capitals is small, too."""
    superscript: bool = False
    subscript: bool = False
    faux_bold: bool = False
    faux_italic: bool = False
    kerning: bool = True
    ligatures: bool = True
    """Of scripts whose letters do not join anyway."""
    digits: Digits = "as typed"
    """As what 0 to 9 are shown: ٠ to ٩ (After Effects calls them Hindi) or ۰ to ۹."""
    kern: float = 0.0
    """Kerning set by hand: 1/1000 em after each of the run's characters."""


@dataclass(frozen=True)
class TextRun(Stored):
    """A stretch of text in one style. Paragraphs end with `\\r`, `\\n` or `\\r\\n`, lines within one with `\\x03`."""

    text: str
    style: TextStyle


@dataclass(frozen=True)
class Frame(Stored):
    """How box text stands in its box: `inset` (pixels) on all sides, where its first baseline lies below the top
    (`minimum` pixels at least), and where the lines stand when they leave room. `grows`: the box is as high as its
    text.
    """

    inset: float = 0.0
    vertical: VerticalAlignment = "top"
    first_baseline: FirstBaseline = "ascent"
    minimum: float = 0.0
    grows: bool = False


@dataclass(frozen=True)
class TextSpec(Stored):
    """A text layer's source text.

    `box` is (x, y, width, height) of box text, None for point text. `paragraphs` gives justifications paragraph by
    paragraph where they differ; the last one holds for the rest. Indents and spaces are in pixels.
    """

    runs: tuple[TextRun, ...]
    justification: Justification = "left"
    direction: Direction = "auto"
    box: tuple[float, float, float, float] | None = None
    paragraphs: tuple[Justification, ...] = ()
    first_line_indent: float = 0.0
    start_indent: float = 0.0
    end_indent: float = 0.0
    space_before: float = 0.0
    space_after: float = 0.0
    frame: Frame = Frame()
    vertical: bool = False
    """After Effects sets it from top to bottom; here its lines run across all the same."""
    unshown: tuple[str, ...] = ()
    """What else of its style makes no difference here, or little."""

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One drawn glyph. `x`, `y`: its origin on the baseline; `cluster`: its first character's index in the text; `word`
    and `line` count from 0, as they are read. `em`: what a tracking of 1000 adds after it, 0 where letters join.
    """

    name: str
    font: str
    run: int
    line: int
    word: int
    cluster: int
    x: float
    y: float
    advance: float
    contours: tuple[Contour, ...]
    em: float


@dataclass(frozen=True)
class Line:
    """A line's box: `x` and `width` of its ink advance (trailing spaces apart), `baseline`, ascent and descent
    (positive).
    """

    start: int
    end: int
    x: float
    baseline: float
    width: float
    ascent: float
    descent: float
    rtl: bool


@dataclass(frozen=True)
class TextOutlines:
    """Laid out text: glyphs line by line in visual order (left to right)."""

    glyphs: tuple[Glyph, ...]
    lines: tuple[Line, ...]
    styles: tuple[TextStyle, ...]
    """By the glyphs' `run`."""
    substitutions: tuple[Substitution, ...] = ()
    missing: tuple[str, ...] = ()
    """Characters that no font has."""
    overflow: bool = False
    """Box text has more lines than its box holds (they are laid out all the same, as After Effects does not draw
    them).
    """
    fallback_fonts: tuple[str, ...] = field(default=())
    """Fonts that were used for characters which the wanted one lacks."""

    @cached_property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """Ink box (left, top, right, bottom) of the contours' vertices and control points, None for nothing drawn.
        Few texts are asked for it, and it takes a tenth as long as the layout."""
        xs: list[float] = []
        ys: list[float] = []
        for glyph in self.glyphs:
            for contour in glyph.contours:
                for (x, y), (ix, iy), (ox, oy) in zip(contour.v, contour.i, contour.o, strict=True):
                    xs += (x, x + ix, x + ox)
                    ys += (y, y + iy, y + oy)
        if not xs:
            return None
        return (round(min(xs), 3), round(min(ys), 3), round(max(xs), 3), round(max(ys), 3))
