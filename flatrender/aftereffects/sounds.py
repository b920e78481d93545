"""What is heard of a composition: the sounds of its layers and of those nested in it, in the composition's seconds.

As in After Effects a layer is heard while its loudspeaker is on, seen or not; its levels are decibels between
keyframes; a nested composition's own levels hold for all in it; a stretched layer plays as a tape does, higher or
lower, and a reversed one backwards.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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

Gains = tuple[float, float]
"""Factors of the left and the right channel."""
Level = Callable[[float], Gains]


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
        if layer.properties.time_remap is not None:  # told by the survey
            continue
        edges = sorted(stay.begin + stay.pace * edge for edge in (layer.in_point, layer.out_point))
        low, high = max(stay.low, edges[0]), min(stay.high, edges[1])
        if high - low < _PATIENCE:
            continue
        level = _level(scene, layer, stay, rate)
        levels = stay.levels if level is None else (*stay.levels, level)
        own = _Stay(stay.begin + stay.pace * layer.start_time, stay.pace * layer.stretch, low, high, levels)
        if layer.kind == "precomp":
            inner = scene.graph.compositions.get(layer.source or -1)
            if inner is not None and depth < _DEEPEST:
                ends = sorted((own.begin, own.begin + own.pace * inner.duration))
                own = _Stay(own.begin, own.pace, max(low, ends[0]), min(high, ends[1]), levels)
                yield from _within(scene, inner, own, rate, depth + 1)
        elif (sound := _sound(scene, composition, layer, own, rate)) is not None:
            yield sound


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
