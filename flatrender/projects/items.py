"""What stands on a track: clips of each kind, gaps between them and transitions, as frozen values.

    scene clip          one use of a template's scene
    video, image, text  pictures, placed in the frame
    sound clip          a piece of an audio file: music, voice, effects

Each clip knows its JSON form (`to_dict`) and is read by `read`, which refuses what is no value of a field and names
it. All times are whole frames of the document's rate. What a template or the file behind a clip allows is checked in
`permitted.py`.
"""

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, Self, TypeGuard

from flatrender.core.errors import InvalidInput
from flatrender.projects import reading
from flatrender.projects.reading import Reader

Json = dict[str, Any]
TrackKind = Literal["scene", "video", "image", "text", "music", "voice", "sfx"]
PICTURES: tuple[TrackKind, ...] = ("scene", "video", "image", "text")
SOUNDS: tuple[TrackKind, ...] = ("music", "voice", "sfx")
TRACK_KINDS: tuple[TrackKind, ...] = (*PICTURES, *SOUNDS)
RESERVED = ("subtitle", "segment")  # of later versions
TRANSITIONS = ("crossfade", "dip", "wipe", "slide")
DIRECTIONS = ("left", "right", "up", "down")
_OMITTED = frozenset({"name", "group", "link"})  # when they are None
_RARE = _OMITTED | {"fade_in_from", "fade_out_to"}  # what is not written where it says nothing


@dataclass(frozen=True)
class Fit:
    """How a picture fills its place. `focus`: what stays visible, fractions of the picture; `crop`: cut away before
    that, as fractions from left, top, right, bottom."""

    mode: str = "cover"
    focus: tuple[float, float] = (0.5, 0.5)
    crop: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    READERS: ClassVar[Mapping[str, Reader]] = {
        "mode": reading.one_of("cover", "contain", "stretch"),
        "focus": reading.numbers(2, 0.0, 1.0),
        "crop": reading.crop,
    }


