"""R, G, B pictures as what encoders take: planes of Y, Cb, Cr, the latter at half the size (4:2:0), in limited range.

FFmpeg spends up to a third of a film's processor time on reading and converting pixels. Most pictures of a template are
in most places what the one before was, so only what has changed is converted here; the rest is copied.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint32]
Plane = NDArray[np.uint8]

_STRIP: Final = 36
"""Rows at once: their numbers stay in the processor's second cache."""
_BLOCK: Final = 16
"""Pixels of a row that are looked at together: eight times whether two of them have changed, as one number."""
_COLUMNS: Final = 64
"""Changes are found by so many columns: few sizes of scratch are needed."""
_WORTH: Final = 16_384
"""So many pixels more take less time than another turn."""
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
        self._memory = _Memory(min(_STRIP, height) * width)
        self._scratch: dict[tuple[int, int], _Scratch] = {}
        self._differ = np.zeros((height, -(-width // _BLOCK) * _BLOCK // 2), np.bool_)
        self._tops = np.arange(0, height, _STRIP)

    def convert(self, pixels: memoryview, out: memoryview, before: tuple[memoryview, memoryview] | None = None) -> None:
        """Writes the planes of R, G, B, X `pixels` to `out`. `before`: the pixels and planes of another picture that
        this one is like in most places.
        """
        wide, high = self._width, self._height
        new = np.frombuffer(pixels, np.uint32).reshape(high, wide)
        planes = self._split(out)
        changes = [(0, wide)] * len(self._tops)
        if before is not None:
            changes = self._changes(new, np.frombuffer(before[0], np.uint32).reshape(high, wide))
            if (0, wide) not in changes:
                out[:] = before[1]
            else:
                self._keep(changes, planes, self._split(before[1]))
        luma, cb, cr = planes
        for top, end, left, right in self._regions(changes):
            half = slice(top // 2, end // 2), slice(left // 2, right // 2)
            self._convert(new[top:end, left:right], luma[top:end, left:right], cb[half], cr[half])

    def _regions(self, changes: list[tuple[int, int]]) -> Iterator[tuple[int, int, int, int]]:
        """Top, bottom, left and right of what is converted at once: strips of which little has changed together."""
        last: tuple[int, int, int, int] | None = None
        for top, (left, right) in zip(self._tops.tolist(), changes, strict=True):
            if left == right:
                continue
            end = min(self._height, top + _STRIP)
            if last is not None:
                joined = last[0], end, min(last[2], left), max(last[3], right)
                own = (last[1] - last[0]) * (last[3] - last[2]) + (end - top) * (right - left)
                if _area(joined) <= min(_STRIP * self._width, own + _WORTH):
                    last = joined
                    continue
                yield last
            last = top, end, left, right
        if last is not None:
            yield last

    def _changes(self, new: Pixels, old: Pixels) -> list[tuple[int, int]]:
        """Of each strip the columns between which two pictures differ."""
        # Two pixels at once, in one pass over both pictures: it takes as long as reading them.
        np.not_equal(new.view(np.uint64), old.view(np.uint64), out=self._differ[:, : self._width // 2])
        blocks = np.bitwise_or.reduceat(self._differ.view(np.uint64), self._tops, axis=0) != 0
        count = blocks.shape[1]
        firsts, lasts = blocks.argmax(axis=1).tolist(), blocks[:, ::-1].argmax(axis=1).tolist()
        found = blocks.any(axis=1).tolist()
        return [
            (
                first * _BLOCK // _COLUMNS * _COLUMNS,
                min(self._width, -(-(count - last) * _BLOCK // _COLUMNS) * _COLUMNS),
            )
            if differs
            else (0, 0)
            for first, last, differs in zip(firsts, lasts, found, strict=True)
        ]

    def _keep(self, changes: list[tuple[int, int]], planes: tuple[Plane, ...], kept: tuple[Plane, ...]) -> None:
        """Takes over the strips in which something has stayed."""
        for top, change in zip(self._tops.tolist(), changes, strict=True):
            if change != (0, self._width):
                for plane, earlier, share in zip(planes, kept, (1, 2, 2), strict=True):
                    rows = slice(top // share, (top + _STRIP) // share)
                    plane[rows] = earlier[rows]

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
            scratch = self._scratch[pixels.shape] = _Scratch(self._memory, *pixels.shape)
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


def _area(region: tuple[int, int, int, int]) -> int:
    top, end, left, right = region
    return (end - top) * (right - left)


class _Memory:
    """For the numbers of so many pixels at most."""

    def __init__(self, pixels: int) -> None:
        self.whole = [np.empty(pixels, np.uint32) for _ in range(2)]
        self.half = [np.empty(pixels // 2, np.uint32) for _ in range(2)]
        self.pairs = np.empty(pixels // 4, np.uint64)
        self.quarter = [np.empty(pixels // 4, np.int32) for _ in range(5)]


class _Scratch:
    """The memory as pictures of one size."""

    def __init__(self, memory: _Memory, rows: int, columns: int) -> None:
        size, half, quarter = rows * columns, (rows // 2, columns), (rows // 2, columns // 2)
        self.one, self.two = (part[:size].reshape(rows, columns) for part in memory.whole)
        self.row_pairs = self.one.reshape(rows // 2, 2, columns)
        self.red_blue, self.green = (part[: size // 2].reshape(half) for part in memory.half)
        self.pairs = memory.pairs[: size // 4].reshape(quarter)
        self.r, self.g, self.b, self.total, self.term = (part[: size // 4].reshape(quarter) for part in memory.quarter)
