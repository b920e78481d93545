"""Finds fonts: by PostScript name, else family and style, else a stated substitute; and a font for every character.

Looked through in this order: the bundle's fonts, the data folder's, those of packages, the system's. The system is
read only when nothing else has the name, and comes last for missing glyphs too, so that two machines draw alike
wherever they can.
"""

import os
import struct
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Final

import uharfbuzz as hb

from flatrender.aftereffects.text.faces import Face, faces_in, normal, style_of
from flatrender.aftereffects.text.outlines import Contour, draw
from flatrender.aftereffects.text.packaged import font_files, package_dirs
from flatrender.core.errors import Unavailable

# Families of the same widths, so that a line breaks where it did.
_SAME_METRICS: Final = {
    "arial": ("Arimo", "Liberation Sans"),
    "arialmt": ("Arimo", "Liberation Sans"),
    "helvetica": ("Arimo", "Liberation Sans"),
    "helveticaneue": ("Arimo", "Liberation Sans"),
    "timesnewroman": ("Tinos", "Liberation Serif"),
    "timesnewromanps": ("Tinos", "Liberation Serif"),
    "timesnewromanpsmt": ("Tinos", "Liberation Serif"),
    "times": ("Tinos", "Liberation Serif"),
    "couriernew": ("Cousine", "Liberation Mono"),
    "couriernewps": ("Cousine", "Liberation Mono"),
    "calibri": ("Carlito",),
    "cambria": ("Caladea",),
}
# Fall-back families, most wanted first; Vazirmatn where it was installed.
_FALLBACK_FAMILIES: Final = ("Inter", "Vazirmatn", "Noto Sans Arabic", "Noto Sans Hebrew")
_FAUX_BOLD: Final = 1 / 28
_FAUX_SLANT: Final = 0.21
_NOTDEF: Final = 0  # of every font (OpenType 1.9, "Recommendations for OpenType fonts")


@dataclass(frozen=True)
class Substitution:
    """A font that was not there, and what was drawn instead. Names are PostScript names."""

    requested: str
    used: str


class Font:
    """A face ready for shaping and drawing. Measures are in em (font units over units per em)."""

    def __init__(self, face: Face, *, faux_bold: bool = False, faux_italic: bool = False) -> None:
        self.face = face
        self.faux = (faux_bold, faux_italic)
        handle = _handle(face.path, face.index)
        self.units = handle.upem or 1000
        self.handle = hb.Font(handle)
        if face.coordinates:
            self.handle.set_variations(dict(face.coordinates))
        if faux_bold:
            self.handle.synthetic_bold = (_FAUX_BOLD, _FAUX_BOLD, False)
        if faux_italic:
            self.handle.synthetic_slant = _FAUX_SLANT
        self._covered: dict[int, bool] = {}
        self._outlines: dict[tuple[int, float, float], tuple[Contour, ...]] = {}
        extents = self.handle.get_font_extents("ltr")
        self.ascender = extents.ascender / self.units
        self.descender = extents.descender / self.units
        self.cap_height = self._height_of("dH", 88, 0.72)

    @cached_property
    def capitals(self) -> float:
        """The height of capitals."""
        return self._height_of("H", 88, 0.7)

    @cached_property
    def x_height(self) -> float:
        """The height of small letters without ascenders."""
        return self._height_of("x", 86, 0.5)

    @property
    def name(self) -> str:
        return self.face.postscript_name

    def covers(self, code: int) -> bool:
        """Whether the font has a glyph for the character."""
        found = self._covered.get(code)
        if found is None:
            found = self._covered[code] = self.handle.get_nominal_glyph(code) is not None
        return found

    def outline(self, glyph: int, scale_x: float, scale_y: float) -> tuple[Contour, ...]:
        """The glyph's contours at a scale (pixels per em), y down, cached; never change them.

        A character that no font has takes its room and shows nothing: fonts' own signs for it (a box, Inter's reads "NO
        GLYPH") look like a fault in a film. Everybody who can do something about it is told.
        """
        if glyph == _NOTDEF:
            return ()
        key = (glyph, scale_x, scale_y)
        contours = self._outlines.get(key)
        if contours is None:
            if len(self._outlines) > 20_000:
                self._outlines.clear()
            contours = draw(self.handle, glyph, scale_x / self.units, scale_y / self.units)
            self._outlines[key] = contours
        return contours

    def glyph_name(self, glyph: int) -> str:
        return str(self.handle.glyph_to_string(glyph))

    def _height_of(self, letters: str, place: int, otherwise: float) -> float:
        """The height of the first of the letters that the font has, else what its OS/2 table says at `place`, in em.

        The height of "d" is where Adobe places a text box's first baseline.
        """
        for letter in letters:
            glyph = self.handle.get_nominal_glyph(ord(letter))
            extents = self.handle.get_glyph_extents(glyph) if glyph is not None else None
            if extents and extents.y_bearing > 0:
                return float(extents.y_bearing) / self.units
        table = self.handle.face.reference_table("OS/2").data
        if len(table) >= 90:
            (height,) = struct.unpack_from(">h", table, place)
            if height > 0:
                return float(height) / self.units
        return otherwise


