"""Properties as Lottie writes them: `{"a": 0, "k": value}` or `{"a": 1, "k": [keyframe, …]}`.

After Effects eases in speed and influence, Lottie in the control points of a unit Bezier curve over a segment: x is
the influence as a share of the segment's time, y the distance covered at that speed as a share of the whole distance
(bodymovin, keyframeHelper). Frame numbers count in the exported composition's frame rate, also inside nested ones.
"""

import itertools
import math
from bisect import bisect_left
from typing import Any

from flatrender.aftereffects.easing import Point, eased, handle
from flatrender.aftereffects.graph import Animated, Ease, Gradient, Key, Path, Value
from flatrender.aftereffects.lottie.gradients import gradient_stops, stop_counts
from flatrender.aftereffects.lottie.vertices import same_vertex_count

Json = dict[str, Any]
_SEGMENTS = 150  # pieces into which a motion path is cut to measure its length
_MAX_FRAMES = 1_800  # a segment written frame by frame is at most so long
_LINEAR_OUT, _LINEAR_IN = 0.167, 0.833  # bodymovin's control points of a straight segment


def rounded(value: float, digits: int = 3) -> float | int:
    """`value` rounded; whole numbers as int, never -0 or NaN, so that the JSON stays small and valid."""
    if not math.isfinite(value):
        return 0
    short = round(value, digits)
    whole = int(short)
    return whole if whole == short else short


def plain(value: Value, stops: tuple[int, int] | None = None) -> Any:
    """A value as JSON: numbers, lists, a path or a flat list of gradient stops (`stops`: colours, opacities)."""
    if isinstance(value, Path):
        return {
            "i": [[rounded(x), rounded(y)] for x, y in value.in_tangents],
            "o": [[rounded(x), rounded(y)] for x, y in value.out_tangents],
            "v": [[rounded(x), rounded(y)] for x, y in value.vertices],
            "c": value.closed,
        }
    if isinstance(value, Gradient):
        return [rounded(number) for number in gradient_stops(value, stops)]
    if isinstance(value, tuple | list):
        return [rounded(float(part)) for part in value]
    return rounded(float(value)) if isinstance(value, int | float) else 0


def parts(value: Value, count: int, default: float = 0.0) -> list[float]:
    """So many numbers of a vector; those it has not are `default`."""
    own = [float(part) for part in value] if isinstance(value, tuple | list) else []
    return [*own, *[default] * count][:count]


def color(value: Value) -> list[float | int]:
    """A colour with alpha, to twelve digits as bodymovin keeps them."""
    parts = [float(part) for part in value] if isinstance(value, tuple | list) else [0.0, 0.0, 0.0]
    return [rounded(part, 6) for part in [*parts, 1.0, 1.0, 1.0, 1.0][: max(4, len(parts))][:4]]


def static(value: Value) -> Json:
    return {"a": 0, "k": plain(value)}


def animate(
    prop: Animated | None, rate: float, stretch: float = 1.0, default: Value = 0.0, *, curved: bool = True
) -> Json:
    """The Lottie form of a property.

    Args:
        prop: the property after values and expressions; None gives `default`.
        rate: frames per second of the exported composition.
        stretch: the layer's time stretch, a factor; eases count in unstretched time.
        default: the value of a property that is not there.
        curved: whether bent motion paths stay so. ThorVG guesses their length and is pixels off along them; written
            frame by frame they are exact, but say nothing of the direction to a layer that turns with it.
    """
    if prop is None:
        return static(default)
    stops = stop_counts(prop) if prop.kind == "gradient" else None
    if len(prop.keys) < 2:
        return {"a": 0, "k": color(prop.value) if prop.kind == "color" else plain(prop.value, stops)}
    keys = _forward(prop)
    keys = same_vertex_count(keys) if prop.kind == "path" else keys
    return {"a": 1, "k": _keyframes(prop, keys, rate, abs(stretch) or 1.0, stops, curved=curved)}


