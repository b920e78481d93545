"""The project document: tracks of clips and transitions over a rational frame rate, as frozen values.

    scene track   | clip A        | clip B     | clip C          |
                              ^ transition     ^ cut
    music track   | music clip                                ...|

A transition stands between two clips and makes them overlap by its duration: the film of A (100 frames), a cross-fade
of 10 and B (50 frames) is 140 frames long. A transition that is longer than half of a neighbour is shortened to that
half when the film is laid out (`layout`), never in the document: moving a clip must not lose what was asked for.

All times are whole frames of `Document.rate`. The JSON form carries `version`; `upgrades.py` lifts older ones.
Documents are never changed in place; `edits.py` makes new ones. The dictionaries inside are treated as immutable.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeGuard

from flatrender.core.errors import InvalidInput
from flatrender.core.timing import Rate

VERSION = 1
Json = dict[str, Any]
TrackKind = Literal["scene", "music"]
TRACK_KINDS: tuple[TrackKind, ...] = ("scene", "music")
TRANSITIONS = ("crossfade",)
MOST_FRAMES = 2**31 - 1


@dataclass(frozen=True)
class SceneClip:
    """One use of a template's scene. `values` by element key; an absent key means the template's default."""

    id: str
    scene: str
    duration: int
    values: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None

    def to_dict(self) -> Json:
        data: Json = {
            "type": "clip",
            "id": self.id,
            "scene": self.scene,
            "values": dict(self.values),
            "duration": self.duration,
        }
        if self.name is not None:
            data["name"] = self.name
        return data


@dataclass(frozen=True)
class MusicClip:
    """A piece of an audio file. `duration` None plays until the film's or the file's end; volume 0 to 1."""

    id: str
    media: str
    offset: int = 0
    duration: int | None = None
    volume: float = 1.0
    fade_in: int = 0
    fade_out: int = 0

    def to_dict(self) -> Json:
        return {
            "type": "clip",
            "id": self.id,
            "media": self.media,
            "offset": self.offset,
            "duration": self.duration,
            "volume": self.volume,
            "fade_in": self.fade_in,
            "fade_out": self.fade_out,
        }


@dataclass(frozen=True)
class Transition:
    """Overlaps the clips on its two sides by `duration` frames."""

    id: str
    kind: str
    duration: int

    def to_dict(self) -> Json:
        return {"type": "transition", "id": self.id, "kind": self.kind, "duration": self.duration}


Item = SceneClip | MusicClip | Transition


@dataclass(frozen=True)
class Track:
    """A lane of items in order. `volume` matters to sounding tracks alone."""

    id: str
    kind: TrackKind
    items: tuple[Item, ...] = ()
    volume: float = 1.0

    def to_dict(self) -> Json:
        data: Json = {"id": self.id, "kind": self.kind}
        if self.kind == "music":
            data["volume"] = self.volume
        data["items"] = [item.to_dict() for item in self.items]
        return data


@dataclass(frozen=True)
class Document:
    """A saved edit. `colors` holds the shared colours that differ from the template's, `preset` the one last chosen."""

    rate: Rate
    size: tuple[int, int]
    tracks: tuple[Track, ...]
    colors: Mapping[str, str] = field(default_factory=dict)
    preset: str | None = None

    @property
    def scene_track(self) -> Track:
        return next(track for track in self.tracks if track.kind == "scene")

    @property
    def music_track(self) -> Track | None:
        return next((track for track in self.tracks if track.kind == "music"), None)

    @property
    def clips(self) -> tuple[SceneClip, ...]:
        """The scene clips in the film's order."""
        return tuple(item for item in self.scene_track.items if isinstance(item, SceneClip))

    @property
    def gaps(self) -> tuple[Transition | None, ...]:
        """What stands between the scene clips: `gaps[i]` between clips i and i + 1, None for a cut."""
        return gaps_of(self.scene_track.items)

    @property
    def music(self) -> MusicClip | None:
        """The music, where there is any."""
        track = self.music_track
        return next((item for item in track.items if isinstance(item, MusicClip)), None) if track else None

    def clip(self, clip_id: str) -> SceneClip | None:
        """The scene clip with this id."""
        return next((clip for clip in self.clips if clip.id == clip_id), None)

    def with_track(self, track: Track) -> "Document":
        """The document with `track` in place of the one with its id, or after the others."""
        if any(other.id == track.id for other in self.tracks):
            return replace(self, tracks=tuple(track if other.id == track.id else other for other in self.tracks))
        return replace(self, tracks=(*self.tracks, track))

    def with_scenes(self, clips: tuple[SceneClip, ...], gaps: tuple[Transition | None, ...]) -> "Document":
        """The document with these scene clips and what stands between them."""
        return self.with_track(replace(self.scene_track, items=join(clips, gaps)))

    def to_dict(self) -> Json:
        """The JSON form, `VERSION`."""
        return {
            "version": VERSION,
            "rate": [self.rate.num, self.rate.den],
            "size": list(self.size),
            "colors": dict(self.colors),
            "preset": self.preset,
            "tracks": [track.to_dict() for track in self.tracks],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Document":
        """Reads the JSON form of `VERSION` (lift older ones with `upgrades.upgrade`). Raises InvalidInput."""
        try:
            document = cls(
                rate=Rate(*map(int, data["rate"])),
                size=(int(data["size"][0]), int(data["size"][1])),
                colors={str(key): str(value) for key, value in data["colors"].items()},
                preset=data["preset"],
                tracks=tuple(_track(track) for track in data["tracks"]),
            )
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"This is no project document: {error!r}.", code="bad-document") from error
        _check(document)
        return document


