"""Mutations of projects and made-up values, all from one seeded source of chance."""

import random
import struct
from collections.abc import Callable
from typing import Any

_SIZES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_DOUBLES = (0.0, -0.0, 1e308, -1e308, 1e-308, float("inf"), float("-inf"), float("nan"), 1e9, -1.0)
_CHUNKS = (b"LIST", b"tdgp", b"tdbs", b"tdmn", b"btdk", b"ldat", b"lhd3", b"cdta", b"ldta", b"idta", b"Utf8", b"tdb4")
_SOURCES = (
    "while(true){}",
    "value+time",
    "thisComp.layer(1).toComp([0,0])",
    "a=[];for(;;)a.push(a)",
    "(function f(){f()})()",
    "wiggle(1e9,1e9,1e9)",
    "loopOut('offset',-1)",
    "text.sourceText.style.setFontSize(1e300)",
    "createPath([])",
    "new Array(1e9)",
    "'x'.repeat(1e9)",
    "throw null",
    "undefined",
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one to eight things wrong."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        if len(changed) < 64:
            break
        # What moves bytes is mostly refused at once; what stays in place gets deeper.
        chance.choice(_IN_PLACE if chance.random() < 0.8 else _MOVING)(changed, chance)
    return bytes(changed)


def _place(data: bytearray, chance: random.Random, room: int = 1) -> int:
    return chance.randrange(12, max(13, len(data) - room))


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 4, 32))):
        data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _garbage(data: bytearray, chance: random.Random) -> None:
    at, size = _place(data, chance, 64), chance.choice((1, 2, 4, 8, 64))
    data[at : at + size] = chance.randbytes(size)


def _size(data: bytearray, chance: random.Random) -> None:
    """A chunk that says it is longer or shorter than it is."""
    name = chance.choice(_CHUNKS)
    found = data.find(name, _place(data, chance))
    if 0 < found < len(data) - 8:
        data[found + 4 : found + 8] = struct.pack(">I", chance.choice((*_SIZES, chance.randrange(1 << 16))))


def _number(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance, 8)
    data[at : at + 8] = struct.pack(">d", chance.choice(_DOUBLES))


def _cut(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    del data[at : at + chance.choice((1, 2, 8, 256, 4096))]


def _end(data: bytearray, chance: random.Random) -> None:
    del data[_place(data, chance) :]
    data[4:8] = struct.pack(">I", max(0, len(data) - 8))


def _again(data: bytearray, chance: random.Random) -> None:
    at, size = _place(data, chance), chance.choice((8, 64, 1024))
    data[at:at] = data[at : at + size]


def _swap(data: bytearray, chance: random.Random) -> None:
    first, second, size = _place(data, chance, 64), _place(data, chance, 64), chance.choice((4, 16, 64))
    data[first : first + size], data[second : second + size] = (
        data[second : second + size],
        data[first : first + size],
    )


def _name(data: bytearray, chance: random.Random) -> None:
    """A chunk of one kind called one of another."""
    found = data.find(chance.choice(_CHUNKS), _place(data, chance))
    if found > 0:
        data[found : found + 4] = chance.choice(_CHUNKS)


def _expression(data: bytearray, chance: random.Random) -> None:
    """Another expression in place of one that the file has, as long as it."""
    found = data.find(b"Utf8", _place(data, chance))
    if not 0 < found < len(data) - 8:
        return
    (size,) = struct.unpack(">I", data[found + 4 : found + 8])
    if 4 <= size < 4096 and found + 8 + size <= len(data):
        source = chance.choice(_SOURCES).encode()
        data[found + 8 : found + 8 + size] = source[:size].ljust(size)


_Mutation = Callable[[bytearray, random.Random], None]
_IN_PLACE: tuple[_Mutation, ...] = (_flip, _garbage, _number, _swap, _expression)
_MOVING: tuple[_Mutation, ...] = (_size, _cut, _end, _again, _name)

_LETTERS = (
    "abc ",
    "سلام دنیا ",
    "שלום ",
    "🎬👩‍👩‍👧‍👦",
    "\u202e\u202d\u2066\u2069\u200f",
    "e\u0301\u0302\u0303" * 3,
    "\ud800",
    "\x00\x03\r\n\u2028\t",
    "字" * 8,
    "\U000e0001",
    "ﷺ",
    "A\u00adB\u00a0C",
)


def wild_text(chance: random.Random) -> str:
    """Words of many scripts, controls and lone halves, up to too many."""
    count = chance.choice((0, 1, 3, 10, 60))
    text = "".join(chance.choice(_LETTERS) for _ in range(count))
    return text * chance.choice((1, 1, 1, 40))


def wild_value(chance: random.Random) -> Any:
    """A customer's value as a hostile client might send it."""
    odd = (None, 5, -1e308, [], {}, "x" * 300, True, "#12345", "#GGGGGG", "../../etc/passwd", float("nan"))
    return chance.choice(
        (
            {"kind": "text", "text": wild_text(chance), "direction": chance.choice(("ltr", "rtl", "auto", "up"))},
            {"kind": "text", "text": wild_text(chance), "font": chance.choice(("Inter-Bold", "", "x" * 999, 7))},
            {"kind": "text", "text": chance.choice(odd)},
            {"kind": "data", "text": wild_text(chance)},
            {"kind": "color", "value": chance.choice(("#ff0000", "#00ff0080", *odd))},
            {"kind": "visible", "value": chance.choice(odd)},
            {"kind": "image", "path": chance.choice(("/dev/zero", "/etc/passwd", "", "gone.png")), "focus": odd[0]},
            {"kind": "number", "value": chance.choice((1, -0.5, *odd))},
            {"kind": "point", "value": chance.choice(([1, 2], *odd))},
            {"kind": chance.choice(odd)},
            chance.choice(odd),
        )
    )
