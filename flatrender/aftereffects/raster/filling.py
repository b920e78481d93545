"""Frames of plain outlines, drawn from the numbers of `flat` by compiled code.

Coverage is exact: the signed area of an edge is added to the cells that it crosses, and the sum of a row up to a pixel
is how much of it is covered (the method of Raph Levien's font-rs). As in Blend2D a bit for each touched cell leads from
one to the next, and a frame is drawn in strips that stay in the processor's second cache, each from the background up.

Importing this takes half a second, and a few the first time on a machine: only who will draw many frames does.
"""

import math
from typing import Final

import numpy as np
from numba import float32, int64, njit, uint32, uint64
from numba.cpython.unsafe.numbers import trailing_zeros
from numpy.typing import NDArray

from flatrender.aftereffects.raster import flat as numbers

STRIP: Final = 64
"""Rows."""
FAR: Final = 1e7
"""Pixels beyond which an outline is not drawn: its numbers are too large to be exact, or none."""
_ONE, _ZERO, _HALF = np.float32(1), np.float32(0), np.float32(0.5)
_SOLID, _NOTHING = np.float32(0.998), np.float32(0.002)
_BISECTIONS: Final = 40
# Here once more: numba keeps code until this file changes, whatever changes in another one.
TRACKS, ROTATION, OPACITY, HELD, EASED = 8, 6, 7, 1, 2
assert (TRACKS, ROTATION, OPACITY, HELD, EASED) == (
    numbers.TRACKS,
    numbers.ROTATION,
    numbers.OPACITY,
    numbers.HELD,
    numbers.EASED,
)
_GRID: Final = 1 / 64
"""Of ThorVG's coordinates, in pixels."""

# Numbers keep their sizes by hand below: numba makes 64 bits of two smaller ones, and signed and unsigned ones a float.
# The types of arguments are left to it.
_compiled = njit(cache=True, error_model="numpy")
_inlined = njit(inline="always", error_model="numpy")


