"""The project document: tracks of clips, gaps and transitions over a rational frame rate, as frozen values.

    text track    | gap            | text              |
    scene track   | clip A        | clip B     | clip C          |
                              ^ transition     ^ cut
    music track   | sound clip                               ...|

Each track is a sequence: a clip's place follows from what stands before it. A transition stands between two clips and
makes them overlap by its duration: the film of A (100 frames), a cross-fade of 10 and B (50 frames) is 140 frames
long. A transition that is longer than half of a neighbour is shortened to that half when the film is laid out
(`layout`), never in the document: moving a clip must not lose what was asked for.

Picture tracks lie one over the other in the order of `tracks`. The film is as long as its pictures; sound ends with it.

All times are whole frames of `Document.rate`. The JSON form carries `version`; `upgrades.py` lifts older ones.
Documents are never changed in place; `edits` makes new ones. The dictionaries inside are treated as immutable.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flatrender.core.errors import InvalidInput
from flatrender.core.timing import Rate
from flatrender.projects import reading
from flatrender.projects.items import (
    PICTURES,
    RESERVED,
    SOUNDS,
    TRACK_KINDS,
    Clip,
    Gap,
    Item,
    Joint,
    SceneClip,
    SoundClip,
    TrackKind,
    Transition,
    clip_of,
    gap_before,
    is_clip,
    transition_of,
)
from flatrender.projects.reading import Reader

VERSION = 2
Json = dict[str, Any]
MARKER_COLORS = ("scene", "video", "music", "voice", "sfx", "subtitle")  # the track colours of the tokens
Pair = tuple[Joint, Clip]


@dataclass(frozen=True)
class Track:
    """A lane of items in order. `volume`, `mute` and `solo` matter where there is sound; `height` in pixels, None as
    the page likes it."""

    id: str
    kind: TrackKind
    items: tuple[Item, ...] = ()
    volume: float = 1.0
    name: str | None = None
    mute: bool = False
    solo: bool = False
    locked: bool = False
    hidden: bool = False
    height: int | None = None

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The clips in order."""
        return tuple(item for item in self.items if is_clip(item))

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Each clip with what stands before it."""
        found: list[Pair] = []
        joint: Joint = None
        for item in self.items:
            if isinstance(item, Gap | Transition):
                joint = item
            else:
                found.append((joint, item))
                joint = None
        return tuple(found)

    def with_pairs(self, pairs: Iterable[Pair]) -> "Track":
        """The track with these clips. A gap takes the name of the clip after it; a transition needs a clip before."""
        items: list[Item] = []
        for given, clip in pairs:
            joint = gap_before(clip, given.duration) if isinstance(given, Gap) else given
            if joint is not None and (items or isinstance(joint, Gap)):
                items.append(joint)
            items.append(clip)
        return replace(self, items=tuple(items))

    def to_dict(self) -> Json:
        """The JSON form."""
        fields: Json = {name: getattr(self, name) for name in TRACK_FIELDS}
        return {"id": self.id, "kind": self.kind, **fields, "items": [item.to_dict() for item in self.items]}


# What may be set of a track, and what may be None there.
TRACK_FIELDS: Mapping[str, Reader] = {
    "name": reading.words(1, 120),
    "volume": reading.volume,
    "mute": reading.flag,
    "solo": reading.flag,
    "locked": reading.flag,
    "hidden": reading.flag,
    "height": reading.whole(16, 1000),
}
TRACK_NULLABLE = frozenset({"name", "height"})


@dataclass(frozen=True)
class Marker:
    """A named moment. `color`: one of MARKER_COLORS, or None."""

    id: str
    frame: int
    name: str = ""
    color: str | None = None

    def to_dict(self) -> Json:
        return {"id": self.id, "frame": self.frame, "name": self.name, "color": self.color}


@dataclass(frozen=True)
class Document:
    """A saved edit. `colors` holds the shared colours that differ from the template's, `preset` the one last chosen;
    `loudness` in LUFS: what the mix is normalised to on export, None leaves it. Markers in the order of time."""

    rate: Rate
    size: tuple[int, int]
    tracks: tuple[Track, ...]
    colors: Mapping[str, str] = field(default_factory=dict)
    preset: str | None = None
    markers: tuple[Marker, ...] = ()
    loudness: float | None = None

    @property
    def scene_track(self) -> Track:
        return next(track for track in self.tracks if track.kind == "scene")

    @property
    def music_track(self) -> Track | None:
        """The first music track."""
        return next((track for track in self.tracks if track.kind == "music"), None)

    @property
    def clips(self) -> tuple[SceneClip, ...]:
        """The scene clips in the film's order."""
        return tuple(item for item in self.scene_track.items if isinstance(item, SceneClip))

    @property
    def music(self) -> SoundClip | None:
        """The first piece of the first music track."""
        track = self.music_track
        return next((item for item in track.items if isinstance(item, SoundClip)), None) if track else None

    @property
    def all_clips(self) -> Iterator[Clip]:
        """The clips of all tracks."""
        for track in self.tracks:
            yield from track.clips

    def clip(self, clip_id: str) -> SceneClip | None:
        """The scene clip with this id."""
        return next((clip for clip in self.clips if clip.id == clip_id), None)

    def find(self, clip_id: str) -> tuple[Track, Clip] | None:
        """The clip with this id, of any kind, and its track."""
        for track in self.tracks:
            for item in track.items:
                if item.id == clip_id and is_clip(item):
                    return track, item
        return None

    def track(self, track_id: str) -> Track | None:
        """The track with this id."""
        return next((track for track in self.tracks if track.id == track_id), None)

    def with_track(self, track: Track) -> "Document":
        """The document with `track` in place of the one with its id, or after the others."""
        if any(other.id == track.id for other in self.tracks):
            return replace(self, tracks=tuple(track if other.id == track.id else other for other in self.tracks))
        return replace(self, tracks=(*self.tracks, track))

    def with_clip(self, clip: Clip) -> "Document":
        """The document with `clip` in place of the one with its id."""
        found = self.find(clip.id)
        if found is None:
            return self
        track = found[0]
        items = tuple(clip if item.id == clip.id else item for item in track.items)
        return self.with_track(replace(track, items=items))

    def with_clips(self, clips: Mapping[str, Clip]) -> "Document":
        """The document with these clips, by id, in place of those with their ids."""

        def changed(track: Track) -> Track:
            if not any(item.id in clips for item in track.items):
                return track
            return replace(track, items=tuple(clips.get(item.id, item) for item in track.items))

        return replace(self, tracks=tuple(changed(track) for track in self.tracks))

    def to_dict(self) -> Json:
        """The JSON form, `VERSION`."""
        return {
            "version": VERSION,
            "rate": [self.rate.num, self.rate.den],
            "size": list(self.size),
            "colors": dict(self.colors),
            "preset": self.preset,
            "audio": {"loudness": self.loudness},
            "markers": [marker.to_dict() for marker in self.markers],
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
                tracks=tuple(track_of(track) for track in data["tracks"]),
                markers=in_time(marker_of(marker) for marker in data["markers"]),
                loudness=loudness_of(data["audio"]["loudness"]),
            )
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"This is no project document: {error!r}.", code="bad-document") from error
        _check(document)
        return document


