"""Zig Zag, Twist, Wiggle Paths and Wiggle Transform, worked out beforehand: players leave paths as they are. Pucker &
Bloat too, which ThorVG draws around another middle than that of the vertices.

Each bends the outlines above it in its group, also those in groups within. Zig Zag moves points of each side outwards
and inwards in turn; Wiggle Transform moves, turns and scales each outline as a whole. After Effects does not tell how
Twist fades towards the edge, nor which noise the wigglers follow: these are near, not equal (reported).
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flatrender.aftereffects.lottie.keyframes import Json
from flatrender.aftereffects.lottie.outlines import GEOMETRY, outline, worked_out
from flatrender.aftereffects.lottie.sides import Side, point_on, split

ZIGZAG, TWIST, WIGGLE, SHAKE, PUCKER = "zz", "tw", "wg", "wt", "pb"
KINDS = frozenset({ZIGZAG, TWIST, WIGGLE, SHAKE, PUCKER})
_OTHERS = frozenset({"tm", "rd", "rp", "op"})  # the player's own, which would have to come first
_MOST_POINTS = 4_000
_PIECES = 8  # of a side that is twisted
_WIGGLED_FRAMES = 600
_INCH = 72.0
_Point = tuple[float, float]


@dataclass(frozen=True)
class Seen:
    """The frames over which a layer is seen, and how many a second has."""

    frames: range = range(1)
    rate: float = 30.0


def modify(above: list[Json], modifier: Json, seen: Seen) -> list[Json] | None:
    """The items above a modifier, bent; None where they cannot be worked out beforehand.

    Args:
        above: the items, top to bottom.
        modifier: of one of `KINDS`.
        seen: when the layer is seen.
    """
    if any(item["ty"] in _OTHERS for item in above):
        return None
    times: Sequence[float] = ()
    if modifier["ty"] in (WIGGLE, SHAKE) and (modifier["f"]["a"] or modifier["f"]["k"]):
        times = seen.frames[:_WIGGLED_FRAMES]
    done: list[Json] = []
    for number, item in enumerate(above):
        if item["ty"] == "gr":
            inside = modify(item["it"][:-1], modifier, seen)
            if inside is None:
                return None
            done.append({**item, "it": [*inside, item["it"][-1]]})
        elif item["ty"] in GEOMETRY:
            bent = worked_out([item, modifier], item["nm"], _work(modifier["ty"], number, seen.rate), times)
            if bent is None:
                return None
            done += bent
        else:
            done.append(item)
    return done


def _work(kind: str, number: int, rate: float) -> Callable[[list[Json], float], list[Json] | None]:
    def work(items: list[Json], frame: float) -> list[Json] | None:
        path, modifier = outline(items[0]), items[1]
        if len(path["v"]) < 2:
            return [path]
        if kind == ZIGZAG:
            return _zigzag(path, float(modifier["s"]["k"]), float(modifier["r"]["k"]), int(modifier["pt"]["k"]) == 2)
        if kind == PUCKER:
            return [_puckered(path, float(modifier["a"]["k"]) / 100)]
        if kind == TWIST:
            return _twisted(path, float(modifier["a"]["k"]), tuple(modifier["c"]["k"][:2]))
        bend = _wiggled if kind == WIGGLE else _shaken
        return bend(path, modifier, frame / rate, number)

    return work


def _sides(path: Json) -> Iterator[Side]:
    vertices, outgoing, incoming = path["v"], path["o"], path["i"]
    for index in range(len(vertices) if path["c"] else len(vertices) - 1):
        following = (index + 1) % len(vertices)
        (x0, y0), (x3, y3) = vertices[index][:2], vertices[following][:2]
        (ox, oy), (ix, iy) = outgoing[index][:2], incoming[following][:2]
        yield (x0, y0), (x0 + ox, y0 + oy), (x3 + ix, y3 + iy), (x3, y3)


def _direction(side: Side, t: float) -> _Point:
    """The unit tangent; where the controls lie on the ends, that of the straight line."""
    step = 1e-3
    before, after = point_on(side, max(0.0, t - step)), point_on(side, min(1.0, t + step))
    return _unit(after[0] - before[0], after[1] - before[1])


def _unit(x: float, y: float) -> _Point:
    length = math.hypot(x, y)
    return (x / length, y / length) if length > 1e-12 else (0.0, 0.0)


class _Bent:
    """Points set off a path along its normal, in turn to one side and the other."""

    def __init__(self) -> None:
        self.rows: dict[str, list[list[float]]] = {"v": [], "i": [], "o": []}

    def add(self, at: _Point, along: _Point, offset: float, before: float, after: float) -> None:
        x, y = at[0] + along[1] * offset, at[1] - along[0] * offset
        self.rows["v"].append([x, y])
        self.rows["i"].append([-along[0] * before, -along[1] * before])
        self.rows["o"].append([along[0] * after, along[1] * after])

    def path(self, closed: bool) -> Json:
        return {**self.rows, "c": closed}


def _zigzag(path: Json, size: float, ridges: float, smooth: bool) -> list[Json] | None:
    count = max(0, round(ridges))
    sides = list(_sides(path))
    if len(sides) * (count + 1) > _MOST_POINTS:
        return None
    reach = [math.dist(side[0], side[3]) / ((count + 1) * 2) if smooth else 0.0 for side in sides]
    bent, sign = _Bent(), 1.0
    for number, side in enumerate(sides):
        for step in range(count + 1):
            t = step / (count + 1)
            along, before = _direction(side, t), reach[number]
            if step == 0 and (number or path["c"]):
                last = _direction(sides[number - 1], 1.0)
                along = _unit(along[0] + last[0], along[1] + last[1])
                before = reach[number - 1]
            bent.add(point_on(side, t), along, sign * size, before, reach[number])
            sign = -sign
    if not path["c"]:
        bent.add(sides[-1][3], _direction(sides[-1], 1.0), sign * size, reach[-1], reach[-1])
    return [bent.path(bool(path["c"]))]


def _cut(path: Json, pieces: Callable[[Side], int]) -> Json | None:
    """The same outline with more vertices."""
    rows: dict[str, list[list[float]]] = {"v": [], "i": [], "o": []}
    last: _Point | None = None
    for side in _sides(path):
        count = pieces(side)
        if len(rows["v"]) + count > _MOST_POINTS:
            return None
        rest = side
        for left in range(count, 0, -1):
            piece, rest = split(rest, 1 / left)
            rows["v"].append(list(piece[0]))
            rows["o"].append([piece[1][0] - piece[0][0], piece[1][1] - piece[0][1]])
            rows["i"].append([last[0] - piece[0][0], last[1] - piece[0][1]] if last is not None else [0.0, 0.0])
            last = piece[2]
    end = next(iter(rows["v"])) if path["c"] else list(path["v"][-1][:2])
    back = [last[0] - end[0], last[1] - end[1]] if last is not None else [0.0, 0.0]
    if path["c"]:
        rows["i"][0] = back
    else:
        rows["v"].append(end)
        rows["i"].append(back)
        rows["o"].append([0.0, 0.0])
    return {**rows, "c": path["c"]}


def _twisted(path: Json, angle: float, centre: tuple[float, ...]) -> list[Json] | None:
    cut = _cut(path, lambda side: _PIECES)
    if cut is None:
        return None
    radius = max(math.dist(vertex, centre) for vertex in cut["v"]) or 1.0

    def turned(x: float, y: float) -> _Point:
        by = math.radians(angle) * max(0.0, 1 - math.dist((x, y), centre) / radius)
        dx, dy = x - centre[0], y - centre[1]
        return centre[0] + dx * math.cos(by) - dy * math.sin(by), centre[1] + dx * math.sin(by) + dy * math.cos(by)

    return [_moved(cut, lambda index, x, y: turned(x, y))]


def _puckered(path: Json, amount: float) -> Json:
    """Vertices drawn to their middle by a share of their distance, the ends of their tangents as much away from it."""
    count = len(path["v"])
    middle = [sum(vertex[axis] for vertex in path["v"]) / count for axis in (0, 1)]
    rows: dict[str, list[list[float]]] = {"v": [], "i": [], "o": []}
    for index, vertex in enumerate(path["v"]):
        moved = [vertex[axis] + (middle[axis] - vertex[axis]) * amount for axis in (0, 1)]
        rows["v"].append(moved)
        for name in "io":
            end = [vertex[axis] + path[name][index][axis] for axis in (0, 1)]
            rows[name].append([end[axis] - (middle[axis] - end[axis]) * amount - moved[axis] for axis in (0, 1)])
    return {**rows, "c": path["c"]}


def _wiggled(path: Json, modifier: Json, time: float, number: int) -> list[Json] | None:
    detail, smooth = max(0.0, float(modifier["r"]["k"])), int(modifier["pt"]["k"]) == 2
    cut = _cut(path, lambda side: max(1, round(detail * math.dist(side[0], side[3]) / _INCH)))
    if cut is None:
        return None
    size, noise = float(modifier["s"]["k"]), _Noise(modifier, time, number)

    def shift(index: int, x: float, y: float) -> _Point:
        return x + size * noise.at(index, "x"), y + size * noise.at(index, "y")

    moved = _moved(cut, shift)
    if not smooth:
        none = [[0.0, 0.0] for _ in moved["v"]]
        moved |= {"i": none, "o": none}
    return [moved]


def _shaken(path: Json, modifier: Json, time: float, number: int) -> list[Json]:
    """The whole outline moved, turned and scaled, each by chance and at most by as much as the modifier says."""
    noise = _Noise(modifier, time, number)

    def pair(name: str) -> _Point:
        x, y = modifier[name]["k"][:2]
        return x * noise.at(number, f"{name}x"), y * noise.at(number, f"{name}y")

    (ax, ay), (px, py), (sx, sy) = pair("a"), pair("p"), pair("s")
    angle = math.radians(float(modifier["r"]["k"]) * noise.at(number, "r"))
    cos, sin = math.cos(angle), math.sin(angle)

    def move(index: int, x: float, y: float) -> _Point:
        dx, dy = (x - ax) * (1 + sx / 100), (y - ay) * (1 + sy / 100)
        return px + dx * cos - dy * sin, py + dx * sin + dy * cos

    return [_moved(path, move)]


def _moved(path: Json, move: Callable[[int, float, float], _Point]) -> Json:
    """Every vertex moved, its tangents with what moves their ends."""
    rows: dict[str, list[list[float]]] = {"v": [], "i": [], "o": []}
    for index, (vertex, incoming, outgoing) in enumerate(zip(path["v"], path["i"], path["o"], strict=True)):
        x, y = move(index, vertex[0], vertex[1])
        rows["v"].append([x, y])
        for name, tangent in (("i", incoming), ("o", outgoing)):
            ex, ey = move(index, vertex[0] + tangent[0], vertex[1] + tangent[1])
            rows[name].append([ex - x, ey - y])
    return {**rows, "c": path["c"]}


class _Noise:
    """What a wiggler follows at a time, from -1 to 1: in part alike for all that it moves."""

    def __init__(self, modifier: Json, time: float, number: int) -> None:
        self._together = min(max(float(modifier["c"]["k"]) / 100, 0.0), 1.0)
        self._moment = time * float(modifier["f"]["k"]) + float(modifier["tp"]["k"]) / 360
        phase = f"{float(modifier['sp']['k']):g}"
        outline = "" if modifier["ty"] == SHAKE else f" {number}"
        self._seed = f"{modifier['seed']}{outline} {phase}"
        self._known: dict[str, float] = {}

    def at(self, index: int, axis: str) -> float:
        alike, alone = self._value(f"all {axis}"), self._value(f"{index} {axis}")
        return self._together * alike + (1 - self._together) * alone

    def _value(self, key: str) -> float:
        """A vertex and the ends of its tangents ask for one value."""
        if key not in self._known:
            self._known[key] = _noise(f"{self._seed} {key}", self._moment)
        return self._known[key]


def _noise(key: str, moment: float) -> float:
    """Smooth noise from -1 to 1 that takes a new value at every whole moment."""
    whole = math.floor(moment)
    share = moment - whole
    eased = share * share * (3 - 2 * share)
    first, last = (random.Random(f"{key} {at}").uniform(-1, 1) for at in (whole, whole + 1))
    return first + (last - first) * eased
