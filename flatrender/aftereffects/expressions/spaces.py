"""Where layers stand in their composition, and what box they fill, at one moment."""

import math
from collections.abc import Callable, Iterator
from typing import Any

from flatrender.aftereffects.expressions.sandbox import ExpressionFailed
from flatrender.aftereffects.graph import Animated, Composition, Group, Layer, Value
from flatrender.aftereffects.lottie.keyframes import plain
from flatrender.aftereffects.lottie.outlines import GEOMETRY, outline
from flatrender.aftereffects.lottie.shapes import shape_items
from flatrender.aftereffects.text import FontLibrary, TextSpec, layout

Matrix = tuple[float, float, float, float, float, float]
"""a b c d x y: a point (x, y) becomes (ax + cy + x, bx + dy + y)."""
Box = tuple[float, float, float, float]
ValueAt = Callable[[Composition, Layer, Animated, float], tuple[Value, bool]]

_STILL: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_MAX_PARENTS = 100


class Spaces:
    """Matrices and boxes of one scene's layers. `value_at` gives a property's value and whether it may change."""

    def __init__(self, value_at: ValueAt, fonts: FontLibrary | None) -> None:
        self._value_at = value_at
        self._fonts = fonts

    def matrix(self, composition: Composition, layer: Layer, time: float) -> tuple[Matrix, bool]:
        """From the layer's pixels to the composition's at `time`, through all its parents, and whether it moves."""
        whole, moving = _STILL, False
        current: Layer | None = layer
        for _ in range(_MAX_PARENTS):
            if current is None:
                return whole, moving
            if current.three_d:
                raise ExpressionFailed("places of layers in three dimensions are not known yet")
            own, moves = self._own(composition, current, time)
            whole, moving = times(own, whole), moving or moves
            current = composition.by_id.get(current.parent) if current.parent is not None else None
        raise ExpressionFailed("its parents go round in a circle")

    def _own(self, composition: Composition, layer: Layer, time: float) -> tuple[Matrix, bool]:
        moving = False

        def read(prop: Animated | None, default: tuple[float, ...]) -> tuple[float, ...]:
            nonlocal moving
            if prop is None:
                return default
            value, moves = self._value_at(composition, layer, prop, time)
            moving = moving or moves
            return value if isinstance(value, tuple) else (float(value),) if isinstance(value, int | float) else default

        group = layer.properties.transform

        def position(prop: Animated | None) -> tuple[float, ...]:
            if prop is None or not prop.separated:
                return read(prop, (0.0, 0.0))
            return tuple(read(part, (0.0,))[0] for part in prop.separated)

        place = position(group.get("ADBE Position"))
        anchor = read(group.get("ADBE Anchor Point"), (0.0, 0.0))
        scale = read(group.get("ADBE Scale"), (100.0, 100.0))
        turn = read(group.get("ADBE Rotate Z"), (0.0,))[0]
        return standing(place, anchor, scale, turn), moving

    def box(self, composition: Composition, layer: Layer, time: float, extents: bool) -> tuple[dict[str, float], bool]:
        """The box that a layer's picture fills, as `sourceRectAtTime` tells it, and whether it changes.

        `extents`: box text's own box counts in too.
        """
        moving = False
        box: Box | None
        if layer.kind == "text":
            box, moving = self._text_box(composition, layer, time, extents)
        elif layer.kind == "shape":
            box, moving = self._shape_box(composition, layer, time)
        else:
            box = (0.0, 0.0, float(layer.width), float(layer.height))
        left, top, right, bottom = box if box is not None else (0.0, 0.0, 0.0, 0.0)
        return {"left": left, "top": top, "width": right - left, "height": bottom - top}, moving

    def _text_box(self, composition: Composition, layer: Layer, time: float, extents: bool) -> tuple[Box | None, bool]:
        group = layer.properties.text
        source = group.get("ADBE Text Document") if group is not None else None
        if source is None or self._fonts is None:
            return None, False
        spec, moving = self._value_at(composition, layer, source, time)
        if not isinstance(spec, TextSpec):
            return None, moving
        box = layout(spec, self._fonts).bounds if spec.text.strip() else None
        if extents and spec.box is not None:
            left, top, width, height = spec.box
            frame = (left, top, left + width, top + height)
            box = frame if box is None else around([(box[0], box[1]), (box[2], box[3]), frame[:2], frame[2:]])
        return box, moving

    def _shape_box(self, composition: Composition, layer: Layer, time: float) -> tuple[Box | None, bool]:
        moving = False

        def put(prop: Animated | None, default: Any = 0.0) -> dict[str, Any]:
            nonlocal moving
            if prop is None or prop.kind in ("gradient", "color"):
                return {"a": 0, "k": plain(default)}
            value, moves = self._value_at(composition, layer, prop, time)
            moving = moving or moves
            return {"a": 0, "k": plain(value)}

        contents: Group | None = layer.properties.contents
        items = shape_items(contents.children if contents is not None else (), put)
        return around(list(_points(items, _STILL))), moving