def new_document(rate: Rate, size: tuple[int, int], clips: tuple[SceneClip, ...] = ()) -> Document:
    """A document with a scene track and an empty music track."""
    tracks = (Track("scenes", "scene", tuple(clips)), Track("music", "music"))
    return Document(rate=rate, size=size, tracks=tracks)


def gaps_of(items: tuple[Item, ...]) -> tuple[Transition | None, ...]:
    """The transitions between the clips of a track, None for a cut."""
    gaps: list[Transition | None] = []
    pending: Transition | None = None
    seen = False
    for item in items:
        if isinstance(item, Transition):
            pending = item
        else:
            if seen:
                gaps.append(pending)
            seen, pending = True, None
    return tuple(gaps)


def join(clips: tuple[SceneClip, ...], gaps: tuple[Transition | None, ...]) -> tuple[Item, ...]:
    """The items of a track from its clips and the gaps between them (one fewer)."""
    if len(gaps) != max(0, len(clips) - 1):
        raise ValueError(f"{len(clips)} clips have {max(0, len(clips) - 1)} gaps between them, not {len(gaps)}")
    items: list[Item] = []
    for index, clip in enumerate(clips):
        if index and (gap := gaps[index - 1]) is not None:
            items.append(gap)
        items.append(clip)
    return tuple(items)


@dataclass(frozen=True)
class Placed:
    """A scene clip in the film: frames [start, end), of which the first `overlap` lie over the clip before."""

    clip: SceneClip
    start: int
    overlap: int

    @property
    def end(self) -> int:
        return self.start + self.clip.duration


