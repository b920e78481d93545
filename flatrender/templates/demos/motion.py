"""Eases and keyframes for authored templates.

An ease is written as a CSS ``cubic-bezier`` and stored as After Effects stores it: a speed and an influence on either
side of a segment. Times are seconds and land on whole frames.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from py_aep import KeyframeEase, KeyframeInterpolationType, Property

Value = float | Sequence[float]


@dataclass(frozen=True)
class Ease:
    """A cubic-bezier from (0, 0) to (1, 1); y may leave 0..1 on values that are no positions (overshoot)."""

    x1: float
    y1: float
    x2: float
    y2: float


SETTLE = Ease(0.16, 1.0, 0.3, 1.0)  # arrives fast, lands softly: entrances
GLIDE = Ease(0.22, 0.8, 0.2, 1.0)  # softer entrance for big areas
SWING = Ease(0.65, 0.0, 0.35, 1.0)  # both ends soft: moves inside the picture
LEAVE = Ease(0.7, 0.0, 0.84, 0.0)  # starts softly, goes fast: exits
DRIFT = Ease(0.3, 0.2, 0.4, 1.0)  # slow life that comes to rest
OVERSHOOT = Ease(0.34, 1.5, 0.64, 1.0)  # passes the mark a little and returns
LINEAR = Ease(0.333, 0.333, 0.667, 0.667)


@dataclass(frozen=True)
class Key:
    """One keyframe: seconds, value, and the ease of the way that leads to it (ignored on the first key)."""

    time: float
    value: Value
    ease: Ease = SETTLE


def _components(value: object) -> list[float]:
    if isinstance(value, int | float):
        return [float(value)]
    if isinstance(value, list | tuple):
        return [float(part) for part in value]
    raise TypeError(f"A keyframe holds numbers, not {type(value).__name__}.")


def animate(prop: Property, frame_rate: float, *keys: Key) -> None:
    """Set ``keys`` on ``prop``, in order of time, with the ease of each segment on both of its sides."""
    times = [round(key.time * frame_rate) / frame_rate for key in keys]
    for time, key in zip(times, keys, strict=True):
        value = key.value
        prop.set_value_at_time(time, value if isinstance(value, int | float) else list(value))
    frames = prop.keyframes
    spatial = bool(prop.is_spatial)
    if spatial:
        for frame in frames:
            # Straight paths: what After Effects would guess between three keys is a curve.
            frame.spatial_auto_bezier = False
            frame.spatial_continuous = False
            still = [0.0] * len(frame.in_spatial_tangent or [0.0, 0.0, 0.0])
            frame.in_spatial_tangent = still
            frame.out_spatial_tangent = list(still)
    bezier = KeyframeInterpolationType.BEZIER
    for index in range(1, len(keys)):
        ease, span = keys[index].ease, times[index] - times[index - 1]
        start, end = _components(keys[index - 1].value), _components(keys[index].value)
        rates = [(b - a) / span for a, b in zip(start, end, strict=True)]
        if spatial:
            rates = [math.hypot(*rates)]
        before, after = frames[index - 1], frames[index]
        before.out_interpolation_type = bezier
        after.in_interpolation_type = bezier
        count = len(before.out_temporal_ease)
        rates = (rates + [rates[-1]] * count)[:count]
        before.out_temporal_ease = [_side(rate, ease.x1, ease.y1) for rate in rates]
        after.in_temporal_ease = [_side(rate, 1 - ease.x2, 1 - ease.y2) for rate in rates]


def _side(rate: float, along: float, rise: float) -> KeyframeEase:
    along = min(1.0, max(0.001, along))
    return KeyframeEase(rate * rise / along, along * 100)


def stagger(start: float, step: float, count: int) -> list[float]:
    """Start times of ``count`` moves that follow each other by ``step`` seconds."""
    return [start + step * index for index in range(count)]