class Filler:
    """Draws frames of one size. The first one of a process waits for the code."""

    def __init__(self, flat: numbers.Flat, width: int, height: int, background: tuple[int, int, int]) -> None:
        red, green, blue = background
        self._flat, self._width, self._height = flat, width, height
        self._background = np.uint32(0xFF000000 | blue << 16 | green << 8 | red)
        self._cells = np.zeros((STRIP + 1) * (width + 4), np.float32)
        self._touched = np.zeros((STRIP + 1) * (width // 64 + 2), np.uint64)
        self._worths = np.zeros((len(flat.parents), TRACKS))
        self._matrices = np.zeros((len(flat.parents), 6))
        self._placed = np.zeros_like(flat.points)
        self._boxes = np.zeros((len(flat.owners), 4))
        self._strengths = np.zeros(len(flat.owners), np.float32)

    def draw(self, frame: float, pixels: NDArray[np.uint32]) -> None:
        """Fills `width * height` pixels, R, G, B, A in memory and opaque, with the frame."""
        scratch = self._worths, self._matrices, self._placed, self._boxes, self._strengths, self._cells, self._touched
        _draw(pixels, self._width, self._height, self._background, self._flat, frame, *scratch)


@_compiled
def _draw(pixels, width, height, background, flat, time, worths, matrices, placed, boxes, strengths, cells, touched):
    _evaluate(flat, time, worths)
    _place(flat.parents, worths, matrices)
    _look(flat, time, worths, matrices, placed, boxes, strengths)
    _fill(pixels, width, height, background, flat, placed, boxes, strengths, cells, touched)


@_compiled
def _along(first, second, at):
    """The cubic curve from 0 to 1 with two handles."""
    rest = 1.0 - at
    return 3.0 * rest * rest * at * first + 3.0 * rest * at * at * second + at * at * at


@_compiled
def _evaluate(flat, time, worths):
    """What each number of each layer is at a time."""
    tracks, times, values, kinds, eases = flat.tracks, flat.times, flat.values, flat.kinds, flat.eases
    worth = worths.reshape(worths.size)
    for track in range(len(worth)):
        at, end = tracks[track], tracks[track + 1]
        while at + 1 < end and times[at + 1] <= time:
            at += 1
        worth[track] = values[at]
        if kinds[at] == HELD or time <= times[at]:
            continue
        share = (time - times[at]) / (times[at + 1] - times[at])
        if kinds[at] == EASED:
            low, high = 0.0, 1.0
            for _ in range(_BISECTIONS):
                middle = (low + high) / 2.0
                if _along(eases[at, 0], eases[at, 2], middle) < share:
                    low = middle
                else:
                    high = middle
            share = _along(eases[at, 1], eases[at, 3], (low + high) / 2.0)
        worth[track] += (values[at + 1] - values[at]) * share


@_compiled
def _place(parents, worths, matrices):
    """The matrix of each layer, as `outlines.Matrix` has it."""
    for layer in range(len(parents)):
        anchor_x, anchor_y, at_x, at_y = worths[layer, 0], worths[layer, 1], worths[layer, 2], worths[layer, 3]
        wide, high = worths[layer, 4], worths[layer, 5]
        turn = math.radians(worths[layer, ROTATION])
        sine, cosine = math.sin(turn), math.cos(turn)
        a, b, c, d = cosine * wide, sine * wide, -sine * high, cosine * high
        e, f = at_x - anchor_x * a - anchor_y * c, at_y - anchor_x * b - anchor_y * d
        parent = parents[layer]
        own = matrices[layer]
        if parent < 0:
            own[0], own[1], own[2], own[3], own[4], own[5] = a, b, c, d, e, f
            continue
        outer = matrices[parent]
        own[0], own[1] = outer[0] * a + outer[2] * b, outer[1] * a + outer[3] * b
        own[2], own[3] = outer[0] * c + outer[2] * d, outer[1] * c + outer[3] * d
        own[4], own[5] = outer[0] * e + outer[2] * f + outer[4], outer[1] * e + outer[3] * f + outer[5]


@_compiled
def _look(flat, time, worths, matrices, placed, boxes, strengths):
    """Where the points of each outline lie, between which columns and rows, and how much it covers: 0 where unseen."""
    for outline in range(len(flat.owners)):
        owner = flat.owners[outline]
        strengths[outline] = 0.0
        if not flat.seen[owner, 0] <= time < flat.seen[owner, 1]:
            continue
        strength = flat.covers[outline] * worths[owner, OPACITY]
        matrix = matrices[owner]
        left, top, right, bottom = math.inf, math.inf, -math.inf, -math.inf
        first, last = flat.contours[outline], flat.contours[outline + 1]
        begin = flat.ends[first - 1] if first else 0
        for point in range(begin, flat.ends[last - 1]):
            x, y = flat.points[point, 0], flat.points[point, 1]
            new_x = matrix[0] * x + matrix[2] * y + matrix[4]
            new_y = matrix[1] * x + matrix[3] * y + matrix[5]
            placed[point, 0], placed[point, 1] = new_x, new_y
            left, right = min(left, new_x), max(right, new_x)
            top, bottom = min(top, new_y), max(bottom, new_y)
        if flat.sharp[outline] and _lies_along_the_axes(placed, begin):
            for point in range(begin, begin + 4):
                placed[point, 0], placed[point, 1] = (
                    math.floor(placed[point, 0] + 0.5),
                    math.floor(placed[point, 1] + 0.5),
                )
            left, top = math.floor(left + 0.5), math.floor(top + 0.5)
            right, bottom = math.floor(right + 0.5), math.floor(bottom + 0.5)
        # So written that what is no number is not drawn either.
        if left > -FAR and top > -FAR and right < FAR and bottom < FAR and strength > 0.0:
            boxes[outline, 0], boxes[outline, 1], boxes[outline, 2], boxes[outline, 3] = left, top, right, bottom
            strengths[outline] = min(1.0, strength)


@_compiled
def _lies_along_the_axes(placed, begin):
    """Whether each side of four points is upright or level, to a 64th of a pixel."""
    for number in range(4):
        point, following = begin + number, begin + (number + 1) % 4
        x, y = abs(placed[point, 0] - placed[following, 0]), abs(placed[point, 1] - placed[following, 1])
        if not (x < _GRID or y < _GRID):
            return False
    return True


@_compiled
def _fill(pixels, width, height, background, flat, placed, boxes, strengths, cells, touched):
    """Strip by strip the background and what lies over it."""
    contours, ends, colors = flat.contours, flat.ends, flat.colors
    for top in range(0, height, STRIP):
        bottom = min(top + STRIP, height)
        for at in range(uint64(top * width), uint64(bottom * width)):
            pixels[at] = background
        for outline in range(len(strengths)):
            strength, high, low = strengths[outline], boxes[outline, 1], boxes[outline, 3]
            if strength == _ZERO or low <= top or high >= bottom:
                continue
            left, right = int64(max(0.0, boxes[outline, 0])), min(width, int64(boxes[outline, 2]) + 1)
            if left >= right:
                continue
            first, last = max(top, int64(max(0.0, high))), min(bottom, int64(low) + 1)
            columns = uint64(right - left)
            stride = columns + uint64(3)
            words = (stride + uint64(63)) >> uint64(6)
            for contour in range(contours[outline], contours[outline + 1]):
                begin, end = ends[contour - 1] if contour else 0, ends[contour]
                x, y = placed[end - 1, 0] - left, placed[end - 1, 1] - first
                for point in range(begin, end):
                    next_x, next_y = placed[point, 0] - left, placed[point, 1] - first
                    _edge(cells, touched, stride, words, x, y, next_x, next_y, float(right - left), float(last - first))
                    x, y = next_x, next_y
            for row in range(uint64(last - first)):
                at = (uint64(first) + row) * uint64(width) + uint64(left)
                _row(pixels, at, columns, cells, row * stride, touched, row * words, words, colors[outline], strength)


@_compiled
def _edge(cells, touched, stride, words, x, y, to_x, to_y, wide, high):
    """Adds an edge. Its parts left and right of the cells count at their sides: what is right of it is covered."""
    if y == to_y or max(y, to_y) <= 0.0 or min(y, to_y) >= high:
        return
    slope = (to_x - x) / (to_y - y)
    above, below = min(max(y, 0.0), high), min(max(to_y, 0.0), high)
    x, to_x, y, to_y = x + slope * (above - y), to_x + slope * (below - to_y), above, below
    if min(x, to_x) >= 0.0 and max(x, to_x) <= wide:
        _line(cells, touched, stride, words, float32(x), float32(y), float32(to_x), float32(to_y))
        return
    span = to_x - x
    one = min(1.0, max(0.0, -x / span)) if span != 0.0 else 1.0
    two = min(1.0, max(0.0, (wide - x) / span)) if span != 0.0 else 1.0
    at_x, at_y = x, y
    for share in (min(one, two), max(one, two), 1.0):
        next_x, next_y = x + span * share, y + (to_y - y) * share
        from_side, to_side = min(max(at_x, 0.0), wide), min(max(next_x, 0.0), wide)
        _line(cells, touched, stride, words, float32(from_side), float32(at_y), float32(to_side), float32(next_y))
        at_x, at_y = next_x, next_y


@_compiled
def _line(cells, touched, stride, words, x, y, to_x, to_y):
    """Adds the covered area right of an edge that lies within the cells, row by row."""
    if y == to_y:
        return
    sign = _ONE
    if y > to_y:
        x, y, to_x, to_y = to_x, to_y, x, y
        sign = -_ONE
    slope = (to_x - x) / (to_y - y)
    left, right = min(x, to_x), max(x, to_x)
    for row in range(uint64(y), uint64(math.ceil(to_y))):
        below = min(float32(row) + _ONE, to_y)
        high = below - y
        y = below
        next_x = min(max(x + slope * high, left), right)  # rounding must not lead out of the cells
        area = high * sign
        begin, end = min(x, next_x), max(x, next_x)
        x = next_x
        first = uint64(begin)
        count = uint64(math.ceil(end)) - first
        begin, end = begin - float32(first), end - float32(first)
        at, word = row * stride + first, row * words
        if end <= _ONE:
            share = _HALF * (begin + end)
            cells[at] += area - area * share
            cells[at + uint64(1)] += area * share
            _touch(touched, word, first)
            _touch(touched, word, first + uint64(1))
            continue
        rise = _ONE / (end - begin)
        rest, over = _ONE - begin, end - float32(count) + _ONE
        head, tail = _HALF * rise * rest * rest, _HALF * rise * over * over
        cells[at] += area * head
        if count == uint64(2):
            cells[at + uint64(1)] += area * (_ONE - head - tail)
        else:
            second = rise * (_HALF + rest)
            cells[at + uint64(1)] += area * (second - head)
            for cell in range(uint64(2), count - uint64(1)):
                cells[at + cell] += area * rise
            cells[at + count - uint64(1)] += area * (_ONE - (second + float32(count - uint64(3)) * rise) - tail)
        cells[at + count] += area * tail
        for cell in range(first, first + count + uint64(1)):
            _touch(touched, word, cell)


@_inlined
def _touch(touched, word, cell):
    touched[word + (cell >> uint64(6))] |= uint64(1) << (cell & uint64(63))


@_compiled
def _row(pixels, at, columns, cells, base, touched, word, words, color, strength):
    """Lays a row of an outline over the pixels, and leaves its cells empty."""
    low, high = uint32(color & uint32(0xFF00FF)), uint32((color >> uint32(8)) & uint32(0xFF00FF))
    cover = _ZERO
    begin = uint64(0)
    for number in range(words):
        bits = touched[word + number]
        touched[word + number] = uint64(0)
        while bits:
            cell = (number << uint64(6)) + trailing_zeros(bits)
            bits &= bits - uint64(1)
            end = min(cell, columns)
            share = min(abs(cover), _ONE) * strength
            if end == begin + uint64(1):
                pixels[at + begin] = _over(pixels[at + begin], low, high, share)
            elif share > _SOLID:
                for pixel in range(at + begin, at + end):
                    pixels[pixel] = color
            elif share > _NOTHING:
                for pixel in range(at + begin, at + end):
                    pixels[pixel] = _over(pixels[pixel], low, high, share)
            cover += cells[base + cell]
            cells[base + cell] = _ZERO
            begin = end


@_inlined
def _over(below, low, high, share):
    """A colour over a pixel, two of its bytes at once."""
    alpha = uint32(share * np.float32(256) + _HALF)
    rest = uint32(uint32(256) - alpha)
    one = uint32(uint32(uint32(below & uint32(0xFF00FF)) * rest) + uint32(low * alpha))
    two = uint32(uint32(uint32((below >> uint32(8)) & uint32(0xFF00FF)) * rest) + uint32(high * alpha))
    return uint32(uint32(one >> uint32(8)) & uint32(0xFF00FF)) | uint32(two & uint32(0xFF00FF00))