_handles: dict[tuple[str, int], "hb.Face"] = {}
_handles_lock = Lock()


def _handle(path: str, index: int) -> "hb.Face":
    with _handles_lock:
        found = _handles.get((path, index))
        if found is None:
            if len(_handles) > 256:
                _handles.clear()
            found = _handles[path, index] = hb.Face(hb.Blob.from_file_path(path), index)
        return found


class FontLibrary:
    """Fonts of some folders, of packages and (with `system`) of the machine. Safe to share among threads."""

    def __init__(self, dirs: Sequence[Path] = (), *, packages: bool = True, system: bool = True) -> None:
        self._tiers: list[list[Path]] = [[Path(folder)] for folder in dirs]
        if packages:
            self._tiers.append(package_dirs())
        self._system = system_dirs() if system else []
        self._lock = Lock()
        self._faces: list[list[Face] | None] = [None] * (len(self._tiers) + 1)
        self._names: list[dict[str, Face]] = [{} for _ in range(len(self._tiers) + 1)]
        self._loaded: dict[tuple[Face, bool, bool], Font] = {}
        self._fallbacks: dict[tuple[int, int, bool], Font | None] = {}
        self._resolved: dict[tuple[str, str, str, bool, bool], tuple[Font, Substitution | None]] = {}

    def find(self, postscript_name: str, family: str = "", style: str = "") -> Face | None:
        """The face of that PostScript name, or of that family and style; None when neither is there."""
        wanted = [normal(name) for name in (postscript_name, f"{family}-{style}" if family else "") if name]
        for tier in range(len(self._names)):
            self._read(tier)
            for name in wanted:
                if name in self._names[tier]:
                    return self._names[tier][name]
        return None

    def nearest(self, family: str, weight: int, italic: bool) -> Face | None:
        """The face of a family nearest in slant and weight; of a variable font just that weight."""
        wanted = normal(family)
        for tier in range(len(self._names)):
            faces = [face for face in self._read(tier) if normal(face.family) == wanted]
            if faces:
                return _at_weight(faces, weight, italic)
        return None

    def resolve(
        self,
        postscript_name: str,
        family: str = "",
        style: str = "",
        *,
        faux_bold: bool = False,
        faux_italic: bool = False,
    ) -> tuple[Font, Substitution | None]:
        """The font to draw with; a substitute is named. Raises Unavailable when there is no font at all."""
        key = (postscript_name, family, style, faux_bold, faux_italic)
        found = self._resolved.get(key)
        if found is None:
            face = self.find(postscript_name, family, style)
            substitution = None
            if face is None:
                face = self._substitute(postscript_name, family, style)
                substitution = Substitution(postscript_name or family, face.postscript_name)
            font = self.load(face, faux_bold=faux_bold, faux_italic=faux_italic)
            found = self._resolved[key] = (font, substitution)
        return found

    def fallback(self, character: str, weight: int = 400, italic: bool = False) -> Font | None:
        """A font that has the character, near in weight; None when no font has it."""
        code = ord(character)
        key = (code, weight, italic)
        if key not in self._fallbacks:
            self._fallbacks[key] = self._find_fallback(code, weight, italic)
        return self._fallbacks[key]

    def undrawable(self, text: str, font: Font) -> str:
        """The characters of a text, each once, that neither the font nor any other has."""
        weight, italic = font.face.weight, font.face.italic
        return "".join(
            character
            for character in dict.fromkeys(text)
            if not invisible(character)
            and not character.isspace()  # HarfBuzz makes each width out of the font's own space
            and not font.covers(ord(character))
            and self.fallback(character, weight, italic) is None
        )

    def drawing(self, text: str, font: Font) -> tuple[str, ...]:
        """The names of the fonts that draw a text's letters (its signs and digits where it has none), the font itself
        first, where it draws any; then fall-backs. Of no text it is the font."""
        shown = [one for one in dict.fromkeys(text) if not (one.isspace() or unicodedata.category(one)[0] in "CM")]
        letters = [one for one in shown if one.isalpha()] or shown
        weight, italic = font.face.weight, font.face.italic
        found = [font if font.covers(ord(one)) else self.fallback(one, weight, italic) for one in letters]
        names = dict.fromkeys(one.name for one in found if one is not None)
        return tuple(sorted(names, key=lambda name: name != font.name)) or (font.name,)

    def load(self, face: Face, *, faux_bold: bool = False, faux_italic: bool = False) -> Font:
        """The face made ready, once."""
        key = (face, faux_bold, faux_italic)
        font = self._loaded.get(key)
        if font is None:
            font = self._loaded[key] = Font(face, faux_bold=faux_bold, faux_italic=faux_italic)
        return font

    @staticmethod
    def unreadable(folder: Path) -> list[Path]:
        """The font files below a folder of which nothing can be drawn."""
        return [path for path in font_files(folder) if not faces_in(path)]

    def faces(self) -> list[Face]:
        """All faces but the system's."""
        return [face for tier in range(len(self._tiers)) for face in self._read(tier)]

    def _read(self, tier: int) -> list[Face]:
        with self._lock:
            known = self._faces[tier]
            if known is None:
                folders = self._tiers[tier] if tier < len(self._tiers) else self._system
                known = [face for folder in folders for path in font_files(folder) for face in faces_in(path)]
                names = self._names[tier]
                for face in known:
                    for name in (face.postscript_name, *face.aliases, f"{face.family}-{face.style}"):
                        names.setdefault(normal(name), face)
                    if face.style in ("Regular", "Roman", "Book", "Normal"):
                        names.setdefault(normal(face.family), face)
                self._faces[tier] = known
            return known

    def _substitute(self, postscript_name: str, family: str, style: str) -> Face:
        weight, italic = style_of(style or postscript_name.partition("-")[2] or postscript_name)
        own = family or postscript_name.partition("-")[0]
        for name in (own, *_SAME_METRICS.get(normal(own), ()), *_FALLBACK_FAMILIES):
            face = self.nearest(name, weight, italic) if name else None
            if face:
                return face
        for tier in range(len(self._names)):
            faces = self._read(tier)
            if faces:
                return _at_weight(faces, weight, italic)
        raise Unavailable("No font was found at all; reinstall FlatRender with its dependencies (`pip install -e .`).")

    def _find_fallback(self, code: int, weight: int, italic: bool) -> Font | None:
        for family in _FALLBACK_FAMILIES:
            for tier in range(len(self._tiers)):
                faces = [face for face in self._read(tier) if face.family == family]
                font = self.load(_at_weight(faces, weight, italic)) if faces else None
                if font and font.covers(code):
                    return font
        for tier in range(len(self._names)):
            families: dict[str, list[Face]] = {}
            for face in self._read(tier):
                families.setdefault(face.family, []).append(face)
            for family in sorted(families):
                font = self.load(_at_weight(families[family], weight, italic))
                if font.covers(code):
                    return font
        return self._of_any_weight(code, weight, italic)

    def _of_any_weight(self, code: int, weight: int, italic: bool) -> Font | None:
        """The nearest face of all that have the character: the light and bold ones of a family often have less signs
        than its regular one."""
        for tier in range(len(self._names)):
            files: dict[tuple[str, int], list[Face]] = {}  # all faces of one have the same characters
            for face in self._read(tier):
                files.setdefault((face.path, face.index), []).append(face)
            nearest = [_at_weight(faces, weight, italic) for faces in files.values()]
            for face in sorted(nearest, key=lambda one: (one.italic != italic, abs(one.weight - weight), one.path)):
                font = self.load(face)
                if font.covers(code):
                    return font
        return None