def layout(document: Document) -> tuple[Placed, ...]:
    """Where each scene clip lies. Transitions are held to half of their shorter neighbour."""
    placed: list[Placed] = []
    gaps = document.gaps
    position = 0
    for index, clip in enumerate(document.clips):
        overlap = 0
        if index and (gap := gaps[index - 1]) is not None:
            overlap = min(gap.duration, clip.duration // 2, placed[-1].clip.duration // 2)
        placed.append(Placed(clip, position - overlap, overlap))
        position = placed[-1].end
    return tuple(placed)


def film_duration(document: Document) -> int:
    """The film's length in frames."""
    return max((placed.end for placed in layout(document)), default=0)


def media_ids(document: Document) -> Iterator[str]:
    """The ids of the media that the document uses, in order, with repetitions."""
    for clip in document.clips:
        for value in clip.values.values():
            if isinstance(value, Mapping) and isinstance(value.get("media"), str):
                yield value["media"]
    if document.music is not None:
        yield document.music.media


def scene_clip(data: Mapping[str, Any]) -> SceneClip:
    """A scene clip from its JSON form. Raises InvalidInput."""
    try:
        name = data.get("name")
        values = data.get("values") or {}
        clip = SceneClip(
            id=str(data["id"]),
            scene=str(data["scene"]),
            duration=_frames(data["duration"]),
            values={str(key): value for key, value in values.items()},
            name=None if name is None else str(name),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"This is no scene clip: {error!r}.", code="bad-document") from error
    if not clip.id or clip.duration < 1:
        raise InvalidInput("A scene clip has an id and at least one frame.", code="bad-document")
    return clip


def music_clip(data: Mapping[str, Any]) -> MusicClip:
    """A music clip from its JSON form. Raises InvalidInput."""
    try:
        duration = data.get("duration")
        clip = MusicClip(
            id=str(data["id"]),
            media=str(data["media"]),
            offset=_frames(data.get("offset", 0)),
            duration=None if duration is None else _frames(duration),
            volume=float(data.get("volume", 1.0)),
            fade_in=_frames(data.get("fade_in", 0)),
            fade_out=_frames(data.get("fade_out", 0)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"This is no music clip: {error!r}.", code="bad-document") from error
    if not clip.id or min(clip.offset, clip.fade_in, clip.fade_out) < 0 or (clip.duration or 1) < 1:
        raise InvalidInput("Music starts, fades and lasts for frames that are not negative.", code="bad-document")
    if not 0.0 <= clip.volume <= 1.0:
        raise InvalidInput("A volume lies between 0 and 1.", field="volume")
    return clip


def transition(data: Mapping[str, Any]) -> Transition:
    """A transition from its JSON form. Raises InvalidInput."""
    try:
        value = Transition(id=str(data["id"]), kind=str(data["kind"]), duration=_frames(data["duration"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"This is no transition: {error!r}.", code="bad-document") from error
    if value.kind not in TRANSITIONS:
        raise InvalidInput(f"There is no transition {value.kind!r}; use {', '.join(TRANSITIONS)}.", field="transition")
    if not value.id or value.duration < 1:
        raise InvalidInput("A transition has an id and at least one frame.", field="transition")
    return value


def _frames(value: object) -> int:
    # JSON from a browser may say 25.0; half a frame is a mistake, and so is true.
    if not is_whole(value):
        raise ValueError(f"{value!r} is not a whole number of frames")
    return int(value)


def is_whole(value: object) -> TypeGuard[int | float]:
    """Whether it is a whole number, 25.0 included, that a database can keep; infinity is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= MOST_FRAMES and value == int(value)


def _track(data: Mapping[str, Any]) -> Track:
    kind = data["kind"]
    if kind not in TRACK_KINDS:
        raise ValueError(f"{kind!r} is no kind of track")
    items: list[Item] = []
    for item in data["items"]:
        if item["type"] == "transition":
            items.append(transition(item))
        elif kind == "scene":
            items.append(scene_clip(item))
        else:
            items.append(music_clip(item))
    volume = float(data.get("volume", 1.0))
    if not 0.0 <= volume <= 1.0:
        raise ValueError(f"a volume lies between 0 and 1, not {volume}")
    return Track(id=str(data["id"]), kind=kind, items=tuple(items), volume=volume)


def _check(document: Document) -> None:
    """What must hold of any document. Raises InvalidInput."""
    if [track.kind for track in document.tracks].count("scene") != 1:
        raise InvalidInput("A project document has exactly one scene track.", code="bad-document")
    identifiers = [track.id for track in document.tracks]
    for track in document.tracks:
        identifiers += [item.id for item in track.items]
        between = True  # a transition may not come first, last, or beside another
        for item in track.items:
            if isinstance(item, Transition) and between:
                raise InvalidInput("A transition stands between two clips.", code="bad-document")
            between = isinstance(item, Transition)
        if track.items and between:
            raise InvalidInput("A transition stands between two clips.", code="bad-document")
    if len(set(identifiers)) != len(identifiers):
        raise InvalidInput("Two parts of the project have the same id.", code="bad-document")
    if min(document.size) < 1:
        raise InvalidInput("A film has a width and a height.", code="bad-document")