@dataclass(frozen=True)
class Place:
    """Where a picture lies: fractions of the frame, from its top left corner; `rotation` clockwise in degrees, about
    the middle of the place."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0
    rotation: float = 0.0

    READERS: ClassVar[Mapping[str, Reader]] = {
        "x": reading.number(-4.0, 4.0),
        "y": reading.number(-4.0, 4.0),
        "width": reading.number(0.001, 8.0),
        "height": reading.number(0.001, 8.0),
        "rotation": reading.number(-360.0, 360.0),
    }


@dataclass(frozen=True)
class Style:
    """How a text clip is set. `size` in pixels of a frame that is 1080 high; `weight` 100 to 900; `fit`: set smaller
    where it would not fit into its place."""

    font: str = "Inter"
    size: float = 64.0
    color: str = "#FFFFFF"
    background: str | None = None
    align: str = "center"
    direction: str = "auto"
    weight: int = 600
    fit: bool = False

    READERS: ClassVar[Mapping[str, Reader]] = {
        "font": reading.words(1, 120),
        "size": reading.number(1.0, 2000.0),
        "color": reading.color,
        "background": reading.color,
        "align": reading.one_of("start", "center", "end"),
        "direction": reading.one_of("auto", "ltr", "rtl"),
        "weight": reading.whole(100, 900),
        "fit": reading.flag,
    }
    NULLABLE: ClassVar[frozenset[str]] = frozenset({"background"})


@dataclass(frozen=True)
class Gap:
    """Nothing, for `duration` frames. Its id is that of the clip after it and a tilde: see `gap_before`."""

    id: str
    duration: int

    def to_dict(self) -> Json:
        return {"type": "gap", "id": self.id, "duration": self.duration}


@dataclass(frozen=True)
class Transition:
    """Overlaps the clips on its two sides by `duration` frames. `params`: `color` of a dip, `direction` of a wipe or
    a slide."""

    id: str
    kind: str
    duration: int
    params: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> Json:
        data: Json = {"type": "transition", "id": self.id, "kind": self.kind, "duration": self.duration}
        if self.params:
            data["params"] = dict(self.params)
        return data


class _Clip:
    """What all kinds of clips share."""

    READERS: ClassVar[Mapping[str, Reader]] = {}
    NULLABLE: ClassVar[frozenset[str]] = frozenset()
    NOUN: ClassVar[str] = "clip"

    def to_dict(self) -> Json:
        """The JSON form."""
        data = written(self)
        return {"type": "clip", **{key: value for key, value in data.items() if key not in _RARE or value}}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """A clip from its JSON form. Raises InvalidInput, with the field that is wrong."""
        made: Self = read_as(cls, data, f"This is no {cls.NOUN}")
        return made

    def with_field(self, path: str, value: Any) -> Self:
        """The clip with another value of a field or of a part of one (`style.color`); None means the default.

        Raises InvalidInput for a field that this kind of clip does not have, or a value that is none.
        """
        name, _, part = path.partition(".")
        data = self.to_dict()
        inner = _PARTS.get(name)
        if name not in self.READERS or name == "id" or (part and (inner is None or part not in inner.READERS)):
            raise InvalidInput(f"A {self.NOUN} has no {path!r}.", field=path)
        if part and inner is not None:
            data[name] = _changed(data[name], part, value, getattr(inner, "NULLABLE", frozenset()))
            return self.read(data)
        return self.read(_changed(data, name, value, self.NULLABLE))


_COMMON: Mapping[str, Reader] = {
    "id": reading.words(1, 80),
    "name": reading.words(1, 120),
    "group": reading.words(1, 64),
    "link": reading.words(1, 64),
}


def _share(value: Any) -> Any:
    """0 to 1; 0 where it is not said."""
    return reading.number(0.0, 1.0)(0 if value is None else value)


_FADES: Mapping[str, Reader] = {
    "fade_in": reading.frames(0),
    "fade_out": reading.frames(0),
    "fade_in_from": _share,
    "fade_out_to": _share,
}
_PLACED: Mapping[str, Reader] = {
    "place": lambda value: read_as(Place, value, "A place has numbers"),
    "opacity": reading.number(0.0, 1.0),
    **_FADES,
}
_FIT: Reader = lambda value: read_as(Fit, value, "A fit has a mode, a focus and a crop")  # noqa: E731
_STYLE: Reader = lambda value: read_as(Style, value, "A style has a font, a size and colours")  # noqa: E731
_ENVELOPE = reading.envelope
_PARTS: Mapping[str, type[Fit] | type[Place] | type[Style]] = {"fit": Fit, "place": Place, "style": Style}


@dataclass(frozen=True)
class SceneClip(_Clip):
    """One use of a template's scene, from its frame `offset` on. `values` by element key; an absent key means the
    template's default."""

    id: str
    scene: str
    duration: int
    values: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    offset: int = 0
    group: str | None = None
    link: str | None = None

    READERS: ClassVar[Mapping[str, Reader]] = {
        **_COMMON,
        "scene": reading.words(1, 200),
        "duration": reading.frames(1),
        "values": reading.values,
        "offset": reading.frames(0),
    }
    NOUN: ClassVar[str] = "scene clip"


@dataclass(frozen=True)
class VideoClip(_Clip):
    """A piece of a video file from `offset` on (its frames at the document's rate), with its sound.

    `envelope`: [frame in the clip, gain] in order; between two of them the gain runs straight, outside it stays.
    Points may lie outside of the clip: trimming loses none.

    Fades, of every clip that has them, are straight lines: a fade-in from `fade_in_from` up to 1, a fade-out from 1
    down to `fade_out_to`. Both are 0 unless the clip was cut off another one in the midst of a fade: then its edge
    moves along the fade as it is trimmed, and brings back what was cut off. A fade may be longer than the clip.
    """

    id: str
    media: str
    duration: int
    offset: int = 0
    fit: Fit = Fit()
    place: Place = Place()
    opacity: float = 1.0
    volume: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    fade_in_from: float = 0.0
    fade_out_to: float = 0.0
    envelope: tuple[tuple[int, float], ...] = ()
    name: str | None = None
    group: str | None = None
    link: str | None = None

    READERS: ClassVar[Mapping[str, Reader]] = {
        **_COMMON,
        **_PLACED,
        "media": reading.words(1, 64),
        "duration": reading.frames(1),
        "offset": reading.frames(0),
        "fit": _FIT,
        "volume": reading.volume,
        "envelope": _ENVELOPE,
    }
    NOUN: ClassVar[str] = "video clip"


