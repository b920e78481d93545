"""A Lottie that draws the same pictures with less work, made by the drawing child before a run of frames.

It has clips for mattes (`clips`) and, for what holds still (`holding`), pictures that are drawn here once.
"""

from typing import Any, Final

import numpy as np
import orjson

from flatrender.aftereffects.raster.clips import clipped
from flatrender.aftereffects.raster.holding import Still, with_stills
from flatrender.aftereffects.raster.planes import Pixels
from flatrender.aftereffects.raster.thorvg import DrawingFailed, Lent, Lottie

MOST_BYTES: Final = 128 * 1024 * 1024


def lighter(lottie: bytes, width: int, height: int) -> tuple[bytes, list[Lent]]:
    """The Lottie as one that draws the same with less work, and its pictures. One of a shape that is not known, or
    nested more deeply than is read (1024) or written (254), stays as it is."""
    try:
        document = clipped(orjson.loads(lottie))
        whole = (document["w"], document["h"]) == (width, height)
        made, drawn = with_pictures(document, width, height) if whole else (document, [])
        return orjson.dumps(made), drawn
    except (DrawingFailed, AttributeError, LookupError, TypeError, ValueError, ArithmeticError):
        return lottie, []


def with_pictures(document: dict[str, Any], width: int, height: int) -> tuple[dict[str, Any], list[Lent]]:
    """Without the pictures where they would take too much memory."""
    made, stills = with_stills(document)
    frame = np.empty((height, width), np.uint32)
    drawn: list[Lent] = []
    taken = 0
    for still in stills:
        drawn.append(_drawn(still, frame))
        taken += len(drawn[-1].pixels)
        if taken > MOST_BYTES:
            return document, []
    return made, drawn


def _drawn(still: Still, frame: Pixels) -> Lent:
    height, width = frame.shape
    lottie = Lottie(orjson.dumps(still.document), width, height, straight=False)
    try:
        lottie.draw(0, frame.ctypes.data)
    finally:
        lottie.close()
    left, top, right, bottom = box(frame) or (0, 0, 1, 1)
    still.lies_at(left, top, right, bottom)
    picture = Lent(still.address, right - left, bottom - top)
    pixels = np.frombuffer(memoryview(picture.pixels).cast("B"), np.uint32).reshape(bottom - top, right - left)
    pixels[:] = frame[top:bottom, left:right]
    return picture


def box(pixels: Pixels) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of what is not empty."""
    rows = np.flatnonzero(np.bitwise_or.reduce(pixels, axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(np.bitwise_or.reduce(pixels[top:bottom], axis=0))
    return int(columns[0]), top, int(columns[-1]) + 1, bottom
