"""Text animators: what they add to a text's characters, by how much their selectors cover each of them.

A selector's amount for a unit follows After Effects' range selector (help.adobe.com, "Text animator properties"), as
lottie-web computes it. Whole texts (no selector) are restyled before layout, where nothing moves; everything else
becomes one shape group per glyph whose transform is baked frame by frame, straight stretches left out.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flatrender.aftereffects.easing import eased
from flatrender.aftereffects.graph import Animated, Composition, Group, Layer, Value
from flatrender.aftereffects.lottie.keyframes import Json, rounded
from flatrender.aftereffects.lottie.text_paths import PathOptions, PlacedText
from flatrender.aftereffects.text import Color, Glyph, TextOutlines, TextSpec, TextStyle, shape_group
from flatrender.aftereffects.thinning import corners

Effective = Callable[[Animated], Animated]
Express = Callable[[Animated, float, int], list[float]]
"""What an expression selector's amount gives for each of so many units at a time."""
MAX_FRAMES = 1_800
_ALIGNED_HEIGHT = 1.2 * 0.714  # of the size: what lottie-web takes for the height of characters
_SHADE = 1 / 1024  # what colours, 0 to 1, may be off
RANGE, EXPRESSED = "ADBE Text Selector", "ADBE Text Expressible Selector"
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
class Selector:
    """A range selector's properties by match name, after expressions; an expression selector with its `express`."""

    group: Group
    effective: Effective
    express: Express | None = None

    def number(self, match_name: str, default: float, time: float) -> float:
        for child in self.group.walk():
            if child.match_name == match_name:
                value = self.effective(child).at(time)
                return float(value) if isinstance(value, int | float) else default
        return default

    @property
    def moves(self) -> bool:
        return any(self.effective(child).animated for child in self.group.walk())


@dataclass(frozen=True)
class Anchoring:
    """What turns and grows together about one point: characters (1), words (2), lines (3) or all (4), and how far
    that point is off the middle of its baseline, in percent."""

    grouping: int = 1
    alignment: Animated | None = None

    @property
    def moves(self) -> bool:
        return self.alignment is not None and self.alignment.animated

    def points(self, outlines: TextOutlines, text: str) -> "list[_Anchor]":
        """The point of each glyph."""
        groups: dict[tuple[int, ...], list[Glyph]] = {}
        keys = [self._key(place, glyph) for place, glyph in enumerate(outlines.glyphs)]
        for key, glyph in zip(keys, outlines.glyphs, strict=True):
            if self.grouping == 1 or not text[glyph.cluster : glyph.cluster + 1].isspace():
                groups.setdefault(key, []).append(glyph)
        points = {key: self._point(outlines, glyphs) for key, glyphs in groups.items()}
        return [
            points.get(key, _Anchor(glyph.x, glyph.y, 0.0, 0.0))
            for key, glyph in zip(keys, outlines.glyphs, strict=True)
        ]

    def _key(self, place: int, glyph: Glyph) -> tuple[int, ...]:
        return {2: (glyph.line, glyph.word), 3: (glyph.line,), 4: ()}.get(self.grouping, (place,))

    def _point(self, outlines: TextOutlines, glyphs: list[Glyph]) -> "_Anchor":
        left, right = min(glyph.x for glyph in glyphs), max(glyph.x + glyph.advance for glyph in glyphs)
        size = max(outlines.styles[glyph.run].size for glyph in glyphs)
        lines = [outlines.lines[glyph.line].baseline for glyph in glyphs]
        y = glyphs[0].y if self.grouping == 1 else (min(lines) + max(lines)) / 2
        return _Anchor((left + right) / 2, y, (right - left) / 2, _ALIGNED_HEIGHT * size)


@dataclass(frozen=True)
class _Anchor:
    """`reach`: what 100 % of alignment are, across; `height`: down."""

    x: float
    y: float
    reach: float
    height: float

    def at(self, alignment: Value) -> list[float]:
        across, down = _parts(alignment, 2, 0.0)
        return [self.x + self.reach * across / 100, self.y + self.height * down / 100]


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
    def moves(self) -> bool:
        return any(prop.animated for prop in self.properties.values()) or any(part.moves for part in self.selectors)


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


