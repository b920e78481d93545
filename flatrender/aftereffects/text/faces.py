"""What a font file holds: faces by name, weight and slant, the named instances of variable fonts among them.

Read with HarfBuzz from the `name`, `OS/2`, `head` and `fvar` tables (OpenType 1.9). Nothing is drawn here.
"""

import re
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import uharfbuzz as hb

FONT_SUFFIXES: Final = frozenset({".ttf", ".otf", ".ttc", ".otc"})
WEIGHT_NAMES: Final = {
    100: "Thin",
    200: "ExtraLight",
    300: "Light",
    400: "Regular",
    500: "Medium",
    600: "SemiBold",
    700: "Bold",
    800: "ExtraBold",
    900: "Black",
}
"""What files call the weights of a family."""

# A font of bitmaps alone (some colour emoji) has nothing to draw.
_OUTLINES: Final = frozenset({"glyf", "CFF ", "CFF2"})

_WEIGHTS: Final = (
    ("thin", 100),
    ("hairline", 100),
    ("extralight", 200),
    ("ultralight", 200),
    ("semilight", 350),
    ("light", 300),
    ("regular", 400),
    ("normal", 400),
    ("roman", 400),
    ("book", 400),
    ("medium", 500),
    ("semibold", 600),
    ("demibold", 600),
    ("extrabold", 800),
    ("ultrabold", 800),
    ("demi", 600),
    ("extrablack", 950),
    ("black", 900),
    ("heavy", 900),
    ("bold", 700),
)
_ITALIC: Final = ("italic", "oblique", "slanted")
_MOST_INSTANCES: Final = 400
_INVALID_NAME: Final = 0xFFFF


@dataclass(frozen=True)
class Face:
    """One face of a font file. `coordinates` are the axes of a variable font's instance, empty for a static one."""

    path: str
    index: int
    postscript_name: str
    family: str
    style: str
    weight: int
    italic: bool
    coordinates: tuple[tuple[str, float], ...] = ()
    aliases: tuple[str, ...] = ()
    """Further PostScript names it answers to."""

    @property
    def variable(self) -> bool:
        return bool(self.coordinates)


def normal(name: str) -> str:
    """A font name without case, spaces and separators: "Inter Semi-Bold" and "inter_SemiBold" are one."""
    return re.sub(r"[\s_\-]+", "", name).casefold()


def style_of(words: str) -> tuple[int, bool]:
    """Weight (100 to 950) and slant from a style's name, such as "SemiBold Italic" or "Inter-BlackItalic"."""
    text = normal(words)
    italic = any(word in text for word in _ITALIC) or bool(re.search(r"(?:bold|black|light|medium|book)it$", text))
    # The longest match wins, so that "semibold" is not taken for "bold".
    found = [(len(word), weight) for word, weight in _WEIGHTS if word in text]
    return (max(found)[1] if found else 400), italic


@lru_cache(maxsize=8192)
def read_faces(path: str, changed: int) -> tuple[Face, ...]:
    """The faces of a font file; none when it cannot be read. `changed` (mtime in ns) keys the cache."""
    try:
        blob = hb.Blob.from_file_path(path)
        count = max(1, hb.Face(blob).count)
    except (OSError, MemoryError, hb.HarfBuzzError):
        return ()
    faces: list[Face] = []
    for index in range(min(count, 64)):
        faces.extend(_faces_at(hb.Face(blob, index), path, index))
    return tuple(faces)


def faces_in(path: Path) -> tuple[Face, ...]:
    """`read_faces` of a file that may have changed since."""
    try:
        return read_faces(str(path), path.stat().st_mtime_ns)
    except OSError:
        return ()


def _faces_at(face: "hb.Face", path: str, index: int) -> list[Face]:
    tables = set(face.table_tags)
    if not face.glyph_count or "cmap" not in tables or not tables & _OUTLINES:
        return []
    family = _name(face, 16) or _name(face, 1)
    style = _name(face, 17) or _name(face, 2) or "Regular"
    if not family:
        return []
    plain = family.replace(" ", "")
    postscript = _name(face, 6) or f"{plain}-{style.replace(' ', '')}"
    weight, italic = _weight_and_slant(face, style)
    if not face.has_var_data:
        return [Face(path, index, postscript, family, style, weight, italic)]
    axes = face.axis_infos
    default = tuple((axis.tag, axis.default_value) for axis in axes)
    faces = [Face(path, index, postscript, family, style, _axis_weight(default, weight), italic, default)]
    prefix = _name(face, 25) or plain
    for instance in face.named_instances[:_MOST_INSTANCES]:
        instance_style = _name(face, instance.subfamily_name_id) or style
        own = instance.postscript_name_id
        named = _name(face, own) if own != _INVALID_NAME else ""
        short = instance_style.replace(" ", "")
        coordinates = tuple((axis.tag, value) for axis, value in zip(axes, instance.design_coords, strict=False))
        names = tuple(dict.fromkeys(n for n in (named, f"{plain}-{short}", f"{prefix}-{short}") if n))
        faces.append(
            Face(
                path,
                index,
                names[0],
                family,
                instance_style,
                _axis_weight(coordinates, style_of(instance_style)[0]),
                italic or style_of(instance_style)[1],
                coordinates,
                names[1:],
            )
        )
    return faces


def _axis_weight(coordinates: tuple[tuple[str, float], ...], otherwise: int) -> int:
    return int(dict(coordinates).get("wght", otherwise))


def _name(face: "hb.Face", identifier: int) -> str:
    return (face.get_name(identifier) or "").strip()


def _weight_and_slant(face: "hb.Face", style: str) -> tuple[int, bool]:
    """From OS/2 (usWeightClass, fsSelection bit 0); from the style's name where the table is missing or wrong."""
    named_weight, named_italic = style_of(style)
    table = face.reference_table("OS/2").data
    if len(table) < 64:
        return named_weight, named_italic
    (weight,) = struct.unpack_from(">H", table, 4)
    (selection,) = struct.unpack_from(">H", table, 62)
    if weight <= 9:  # a few old fonts count 1 to 9
        weight *= 100
    return (weight if 50 <= weight <= 1000 else named_weight), bool(selection & 1) or named_italic
