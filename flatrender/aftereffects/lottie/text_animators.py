"""Text animators: what they add to a text's characters, by how much their selectors cover each of them.

Whole texts (no selector) are restyled before layout, where nothing moves; everything else becomes one shape group per
glyph whose transform is baked frame by frame, straight stretches left out.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flatrender.aftereffects.graph import Animated, Composition, Group, Layer, Value
from flatrender.aftereffects.lottie.keyframes import Json, parts, rounded
from flatrender.aftereffects.lottie.text_anchors import Anchoring
from flatrender.aftereffects.lottie.text_moments import Moments, turns
from flatrender.aftereffects.lottie.text_paths import PathOptions, PlacedText
from flatrender.aftereffects.lottie.text_selectors import EXPRESSED, RANGE, Effective, Express, Selector, Units
from flatrender.aftereffects.text import Color, Glyph, TextOutlines, TextSpec, TextStyle, shape_group
from flatrender.aftereffects.thinning import corners

MAX_FRAMES = 1_800
_SHADE = 1 / 1024  # what colours, 0 to 1, may be off
# What an animator can change here; the rest is reported as ignored.
KNOWN = {
    "ADBE Text Anchor Point 3D": "anchor",
    "ADBE Text Position 3D": "position",
    "ADBE Text Scale 3D": "scale",
    "ADBE Text Rotation": "rotation",
    "ADBE Text Skew": "skew",
    "ADBE Text Skew Axis": "skew_axis",
    "ADBE Text Opacity": "opacity",
    "ADBE Text Fill Opacity": "fill_opacity",
    "ADBE Text Stroke Opacity": "stroke_opacity",
    "ADBE Text Fill Color": "fill",
    "ADBE Text Stroke Color": "stroke",
    "ADBE Text Stroke Width": "stroke_width",
    "ADBE Text Tracking Amount": "tracking",
    "ADBE Text Track Type": "tracking_type",
}
_SIDES = {"center": 0.5, "right": 1.0, "justify-center": 0.5, "justify-right": 1.0}
_STYLE = frozenset({"fill", "stroke", "stroke_width", "fill_opacity", "stroke_opacity", "tracking", "tracking_type"})


@dataclass(frozen=True)
class Animator:
    """`properties` by the names of `KNOWN`. `whole`: it covers all of the text, and nothing about it moves glyphs."""

    properties: dict[str, Animated]
    selectors: tuple[Selector, ...]

    @property
    def whole(self) -> bool:
        still = not any(prop.animated for prop in self.properties.values())
        return not self.selectors and still and self.properties.keys() <= _STYLE

    @property
    def moving(self) -> list[Animated]:
        own = [prop for prop in self.properties.values() if prop.animated]
        return own + [prop for part in self.selectors for prop in part.moving]

    @property
    def expressed(self) -> bool:
        return any(part.express is not None for part in self.selectors)


def read_animators(group: Group | None, effective: Effective, express: Express) -> tuple[Animator, ...]:
    """The animators of a text layer that are switched on and change something known."""
    found = []
    for animator in group.groups() if group is not None else ():
        properties = animator.group("ADBE Text Animator Properties")
        if not animator.enabled or properties is None:
            continue
        known = {
            KNOWN[child.match_name]: effective(child)
            for child in properties.children
            if isinstance(child, Animated) and child.match_name in KNOWN
        }
        selectors = animator.group("ADBE Text Selectors")
        ranges = tuple(
            Selector(selector, effective, express if selector.match_name == EXPRESSED else None)
            for selector in (selectors.groups() if selectors is not None else ())
            if selector.enabled and selector.match_name in (RANGE, EXPRESSED)
        )
        if known:
            found.append(Animator(known, ranges))
    return tuple(found)


def restyled(spec: TextSpec, animators: tuple[Animator, ...]) -> TextSpec:
    """The text with the animators that hold for all of it applied to its styles."""
    for animator in animators:
        if animator.whole:
            values = {name: prop.value for name, prop in animator.properties.items()}
            runs = tuple(replace(run, style=_style(run.style, values, 1.0)) for run in spec.runs)
            spec = replace(spec, runs=runs)
    return spec


def _style(style: TextStyle, values: dict[str, Value], amount: float) -> TextStyle:
    """A style moved towards an animator's values by `amount` (0..1)."""
    if not values.keys() & _STYLE:
        return style
    fill, stroke, width = style.fill, style.stroke, style.stroke_width if style.stroke is not None else 0.0
    if "fill" in values:
        fill = _mixed(fill, values["fill"], amount)
    if "stroke" in values:  # it gives a stroke to a text that has none, as wide as the animators make it
        stroke = _mixed(stroke or (0.0, 0.0, 0.0, 1.0), values["stroke"], amount)
    if "fill_opacity" in values and fill is not None:
        fill = (*fill[:3], fill[3] * _share(values["fill_opacity"], amount))
    if "stroke_opacity" in values and stroke is not None:
        stroke = (*stroke[:3], stroke[3] * _share(values["stroke_opacity"], amount))
    width += _number(values.get("stroke_width")) * amount
    tracking = style.tracking + _number(values.get("tracking")) * amount
    return replace(style, fill=fill, stroke=stroke, stroke_width=max(width, 0.0), tracking=tracking)