def read_anchoring(text: Group, effective: Effective) -> Anchoring:
    """A text layer's "Anchor Point Grouping" and "Grouping Alignment"."""
    options = text.group("ADBE Text More Options")
    alignment = options.get("ADBE Text Anchor Point Align") if options is not None else None
    grouping = int(options.number("ADBE Text Anchor Point Option", 1)) if options is not None else 1
    return Anchoring(grouping, effective(alignment) if alignment is not None else None)


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
    target = _parts(new, 4, 1.0)
    if old is None:
        return None
    red, green, blue = (a + (b - a) * amount for a, b in zip(old[:3], target[:3], strict=True))
    return red, green, blue, old[3]


def _share(opacity: Value, amount: float) -> float:
    return 1 + (min(max(_number(opacity), 0.0), 100.0) / 100 - 1) * amount


def _number(value: Value | None) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _parts(value: Value, count: int, default: float) -> list[float]:
    parts = [float(part) for part in value] if isinstance(value, tuple) else []
    return [*parts, *[default] * count][:count]


def animated_glyphs(
    outlines: TextOutlines,
    spec: TextSpec,
    animators: tuple[Animator, ...],
    composition: Composition,
    layer: Layer,
    rate: float,
    path: PathOptions | None = None,
    anchoring: Anchoring | None = None,
) -> list[Json]:
    """One group per glyph, topmost first, its transform, opacity and paint following the animators and the path."""
    anchoring = anchoring or Anchoring()
    moving = any(animator.moves for animator in animators) or (path is not None and path.moves) or anchoring.moves
    times = _times(composition, layer, rate) if moving else [max(layer.in_point, 0.0)]
    anchors = anchoring.points(outlines, spec.text)
    units = _Units(outlines, spec.text)
    written: list[Json] = []
    amounts = [[units.amounts(animator, time) for time in times] for animator in animators]
    values = [
        [{name: prop.at(time) for name, prop in animator.properties.items()} for time in times]
        for animator in animators
    ]
    shifts = _tracking_shifts(outlines, _SIDES.get(spec.justification, 0.0), amounts, values, len(times))
    alignments = [anchoring.alignment.at(time) if anchoring.alignment is not None else () for time in times]
    placed = [PlacedText(outlines, spec.justification, path, time) for time in times] if path is not None else []
    for place, glyph in enumerate(outlines.glyphs):
        if not glyph.contours:
            continue
        states = [
            _state(
                outlines,
                glyph,
                anchors[place].at(alignments[t]),
                [(values[i][t], amounts[i][t][place]) for i in range(len(animators))],
            )
            for t in range(len(times))
        ]
        for index, state in enumerate(states):
            if placed:
                _follow(placed[index], glyph, state, shifts[index][place])
            else:
                state.position[0] += shifts[index][place]
        written.append(_glyph_group(glyph, states, times, rate))
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
        for axis, move in enumerate(_parts(values.get("position", ()), 2, 0.0)):
            state.position[axis] += move * amount
        for axis, move in enumerate(_parts(values.get("anchor", ()), 2, 0.0)):
            state.anchor[axis] += move * amount
            state.position[axis] -= move * amount
        for axis, scale in enumerate(_parts(values.get("scale", ()), 2, 100.0)):
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
            gone[glyph.line] = shifts[index][place] + tracked / 1000 * outlines.styles[glyph.run].size
        for place, glyph in enumerate(glyphs):
            shifts[index][place] -= side * gone[glyph.line]
    return shifts