@dataclass(frozen=True)
class ImageClip(_Clip):
    """A still picture."""

    id: str
    media: str
    duration: int
    fit: Fit = Fit()
    place: Place = Place()
    opacity: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    fade_in_from: float = 0.0
    fade_out_to: float = 0.0
    name: str | None = None
    group: str | None = None
    link: str | None = None

    READERS: ClassVar[Mapping[str, Reader]] = {
        **_COMMON,
        **_PLACED,
        "media": reading.words(1, 64),
        "duration": reading.frames(1),
        "fit": _FIT,
    }
    NOUN: ClassVar[str] = "image clip"


@dataclass(frozen=True)
class TextClip(_Clip):
    """A text over the picture."""

    id: str
    text: str
    duration: int
    style: Style = Style()
    place: Place = Place(0.1, 0.4, 0.8, 0.2)
    opacity: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    fade_in_from: float = 0.0
    fade_out_to: float = 0.0
    name: str | None = None
    group: str | None = None
    link: str | None = None

    READERS: ClassVar[Mapping[str, Reader]] = {
        **_COMMON,
        **_PLACED,
        "text": reading.text,
        "duration": reading.frames(1),
        "style": _STYLE,
        "place": lambda value: read_as(Place, value, "A place has numbers", Place(0.1, 0.4, 0.8, 0.2)),
    }
    NOUN: ClassVar[str] = "text clip"


@dataclass(frozen=True)
class SoundClip(_Clip):
    """A piece of an audio file from `offset` on. `duration` None plays to the end of the film (only as the last item
    of a track); `loop` begins the file anew where it ends. `envelope`: see VideoClip."""

    id: str
    media: str
    offset: int = 0
    duration: int | None = None
    volume: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    fade_in_from: float = 0.0
    fade_out_to: float = 0.0
    envelope: tuple[tuple[int, float], ...] = ()
    loop: bool = False
    name: str | None = None
    group: str | None = None
    link: str | None = None

    READERS: ClassVar[Mapping[str, Reader]] = {
        **_COMMON,
        **_FADES,
        "media": reading.words(1, 64),
        "offset": reading.frames(0),
        "duration": reading.frames(1),
        "volume": reading.volume,
        "envelope": _ENVELOPE,
        "loop": reading.flag,
    }
    NULLABLE: ClassVar[frozenset[str]] = frozenset({"duration"})
    NOUN: ClassVar[str] = "sound clip"


Clip = SceneClip | VideoClip | ImageClip | TextClip | SoundClip
Joint = Gap | Transition | None  # what stands before a clip: None is a cut, or the beginning of the track
Item = Clip | Gap | Transition
CLIPS: Mapping[TrackKind, type[Clip]] = {
    "scene": SceneClip,
    "video": VideoClip,
    "image": ImageClip,
    "text": TextClip,
    "music": SoundClip,
    "voice": SoundClip,
    "sfx": SoundClip,
}


def is_clip(item: Item) -> TypeGuard[Clip]:
    """Whether it is a clip of any kind."""
    return isinstance(item, _Clip)


def gap_before(clip: Clip, frames: int) -> Gap | None:
    """The gap of `frames` before a clip; None when there are none."""
    return Gap(f"{clip.id}~", frames) if frames > 0 else None


def head(clip: Clip, frames: int) -> Clip:
    """The first `frames` of a clip; more than it has give it more of its source. A fade that was cut off goes on along
    its line: see `fade_without`."""
    made = replace(clip, duration=frames)
    if isinstance(made, SceneClip) or clip.duration is None or not made.fade_out_to:
        return made
    left, to = fade_without(made.fade_out, made.fade_out_to, clip.duration - frames)
    return replace(made, fade_out=left, fade_out_to=to)


def tail(clip: Clip, frames: int) -> Clip:
    """A clip without its first `frames`; fewer than none gives it more of its source. Its sound stays as it was, and a
    fade that was cut off goes on along its line."""
    changes: Json = {}
    if clip.duration is not None:
        changes["duration"] = clip.duration - frames
    if not isinstance(clip, ImageClip | TextClip):
        changes["offset"] = clip.offset + frames
    if isinstance(clip, VideoClip | SoundClip):
        changes["envelope"] = tuple((at - frames, gain) for at, gain in clip.envelope)
    if not isinstance(clip, SceneClip) and clip.fade_in_from:
        changes["fade_in"], changes["fade_in_from"] = fade_without(clip.fade_in, clip.fade_in_from, frames)
    return replace(clip, **changes)


