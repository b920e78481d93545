"""A font file that somebody gives us: checked, and put under the PostScript name by which a project asks for it.

Only ever in a limited child: what a stranger calls a font may keep a parser busy for ever.
"""

import io
import struct
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont, TTLibError

from flatrender.core.errors import BadFile

_MAX_TABLES: Final = 128
_MAX_NAMES: Final = 1 << 20
# What the parser raises for fonts that make no sense, wherever it happens to notice.
UNREADABLE: Final = (
    *(TTLibError, struct.error, OSError, EOFError, ValueError, LookupError, AssertionError, AttributeError, TypeError),
    *(ArithmeticError, RecursionError),
)
_MAGIC: Final = (b"\x00\x01\x00\x00", b"OTTO", b"true", b"ttcf")


def renamed(path: Path, file_name: str, postscript_name: str) -> tuple[str, bytes]:
    """The font's own PostScript name, and the font under another. Raises BadFile for what is no TTF or OTF file."""
    data = path.read_bytes()
    if data[:4] in (b"wOFF", b"wOF2"):
        raise BadFile(f"{file_name} is a web font; upload the TTF or OTF file of it.", field="file")
    if data[:4] not in _MAGIC:
        raise BadFile(f"{file_name} is no font; upload a TTF or OTF file.", field="file")
    damaged = BadFile(f"{file_name} is damaged; get another copy of the font.", field="file")
    if not plausible(data):
        raise damaged
    try:
        font = TTFont(io.BytesIO(data), lazy=True, fontNumber=0 if data.startswith(b"ttcf") else -1)
        return str(font["name"].getDebugName(6) or "")[:160], named(font, postscript_name)
    except UNREADABLE as error:
        raise damaged from error


def plausible(data: bytes) -> bool:
    """Whether the tables of the (first) font fit into the file side by side, and its names into a megabyte.

    OpenType 1.9, "Table directory". Tables that lie over each other would be copied once each: a file of some
    megabytes would become gigabytes.
    """
    try:
        (at,) = struct.unpack_from(">I", data, 12) if data.startswith(b"ttcf") else (0,)
        (count,) = struct.unpack_from(">H", data, at + 4)
        if not 0 < count <= _MAX_TABLES:
            return False
        tables = [struct.unpack_from(">4sIII", data, at + 12 + 16 * number) for number in range(count)]
    except struct.error:
        return False
    names = max((length for tag, _, _, length in tables if tag == b"name"), default=0)
    inside = all(offset + length <= len(data) for _, _, offset, length in tables)
    return inside and names <= _MAX_NAMES and sum(length for *_, length in tables) <= len(data)


def named(font: TTFont, postscript_name: str) -> bytes:
    """The font under another PostScript name (`name` table, OpenType 1.9: 1 family, 2 style, 4 full, 6 PostScript)."""
    family, _, style = postscript_name.partition("-")
    table = font["name"]
    for record in list(table.names):
        if record.nameID in {1, 2, 3, 4, 6, 16, 17, 25}:
            table.removeNames(nameID=record.nameID)
    names = {
        1: postscript_name,
        2: "Regular",
        4: postscript_name,
        6: postscript_name,
        16: family,
        17: style or "Regular",
    }
    for name_id, text in names.items():
        table.setName(text, name_id, 3, 1, 0x409)
    out = io.BytesIO()
    font.save(out, reorderTables=None)
    return out.getvalue()
