"""Draws what holds still in a Lottie once, for the drawing child (see `lighter`)."""

import ctypes
from typing import Any, Final

import orjson

from flatrender.aftereffects.raster.lighter import Still, clipped, with_stills
from flatrender.aftereffects.raster.thorvg import DrawingFailed, Lent, Lottie

MOST_BYTES: Final = 128 * 1024 * 1024


def lighter(lottie: bytes, width: int, height: int) -> tuple[bytes, list[Lent]]:
    """The Lottie as one that draws the same with less work, and its pictures. One of a shape that is not known stays as
    it is."""
    try:
        document = clipped(orjson.loads(lottie))
        whole = (document["w"], document["h"]) == (width, height)
        made, drawn = with_pictures(document, width, height) if whole else (document, [])
    except (DrawingFailed, AttributeError, LookupError, TypeError, ValueError, ArithmeticError):
        return lottie, []
    return orjson.dumps(made), drawn


def with_pictures(document: dict[str, Any], width: int, height: int) -> tuple[dict[str, Any], list[Lent]]:
    """Without the pictures where they would take too much memory."""
    made, stills = with_stills(document)
    frame = bytearray(width * height * 4)
    drawn: list[Lent] = []
    taken = 0
    for still in stills:
        drawn.append(_drawn(still, frame, width, height))
        taken += len(drawn[-1].pixels)
        if taken > MOST_BYTES:
            return document, []
    return made, drawn


def _drawn(still: Still, frame: bytearray, width: int, height: int) -> Lent:
    memory = (ctypes.c_uint8 * len(frame)).from_buffer(frame)
    lottie = Lottie(orjson.dumps(still.document), width, height, straight=False)
    try:
        lottie.draw(0, ctypes.addressof(memory))
    finally:
        lottie.close()
    left, top, right, bottom = box(bytes(frame), width) or (0, 0, 1, 1)
    still.lies_at(left, top, right, bottom)
    picture = Lent(still.address, right - left, bottom - top)
    pixels, seen, line = memoryview(picture.pixels).cast("B"), memoryview(frame), 4 * (right - left)
    for row in range(bottom - top):
        begin = 4 * ((top + row) * width + left)
        pixels[row * line : (row + 1) * line] = seen[begin : begin + line]
    return picture


def box(pixels: bytes, width: int) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of what is not empty in R, G, B, A."""
    line, blank = width * 4, bytes(width * 4)
    rows = range(len(pixels) // line)
    top = next((row for row in rows if pixels[row * line : (row + 1) * line] != blank), None)
    if top is None:
        return None
    bottom = 1 + next(row for row in reversed(rows) if pixels[row * line : (row + 1) * line] != blank)
    alphas = pixels[top * line + 3 : bottom * line : 4]
    together = 0
    for begin in range(0, len(alphas), width):
        together |= int.from_bytes(alphas[begin : begin + width])
    columns = together.to_bytes(width)
    left, right = width - len(columns.lstrip(b"\0")), len(columns.rstrip(b"\0"))
    return (left, top, right, bottom) if right else None