def fade_without(fade: int, begin: float, gone: int) -> tuple[int, float]:
    """What is left of a fade of so many frames from `begin` to 1 without its outer `gone`. Fewer than none give back
    what was cut off, as far as it went: then it is whole, and its clip's edge takes it along as any other."""
    if gone >= fade:
        return 0, 0.0
    if gone >= 0:
        return fade - gone, begin + (1 - begin) * gone / fade
    if begin >= 1:
        return fade, begin  # a line that does not rise comes from nowhere
    whole = math.floor(fade / (1 - begin) + 0.5)
    if fade - gone >= whole:
        return max(fade, whole), 0.0
    return fade - gone, max(0.0, 1 - (1 - begin) * (fade - gone) / fade)


def clip_of(kind: TrackKind, data: object) -> Clip:
    """A clip of a track of this kind from its JSON form. Raises InvalidInput."""
    if not isinstance(data, Mapping):
        raise InvalidInput("A clip is an object with an id.", field="clip")
    return CLIPS[kind].read(data)


def transition_of(data: object) -> Transition:
    """A transition from its JSON form. Raises InvalidInput."""
    if not isinstance(data, Mapping):
        raise InvalidInput("A transition is an object with id, kind and duration.", field="transition")
    kind, params = data.get("kind"), data.get("params") or {}
    if kind not in TRANSITIONS:
        raise InvalidInput(f"There is no transition {kind!r}; use {', '.join(TRANSITIONS)}.", field="transition")
    allowed: dict[str, Reader] = {}
    if kind == "dip":
        allowed = {"color": reading.color}
    elif kind in {"wipe", "slide"}:
        allowed = {"direction": reading.one_of(*DIRECTIONS)}
    try:
        return Transition(
            id=reading.words(1, 80)(data.get("id")),
            kind=str(kind),
            duration=reading.frames(1)(data.get("duration")),
            params={name: read(params[name]) for name, read in allowed.items() if params.get(name) is not None},
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(f"This is no transition: {error}.", field="transition") from error


def sparse(clip: Clip) -> Json:
    """The JSON form of a clip without what is as it would be anyway: it reads back as the same."""
    usual = {part.name: part.default for part in fields(clip) if part.default is not MISSING}
    return {key: value for key, value in clip.to_dict().items() if key not in usual or value != _plain(usual[key])}


def bare(item: Item) -> Json:
    """The JSON form of an item without its type, as operations carry it."""
    return {key: value for key, value in item.to_dict().items() if key != "type"}


def written(value: Any) -> Json:
    """The JSON form of a dataclass of this module."""
    return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}


def read_as(cls: Any, data: object, sentence: str, default: Any = None) -> Any:
    """A dataclass of this module from its JSON form: absent fields have their defaults (or `default`'s)."""
    if not isinstance(data, Mapping):
        raise ValueError(f"{data!r} is no object")
    nullable = getattr(cls, "NULLABLE", frozenset()) | _OMITTED
    found: Json = {}
    for name, read in cls.READERS.items():
        if name not in data:
            if default is not None:
                found[name] = getattr(default, name)
            continue
        value = data[name]
        try:
            found[name] = None if value is None and name in nullable else read(value)
        except (ValueError, TypeError) as error:
            raise InvalidInput(f"{sentence}: {name} {error}.", code="bad-value", field=name) from error
    try:
        return cls(**found)
    except TypeError as error:
        missing = [part.name for part in fields(cls) if part.name not in data]
        raise InvalidInput(f"{sentence}: {missing[0]} is missing.", code="bad-value", field=missing[0]) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Fit | Place | Style):
        return written(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return dict(value) if isinstance(value, Mapping) else value


def _changed(data: Json, name: str, value: Any, nullable: frozenset[str]) -> Json:
    rest = {key: old for key, old in data.items() if key != name}
    return rest if value is None and name not in nullable else {**rest, name: value}