def _at_weight(faces: Iterable[Face], weight: int, italic: bool) -> Face:
    """The face nearest in slant, then in weight; a variable one is set to the weight."""
    known = list(faces)
    best = min(known, key=lambda face: (face.italic != italic, abs(face.weight - weight), face.style))
    axes = dict(best.coordinates)
    weights = [face.weight for face in known]
    weight = max(min(weights), min(max(weights), weight))
    if "wght" in axes and best.weight != weight:
        axes["wght"] = float(weight)
        style = f"{weight}{' Italic' if italic else ''}"
        name = f"{best.family.replace(' ', '')}-{style.replace(' ', '')}"
        return replace(
            best, postscript_name=name, style=style, weight=weight, coordinates=tuple(axes.items()), aliases=()
        )
    return best


def invisible(character: str) -> bool:
    """Control and format characters, line ends and variation selectors: they need no glyph."""
    return unicodedata.category(character) in ("Cc", "Cf") or character in "\u2028\u2029\ufe0e\ufe0f"


def system_dirs() -> list[Path]:
    """Where this operating system keeps fonts."""
    home = Path.home()
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"]
    if os.name == "nt":
        return [
            Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",
            Path(os.environ.get("LOCALAPPDATA", str(home))) / "Microsoft" / "Windows" / "Fonts",
        ]
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return [Path("/usr/local/share/fonts"), Path("/usr/share/fonts"), home / ".fonts", data / "fonts"]


def default_library(bundle: Path | None = None) -> FontLibrary:
    """The library for a template: its bundle's fonts, the data folder's, packages', the system's."""
    from flatrender.settings import default_data_dir

    store = default_data_dir(os.environ) / "fonts"
    return FontLibrary([folder for folder in (bundle, store) if folder is not None])
