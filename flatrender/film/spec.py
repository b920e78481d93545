"""A film to be composed, as neutral values: lanes of pictures, one above the other, and lanes of sounds. Pure.

    lane 1 (above)      |  text  |              |  picture  |
    lane 0 (ground)  |  scene A   ><   scene B  |   gap   | scene C |
    sounds           |  music ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ |

Nothing here knows of projects or media. All times are whole frames of `Film.rate`; places are shares of the frame.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

from flatrender.core.errors import InvalidInput
from flatrender.core.timing import Rate
from flatrender.film import transitions

Size = tuple[int, int]


@dataclass(frozen=True)
class Fit:
    """How a picture fills its place.

    `crop`: shares cut off left, top, right, bottom beforehand; `focus`: where the visible part (cover) or the whole
    picture (contain) lies when there is room to move, 0 to 1 from left and top.
    """

    mode: Literal["cover", "contain", "stretch"] = "cover"
    focus: tuple[float, float] = (0.5, 0.5)
    crop: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Place:
    """A rectangle in shares of the frame, turned clockwise about its middle by `rotation` degrees."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0
    rotation: float = 0.0


@dataclass(frozen=True)
class Joint:
    """How a piece meets the one before it in its lane: the `frames` that both share. See `transitions`."""

    kind: str
    frames: int
    direction: str = ""
    color: str = transitions.COLOR


@dataclass(frozen=True)
class Loop:
    """A film of so many `frames` at a constant `rate`, which begins anew behind the last."""

    frames: int
    rate: Rate

    @property
    def seconds(self) -> Fraction:
        return self.rate.seconds(self.frames)


@dataclass(frozen=True)
class Piece:
    """One picture of a lane, seen in the film's frames [start, start + frames).

    `first`: the frame of the source that is seen first, counted at the film's rate. `still`: the source is one picture.
    `loop`: it is a film that begins anew for as long as the piece is seen; otherwise its last frame stands on.
    Frame k of a fade-in of n frames is seen k / n, of a fade-out (1 − k / n); one cut off in a fade is seen from
    `fade_in_from` and to `fade_out_to` on. `ours`: a film that our encoder has made, which can be looked at without
    FFmpeg.
    """

    path: Path
    start: int
    frames: int
    first: int = 0
    loop: Loop | None = None
    still: bool = False
    ours: bool = False
    fit: Fit = Fit()
    place: Place = Place()
    opacity: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    fade_in_from: float = 0.0
    fade_out_to: float = 0.0
    joint: Joint | None = None

    @property
    def end(self) -> int:
        return self.start + self.frames

    @property
    def plain(self) -> bool:
        """Whether it fills the frame and is not seen through."""
        return self.place == Place() and self.opacity == 1 and not self.fade_in and not self.fade_out


@dataclass(frozen=True)
class Sound:
    """One sound, heard in the film's frames [start, start + frames), from frame `first` of its source.

    `volume` and `envelope` are factors of the amplitude: 1 is unchanged, 0.5 is −6.02 dB, 0 is silence. `envelope`
    holds points (frame of the sound, factor): exactly linear between them, sample by sample, level before the first and
    after the last. Fades are linear too, as a piece's. `loop`: begins again at the source's start when the source ends.
    `optional`: a source without sound is silence (a film clip's own sound), not a mistake.

    A sound out of a scene may begin and end between frames: `lead` seconds of the source are skipped beyond `first`;
    `speed` is how fast it plays, as a tape does, backwards where it is negative (not with `loop`); `right`: the right
    channel's own envelope.
    """

    path: Path
    start: int | Fraction
    frames: int | Fraction
    first: int = 0
    volume: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    fade_in_from: float = 0.0
    fade_out_to: float = 0.0
    envelope: tuple[tuple[float, float], ...] = ()
    loop: bool = False
    optional: bool = False
    lead: float = 0.0
    speed: float = 1.0
    right: tuple[tuple[float, float], ...] = ()

    @property
    def end(self) -> int | Fraction:
        return self.start + self.frames


@dataclass(frozen=True)
class SoundLane:
    """Sounds with a common volume. Where any lane is `solo`, only solo lanes are heard; a muted one never is."""

    sounds: tuple[Sound, ...] = ()
    volume: float = 1.0
    mute: bool = False
    solo: bool = False


@dataclass(frozen=True)
class Film:
    """The whole. `lanes`: pieces in order of time, the first lane at the bottom. `size`: even width and height.

    Where no piece is, `background` is seen, or nothing where the film keeps `alpha`.
    """

    rate: Rate
    size: Size
    frames: int
    lanes: tuple[tuple[Piece, ...], ...]
    sounds: tuple[SoundLane, ...] = ()
    background: str = "#000000"
    alpha: bool = False


def heard(lanes: Iterable[SoundLane]) -> Iterator[tuple[Sound, float]]:
    """The sounds that are heard, each with its lane's volume."""
    lanes = list(lanes)
    soloed = any(lane.solo for lane in lanes)
    for lane in lanes:
        if not lane.mute and (lane.solo or not soloed):
            for sound in lane.sounds:
                yield sound, lane.volume


def check(film: Film) -> None:
    """Raises InvalidInput when the film cannot be made."""
    width, height = film.size
    if width % 2 or height % 2 or not (0 < width <= 16_384 and 0 < height <= 16_384):
        raise InvalidInput(f"A film of {width} by {height} cannot be made; use even numbers.", field="size")
    if film.frames < 1:
        raise InvalidInput("The film has no frames; add at least one scene.")
    for lane in film.lanes:
        for number, piece in enumerate(lane, 1):
            if piece.frames < 1 or piece.first < 0 or piece.start < 0:
                raise InvalidInput(f"Clip {number} has no frames; give it a longer duration.")
        if lane and lane[0].joint:
            raise InvalidInput("The first clip has nothing before it to meet; remove its transition.")
        for before, after in pairwise(lane):
            shared = after.joint.frames if after.joint else 0
            if max(before.end - after.start, 0) != shared:
                raise InvalidInput("Two clips of a track lie over each other without a transition; move one of them.")
            if after.joint:
                transitions.motions(after.joint.kind, after.joint.direction)
            if shared + (before.joint.frames if before.joint else 0) > before.frames:
                raise InvalidInput("A clip is shorter than the transitions around it; shorten them or lengthen it.")
