"""Text: fonts, HarfBuzz shaping, bidi, layout; glyph outlines ready for Lottie shapes."""

from flatrender.aftereffects.text.fitting import fit_factor, scaled
from flatrender.aftereffects.text.fonts import FontLibrary, Substitution, default_library
from flatrender.aftereffects.text.layout import MAX_CHARACTERS, layout
from flatrender.aftereffects.text.shapes import lottie_shapes, shape_group
from flatrender.aftereffects.text.spec import (
    Color,
    Direction,
    Frame,
    Glyph,
    Justification,
    Line,
    TextOutlines,
    TextRun,
    TextSpec,
    TextStyle,
)

__all__ = [
    "MAX_CHARACTERS",
    "Color",
    "Direction",
    "FontLibrary",
    "Frame",
    "Glyph",
    "Justification",
    "Line",
    "Substitution",
    "TextOutlines",
    "TextRun",
    "TextSpec",
    "TextStyle",
    "default_library",
    "fit_factor",
    "layout",
    "lottie_shapes",
    "scaled",
    "shape_group",
]
