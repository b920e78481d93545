"""Where the characters of an animated text turn and grow: alone, or together by words, lines or all."""

from collections.abc import Callable
from dataclasses import dataclass

from flatrender.aftereffects.graph import Animated, Group, Value
from flatrender.aftereffects.lottie.keyframes import parts
from flatrender.aftereffects.text import Glyph, TextOutlines

_ALIGNED_HEIGHT = 1.2 * 0.714  # of the size: what lottie-web takes for the height of characters


@dataclass(frozen=True)
class Anchor:
    """`reach`: what 100 % of alignment are, across; `height`: down."""

    x: float
    y: float
    reach: float
    height: float

    def at(self, alignment: Value) -> list[float]:
        across, down = parts(alignment, 2, 0.0)
        return [self.x + self.reach * across / 100, self.y + self.height * down / 100]


@dataclass(frozen=True)
class Anchoring:
    """What turns and grows together about one point: characters (1), words (2), lines (3) or all (4), and how far
    that point is off the middle of its baseline, in percent."""

    grouping: int = 1
    alignment: Animated | None = None

    @property
    def moves(self) -> bool:
        return self.alignment is not None and self.alignment.animated

    def points(self, outlines: TextOutlines, text: str) -> list[Anchor]:
        """The point of each glyph."""
        groups: dict[tuple[int, ...], list[Glyph]] = {}
        keys = [self._key(place, glyph) for place, glyph in enumerate(outlines.glyphs)]
        for key, glyph in zip(keys, outlines.glyphs, strict=True):
            if self.grouping == 1 or not text[glyph.cluster : glyph.cluster + 1].isspace():
                groups.setdefault(key, []).append(glyph)
        points = {key: self._point(outlines, glyphs) for key, glyphs in groups.items()}
        return [
            points.get(key, Anchor(glyph.x, glyph.y, 0.0, 0.0))
            for key, glyph in zip(keys, outlines.glyphs, strict=True)
        ]

    def _key(self, place: int, glyph: Glyph) -> tuple[int, ...]:
        return {2: (glyph.line, glyph.word), 3: (glyph.line,), 4: ()}.get(self.grouping, (place,))

    def _point(self, outlines: TextOutlines, glyphs: list[Glyph]) -> Anchor:
        left, right = min(glyph.x for glyph in glyphs), max(glyph.x + glyph.advance for glyph in glyphs)
        size = max(outlines.styles[glyph.run].size for glyph in glyphs)
        lines = [outlines.lines[glyph.line].baseline for glyph in glyphs]
        y = glyphs[0].y if self.grouping == 1 else (min(lines) + max(lines)) / 2
        return Anchor((left + right) / 2, y, (right - left) / 2, _ALIGNED_HEIGHT * size)


def read_anchoring(text: Group, effective: Callable[[Animated], Animated]) -> Anchoring:
    """A text layer's "Anchor Point Grouping" and "Grouping Alignment"."""
    options = text.group("ADBE Text More Options")
    alignment = options.get("ADBE Text Anchor Point Align") if options is not None else None
    grouping = int(options.number("ADBE Text Anchor Point Option", 1)) if options is not None else 1
    return Anchoring(grouping, effective(alignment) if alignment is not None else None)
