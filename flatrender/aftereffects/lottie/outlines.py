"""Still rectangles, ellipses, stars and paths as Lottie paths, in the direction in which they are drawn."""

import math
from collections.abc import Callable, Sequence

from flatrender.aftereffects.lottie.keyframes import Json, rounded
from flatrender.aftereffects.lottie.moments import moving_frames, still

GEOMETRY = frozenset({"sh", "rc", "el", "sr"})
_CIRCLE = 4 / 3 * math.tan(math.pi / 8)


def outline(item: Json) -> Json:
    """The path of one still item of `GEOMETRY`."""
    kind = item["ty"]
    if kind == "sh":
        path: Json = item["ks"]["k"]
        return path
    if kind == "rc":
        path = rectangle(item["p"]["k"], item["s"]["k"], float(item["r"]["k"]))
    elif kind == "el":
        (x, y), (width, height) = item["p"]["k"][:2], item["s"]["k"][:2]
        path = rounded_box(x, y, width, height, width / 2, height / 2)
    else:
        path = _star(item)
    return _backwards(path) if item.get("d") == 3 else path


def rectangle(middle: Sequence[float], size: Sequence[float], roundness: float) -> Json:
    """A rectangle around its middle; without roundness it has four vertices."""
    (x, y), (width, height) = middle[:2], size[:2]
    radius = max(0.0, min(roundness, width / 2, height / 2))
    if radius:
        return rounded_box(x, y, width, height, radius, radius)
    left, top, right, bottom = x - width / 2, y - height / 2, x + width / 2, y + height / 2
    return _path([[right, top], [right, bottom], [left, bottom], [left, top]])


def rounded_box(x: float, y: float, width: float, height: float, rx: float, ry: float) -> Json:
    """A box around (x, y) with elliptic corners, clockwise."""
    left, top, right, bottom = x - width / 2, y - height / 2, x + width / 2, y + height / 2
    kx, ky = rx * _CIRCLE, ry * _CIRCLE
    if rx * 2 >= width and ry * 2 >= height:  # nothing is left of the sides: an ellipse
        return {
            "v": [[x, top], [right, y], [x, bottom], [left, y]],
            "o": [[kx, 0], [0, ky], [-kx, 0], [0, -ky]],
            "i": [[-kx, 0], [0, -ky], [kx, 0], [0, ky]],
            "c": True,
        }
    return {
        "v": [
            [right - rx, top], [right, top + ry], [right, bottom - ry], [right - rx, bottom],
            [left + rx, bottom], [left, bottom - ry], [left, top + ry], [left + rx, top],
        ],
        "o": [[kx, 0], [0, 0], [0, ky], [0, 0], [-kx, 0], [0, 0], [0, -ky], [0, 0]],
        "i": [[0, 0], [0, -ky], [0, 0], [kx, 0], [0, 0], [0, ky], [0, 0], [-kx, 0]],
        "c": True,
    }  # fmt: skip


def _star(item: Json) -> Json:
    """A star (`sy` 1) or a polygon: from the top, clockwise; round tips lean along the circle they lie on."""
    corners, outer = max(3, int(item["pt"]["k"])), (float(item["or"]["k"]), float(item["os"]["k"]) / 100)
    inner = (float(item["ir"]["k"]), float(item["is"]["k"]) / 100) if item["sy"] == 1 else outer
    count = 2 * corners if item["sy"] == 1 else corners
    x, y = item["p"]["k"][:2]
    vertices, tangents = [], []
    for number in range(count):
        angle = math.radians(float(item["r"]["k"])) + 2 * math.pi * number / count - math.pi / 2
        radius, roundness = inner if number % 2 and item["sy"] == 1 else outer
        reach = 2 * math.pi * radius / (count * (2 if item["sy"] == 1 else 4)) * roundness
        vertices.append([x + radius * math.cos(angle), y + radius * math.sin(angle)])
        tangents.append([-reach * math.sin(angle), reach * math.cos(angle)])
    return {"v": vertices, "o": tangents, "i": [[-a, -b] for a, b in tangents], "c": True}


def _path(vertices: list[list[float]]) -> Json:
    none = [[0.0, 0.0] for _ in vertices]
    return {"v": vertices, "i": none, "o": [list(one) for one in none], "c": True}


def _backwards(path: Json) -> Json:
    order = [0, *range(len(path["v"]) - 1, 0, -1)]
    return {
        "v": [path["v"][i] for i in order],
        "i": [path["o"][i] for i in order],
        "o": [path["i"][i] for i in order],
        "c": path["c"],
    }


def worked_out(
    items: list[Json],
    name: str,
    work: Callable[[list[Json], float], list[Json] | None],
    frames: Sequence[float] | None = None,
) -> list[Json] | None:
    """Path items for what `work` makes of `items` as they are at a frame: once for all, or at each frame.

    Args:
        items: what goes into it.
        name: of the path items.
        work: still items and their frame to paths; None where it cannot.
        frames: the frames at which something changes, where it is not the items alone.
    """
    moving = moving_frames(items)
    if moving is None and not frames:
        paths = work(items, 0.0)
        return None if paths is None else [_item({"a": 0, "k": _short(path)}, name) for path in paths]
    made: list[tuple[float, list[Json]]] = []
    for frame in sorted({*(moving or ()), *(frames or ())}):
        paths = work(still(items, frame), frame)
        if paths is None:
            return None
        made.append((frame, [_short(path) for path in paths]))
    most = max(len(paths) for _, paths in made)
    nothing: Json = {"v": [[0, 0]], "i": [[0, 0]], "o": [[0, 0]], "c": True}
    return [
        _item({"a": 1, "k": _held([(frame, (paths + [nothing] * most)[number]) for frame, paths in made])}, name)
        for number in range(most)
    ]


def _held(frames: list[tuple[float, Json]]) -> list[Json]:
    """Keyframes that hold, one wherever the path changes; at least two, as players want."""
    kept = [
        (frame, path)
        for index, (frame, path) in enumerate(frames)
        if index in (0, len(frames) - 1) or path != frames[index - 1][1]
    ]
    return [{"t": frame, "s": [path], "h": 1} for frame, path in kept]


def _item(path: Json, name: str) -> Json:
    return {"ty": "sh", "ks": path, "nm": name, "mn": "ADBE Vector Shape - Group", "hd": False}


def _short(path: Json) -> Json:
    return {key: [[rounded(x), rounded(y)] for x, y in path[key]] for key in "vio"} | {"c": path["c"]}
