"""Shaping: characters to positioned glyphs, with HarfBuzz, segment by segment of one style, font, script and level."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import uharfbuzz as hb
from fontTools import unicodedata as scripts

from flatrender.aftereffects.text.fonts import Font, FontLibrary, Substitution, invisible
from flatrender.aftereffects.text.spec import TextStyle

# Small capitals, super- and subscript are synthesised with After Effects' default proportions.
SMALL_CAPS: Final = 0.7
SCRIPT_SIZE: Final = 0.583
SUPER_SHIFT: Final = 0.333
SUB_SHIFT: Final = -0.333

_COMMON: Final = frozenset({"Zyyy", "Zinh", "Zzzz"})
# Characters on each side of a segment that shaping sees.
_CONTEXT: Final = 16
# Cursive scripts: tracking would tear the joins, so it applies between words only.
_CURSIVE: Final = frozenset({"Arab", "Syrc", "Nkoo", "Mong", "Mand", "Rohg", "Adlm"})


@dataclass(frozen=True)
class Piece:
    """A paragraph's characters of one style after capitals were applied: `[start, end)` of the paragraph's text."""

    start: int
    end: int
    style: TextStyle
    run: int
    font: Font
    size: float
    shift: float
    features: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Segment:
    """What is shaped at once. `level` is its bidi level, odd for right to left."""

    start: int
    end: int
    level: int
    script: str
    font: Font
    piece: Piece


@dataclass(slots=True)
class Shaped:
    """One glyph: advances and offsets in pixels; `cluster` is an index into the paragraph, `em` as of `Glyph`."""

    glyph: int
    cluster: int
    advance: float
    x: float
    y: float
    segment: Segment
    em: float


class Itemiser:
    """Chooses fonts for a paragraph's characters and remembers what was substituted."""

    def __init__(self, fonts: FontLibrary) -> None:
        self.fonts = fonts
        self.substitutions: dict[str, Substitution] = {}
        self.missing: dict[str, None] = {}
        self.fallback_fonts: dict[str, None] = {}

    def pieces(self, text: str, styles: Sequence[tuple[int, int, int, TextStyle]]) -> tuple[str, list[Piece]]:
        """The text with capitals applied and its pieces. `styles`: (start, end, run, style), covering the text."""
        characters = list(text)
        pieces: list[Piece] = []
        for start, end, run, style in styles:
            font, substitution = self.fonts.resolve(
                style.font, style.family, style.style, faux_bold=style.faux_bold, faux_italic=style.faux_italic
            )
            if substitution:
                self.substitutions[substitution.requested] = substitution
            size, shift = style.size, style.baseline_shift
            if style.superscript:
                size, shift = size * SCRIPT_SIZE, shift + size * SUPER_SHIFT
            elif style.subscript:
                size, shift = size * SCRIPT_SIZE, shift + size * SUB_SHIFT
            features = (("kern", style.kerning), ("liga", not style.tracking and not style.kern))
            whole = Piece(start, end, style, run, font, size, shift, features)
            if style.digits != "as typed":
                zero = 0x0660 if style.digits == "arabic" else 0x06F0
                for index in range(start, end):
                    if "0" <= characters[index] <= "9":
                        characters[index] = chr(zero + int(characters[index]))
            if style.small_caps and not style.all_caps:
                pieces.extend(_small_caps(characters, whole))
                continue
            if style.all_caps:
                for index in range(start, end):
                    upper = characters[index].upper()
                    if len(upper) == 1:
                        characters[index] = upper
            pieces.append(whole)
        return "".join(characters), pieces

    def segments(
        self, text: str, levels: Sequence[int], pieces: Sequence[Piece], start: int, end: int
    ) -> list[Segment]:
        """The segments of `[start, end)` in logical order."""
        text_scripts = _scripts(text)
        segments: list[Segment] = []
        for piece in pieces:
            first, last = max(piece.start, start), min(piece.end, end)
            font = piece.font
            index = first
            while index < last:
                begin, level, script = index, levels[index], text_scripts[index]
                font = self._font(text, index, piece, font)
                while index < last and levels[index] == level and text_scripts[index] == script:
                    if index > begin and self._font(text, index, piece, font) is not font:
                        break
                    index += 1
                segments.append(Segment(begin, index, level, script, font, piece))
        return segments

    def _font(self, text: str, index: int, piece: Piece, current: Font) -> Font:
        """The font for a character: the wanted one, that of the cluster it belongs to, else a fall-back."""
        character = text[index]
        code = ord(character)
        wanted = piece.font
        joins = index > piece.start and (
            unicodedata.category(character) in ("Mn", "Me", "Cf") or code in (0x200C, 0x200D)
        )
        if joins and (current.covers(code) or invisible(character)):
            return current
        if wanted.covers(code):
            return wanted
        if invisible(character):
            return current
        if current is not wanted and current.covers(code):
            return current
        face = wanted.face
        found = self.fonts.fallback(character, 700 if piece.style.faux_bold else face.weight, face.italic)
        if found is None:
            if not character.isspace():  # HarfBuzz makes each width out of the font's own space
                self.missing[character] = None
            return wanted
        self.fallback_fonts[found.name] = None
        return found