def new_document(rate: Rate, size: tuple[int, int], clips: tuple[SceneClip, ...] = ()) -> Document:
    """A document with a scene track and an empty music track."""
    tracks = (Track("scenes", "scene", tuple(clips)), Track("music", "music"))
    return Document(rate=rate, size=size, tracks=tracks)


@dataclass(frozen=True)
class Placed:
    """A clip in the film: frames [start, end), of which the first `overlap` lie over the clip before; `transition`
    says how. An open sound clip ends with the film."""

    track: str
    clip: Clip
    start: int
    end: int
    overlap: int = 0
    transition: Transition | None = None


def layout(document: Document) -> tuple[Placed, ...]:
    """Where each clip lies: all tracks, in the order of `tracks`, each in the order of time."""
    length = film_duration(document)
    return tuple(placed for track in document.tracks for placed in places(track, length))


def places(track: Track, film: int = 0) -> tuple[Placed, ...]:
    """Where the clips of a track lie. Transitions are held to half of their shorter neighbour; `film`: the end of an
    open clip."""
    placed: list[Placed] = []
    position = 0
    before: Clip | None = None
    for joint, clip in track.pairs:
        overlap = 0
        if isinstance(joint, Gap):
            position += joint.duration
        elif joint is not None and before is not None:
            overlap = held(joint, before, clip)
        start = position - overlap
        position = start + clip.duration if clip.duration is not None else max(start, film)
        made = joint if isinstance(joint, Transition) and overlap else None
        placed.append(Placed(track.id, clip, start, position, overlap, made))
        before = clip
    return tuple(placed)


def scene_layout(document: Document) -> tuple[tuple[SceneClip, Placed], ...]:
    """The scene clips and where they lie."""
    found = places(document.scene_track)
    return tuple((placed.clip, placed) for placed in found if isinstance(placed.clip, SceneClip))


