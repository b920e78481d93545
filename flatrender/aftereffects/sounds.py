"""What is heard of a composition: the sounds of its layers and of those nested in it, in the composition's seconds.

As in After Effects a layer is heard while its loudspeaker is on, seen or not; its levels are decibels between
keyframes; a nested composition's own levels hold for all in it; a stretched layer plays as a tape does, higher or
lower, and a reversed one backwards. A layer whose time is remapped plays at the remap's speed, and is silent while it
stands: the remap is taken for straight lines, none of which is off by more than some thousandths of a second.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from flatrender.aftereffects.graph import Composition, Layer
from flatrender.aftereffects.lottie.films import is_film
from flatrender.aftereffects.lottie.keyframes import Json, animate
from flatrender.aftereffects.lottie.moments import value_at
from flatrender.aftereffects.scene import Scene
from flatrender.aftereffects.values import ImageValue, VisibleValue
from flatrender.core.errors import TooLarge

MOST: Final = 256
"""Sounds of one composition, each counted as often as it is heard."""
SILENT_DB: Final = -191.9  # After Effects' levels end at -192
_DEEPEST: Final = 32
_PATIENCE: Final = 1e-6
_OFF: Final = 0.002  # seconds that a remapped sound may be off; more only where it took too many lines
_MOST_LINES: Final = 40  # of one remap
_SLOWEST, _FASTEST = 1 / 16, 16.0  # beyond, nothing would be recognised

Gains = tuple[float, float]
"""Factors of the left and the right channel."""
Level = Callable[[float], Gains]
_Point = tuple[float, float]


@dataclass(frozen=True)
class LayerSound:
    """A sound heard from `start` to `end`, from second `first` of its file on, `speed` times as fast (negative:
    backwards). `levels`: (second after `start`, left, right), straight between them. `loop`: it begins anew at its end.
    """

    name: str
    path: Path
    start: float
    end: float
    first: float
    speed: float = 1.0
    levels: tuple[tuple[float, float, float], ...] = ()
    loop: bool = False

    def to_wire(self) -> Json:
        return {**self.__dict__, "path": str(self.path)}

    @classmethod
    def from_wire(cls, raw: Json) -> "LayerSound":
        levels = tuple((float(time), float(left), float(right)) for time, left, right in raw["levels"])
        return cls(**{**raw, "path": Path(raw["path"]), "levels": levels})


@dataclass(frozen=True)
class _Stay:
    """A composition within the whole: its second t is the whole's `begin + pace * t`, heard within [low, high)."""

    begin: float
    pace: float
    low: float
    high: float
    levels: tuple[Level, ...] = ()


def layer_sounds(scene: Scene, composition: Composition) -> list[LayerSound]:
    """All sounds of a composition. Raises TooLarge for more than `MOST`."""
    rate = composition.frame_rate
    found: list[LayerSound] = []
    for sound in _within(scene, composition, _Stay(0.0, 1.0, 0.0, composition.duration), rate, 0):
        if len(found) == MOST:
            raise TooLarge(f"“{composition.name}” has more than {MOST} sounds; they cannot be mixed.")
        found.append(sound)
    return found


def _within(scene: Scene, composition: Composition, stay: _Stay, rate: float, depth: int) -> Iterator[LayerSound]:
    for layer in composition.layers:
        value = scene.value(composition, layer)
        hidden = isinstance(value, VisibleValue) and not value.value
        if not layer.audible or hidden or (layer.guide and depth) or not layer.stretch:
            continue
        edges = sorted(stay.begin + stay.pace * edge for edge in (layer.in_point, layer.out_point))
        low, high = max(stay.low, edges[0]), min(stay.high, edges[1])
        if high - low < _PATIENCE:
            continue
        level = _level(scene, layer, stay, rate)
        levels = stay.levels if level is None else (*stay.levels, level)
        for own in _stays(scene, layer, replace(stay, low=low, high=high, levels=levels), rate):
            if layer.kind == "precomp":
                inner = scene.graph.compositions.get(layer.source or -1)
                if inner is not None and depth < _DEEPEST:
                    ends = sorted((own.begin, own.begin + own.pace * inner.duration))
                    kept = replace(own, low=max(own.low, ends[0]), high=min(own.high, ends[1]))
                    yield from _within(scene, inner, kept, rate, depth + 1)
            elif (sound := _sound(scene, composition, layer, own, rate)) is not None:
                yield sound