def _small_caps(characters: list[str], whole: Piece) -> list[Piece]:
    pieces: list[Piece] = []
    index = whole.start
    while index < whole.end:
        small = _is_small(characters[index], whole.style)
        stop = index
        while stop < whole.end and _is_small(characters[stop], whole.style) == small:
            if small and len(characters[stop].upper()) == 1:
                characters[stop] = characters[stop].upper()
            stop += 1
        size = whole.size * SMALL_CAPS if small else whole.size
        pieces.append(replace(whole, start=index, end=stop, size=size))
        index = stop
    return pieces


def _is_small(character: str, style: TextStyle) -> bool:
    """Whether it becomes a small capital; what has no capitals keeps its size."""
    return character.upper() != (character.lower() if style.all_small_caps else character)


@lru_cache(maxsize=256)
def _scripts(text: str) -> tuple[str, ...]:
    """The script of every character; common ones take the one before, leading ones the first that comes (UAX #24)."""
    found = [scripts.script(character) for character in text]
    current = next((script for script in found if script not in _COMMON), "Latn")
    for index, script in enumerate(found):
        if script in _COMMON:
            found[index] = current
        else:
            current = script
    return tuple(found)


def shape(text: str, codes: Sequence[int], segment: Segment) -> list[Shaped]:
    """Glyphs of a segment from left to right, with tracking applied.

    HarfBuzz sees some of the paragraph on both sides, so that letters join across segments.
    """
    buffer = hb.Buffer()
    first = max(0, segment.start - _CONTEXT)
    seen = codes[first : segment.end + _CONTEXT]
    buffer.add_codepoints(seen, segment.start - first, segment.end - segment.start)
    buffer.direction = "rtl" if segment.level % 2 else "ltr"
    buffer.script = segment.script
    if segment.script == "Arab" and _persian(text):
        buffer.language = "fa"
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_GRAPHEMES
    piece = segment.piece
    font = segment.font
    features = dict(piece.features)
    # Where letters join, a font may need it for more than what After Effects calls ligatures.
    if not piece.style.ligatures and segment.script not in _CURSIVE:
        features["liga"] = False
    hb.shape(font.handle, buffer, features)
    scale_x = piece.size * piece.style.horizontal_scale / font.units
    scale_y = piece.size * piece.style.vertical_scale / font.units
    tracking = (piece.style.tracking + piece.style.kern) / 1000.0
    cursive = segment.script in _CURSIVE
    shaped: list[Shaped] = []
    infos = buffer.glyph_infos
    for index, (info, position) in enumerate(zip(infos, buffer.glyph_positions, strict=True)):
        advance = position.x_advance * scale_x
        cluster = info.cluster + first
        ends_cluster = index + 1 == len(infos) or infos[index + 1].cluster != info.cluster
        parts = position.x_advance and ends_cluster and (not cursive or text[cluster].isspace())
        em = piece.size * piece.style.horizontal_scale if parts else 0.0
        advance += tracking * em
        if not invisible(text[cluster]) or info.codepoint != 0:
            shaped.append(
                Shaped(
                    info.codepoint,
                    cluster,
                    advance,
                    position.x_offset * scale_x,
                    position.y_offset * scale_y,
                    segment,
                    em,
                )
            )
    return shaped


@lru_cache(maxsize=256)
def _persian(text: str) -> bool:
    """Whether Arabic-script text is set as Persian: unless a letter shows that it is Arabic alone (ة, ي, ك, ى, إ)."""
    return not any(character in "ةيكىإ" for character in text)
