"""The sounds of a scene's layers as a lane of the film in which the scene is seen."""

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from flatrender.aftereffects.sounds import LayerSound
from flatrender.core.timing import Rate
from flatrender.film.spec import Sound

Points = tuple[tuple[float, float], ...]


def placed(
    heard: Iterable[LayerSound],
    rate: Rate,
    start: int,
    frames: int,
    *,
    first: int = 0,
    fades: tuple[int, int] = (0, 0),
) -> tuple[Sound, ...]:
    """The sounds of a scene that is seen in the film's frames [start, start + frames), from its frame `first` on.

    All frames are the film's. `fades`: over how many the scene is faded in and out, where it meets others.
    """
    found = (_placed(sound, rate, start, frames, first, fades) for sound in heard)
    return tuple(sound for sound in found if sound is not None)


def _placed(sound: LayerSound, rate: Rate, start: int, frames: int, first: int, fades: tuple[int, int]) -> Sound | None:
    pace = float(rate)
    begin = sound.start * pace + start - first  # in the film's frames
    at, last = max(begin, start), min(sound.end * pace + start - first, start + frames)
    if last - at < 1e-6:
        return None
    left, right = _envelopes(sound, pace, begin - at, last - at, (start - at, start + frames - at), fades)
    return Sound(
        path=sound.path,
        start=_exact(at),
        frames=_exact(last) - _exact(at),
        envelope=left,
        right=right,
        loop=sound.loop,
        optional=True,
        lead=sound.first + (at - begin) / pace * sound.speed,
        speed=sound.speed,
    )


def _exact(frame: float) -> Fraction:
    """Between frames to a millionth; what is meant to be whole is whole."""
    return Fraction(round(frame * 1_000_000), 1_000_000)


def _envelopes(
    sound: LayerSound, pace: float, begin: float, frames: float, edges: tuple[float, float], fades: tuple[int, int]
) -> tuple[Points, Points]:
    """Left and right over the sound's frames: its levels times the scene's fades. `edges`: of the scene."""
    if not sound.levels and not any(fades):
        return (), ()
    levels = np.array(sound.levels or [(0.0, 1.0, 1.0)])
    places = levels[:, 0] * pace + begin
    grid = np.unique(np.concatenate([places, np.arange(int(frames) + 2)] if any(fades) else [places]))
    fade = np.ones(len(grid))
    if fades[0]:
        fade *= np.clip((grid - edges[0]) / fades[0], 0, 1)
    if fades[1]:
        fade *= np.clip((edges[1] - grid) / fades[1], 0, 1)
    sides = [np.interp(grid, places, levels[:, side]) * fade for side in (1, 2)]
    left, right = (tuple(zip(grid.tolist(), side.tolist(), strict=True)) for side in sides)
    return left, right