def _forward(prop: Animated) -> tuple[Key, ...]:
    """The keyframes in the order of time; a reversed layer's run backwards, and each arrives where it used to leave."""
    keys = prop.keys
    if keys[0].time <= keys[-1].time:
        return keys
    sign = -1 if prop.kind in ("scalar", "vector") else 1  # the speed along a path or between colours has no direction

    def turned(eases: tuple[Ease, ...]) -> tuple[Ease, ...]:
        return tuple(Ease(sign * ease.speed, ease.influence) for ease in eases)

    written = []
    for index in range(len(keys) - 1, -1, -1):
        key, before = keys[index], keys[index - 1] if index else None
        held = before is not None and before.out_type == "hold"
        written.append(
            Key(
                key.time,
                before.value if held and before is not None else key.value,  # what was held until this one
                key.out_type,
                "hold" if held else key.in_type,
                turned(key.ease_out),
                turned(key.ease_in),
                key.tangent_out,
                key.tangent_in,
            )
        )
    return tuple(written)


def _keyframes(
    prop: Animated,
    keys: tuple[Key, ...],
    rate: float,
    stretch: float,
    stops: tuple[int, int] | None,
    *,
    curved: bool,
) -> list[Json]:
    def start(key: Key) -> list[Any]:
        if prop.kind == "color":
            return color(key.value)
        value = plain(key.value, stops)
        return value if isinstance(value, list) else [value]

    written: list[Json] = []
    held = False
    for key, following in itertools.pairwise(keys):
        frame: Json = {"t": rounded(key.time * rate), "s": start(key)}
        held = key.out_type == "hold"
        if held:
            frame["h"] = 1
        elif _uneven(prop, key, following, stretch):
            written += _by_frame(prop, key, following, rate, stretch)
            continue
        elif not curved and _bent(prop, key, following):
            written += _along_by_frame(prop, key, following, rate, stretch)
            continue
        else:
            frame.update(_ease(prop, key, following, (following.time - key.time) / stretch))
            if prop.kind == "spatial":
                size = len(frame["s"])
                frame["to"] = plain(parts(key.tangent_out, size))
                frame["ti"] = plain(parts(following.tangent_in, size))
        written.append(frame)
    last: Json = {"t": rounded(keys[-1].time * rate), "s": start(keys[-1])}
    if held or keys[-1].out_type == "hold":
        last["h"] = 1
    written.append(last)
    return written


def _ease(prop: Animated, key: Key, following: Key, duration: float) -> Json:
    if key.out_type == "linear" and following.in_type == "linear":
        each = prop.kind in ("scalar", "vector", "color")
        x_in: Any = [_LINEAR_IN] if each else _LINEAR_IN
        x_out: Any = [_LINEAR_OUT] if each else _LINEAR_OUT
        return {"i": {"x": x_in, "y": x_in}, "o": {"x": x_out, "y": x_out}}
    outgoing = key.ease_out or (Ease(0.0, 100 / 6),)
    incoming = following.ease_in or (Ease(0.0, 100 / 6),)
    if prop.kind == "spatial":
        return _along_path(key, following, outgoing[0], incoming[0], duration)
    if prop.kind in ("path", "gradient", "text", "none"):
        return _single(outgoing[0], incoming[0], 1.0)
    pairs = _components(prop, key, following, duration)
    moving = [pair for pair, moves in zip(pairs, _moving(key, following), strict=False) if moves]
    if prop.kind == "vector" and moving:
        pairs = moving[:1] * len(pairs)  # ThorVG eases every component as the first
    return {
        "i": {"x": [rounded(p[0]) for p in pairs], "y": [rounded(p[1]) for p in pairs]},
        "o": {"x": [rounded(p[2]) for p in pairs], "y": [rounded(p[3]) for p in pairs]},
    }


_Control = tuple[float, float, float, float]


