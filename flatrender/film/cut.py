"""The cut: which scene films follow one another, how they meet, and what music lies under them. Pure; whole frames.

    clip 0 ──────────┐fade┌────────── clip 1 ─────────┤cut├──── clip 2
    0            start 1 = frames 0 − fade        start 2 = start 1 + frames 1

A cross-fade takes its frames from both clips, so the film gets shorter by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from flatrender.core.errors import InvalidInput
from flatrender.core.timing import Rate


@dataclass(frozen=True)
class Clip:
    """One scene film on the picture track.

    `frames`: how many of its frames to use, counted from `first`; `fade`: frames of cross-fade with the clip before
    (0: a cut; must be 0 for the first clip). The film's rate is the rate of all clips.
    """

    path: Path
    frames: int
    first: int = 0
    fade: int = 0


@dataclass(frozen=True)
class Music:
    """One piece of sound under the film. Times in seconds, exact.

    `start`: where it begins in the film; `offset`: where in the source; `duration`: how much of it (None: to its own or
    the film's end); `volume`: 1 is unchanged; `fade_in`, `fade_out`: linear in amplitude; `loop`: begin again at the
    source's start until the film ends (or `duration` is reached). `channels`: what the source has (`compose` looks).
    """

    path: Path
    volume: float = 1.0
    start: Fraction = Fraction(0)
    offset: Fraction = Fraction(0)
    duration: Fraction | None = None
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)
    loop: bool = False
    channels: int = 2


def check(clips: Sequence[Clip]) -> None:
    """Raises InvalidInput when the clips cannot make a film."""
    if not clips:
        raise InvalidInput("The film has no scenes; add at least one.")
    if clips[0].fade:
        raise InvalidInput("The first scene has nothing before it to fade from; remove its transition.")
    for number, clip in enumerate(clips):
        after = clips[number + 1].fade if number + 1 < len(clips) else 0
        if clip.frames <= 0 or clip.first < 0 or clip.fade < 0:
            raise InvalidInput(f"Scene {number + 1} has no frames; give it a longer duration.")
        if clip.fade + after > clip.frames:
            raise InvalidInput(
                f"Scene {number + 1} is shorter than the transitions around it; shorten them or lengthen the scene."
            )


def starts(clips: Sequence[Clip]) -> list[int]:
    """The frame of the film at which each clip begins (its cross-fade begins there)."""
    places: list[int] = []
    end = 0
    for clip in clips:
        places.append(end - clip.fade)
        end += clip.frames - clip.fade
    return places


def total_frames(clips: Sequence[Clip]) -> int:
    """How many frames the film has."""
    return sum(clip.frames - clip.fade for clip in clips)


def duration(clips: Sequence[Clip], rate: Rate) -> Fraction:
    """The film's length in seconds."""
    return rate.seconds(total_frames(clips))