def held(transition: Transition, left: Clip, right: Clip) -> int:
    """How many frames two clips overlap: the transition's, but at most half of either."""
    return min(transition.duration, *(clip.duration // 2 for clip in (left, right) if clip.duration is not None))


def film_duration(document: Document) -> int:
    """The film's length in frames: that of its pictures."""
    tracks = (track for track in document.tracks if track.kind in PICTURES)
    return max((placed[-1].end for placed in map(places, tracks) if placed), default=0)


def media_ids(document: Document) -> Iterator[str]:
    """The ids of the media that the document uses, in order, with repetitions."""
    for clip in document.all_clips:
        yield from media_of(clip)


def media_of(clip: Clip) -> Iterator[str]:
    """The ids of the media that a clip uses."""
    if isinstance(clip, SceneClip):
        for value in clip.values.values():
            if isinstance(value, Mapping) and isinstance(value.get("media"), str):
                yield value["media"]
    elif (key := getattr(clip, "media", None)) is not None:
        yield key


def marker_of(data: object) -> Marker:
    """A marker from its JSON form. Raises InvalidInput."""
    if not isinstance(data, Mapping):
        raise InvalidInput("A marker is an object with id and frame.", field="marker")
    readers: dict[str, Reader] = {
        "id": reading.words(1, 80),
        "frame": reading.frames(0),
        "name": reading.words(0, 120),
        "color": reading.one_of(*MARKER_COLORS),
    }
    given = {"name": "", "color": None, **data}
    found: Json = {}
    for name, read in readers.items():
        try:
            found[name] = None if name == "color" and given["color"] is None else read(given.get(name))
        except ValueError as error:
            raise InvalidInput(f"This is no marker: {name} {error}.", field=name) from error
    return Marker(**found)


def in_time(markers: Iterable[Marker]) -> tuple[Marker, ...]:
    """Markers in the order of time."""
    return tuple(sorted(markers, key=lambda marker: (marker.frame, marker.id)))


def loudness_of(value: Any) -> float | None:
    """The loudness that a mix is brought to, in LUFS; None leaves it. Raises InvalidInput."""
    try:
        return None if value is None else float(reading.number(-36.0, -6.0)(value))
    except ValueError as error:
        raise InvalidInput(f"The loudness {error} LUFS.", field="loudness") from error


def track_of(data: object) -> Track:
    """A track from its JSON form, its gaps in order: no two beside each other, none at the end. Raises InvalidInput."""
    if not isinstance(data, Mapping):
        raise InvalidInput("A track is an object with id and kind.", field="track")
    kind = data.get("kind")
    if kind in RESERVED:
        raise InvalidInput(f"Tracks of {kind}s come with a later version.", field="kind")
    if kind not in TRACK_KINDS:
        raise InvalidInput(f"There is no track of the kind {kind!r}; use {', '.join(TRACK_KINDS)}.", field="kind")
    fields = {name: track_field(name, data[name]) for name in TRACK_FIELDS if name in data}
    made = Track(id=str(data["id"]), kind=kind, **fields)
    pairs: list[Pair] = []
    waiting: list[Joint] = []
    for item in data.get("items", ()):
        if item["type"] == "gap":
            waiting.append(Gap("", reading.frames(1)(item["duration"])))
        elif item["type"] == "transition":
            waiting.append(transition_of(item))
        else:
            pairs.append((_one_joint(waiting, first=not pairs), clip_of(kind, item)))
            waiting = []
    if any(isinstance(joint, Transition) for joint in waiting):
        raise InvalidInput("A transition stands between two clips.", code="bad-document")
    return made.with_pairs(pairs)


def track_field(name: str, value: Any) -> Any:
    """A field of a track, as it is kept. Raises InvalidInput naming it."""
    read = TRACK_FIELDS.get(name)
    if read is None:
        raise InvalidInput(f"A track has no {name!r}.", field=name)
    try:
        return None if value is None and name in TRACK_NULLABLE else read(value)
    except ValueError as error:
        raise InvalidInput(f"A track's {name} {error}.", field=name) from error


def _one_joint(joints: list[Joint], *, first: bool) -> Joint:
    gaps = [joint.duration for joint in joints if isinstance(joint, Gap)]
    transitions = [joint for joint in joints if isinstance(joint, Transition)]
    if transitions and (first or gaps or len(transitions) > 1):
        raise InvalidInput("A transition stands between two clips.", code="bad-document")
    return Gap("", sum(gaps)) if gaps else (transitions[0] if transitions else None)


def _check(document: Document) -> None:
    """What must hold of any document. Raises InvalidInput."""
    if [track.kind for track in document.tracks].count("scene") != 1:
        raise InvalidInput("A project document has exactly one scene track.", code="bad-document")
    identifiers = [marker.id for marker in document.markers]
    for track in document.tracks:
        identifiers += [track.id, *(item.id for item in track.items)]
        if any(clip.duration is None for clip in track.clips[:-1]):
            raise InvalidInput("Only the last sound of a track plays to the end of the film.", code="bad-document")
        if track.kind in SOUNDS and any(t.kind != "crossfade" for t in track.items if isinstance(t, Transition)):
            raise InvalidInput("Sounds know only the cross-fade.", field="transition")
    if len(set(identifiers)) != len(identifiers):
        raise InvalidInput("Two parts of the project have the same id.", code="bad-document")
    if min(document.size) < 1:
        raise InvalidInput("A film has a width and a height.", code="bad-document")
