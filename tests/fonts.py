"""Small fonts, made as they are asked for."""

import io

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

PRINTABLE = "".join(map(chr, range(32, 127)))


def square_font(name: str, letters: str = PRINTABLE, *, weight: int = 400, flavor: str | None = None) -> bytes:
    """A font with one square for every letter; `flavor`: `woff2`, else a TTF."""
    glyphs = {ord(letter): f"u{ord(letter):04X}" for letter in letters}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *glyphs.values()])
    builder.setupCharacterMap(glyphs)
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((0, 700))
    pen.lineTo((700, 700))
    pen.lineTo((700, 0))
    pen.closePath()
    square = pen.glyph()
    builder.setupGlyf(dict.fromkeys([".notdef", *glyphs.values()], square))
    builder.setupHorizontalMetrics(dict.fromkeys(builder.font.getGlyphOrder(), (800, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
    builder.setupOS2(usWeightClass=weight)
    builder.setupPost()
    builder.font.flavor = flavor
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()