def _mixed(old: Color | None, new: Value, amount: float) -> Color | None:
    target = parts(new, 4, 1.0)
    if old is None:
        return None
    red, green, blue = (a + (b - a) * amount for a, b in zip(old[:3], target[:3], strict=True))
    return red, green, blue, old[3]


def _share(opacity: Value, amount: float) -> float:
    return 1 + (min(max(_number(opacity), 0.0), 100.0) / 100 - 1) * amount


def _number(value: Value | None) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def moments(
    animators: tuple[Animator, ...],
    composition: Composition,
    layer: Layer,
    rate: float,
    path: PathOptions | None,
    anchoring: Anchoring,
) -> list[float]:
    """When a text's characters may be elsewhere, in seconds: the layer's frames, or one where nothing moves. Of frames
    before, between and after keyframes, at which all rests, the first and the last are enough.
    """
    moving = [prop for animator in animators for prop in animator.moving]
    if anchoring.moves and anchoring.alignment is not None:
        moving.append(anchoring.alignment)
    follows = path is not None and path.moves
    if not moving and not follows:
        return [max(layer.in_point, 0.0)]
    times = _times(composition, layer, rate)
    if follows or any(animator.expressed for animator in animators) or not all(prop.keys for prop in moving):
        return times
    step = times[1] - times[0] if len(times) > 1 else 0.0
    spans = [(prop.keys[0].time - step, prop.keys[-1].time + step) for prop in moving]
    ends = (times[0], times[-1])
    return [time for time in times if time in ends or any(first <= time <= last for first, last in spans)]


def animated_glyphs(
    outlines: TextOutlines,
    spec: TextSpec,
    animators: tuple[Animator, ...],
    times: list[float],
    rate: float,
    path: PathOptions | None = None,
    anchoring: Anchoring | None = None,
) -> list[Json]:
    """One group per glyph, topmost first, its transform, opacity and paint following the animators and the path at
    `moments`."""
    anchoring = anchoring or Anchoring()
    anchors = anchoring.points(outlines, spec.text)
    units = Units(outlines, spec.text)
    written: list[Json] = []
    amounts = [units.amounts(animator.selectors, times) for animator in animators]
    values = [
        [{name: prop.at(time) for name, prop in animator.properties.items()} for time in times]
        for animator in animators
    ]
    alignments = [anchoring.alignment.at(time) if anchoring.alignment is not None else () for time in times]
    if path is None or not path.moves:  # a text rests most of its time
        kept = turns([*amounts, *values, alignments], len(times))
        times, alignments = [times[t] for t in kept], [alignments[t] for t in kept]
        amounts, values = [[own[t] for t in kept] for own in amounts], [[own[t] for t in kept] for own in values]
    shifts = _tracking_shifts(outlines, _SIDES.get(spec.justification, 0.0), amounts, values, len(times))
    placed = [PlacedText(outlines, spec.justification, path, time) for time in times] if path is not None else []
    bends = Moments(times, values, still=not anchoring.moves and path is None)
    for place, glyph in enumerate(outlines.glyphs):
        if not glyph.contours:
            continue
        numbers = [(shifts[t][place], *(own[t][place] for own in amounts)) for t in range(len(times))]
        kept = bends.of(numbers)
        states = []
        for t in kept:
            shift, *counts = numbers[t]
            changes = [(own[t], count) for own, count in zip(values, counts, strict=True)]
            state = _state(outlines, glyph, anchors[place].at(alignments[t]), changes)
            if placed:
                _follow(placed[t], glyph, state, shift)
            else:
                state.position[0] += shift
            states.append(state)
        written.append(_glyph_group(glyph, states, [times[t] for t in kept], rate))
    return written[::-1]


@dataclass
class _State:
    """A glyph at one time. `anchor` is where it turns, in layer coordinates; `position` is added to it."""

    anchor: list[float]
    position: list[float]
    scale: list[float]
    rotation: float
    skew: float
    skew_axis: float
    opacity: float
    style: TextStyle


def _times(composition: Composition, layer: Layer, rate: float) -> list[float]:
    """The layer's frames; of one that is seen for very long not each of them."""
    step = 1 / (composition.frame_rate or rate)
    first, last = sorted((max(layer.in_point, 0.0), min(layer.out_point, composition.duration)))
    count = max(1, math.ceil((last - first) / step) + 1)
    each = math.ceil(count / MAX_FRAMES)
    return [first + index * step for index in range(0, count + each - 1, each)]