def standing(place: tuple[float, ...], anchor: tuple[float, ...], scale: tuple[float, ...], turn: float) -> Matrix:
    """The matrix of a transform: its anchor point at its place, scaled (percent) and turned (degrees) around it."""
    angle = math.radians(turn)
    sx, sy = scale[0] / 100, scale[1 if len(scale) > 1 else 0] / 100
    a, b = math.cos(angle) * sx, math.sin(angle) * sx
    c, d = -math.sin(angle) * sy, math.cos(angle) * sy
    return a, b, c, d, place[0] - a * anchor[0] - c * anchor[1], place[1] - b * anchor[0] - d * anchor[1]


def times(outer: Matrix, inner: Matrix) -> Matrix:
    """First `inner`, then `outer`."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * m + e, b * k + d * m + f


def _points(items: list[dict[str, Any]], matrix: Matrix) -> Iterator[tuple[float, float]]:
    """Vertices and the outermost places of the curves of all outlines."""
    for item in items:
        if item["ty"] == "gr":
            tr = item["it"][-1]
            inner = standing(tr["p"]["k"], tr["a"]["k"], tr["s"]["k"], float(tr["r"]["k"]))
            yield from _points(item["it"][:-1], times(matrix, inner))
        elif item["ty"] in GEOMETRY:
            yield from _extremes(outline(item), matrix)


def _extremes(path: dict[str, Any], matrix: Matrix) -> Iterator[tuple[float, float]]:
    a, b, c, d, e, f = matrix
    vertices, count = path["v"], len(path["v"])

    def moved(x: float, y: float) -> tuple[float, float]:
        return a * x + c * y + e, b * x + d * y + f

    for index in range(count if path["c"] else count - 1):
        (x, y), (ox, oy) = vertices[index], path["o"][index]
        (nx, ny), (ix, iy) = vertices[(index + 1) % count], path["i"][(index + 1) % count]
        corners = [moved(x, y), moved(x + ox, y + oy), moved(nx + ix, ny + iy), moved(nx, ny)]
        shares = {0.0, 1.0, *(t for axis in (0, 1) for t in _turning(*(corner[axis] for corner in corners)))}
        for t in shares:
            u = 1 - t
            weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
            yield (
                sum(weight * corner[0] for weight, corner in zip(weights, corners, strict=True)),
                sum(weight * corner[1] for weight, corner in zip(weights, corners, strict=True)),
            )
    if count == 1:
        yield moved(*vertices[0])


def _turning(p0: float, p1: float, p2: float, p3: float) -> list[float]:
    """Where a cubic's one coordinate turns around, strictly between its ends."""
    a, b, c = -p0 + 3 * p1 - 3 * p2 + p3, 2 * (p0 - 2 * p1 + p2), p1 - p0
    if abs(a) < 1e-9:
        found = [-c / b] if abs(b) > 1e-9 else []
    else:
        root = b * b - 4 * a * c
        found = [(-b + sign * math.sqrt(root)) / (2 * a) for sign in (1, -1)] if root >= 0 else []
    return [t for t in found if 0 < t < 1]


def around(points: list[tuple[float, float]]) -> Box | None:
    """The box around points, None around none."""
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)