def _stays(scene: Scene, layer: Layer, around: _Stay, rate: float) -> Iterator[_Stay]:
    """What plays in a layer, in the layer's own time; `around`: the layer's composition while the layer is there."""
    remap = layer.properties.time_remap
    if remap is None:
        begin = around.begin + around.pace * layer.start_time
        yield replace(around, begin=begin, pace=around.pace * layer.stretch)
        return
    written = animate(scene.effective(layer, remap), rate, layer.stretch)
    for (begin, first), (end, last) in _lines(written["k"] if written["a"] else [], rate):
        speed = (last - first) / (end - begin)
        if not _SLOWEST <= abs(speed) <= _FASTEST:  # it stands, or leaps
            continue
        edges = sorted(around.begin + around.pace * edge for edge in (begin, end))
        low, high = max(around.low, edges[0]), min(around.high, edges[1])
        if high - low >= _PATIENCE:
            zero = around.begin + around.pace * (begin - first / speed)
            yield replace(around, begin=zero, pace=around.pace / speed, low=low, high=high)


def _lines(keys: list[Json], rate: float) -> list[tuple[_Point, _Point]]:
    """The straight lines that a time remap runs along: from (second outside, second inside) to such a point."""
    runs: list[list[_Point]] = [[]]
    for key, following in pairwise(keys):
        if key.get("h"):
            runs.append([])
            continue
        first, last = float(key["t"]), float(following["t"])
        steps = max(1, math.ceil(last - first))
        for step in range(0 if not runs[-1] else 1, steps + 1):
            frame = first + (last - first) * step / steps
            value = value_at([key, following], frame)
            runs[-1].append((frame / rate, float(value[0] if isinstance(value, list) else value)))
    off = _OFF
    while True:
        lines = [line for run in runs for line in _straightened(run, off)]
        if len(lines) <= _MOST_LINES:
            return lines
        off *= 2


def _straightened(points: list[_Point], off: float) -> Iterator[tuple[_Point, _Point]]:
    """Lines from point to point, as long as they can be without leaving out a point that is farther away than `off`."""
    at = 0
    while at < len(points) - 1:
        start, (low, high) = points[at], (-math.inf, math.inf)
        end = at + 1
        for number in range(at + 1, len(points)):
            along, up = points[number][0] - start[0], points[number][1] - start[1]
            if along <= 0:
                break
            if low <= up / along <= high:
                end = number
            low, high = max(low, (up - off) / along), min(high, (up + off) / along)
            if low > high:
                break
        yield start, points[end]
        at = end


def _sound(scene: Scene, composition: Composition, layer: Layer, stay: _Stay, rate: float) -> LayerSound | None:
    value = scene.value(composition, layer)
    footage = scene.graph.footage.get(layer.source or -1)
    path = scene.files.get(layer.source or -1)
    loop = footage is not None and footage.loops > 1
    if isinstance(value, ImageValue):  # a customer's film or sound in place of the designer's
        if layer.kind != "audio" and not is_film(value.path):
            return None
        path, loop = value.path, layer.kind != "audio"
    if path is None:
        return None
    speed = 1 / stay.pace
    first, low = (stay.low - stay.begin) * speed, stay.low
    if first < 0 and speed > 0:  # it begins later than its layer
        first, low = 0.0, stay.begin
    if stay.high - low < _PATIENCE:
        return None
    return LayerSound(layer.name, path, low, stay.high, first, speed, _curve(stay, low, rate), loop and speed > 0)


def _curve(stay: _Stay, low: float, rate: float) -> tuple[tuple[float, float, float], ...]:
    """The levels at each frame of the whole, without the points that lie on the line between their neighbours."""
    if not stay.levels:
        return ()
    first, last = int(low * rate), int(stay.high * rate) + 1
    points: list[tuple[float, float, float]] = []
    for frame in range(first, last + 1):
        left = right = 1.0
        for level in stay.levels:
            gains = level(frame / rate)
            left, right = left * gains[0], right * gains[1]
        point = (frame / rate - low, left, right)
        if len(points) > 1 and points[-2][1:] == points[-1][1:] == point[1:]:
            points.pop()
        points.append(point)
    return tuple(points)


def _level(scene: Scene, layer: Layer, stay: _Stay, rate: float) -> Level | None:
    """A layer's Audio Levels over the whole's seconds; None where they change nothing."""
    prop = layer.properties.audio_levels
    if prop is None:
        return None
    written = animate(scene.effective(layer, prop), rate, layer.stretch, (0.0, 0.0))
    if not written["a"]:
        gains = _gains(written["k"])
        return None if gains == (1.0, 1.0) else lambda _: gains
    return lambda second: _gains(value_at(written["k"], (second - stay.begin) / stay.pace * rate))


def _gains(decibels: Any) -> Gains:
    left, right = decibels[:2] if isinstance(decibels, list | tuple) and len(decibels) > 1 else (decibels, decibels)
    return _factor(left), _factor(right)


def _factor(decibels: Any) -> float:
    number = float(decibels[0] if isinstance(decibels, list | tuple) else decibels)
    return 0.0 if number <= SILENT_DB else float(10 ** (min(number, 24.0) / 20))
