"""A font file that a site's pages are to be set in: checked, and written anew as a WOFF2.

Only ever in a limited child, as `given`: what a stranger calls a font may keep a parser busy for ever.
"""

import io
import struct
from pathlib import Path
from typing import Any, Final

import brotli
from fontTools.ttLib import TTFont

from flatrender.aftereffects.text.given import UNREADABLE, plausible
from flatrender.core.errors import BadFile, TooLarge

MAX_UNPACKED: Final = 16 * 1024**2
_MAX_TABLES: Final = 128
_NOT_KEPT: Final = ("SVG ", "DSIG", "meta")  # drawings may hold scripts; a signature would be no longer true
_WEIGHTS: Final = (1, 1000)  # CSS Fonts 4, font-weight


def web_font(path: Path, file_name: str, letters: str) -> tuple[dict[str, Any], bytes]:
    """What a font is called and how bold it is, `{"family", "weights": [lightest, boldest]}`, and its WOFF2.

    Raises BadFile for what is no WOFF2, TTF or OTF file or has not all of the `letters`, TooLarge.
    """
    data = path.read_bytes()
    damaged = BadFile(f"{file_name} is damaged; get another copy of the font.", field="file")
    if data[:4] == b"wOF2":
        if not _fits(data):
            raise TooLarge(f"{file_name} unfolds into more than {MAX_UNPACKED >> 20} MB.", field="file")
    elif data[:4] not in (b"\x00\x01\x00\x00", b"OTTO", b"true"):
        raise BadFile(f"{file_name} is no font; use a WOFF2, TTF or OTF file.", field="file", code="no-font")
    elif not plausible(data):
        raise damaged
    try:
        font = TTFont(io.BytesIO(data), lazy=True)
        known = font.getBestCmap() or {}
        missing = [letter for letter in letters if ord(letter) not in known]
        if missing:
            said = f"{file_name} has no {' '.join(missing[:8])}; choose a font that has all letters of this script."
            raise BadFile(said, field="file", code="letters-missing")
        for name in _NOT_KEPT:
            if name in font:
                del font[name]
        family = font["name"].getDebugName(16) or font["name"].getDebugName(1) or ""
        facts = {"family": " ".join(str(family).split())[:100], "weights": _weights(font)}
        font.flavor = "woff2"
        out = io.BytesIO()
        font.save(out)
    except (*UNREADABLE, brotli.error) as error:
        raise damaged from error
    return facts, out.getvalue()


def _fits(data: bytes) -> bool:
    """Whether a WOFF2 says that it unfolds within the bounds (WOFF File Format 2.0, "WOFF2Header"). One that lies meets
    the child's own bounds."""
    try:
        tables, _, unpacked = struct.unpack_from(">HHI", data, 12)
    except struct.error:
        return False
    return bool(0 < tables <= _MAX_TABLES and unpacked <= MAX_UNPACKED)


def _weights(font: TTFont) -> list[int]:
    """The lightest and the boldest that it can be drawn; of one that is not variable the only one, twice."""
    axes = font["fvar"].axes if "fvar" in font else ()
    low, high = next(((axis.minValue, axis.maxValue) for axis in axes if axis.axisTag == "wght"), (None, None))
    if low is None or high is None:
        low = high = font["OS/2"].usWeightClass if "OS/2" in font else 400
    least, most = _WEIGHTS
    return [round(max(least, min(most, value))) for value in (low, high)]
