"""The fonts that tests use: those of packages alone, so that every machine measures the same."""

from functools import lru_cache
from typing import Any

from flatrender.aftereffects.text import FontLibrary, TextOutlines, TextRun, TextSpec, TextStyle, layout


@lru_cache(maxsize=1)
def packaged_fonts() -> FontLibrary:
    return FontLibrary([], system=False)


def lay_out(text: str, font: str = "Inter-Regular", size: float = 1000, **options: Any) -> TextOutlines:
    """A text in one style; options of the spec are told from those of the style by name."""
    of_spec = {name: options.pop(name) for name in list(options) if name in TextSpec.__dataclass_fields__}
    spec = TextSpec((TextRun(text, TextStyle(font, size, **options)),), **of_spec)
    return layout(spec, packaged_fonts())


def names(outlines: TextOutlines) -> list[str]:
    return [glyph.name for glyph in outlines.glyphs]


def advances(outlines: TextOutlines) -> list[float]:
    return [glyph.advance for glyph in outlines.glyphs]