def _components(prop: Animated, key: Key, following: Key, duration: float) -> list[_Control]:
    """Control points of each component that has an ease of its own."""
    outgoing = key.ease_out or (Ease(0.0, 100 / 6),)
    incoming = following.ease_in or (Ease(0.0, 100 / 6),)
    return [
        _component(prop, key.value, following.value, index, outgoing[index], incoming[index], duration)
        for index in range(min(len(outgoing), len(incoming)))
    ]


def _moving(key: Key, following: Key) -> list[bool]:
    pairs = zip(_numbers(key.value), _numbers(following.value), strict=True)
    return [abs(last - first) > 1e-6 for first, last in pairs]


def _uneven(prop: Animated, key: Key, following: Key, stretch: float) -> bool:
    """Whether components of a vector move with different eases, which ThorVG cannot."""
    if prop.kind != "vector" or (key.out_type == "linear" and following.in_type == "linear"):
        return False
    pairs = _components(prop, key, following, (following.time - key.time) / stretch)
    moving = [pair for pair, moves in zip(pairs, _moving(key, following), strict=False) if moves]
    return any(abs(a - b) > 0.01 for pair in moving[1:] for a, b in zip(pair, moving[0], strict=True))


def _by_frame(prop: Animated, key: Key, following: Key, rate: float, stretch: float) -> list[Json]:
    """A segment as straight pieces from frame to frame, each component along its own ease."""
    pairs = _components(prop, key, following, (following.time - key.time) / stretch)
    first, last = _numbers(key.value), _numbers(following.value)
    start, stop = key.time * rate, following.time * rate
    inside = range(math.floor(start) + 1, min(math.ceil(stop), math.floor(start) + _MAX_FRAMES))
    line = {"i": {"x": [_LINEAR_IN], "y": [_LINEAR_IN]}, "o": {"x": [_LINEAR_OUT], "y": [_LINEAR_OUT]}}
    written: list[Json] = []
    for frame in [start, *inside]:
        share = (frame - start) / (stop - start) if stop > start else 0.0
        value = [
            a + (b - a) * eased(*_handles(pairs[min(index, len(pairs) - 1)]), share)
            for index, (a, b) in enumerate(zip(first, last, strict=True))
        ]
        written.append({"t": rounded(frame), "s": plain(tuple(value)), **line})
    return written


def _bent(prop: Animated, key: Key, following: Key) -> bool:
    """Whether the way between two places is longer than the straight one by so much that its length must be exact."""
    if prop.kind != "spatial":
        return False
    first, last = _numbers(key.value), _numbers(following.value)
    straight = math.dist(first, last)
    return path_length(first, last, key.tangent_out, following.tangent_in) > max(straight * 1.01, straight + 1.0)


def _along_by_frame(prop: Animated, key: Key, following: Key, rate: float, stretch: float) -> list[Json]:
    """A bent motion path as straight pieces from frame to frame."""
    ease = _ease(prop, key, following, (following.time - key.time) / stretch)
    leaving, coming = handle(ease["o"], 0), handle(ease["i"], 0)
    points = _places(_numbers(key.value), _numbers(following.value), key.tangent_out, following.tangent_in)
    gone = [0.0]
    for before, after in itertools.pairwise(points):
        gone.append(gone[-1] + math.dist(before, after))
    start, stop = key.time * rate, following.time * rate
    inside = range(math.floor(start) + 1, min(math.ceil(stop), math.floor(start) + _MAX_FRAMES))
    line = {"i": {"x": _LINEAR_IN, "y": _LINEAR_IN}, "o": {"x": _LINEAR_OUT, "y": _LINEAR_OUT}}
    written: list[Json] = []
    for frame in [start, *inside]:
        share = eased(leaving, coming, (frame - start) / (stop - start)) if stop > start else 0.0
        distance = min(max(share, 0.0), 1.0) * gone[-1]
        index = min(max(bisect_left(gone, distance), 1), len(points) - 1)
        piece = gone[index] - gone[index - 1]
        part = (distance - gone[index - 1]) / piece if piece else 0.0
        place = [a + (b - a) * part for a, b in zip(points[index - 1], points[index], strict=True)]
        written.append({"t": rounded(frame), "s": plain(tuple(place)), **line})
    return written


