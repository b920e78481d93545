"""py_aep properties read into the graph's: values, keyframes with their eases and tangents, expressions."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from py_aep import (
    Keyframe,
    Property,
    PropertyControlType,
    PropertyGroup,
    PropertyValueType,
    Shape,
    TextDocument,
)
from py_aep import KeyframeInterpolationType as Type

from flatrender.aftereffects.graph import (
    Animated,
    Ease,
    Gradient,
    Group,
    Interpolation,
    Key,
    Kind,
    Path,
    Value,
    Widget,
)
from flatrender.aftereffects.names import clean
from flatrender.aftereffects.reading_text import read_text

_KINDS: dict[PropertyValueType, Kind] = {
    PropertyValueType.OneD: "scalar",
    PropertyValueType.LAYER_INDEX: "scalar",
    PropertyValueType.MASK_INDEX: "scalar",
    PropertyValueType.TwoD: "vector",
    PropertyValueType.ThreeD: "vector",
    PropertyValueType.ORIENTATION: "vector",
    PropertyValueType.TwoD_SPATIAL: "spatial",
    PropertyValueType.ThreeD_SPATIAL: "spatial",
    PropertyValueType.COLOR: "color",
    PropertyValueType.SHAPE: "path",
    PropertyValueType.TEXT_DOCUMENT: "text",
}
_TYPES: dict[Type, Interpolation] = {Type.LINEAR: "linear", Type.BEZIER: "bezier", Type.HOLD: "hold"}
# py_aep fills groups up with everything they could hold; in these only what is in the file has an effect.
_SPARSE = frozenset({"ADBE Vector Stroke Dashes", "ADBE Text Animator Properties"})
# Every group of shapes has fifty properties of what its extruded sides are made of. Nothing here looks at them, and
# py_aep makes most of them up when they are asked for: two thirds of the time that reading a shape took.
_UNREAD = frozenset({"ADBE Vector Materials Group"})

_WIDGETS: dict[PropertyControlType, Widget] = {
    PropertyControlType.BOOLEAN: "toggle",
    PropertyControlType.ENUM: "menu",
    PropertyControlType.LAYER: "layer",
}
_WHITE_TO_BLACK = Gradient(((0.0, 0.5, 1.0, 1.0, 1.0), (1.0, 0.5, 0.0, 0.0, 0.0)), ((0.0, 0.5, 1.0), (1.0, 0.5, 1.0)))
_MOST_ANSWERS = 4096  # of one property
_ENDLESS = 1e5  # bounds from here on are none that a person would be shown


def read_group(group: PropertyGroup, *, offered: bool = False) -> Group:
    """A property group with everything below it; `offered`: also how After Effects lets its properties be set."""
    children: list[Animated | Group] = []
    for child in children_of(group):
        if isinstance(child, PropertyGroup):
            children.append(read_group(child, offered=offered))
        else:
            found = read_property(child)
            children.append(_offered(child, found) if offered else found)
    return Group(clean(group.name or ""), group.match_name, bool(group.enabled), tuple(children))


def children_of(group: PropertyGroup) -> Iterator[Property | PropertyGroup]:
    """What `read_group` reads of a group, in its order: nothing of one that the engine has no use for."""
    if group.match_name in _UNREAD:
        return
    sparse = group.match_name in _SPARSE
    for child in group.properties:
        if isinstance(child, Property | PropertyGroup) and not (sparse and not child._is_live()):
            yield child


def _offered(prop: Property, read: Animated) -> Animated:
    widget = _WIDGETS.get(prop.property_control_type, "plain")
    if widget == "menu":
        return replace(read, widget=widget, options=tuple(clean(str(one)) for one in prop.property_parameters or ()))
    low, high = prop._slider_min, prop._slider_max
    if low is None or high is None or not -_ENDLESS < low < high < _ENDLESS:
        return replace(read, widget=widget)
    return replace(read, widget=widget, bounds=(float(low), float(high)))


def read_property(prop: Property) -> Animated:
    """A property with its keyframes; a position with separated dimensions carries them in `separated`."""
    kind = _KINDS.get(prop.property_value_type, "none")
    keys: list[Keyframe] = list(prop.keyframes)
    value = prop.value if len(keys) != 1 else keys[0].value
    if prop.match_name == "ADBE Vector Grad Colors":
        kind = "gradient"
    separated: tuple[Animated, ...] = ()
    if prop.match_name == "ADBE Position" and prop.dimensions_separated:
        followers = [prop.get_separation_follower(dimension) for dimension in range(3)]
        separated = tuple(read_property(follower) for follower in followers if follower is not None)
    read = tuple(_read_key(kind, key) for key in keys) if len(keys) > 1 and kind != "none" else ()
    return Animated(
        name=clean(prop.name or ""),
        match_name=prop.match_name,
        kind=kind,
        value=_value(kind, value),
        keys=read,
        expression=clean(prop.expression) if prop.expression and prop.expression_enabled else "",
        sample=_Sampler(kind, prop, read) if len(keys) > 1 or separated else None,
        separated=separated,
    )


class _Sampler:
    """The value at a time. py_aep takes 0.1 ms for each: answers are kept, and nothing moves where a number rests.

    A toggle's expression looks at every frame of an opacity twice, and most lie before, after or between equal keys.
    """

    def __init__(self, kind: Kind, prop: Property, keys: tuple[Key, ...]) -> None:
        self.answers: dict[float, Value] = {}
        self._kind, self._prop = kind, prop
        self._times = [key.time for key in keys]
        ascending = kind == "scalar" and len(keys) > 1 and all(a < b for a, b in pairwise(self._times))
        self._resting = [_rests(left, right) for left, right in pairwise(keys)] if ascending else []

    def __call__(self, time: float) -> Value:
        if time in self.answers:
            return self.answers[time]
        at = self._settled(time)
        value = self.answers[at] if at in self.answers else _value(self._kind, self._prop.value_at_time(at))
        if len(self.answers) < _MOST_ANSWERS:
            self.answers[time] = self.answers[at] = value
        return value

    def _settled(self, time: float) -> float:
        """The moment at which the value is the same that is easiest to tell."""
        if not self._resting:
            return time
        time = min(max(time, self._times[0]), self._times[-1])
        left = min(bisect_right(self._times, time), len(self._resting)) - 1
        return self._times[left] if self._resting[left] else time


def _rests(left: Key, right: Key) -> bool:
    """Whether a number stays as it is from one keyframe to the next: equal values, and no ease that swings beyond."""
    return left.value == right.value and not any(ease.speed for ease in (*left.ease_out, *right.ease_in))


def _value(kind: Kind, value: Any) -> Value:
    if isinstance(value, Shape):
        return _path(value)
    if kind == "gradient":
        return _gradient(value)
    if isinstance(value, TextDocument):
        return read_text(value)
    if isinstance(value, list | tuple):
        return tuple(float(part) for part in value)
    if isinstance(value, int | float):
        return float(value)
    return None


def _path(shape: Shape) -> Path:
    def points(rows: Any) -> tuple[tuple[float, float], ...]:
        return tuple((float(row[0]), float(row[1])) for row in rows)

    return Path(points(shape.vertices), points(shape.in_tangents), points(shape.out_tangents), bool(shape.closed))


def _gradient(value: Any) -> Gradient:
    if value is None:  # as it was when it was made
        return _WHITE_TO_BLACK
    colors = sorted((s.offset, s.midpoint, *[float(part) for part in s.color][:3]) for s in value.color_stops)
    alphas = sorted((stop.offset, stop.midpoint, stop.alpha) for stop in value.alpha_stops)
    return Gradient(tuple(colors), tuple(alphas))


def _read_key(kind: Kind, key: Keyframe) -> Key:
    spatial = kind == "spatial"
    return Key(
        time=key.time,
        value=_value(kind, key.value),
        in_type=_TYPES[key.in_interpolation_type],
        out_type=_TYPES[key.out_interpolation_type],
        ease_in=tuple(Ease(ease.speed, ease.influence) for ease in key.in_temporal_ease or ()),
        ease_out=tuple(Ease(ease.speed, ease.influence) for ease in key.out_temporal_ease or ()),
        tangent_in=tuple(key.in_spatial_tangent or ()) if spatial else (),
        tangent_out=tuple(key.out_spatial_tangent or ()) if spatial else (),
    )
