"""R, G, B pictures as what encoders take: planes of Y, Cb, Cr, the latter at half the size (4:2:0), in limited range.

FFmpeg spends up to a third of a film's processor time on reading and converting pixels. Most pictures of a template are
in most places what the one before was, so only what has changed is converted here; the rest is copied.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint32]
Plane = NDArray[np.uint8]

_STRIP: Final = 36
"""Rows at once: their numbers stay in the processor's second cache."""
# BT.709 (3.2, 3.3) with 219 and 224 steps; luma by 2^8, chroma by 2^16 and four pixels.
_RED_BLUE: Final = np.uint32(16 + (47 << 16))
_GREEN: Final = np.uint32(157 << 8)
_LUMA: Final = np.uint32((16 * 256 + 128) << 16)
_CB: Final = (-6596, -22189, 28784)
_CR: Final = (28784, -26145, -2639)
_CHROMA: Final = (128 << 18) + (1 << 17)


def size(width: int, height: int) -> int:
    """Bytes of the three planes, one behind the other; both sides are even."""
    return width * height * 3 // 2


class Planes:
    """Converts pictures of one size one after the other."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._scratch: dict[tuple[int, int], _Scratch] = {}

    def convert(self, pixels: memoryview, out: memoryview, before: tuple[memoryview, memoryview] | None = None) -> None:
        """Writes the planes of R, G, B, X `pixels` to `out`. `before`: the pixels and planes of another picture that
        this one is like in most places.
        """
        wide, high = self._width, self._height
        new = np.frombuffer(pixels, np.uint32).reshape(high, wide)
        planes = self._split(out)
        old = None if before is None else np.frombuffer(before[0], np.uint32).reshape(high, wide)
        kept = planes if before is None else self._split(before[1])
        for top in range(0, high, _STRIP):
            end = min(high, top + _STRIP)
            rows = slice(top, end), slice(top // 2, end // 2), slice(top // 2, end // 2)
            left, right = 0, wide
            if old is not None:
                left, right = _changed(new[top:end:_SOME], old[top:end:_SOME])
                if right - left < wide:  # what some rows show is often all
                    left, right = _changed(new[top:end], old[top:end])
                if right - left < wide:
                    for plane, earlier, part in zip(planes, kept, rows, strict=True):
                        plane[part] = earlier[part]
            if left < right:
                columns = slice(left, right), slice(left // 2, right // 2), slice(left // 2, right // 2)
                parts = [plane[part, across] for plane, part, across in zip(planes, rows, columns, strict=True)]
                self._convert(new[top:end, left:right], *parts)

    def _split(self, memory: memoryview) -> tuple[Plane, Plane, Plane]:
        wide, high = self._width, self._height
        whole = np.frombuffer(memory, np.uint8)
        luma, chroma = wide * high, (high // 2, wide // 2)
        quarter = luma // 4
        return (
            whole[:luma].reshape(high, wide),
            whole[luma : luma + quarter].reshape(chroma),
            whole[luma + quarter : luma + 2 * quarter].reshape(chroma),
        )

    def _convert(self, pixels: Pixels, luma: Plane, cb: Plane, cr: Plane) -> None:
        """Red and blue of a pixel, and all sums of them, are worked on together: as halves of 32 bits."""
        scratch = self._scratch.get(pixels.shape)
        if scratch is None:
            scratch = self._scratch[pixels.shape] = _Scratch(*pixels.shape)
        one, two = scratch.one, scratch.two
        np.bitwise_and(pixels, 0x00FF00FF, out=one)
        np.multiply(one, _RED_BLUE, out=two)
        np.add.reduce(scratch.row_pairs, axis=1, out=scratch.red_blue)
        np.bitwise_and(pixels, 0x0000FF00, out=one)
        np.add.reduce(scratch.row_pairs, axis=1, out=scratch.green)
        np.multiply(one, _GREEN, out=one)
        np.add(one, two, out=one)
        np.add(one, _LUMA, out=one)
        np.right_shift(one, 24, out=one)
        np.copyto(luma, one, casting="unsafe")
        for rows, sums in ((scratch.red_blue, scratch.r), (scratch.green, scratch.g)):
            both = rows.view(np.uint64)
            np.right_shift(both, 32, out=scratch.pairs)
            np.add(scratch.pairs, both, out=scratch.pairs)
            np.copyto(sums, scratch.pairs, casting="unsafe")  # the lower half
        np.right_shift(scratch.r, 16, out=scratch.b)
        np.bitwise_and(scratch.r, 0xFFFF, out=scratch.r)
        np.right_shift(scratch.g, 8, out=scratch.g)
        total, term = scratch.total, scratch.term
        for plane, (r, g, b) in ((cb, _CB), (cr, _CR)):
            np.multiply(scratch.r, r, out=total)
            for part, weight in ((scratch.g, g), (scratch.b, b)):
                np.multiply(part, weight, out=term)
                np.add(total, term, out=total)
            np.add(total, _CHROMA, out=total)
            np.right_shift(total, 18, out=total)
            np.copyto(plane, total, casting="unsafe")


class _Scratch:
    def __init__(self, rows: int, columns: int) -> None:
        half, quarter = (rows // 2, columns), (rows // 2, columns // 2)
        self.one, self.two = np.empty((rows, columns), np.uint32), np.empty((rows, columns), np.uint32)
        self.row_pairs = self.one.reshape(rows // 2, 2, columns)
        self.red_blue, self.green = np.empty(half, np.uint32), np.empty(half, np.uint32)
        self.pairs = np.empty(quarter, np.uint64)
        self.r, self.g, self.b = (np.empty(quarter, np.int32) for _ in range(3))
        self.total, self.term = np.empty(quarter, np.int32), np.empty(quarter, np.int32)


_SOME: Final = 6
_COLUMNS: Final = 64
"""Changes are found by so many columns: few sizes of scratch are needed."""


def _changed(new: Pixels, old: Pixels) -> tuple[int, int]:
    """The columns between which two strips differ."""
    differ = np.logical_or.reduce(new != old, axis=0)
    left = int(differ.argmax())
    if not differ[left]:
        return 0, 0
    wide = len(differ)
    right = wide - int(differ[::-1].argmax())
    return left - left % _COLUMNS, min(wide, -(-right // _COLUMNS) * _COLUMNS)