def _handles(control: _Control) -> tuple[Point, Point]:
    x_in, y_in, x_out, y_out = control
    return (x_out, y_out), (x_in, y_in)


def _component(
    prop: Animated, value: Value, following: Value, index: int, outgoing: Ease, incoming: Ease, duration: float
) -> _Control:
    """Control points (in x, in y, out x, out y) of one component of a number, a vector or a colour."""
    x_in, x_out = 1 - incoming.influence / 100, outgoing.influence / 100
    first, last = _numbers(value), _numbers(following)
    if prop.kind == "color":  # one ease along the line between the colours, in 0..255 units
        distance = 255 * math.dist(first[:3], last[:3])
    else:
        distance = last[index] - first[index] if index < min(len(first), len(last)) else 0.0
    if abs(distance) < 1e-7:
        distance = 1.0
    y_in = 1 - incoming.speed * incoming.influence / 100 * duration / distance
    y_out = outgoing.speed * outgoing.influence / 100 * duration / distance
    return x_in, y_in, x_out, y_out


def _numbers(value: Value) -> list[float]:
    parts = value if isinstance(value, tuple | list) else [value]
    return [float(part) for part in parts]  # type: ignore[arg-type]  # only numbers and vectors are interpolated


def _along_path(key: Key, following: Key, outgoing: Ease, incoming: Ease, duration: float) -> Json:
    """One ease along a motion path: its speed is that on the path, so the path's length is the distance."""
    length = path_length(_numbers(key.value), _numbers(following.value), key.tangent_out, following.tangent_in)
    if length == 0 or duration == 0:
        x_out, x_in = outgoing.influence / 100, 1 - incoming.influence / 100
        return {"i": {"x": rounded(x_in), "y": rounded(x_in)}, "o": {"x": rounded(x_out), "y": rounded(x_out)}}
    return _single(outgoing, incoming, length / duration)


def _single(outgoing: Ease, incoming: Ease, average: float) -> Json:
    """Control points of a segment with one ease; an influence that would overshoot at its speed is shortened."""

    def influence(ease: Ease) -> float:
        return min(100 * average / ease.speed, ease.influence) if ease.speed > 0 else ease.influence

    out_share, in_share = influence(outgoing) / 100, influence(incoming) / 100
    return {
        "i": {"x": rounded(1 - in_share), "y": rounded(1 - incoming.speed / average * in_share)},
        "o": {"x": rounded(out_share), "y": rounded(outgoing.speed / average * out_share)},
    }


def path_length(
    start: list[float], end: list[float], tangent_out: tuple[float, ...], tangent_in: tuple[float, ...]
) -> float:
    """The length of a cubic Bezier segment whose tangents are relative to its ends, in any number of dimensions."""
    if not any(tangent_out) and not any(tangent_in):
        return math.dist(start, end)
    return sum(math.dist(a, b) for a, b in itertools.pairwise(_places(start, end, tangent_out, tangent_in)))


def _places(
    start: list[float], end: list[float], tangent_out: tuple[float, ...], tangent_in: tuple[float, ...]
) -> list[list[float]]:
    """Points along a cubic Bezier segment, at even parameters."""
    size = len(start)
    first = [a + b for a, b in zip(start, parts(tangent_out, size), strict=True)]
    second = [a + b for a, b in zip(end, parts(tangent_in, size), strict=True)]
    points = [start]
    for step in range(1, _SEGMENTS + 1):
        t = step / _SEGMENTS
        u = 1 - t
        points.append(
            [
                u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d
                for a, b, c, d in zip(start, first, second, end, strict=True)
            ]
        )
    return points
