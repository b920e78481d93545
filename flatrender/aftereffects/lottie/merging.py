"""Merge Paths, worked out beforehand: ThorVG leaves paths unmerged.

After Effects merges all paths above the operator in its group, from the bottom up: the lowest is kept, the ones above
it are added, cut off, intersected or excluded. That is done here with Skia's path operations, frame by frame where
something moves. Open paths, and those that other operators change first, are left: there "exclude" becomes an even-odd
fill and the others stay as they are (reported).
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flatrender.aftereffects.lottie.keyframes import Json
from flatrender.aftereffects.lottie.modifiers import KINDS, Seen, modify
from flatrender.aftereffects.lottie.moments import moving_frames
from flatrender.aftereffects.lottie.outlines import GEOMETRY, outline, worked_out
from flatrender.aftereffects.lottie.repeating import REPEATER, repeated

if TYPE_CHECKING:  # Skia is loaded when something is to be merged
    import pathops

MERGE, ADD, SUBTRACT, INTERSECT, EXCLUDE = 1, 2, 3, 4, 5
_OPERATIONS = {ADD: "UNION", SUBTRACT: "DIFFERENCE", INTERSECT: "INTERSECTION", EXCLUDE: "XOR"}
_Matrix = tuple[float, float, float, float, float, float]
_MODIFIERS = frozenset({"tm", "rd", "rp", "op", *KINDS})
_MOST = 20_000  # outlines over all frames
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def merged(items: list[Json], seen: Seen | None = None) -> list[Json]:
    """The items of a group with its merges, and what players do not know or draw otherwise, worked out; groups within
    first. What cannot be worked out is left.
    """
    seen = seen or Seen()
    done: list[Json] = []
    for number, item in enumerate(items):
        if item["ty"] == "gr":
            done.append({**item, "it": merged(item["it"], seen)})
        elif item["ty"] == "mm":
            done = _merge(done, item)
        elif item["ty"] in KINDS:
            bent = modify(done, item, seen)
            done = [*done, item] if bent is None else bent
        elif item["ty"] == REPEATER:
            copies = repeated(done, item, items[number + 1 :])
            done = [*done, item] if copies is None else copies
        else:
            done.append(item)
    return _even_odd_below(done)


def _merge(above: list[Json], merge: Json) -> list[Json]:
    mode = int(merge["mm"])
    geometry = [item for item in above if item["ty"] in ("sh", "rc", "el", "sr", "gr")]
    if mode == MERGE or len(geometry) < 2:
        return [*above, merge]
    moving = moving_frames(geometry)
    if any(item["ty"] in _MODIFIERS for item in above) or len(geometry) * len(moving or ()) > _MOST:
        return [*above, merge]
    shapes = worked_out(geometry, geometry[0]["nm"], lambda items, frame: _combined(items, mode))
    if shapes is None:
        return [*above, merge]
    first = above.index(geometry[0])
    kept = [item for item in above if item not in geometry]
    return [*kept[:first], *shapes, *kept[first:]]


def _combined(geometry: list[Json], mode: int) -> list[Json] | None:
    """Still outlines, from the bottom up, as one operation makes them."""
    import pathops

    paths = [_path(item, _IDENTITY) for item in reversed(geometry)]
    if any(path is None for path in paths):
        return None
    result = paths[0]
    try:
        for path in paths[1:]:
            result = pathops.op(result, path, pathops.PathOp[_OPERATIONS[mode]], fix_winding=True)
        return list(_contours(result))
    except pathops.PathOpsError:
        return None


def _even_odd_below(items: list[Json]) -> list[Json]:
    """Fills below an "exclude" that could not be worked out leave out what is covered twice."""
    written, exclude = [], False
    for item in items:
        exclude = exclude or (item["ty"] == "mm" and int(item["mm"]) == EXCLUDE)
        written.append({**item, "r": 2} if exclude and item["ty"] in ("fl", "gf") else item)
    return written


def _path(item: Json, matrix: _Matrix) -> "pathops.Path | None":
    """A still shape item as a Skia path; None where it moves, or paints, or is of another kind."""
    import pathops

    path = pathops.Path()
    return path if _draw(item, matrix, path.getPen(glyphSet=None)) else None


def _draw(item: Json, matrix: _Matrix, pen: "pathops.PathPen") -> bool:
    kind = item["ty"]
    if kind == "gr":
        inner = _still_transform(item["it"][-1])
        parts = item["it"][:-1]
        return inner is not None and all(_draw(part, _times(matrix, inner), pen) for part in parts)
    if kind not in GEOMETRY or (kind == "sh" and not item["ks"]["k"]["c"]):
        return False
    return _outline(outline(item), matrix, pen)


def _outline(path: Json, matrix: _Matrix, pen: "pathops.PathPen") -> bool:
    vertices, incoming, outgoing = path["v"], path["i"], path["o"]
    if len(vertices) < 2:
        return True
    pen.moveTo(_apply(matrix, *vertices[0]))
    for index, (x, y) in enumerate(vertices):
        following = (index + 1) % len(vertices)
        (nx, ny), (ox, oy), (ix, iy) = vertices[following], outgoing[index], incoming[following]
        if ox or oy or ix or iy:
            pen.curveTo(_apply(matrix, x + ox, y + oy), _apply(matrix, nx + ix, ny + iy), _apply(matrix, nx, ny))
        else:
            pen.lineTo(_apply(matrix, nx, ny))
    pen.closePath()
    return True


def _contours(path: "pathops.Path") -> Iterator[Json]:
    """The closed outlines of a Skia path as Lottie paths."""
    for contour in path.contours:
        shape = _Outline()
        for verb, points in contour.segments:
            shape.add(verb, points)
        if shape.closed():
            yield {**shape.rows, "c": True}


class _Outline:
    """Vertices with their tangents, grown segment by segment."""

    def __init__(self) -> None:
        self.rows: dict[str, list[list[float]]] = {"v": [], "i": [], "o": []}

    def add(self, verb: str, points: tuple["_Point", ...]) -> None:
        if verb in ("moveTo", "lineTo"):
            self._vertex(points[0], points[0])
        elif verb == "curveTo":
            self._leave(points[0])
            self._vertex(points[2], points[1])
        elif verb == "qCurveTo":
            for control, end in _quadratics(points):
                x, y = self.rows["v"][-1]
                self._leave((x + (control[0] - x) * 2 / 3, y + (control[1] - y) * 2 / 3))
                self._vertex(end, (end[0] + (control[0] - end[0]) * 2 / 3, end[1] + (control[1] - end[1]) * 2 / 3))

    def closed(self) -> bool:
        """Joins the last vertex with the first where they are one; False for what is no outline."""
        vertices = self.rows["v"]
        if len(vertices) > 1 and math.dist(vertices[0], vertices[-1]) < 1e-6:
            vertices.pop()
            self.rows["o"].pop()
            self.rows["i"][0] = self.rows["i"].pop()
        return len(vertices) > 1

    def _vertex(self, at: "_Point", control: "_Point") -> None:
        self.rows["v"].append([at[0], at[1]])
        self.rows["i"].append([control[0] - at[0], control[1] - at[1]])
        self.rows["o"].append([0.0, 0.0])

    def _leave(self, control: "_Point") -> None:
        x, y = self.rows["v"][-1]
        self.rows["o"][-1] = [control[0] - x, control[1] - y]


_Point = tuple[float, float]


def _quadratics(points: tuple[_Point, ...]) -> Iterator[tuple[_Point, _Point]]:
    """A TrueType curve (controls, then its end) as single quadratic pieces."""
    *controls, end = points
    for index, control in enumerate(controls):
        last = index == len(controls) - 1
        following = controls[index + 1] if not last else end
        middle = ((control[0] + following[0]) / 2, (control[1] + following[1]) / 2)
        yield control, end if last else middle


def _still_transform(transform: Json) -> _Matrix | None:
    """A group's transform as a matrix (a b c d e f); None where it moves or skews."""
    if any(transform[key]["a"] for key in ("p", "a", "s", "r", "sk")) or transform["sk"]["k"]:
        return None
    (px, py), (ax, ay), (sx, sy) = (transform[key]["k"][:2] for key in ("p", "a", "s"))
    angle = math.radians(transform["r"]["k"])
    a, b = math.cos(angle) * sx / 100, math.sin(angle) * sx / 100
    c, d = -math.sin(angle) * sy / 100, math.cos(angle) * sy / 100
    return a, b, c, d, px - a * ax - c * ay, py - b * ax - d * ay


def _times(outer: _Matrix, inner: _Matrix) -> _Matrix:
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * m + e, b * k + d * m + f


def _apply(matrix: _Matrix, x: float, y: float) -> _Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
