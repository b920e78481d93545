"""What lies over the scenes and what is heard, resolved: pictures, texts and sounds by storage key, in film frames."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from flatrender.film.spec import Fit, Joint, Place

Json = dict[str, Any]


@dataclass(frozen=True)
class PictureUse:
    """A clip of a video, image or text track. `key`: of the file; `text` and `style`: of a text, which has none.
    `loop`: of a film that begins anew, its frames and their rate (numerator, denominator)."""

    kind: str
    start: int
    frames: int
    key: str = ""
    first: int = 0
    fit: Fit = field(default_factory=Fit)
    place: Place = field(default_factory=Place)
    opacity: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    fade_in_from: float = 0.0
    fade_out_to: float = 0.0
    joint: Joint | None = None
    text: str = ""
    style: Mapping[str, Any] = field(default_factory=dict)
    loop: tuple[int, int, int] | None = None

    def to_dict(self) -> Json:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "PictureUse":
        fit, place, loop = data["fit"], data["place"], data.get("loop")
        data = {**data, "loop": (loop[0], loop[1], loop[2]) if loop else None}
        return cls(**{**data, "fit": fit_of(fit), "place": Place(**place), "joint": joint_of(data["joint"])})


@dataclass(frozen=True)
class SoundUse:
    """A piece of sound. `own`: of a film clip, whose file may have none."""

    key: str
    start: int
    frames: int
    first: int = 0
    volume: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    fade_in_from: float = 0.0
    fade_out_to: float = 0.0
    envelope: tuple[tuple[int, float], ...] = ()
    loop: bool = False
    own: bool = False

    def to_dict(self) -> Json:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "SoundUse":
        points = tuple((int(frame), float(gain)) for frame, gain in data["envelope"])
        return cls(**{**data, "envelope": points})


@dataclass(frozen=True)
class SoundTrack:
    """A track's sounds, and how they are heard together."""

    sounds: tuple[SoundUse, ...] = ()
    volume: float = 1.0
    mute: bool = False
    solo: bool = False

    def to_dict(self) -> Json:
        sounds = [sound.to_dict() for sound in self.sounds]
        return {"sounds": sounds, "volume": self.volume, "mute": self.mute, "solo": self.solo}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "SoundTrack":
        return cls(**{**data, "sounds": tuple(SoundUse.from_dict(sound) for sound in data["sounds"])})


@dataclass(frozen=True)
class Layers:
    """Lanes of pictures under and over the scenes, from the bottom up, and the tracks that are heard."""

    below: tuple[tuple[PictureUse, ...], ...] = ()
    above: tuple[tuple[PictureUse, ...], ...] = ()
    sounds: tuple[SoundTrack, ...] = ()

    @property
    def keys(self) -> set[str]:
        """The files that are needed, by storage key."""
        pictures = {use.key for lane in (*self.below, *self.above) for use in lane if use.key}
        return pictures | {sound.key for track in self.sounds for sound in track.sounds}

    def to_dict(self) -> Json:
        return {
            "below": [[use.to_dict() for use in lane] for lane in self.below],
            "above": [[use.to_dict() for use in lane] for lane in self.above],
            "sounds": [track.to_dict() for track in self.sounds],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Layers":
        lanes = {
            name: tuple(tuple(PictureUse.from_dict(use) for use in lane) for lane in data[name])
            for name in ("below", "above")
        }
        return cls(**lanes, sounds=tuple(SoundTrack.from_dict(track) for track in data["sounds"]))


def fit_of(data: Mapping[str, Any]) -> Fit:
    """A fit from its JSON form."""
    focus, crop = data["focus"], data["crop"]
    return Fit(data["mode"], (focus[0], focus[1]), (crop[0], crop[1], crop[2], crop[3]))


def joint_of(data: Mapping[str, Any] | None) -> Joint | None:
    """A joint from its JSON form."""
    return None if data is None else Joint(**data)