class _Units:
    """The characters, words and lines that range selectors count, and which of them each glyph is in."""

    def __init__(self, outlines: TextOutlines, text: str) -> None:
        glyphs = outlines.glyphs
        self.count = len(glyphs)
        clusters = sorted({glyph.cluster for glyph in glyphs})
        order = {cluster: index for index, cluster in enumerate(clusters)}
        solid = [c for c in clusters if not text[c : c + 1].isspace()]
        solid_order = {cluster: index for index, cluster in enumerate(solid)}
        words = sorted({glyph.word for glyph in glyphs})
        lines = sorted({glyph.line for glyph in glyphs})
        self._places = {
            1: ([order[glyph.cluster] for glyph in glyphs], len(clusters)),
            2: ([solid_order.get(glyph.cluster, -1) for glyph in glyphs], len(solid)),
            3: ([words.index(glyph.word) for glyph in glyphs], len(words)),
            4: ([lines.index(glyph.line) for glyph in glyphs], len(lines)),
        }

    def amounts(self, animator: Animator, time: float) -> list[float]:
        """How much an animator counts for each glyph at `time`, -1..1."""
        total = [1.0] * self.count
        for number, selector in enumerate(animator.selectors):
            if selector.express is not None:
                total = self._expressed(selector, selector.express, time)
                continue
            part = self._range(selector, time)
            mode = int(selector.number("ADBE Text Selector Mode", 1, time))
            if number == 0 and mode == 1:
                total = part
                continue
            rule = _MODES.get(mode, _MODES[1])
            total = [min(max(rule(a, b), -1.0), 1.0) for a, b in zip(total, part, strict=True)]
        return total

    def _expressed(self, selector: Selector, express: Express, time: float) -> list[float]:
        """What the expression gives instead of what the selectors before it gave."""
        places, count = self._places.get(int(selector.number("ADBE Text Range Type2", 1, time)), self._places[1])
        amount = selector.group.get("ADBE Text Expressible Amount")
        covered = express(amount, time, count) if amount is not None else [1.0] * count
        return [covered[place] if place >= 0 else 0.0 for place in places]

    def _range(self, selector: Selector, time: float) -> list[float]:
        based = int(selector.number("ADBE Text Range Type2", 1, time))
        places, count = self._places.get(based, self._places[1])
        amount = selector.number("ADBE Text Selector Max Amount", 100, time) / 100
        if int(selector.number("ADBE Text Range Units", 1, time)) == 2:
            start = selector.number("ADBE Text Index Start", 0, time)
            end = selector.number("ADBE Text Index End", count, time)
            offset = selector.number("ADBE Text Index Offset", 0, time)
        else:
            share = count / 100
            start = selector.number("ADBE Text Percent Start", 0, time) * share
            end = selector.number("ADBE Text Percent End", 100, time) * share
            offset = selector.number("ADBE Text Percent Offset", 0, time) * share
        start, end = sorted((start + offset, end + offset))
        shape = int(selector.number("ADBE Text Range Shape", 1, time))
        smooth = selector.number("ADBE Text Selector Smoothness", 100, time) / 100
        high = selector.number("ADBE Text Levels Max Ease", 0, time) / 100
        low = selector.number("ADBE Text Levels Min Ease", 0, time) / 100
        order = list(range(count))
        if selector.number("ADBE Text Randomize Order", 0, time):
            random.Random(int(selector.number("ADBE Text Random Seed", 0, time))).shuffle(order)
        covered = [_slowed(_covered(shape, order[unit], start, end, smooth), high, low) for unit in range(count)]
        return [covered[place] * amount if place >= 0 else 0.0 for place in places]


_MODES: dict[int, Callable[[float, float], float]] = {
    1: lambda a, b: a + b,
    2: lambda a, b: a - b,
    3: lambda a, b: a * b,
    4: min,
    5: max,
    6: lambda a, b: abs(a - b),
}


def _covered(shape: int, unit: int, start: float, end: float, smooth: float) -> float:
    """How much a range from `start` to `end` covers a unit (units are one wide), by the range's shape."""
    span = end - start
    middle = unit + 0.5 - start
    if shape == 1:  # square: its edges are one unit wide where it is smooth
        edge = max(smooth, 1e-6)
        rising = (unit + 1 - start - (1 - edge) / 2) / edge if edge < 1 else unit + 1 - start
        falling = (end - unit - (1 - edge) / 2) / edge if edge < 1 else end - unit
        return min(max(min(rising, 1.0) + min(falling, 1.0) - 1, 0.0), 1.0) if span > 0 else 0.0
    if span <= 0:
        return 0.0 if shape not in (2, 3) else float((unit >= end) == (shape == 2))
    share = middle / span
    if shape == 2:
        return min(max(share, 0.0), 1.0)
    if shape == 3:
        return 1 - min(max(share, 0.0), 1.0)
    inside = min(max(share, 0.0), 1.0)
    if shape == 4:
        return 1 - abs(inside * 2 - 1)
    if shape == 5:
        return math.sqrt(max(0.0, 1 - (inside * 2 - 1) ** 2))
    return (1 - math.cos(2 * math.pi * inside)) / 2


def _slowed(amount: float, high: float, low: float) -> float:
    """Ease high and ease low: the ends of the transition slow down (or speed up, where negative)."""
    if high == 0 and low == 0:
        return amount
    x1, y1 = max(low, 0.0), max(-low, 0.0)
    x2, y2 = 1 - max(high, 0.0), 1 - max(-high, 0.0)
    return eased((x1, y1), (x2, y2), amount)


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
        "sk": track(lambda state: [-state.skew]),
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