def _state(
    outlines: TextOutlines, glyph: Glyph, anchor: list[float], changes: list[tuple[dict[str, Value], float]]
) -> _State:
    state = _State(anchor, [0.0, 0.0], [100.0, 100.0], 0.0, 0.0, 0.0, 100.0, outlines.styles[glyph.run])
    for values, amount in changes:
        if amount == 0:
            continue
        for axis, move in enumerate(parts(values.get("position", ()), 2, 0.0)):
            state.position[axis] += move * amount
        for axis, move in enumerate(parts(values.get("anchor", ()), 2, 0.0)):
            state.anchor[axis] += move * amount
            state.position[axis] -= move * amount
        for axis, scale in enumerate(parts(values.get("scale", ()), 2, 100.0)):
            state.scale[axis] *= 1 + (scale / 100 - 1) * amount
        state.rotation += _number(values.get("rotation")) * amount
        state.skew += _number(values.get("skew")) * amount
        state.skew_axis += _number(values.get("skew_axis")) * amount
        if "opacity" in values:
            state.opacity *= _share(values["opacity"], max(amount, 0.0))
        state.style = _style(state.style, values, amount)
    return state


def _follow(placed: PlacedText, glyph: Glyph, state: _State, shift: float) -> None:
    """Moves and turns a glyph to its place on a path; what animators moved it by turns with it."""
    middle = (glyph.x + glyph.advance / 2, glyph.y)
    (x, y), angle = placed.at(glyph.line, middle[0] + shift, middle[1])
    turn = math.radians(angle)
    dx, dy = (state.anchor[axis] + state.position[axis] - middle[axis] for axis in (0, 1))
    state.position[0] = x + dx * math.cos(turn) - dy * math.sin(turn) - state.anchor[0]
    state.position[1] = y + dx * math.sin(turn) + dy * math.cos(turn) - state.anchor[1]
    state.rotation += angle


def _tracking_shifts(
    outlines: TextOutlines,
    side: float,
    amounts: list[list[list[float]]],
    values: list[list[dict[str, Value]]],
    count: int,
) -> list[list[float]]:
    """How far tracking moves each glyph: by what those before it on its line widen; `side` 0 keeps the line's left end,
    0.5 its middle, 1 its right end."""
    glyphs = outlines.glyphs
    shifts = [[0.0] * len(glyphs) for _ in range(count)]
    if not any("tracking" in moment for animator in values for moment in animator[:1]):
        return shifts
    for index in range(count):
        gone: dict[int, float] = {}
        for place, glyph in enumerate(glyphs):
            tracked = sum(
                _number(moments[index].get("tracking")) * amounts[number][index][place]
                for number, moments in enumerate(values)
            )
            shifts[index][place] = gone.get(glyph.line, 0.0)
            gone[glyph.line] = shifts[index][place] + tracked / 1000 * glyph.em
        for place, glyph in enumerate(glyphs):
            shifts[index][place] -= side * gone[glyph.line]
    return shifts


def _glyph_group(glyph: Glyph, states: list[_State], times: list[float], rate: float) -> Json:
    stroke = next((state.style.stroke for state in states if state.style.stroke is not None), None)
    widest = max(_stroke_width(state) for state in states)
    group = shape_group([glyph], replace(states[0].style, stroke=stroke, stroke_width=widest), glyph.name)

    def track(read: Callable[[_State], list[float]], tolerance: float = 0.01) -> Json:
        return _track([read(state) for state in states], times, rate, tolerance)

    transform = {
        "ty": "tr",
        "a": track(lambda state: state.anchor),
        "p": track(lambda state: [state.anchor[0] + state.position[0], state.anchor[1] + state.position[1]]),
        "s": track(lambda state: state.scale),
        "r": track(lambda state: [state.rotation]),
        "o": track(lambda state: [state.opacity]),
        "sk": track(lambda state: [state.skew]),
        "sa": track(lambda state: [state.skew_axis]),
        "nm": "Transform",
    }
    group["it"][-1] = transform
    for item in group["it"]:
        if item["ty"] == "fl":
            item["c"] = track(lambda state: [*(state.style.fill or (0.0, 0.0, 0.0, 1.0))[:3], 1.0], _SHADE)
            item["o"] = track(lambda state: [100 * (state.style.fill or (0.0, 0.0, 0.0, 1.0))[3]])
        elif item["ty"] == "st":
            item["c"] = track(lambda state: [*(state.style.stroke or (0.0, 0.0, 0.0, 1.0))[:3], 1.0], _SHADE)
            item["o"] = track(lambda state: [100 * (state.style.stroke or (0.0, 0.0, 0.0, 1.0))[3]])
            item["w"] = track(lambda state: [_stroke_width(state)])
    return group


def _stroke_width(state: _State) -> float:
    return state.style.stroke_width if state.style.stroke is not None else 0.0


def _track(values: list[list[float]], times: list[float], rate: float, tolerance: float) -> Json:
    """Values frame by frame as a Lottie property; what lies near the straight line between others is left out."""

    def flat(value: list[float]) -> Any:
        parts = [rounded(part, 4) for part in value]
        return parts if len(parts) > 1 else parts[0]

    if all(value == values[0] for value in values):
        return {"a": 0, "k": flat(values[0])}
    kept = corners(times, values, lambda number: tolerance)
    line = {"x": [0.833], "y": [0.833]}, {"x": [0.167], "y": [0.167]}
    keys: list[Json] = []
    for index in kept:
        value = flat(values[index])
        keys.append(
            {"t": rounded(times[index] * rate), "s": value if isinstance(value, list) else [value],
             "i": line[0], "o": line[1]}
        )  # fmt: skip
    return {"a": 1, "k": keys}
