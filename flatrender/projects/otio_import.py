"""An OpenTimelineIO timeline as a project document: ours exactly as it was, others' as far as we have what they have.

Nothing is dropped silently: each thing that has no place here is a sentence in `Imported.left_out`. `otio_file` reads
the file.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any
from urllib.parse import unquote, urlsplit

import opentimelineio as otio
from opentimelineio.opentime import RationalTime

from flatrender.core.errors import BadFile, InvalidInput
from flatrender.core.ids import new_id
from flatrender.core.timing import Rate
from flatrender.projects.items import SOUNDS, TRACK_KINDS, Clip, TrackKind, Transition, clip_of, transition_of
from flatrender.projects.lanes import Spot, in_order, settle
from flatrender.projects.otio import KEY, MEDIA_URL
from flatrender.projects.otio_file import newer_kinds, unknown_parts
from flatrender.projects.timeline import (
    MARKER_COLORS,
    TRACK_FIELDS,
    VERSION,
    Document,
    Marker,
    Track,
    in_time,
    loudness_of,
    track_of,
)

Json = dict[str, Any]
MAX_LISTED = 200
RATES = (0.1, 1_000_000.0)  # of times: sounds are often told in their own samples
MOST_FRAMES = 2**31
# Ours for the colours of the library; it has none for orange and yellow.
MARKERS_THERE = {
    "BLACK": "scene",
    "WHITE": "scene",
    "BLUE": "video",
    "CYAN": "music",
    "GREEN": "sfx",
    "MAGENTA": "voice",
    "PINK": "voice",
    "RED": "voice",
    "PURPLE": "subtitle",
}
# (id that the file names or None, file name, kinds that will do) -> (id, kind) of a file of one's own.
FindMedia = Callable[[str | None, str, frozenset[str]], tuple[str, str] | None]


@dataclass
class Imported:
    """What a timeline came to. `own`: it was written by FlatRender."""

    document: Document
    name: str
    own: bool
    left_out: list[str] = field(default_factory=list)

    def leave(self, sentence: str) -> None:
        """Notes what has no place here, once."""
        if sentence not in self.left_out and len(self.left_out) < MAX_LISTED:
            self.left_out.append(sentence)


def template_of(timeline: otio.schema.Timeline) -> str | None:
    """The template that our own file was made with."""
    found = _ours(timeline).get("template")
    return found if isinstance(found, str) else None


def wanted(timeline: otio.schema.Timeline) -> tuple[set[str], set[str]]:
    """The ids and the names of all files that `read` may ask for."""
    pairs = [_file_of(clip, _ours(clip)) for clip in timeline.find_clips()]
    return {known for known, _ in pairs if known}, {name for _, name in pairs if name}


def read(timeline: otio.schema.Timeline, rate: Rate, size: tuple[int, int], find: FindMedia) -> Imported:
    """The document, at this rate; `size`: of the film, unless the file tells. It may have no scenes."""
    ours = _ours(timeline)
    data = {"size": list(size), "colors": {}, "preset": None, "audio": {"loudness": None}, **ours}
    own = bool(ours) and ours.get("version") == VERSION
    made = Imported(Document(rate, size, ()), timeline.name or "", own)
    if ours and not own:
        made.leave("The file was written by another version of the studio; what it said in its own words is left out.")
    if own:
        try:
            width, height = (int(part) for part in data["size"])
            colors = {str(key): str(value) for key, value in data["colors"].items()}
            loudness = loudness_of(data["audio"].get("loudness"))
            preset = None if data["preset"] is None else str(data["preset"])
            made.document = Document(rate, (width, height), (), colors, preset, loudness=loudness)
        except (TypeError, ValueError, OverflowError, AttributeError, KeyError, InvalidInput):
            made.leave("The film's size, colours and loudness could not be read; they are the template's.")
    if not ours and timeline.metadata.get(KEY) is not None:
        made.leave("What the file says in the studio's own words cannot be read.")
    _Reader(made, rate, find).read(timeline)
    return made


class _Reader:
    """One pass over a timeline."""

    def __init__(self, made: Imported, rate: Rate, find: FindMedia) -> None:
        self.made = made
        self.rate = rate
        self.find = find
        self.taken: set[str] = set()
        self.markers: list[Marker] = []
        self.scale = Fraction(1)  # of the frames that stand in our own words

    def read(self, timeline: otio.schema.Timeline) -> None:
        tracks: list[Track] = []
        said = _ours(timeline).get("rate")
        if self.made.own and isinstance(said, list) and said != [self.rate.num, self.rate.den]:
            self.scale = self.rate.fraction / _rate(said).fraction
            self.made.leave("The film had another frame rate; its times are the nearest frames of this one.")
        for name in newer_kinds(timeline):
            self.made.leave(f"“{name}” is written in a newer form; what is new in it is left out.")
        for kind, part in unknown_parts(timeline):
            self.made.leave(f"“{part or 'A part'}” is of a kind that is not known here, {kind}.")
        for child in timeline.tracks:
            if not isinstance(child, otio.schema.Track):
                self.made.leave(f"“{child.name or 'A part'}” is a composition, not a track.")
                continue
            tracks += self.track(child)
        for marker in timeline.tracks.markers:
            self.marker(marker, 0)
        begins = timeline.global_start_time
        if begins is not None and self.frames(begins) > 0:
            self.made.leave("The film's timecode begins later than at zero there.")
        if timeline.tracks.effects:
            self.made.leave("Effects on the whole timeline.")
        scenes = [track for track in tracks if track.kind == "scene"]
        for extra in scenes[1:]:
            self.made.leave(f"A second track of scenes, “{extra.name or extra.id}”.")
            tracks.remove(extra)
        if not scenes:
            tracks.insert(0, Track(self.id("scenes"), "scene"))
        document = replace(self.made.document, tracks=tuple(tracks), markers=in_time(self.markers))
        self.made.document = Document.from_dict(document.to_dict())

    def track(self, source: otio.schema.Track) -> list[Track]:
        ours = _ours(source)
        sound = source.kind == otio.schema.TrackKind.Audio
        name = source.name or ""
        lane: TrackKind = next((kind for kind in TRACK_KINDS if kind == ours.get("kind")), "video")
        if not ours or (lane in SOUNDS) != sound:
            lane, ours = ("music" if sound else "video"), {}
        if not sound and source.kind != otio.schema.TrackKind.Video:
            self.made.leave(f"The track “{name}” of the kind {source.kind!r}.")
            return []
        if source.effects:
            self.made.leave(f"Effects on the track “{name}”.")
        for marker in source.markers:
            self.marker(marker, 0)
        given = {key: value for key, value in ours.items() if key in TRACK_FIELDS}
        try:
            shell = track_of({"id": self.id(ours.get("id")), "kind": lane, **given})
        except InvalidInput:
            shell = Track(self.id(None), lane)
        if name and shell.name is None:
            shell = replace(shell, name=name[:120])
        if not source.enabled and not shell.hidden:
            shell = replace(shell, hidden=not sound, mute=sound)
        return self.items(source, shell)

    def items(self, source: otio.schema.Track, shell: Track) -> list[Track]:
        """The track with its clips; stills among films get a track of their own above it."""
        spots: list[tuple[TrackKind, Spot]] = []
        joins: dict[tuple[str, str], Transition] = {}
        position, before, pending = 0, None, None
        children = list(source)
        for number, child in enumerate(children):
            if isinstance(child, otio.schema.Transition):
                if number in (0, len(children) - 1):
                    self.made.leave(f"A transition at the edge of “{shell.name or shell.kind}”.")
                    continue
                if pending is not None:
                    self.unjoined(pending)
                pending = child
                continue
            frames = self.length(child)
            following = children[number + 1] if number + 1 < len(children) else None
            after = following if isinstance(following, otio.schema.Transition) else None
            lead = self.frames(pending.in_offset) if pending is not None and before is not None else 0
            trail = self.frames(after.out_offset) if after is not None and number + 2 < len(children) else 0
            found = self.clip(child, shell, frames, lead, trail) if isinstance(child, otio.schema.Clip) else None
            if not isinstance(child, otio.schema.Clip):
                for marker in child.markers:
                    self.marker(marker, position)
            if not isinstance(child, otio.schema.Clip | otio.schema.Gap):
                self.made.leave(f"“{child.name or 'A part'}”, a composition inside “{shell.name or shell.kind}”.")
            joined = before is not None and found is not None and (found[0], before[0]) == (shell.kind, shell.kind)
            if pending is not None and not joined:
                self.unjoined(pending)
            if found is not None:
                kind, clip = found
                if pending is not None and before is not None and joined:
                    join = self.transition(pending, lead, shell)
                    joins[before[1].id, clip.id] = join
                spots.append((kind, Spot(clip, position - lead)))
                self.clip_markers(child, position)
            before, pending = found, None
            position += frames
        return self.tracks(shell, spots, joins)

    def tracks(
        self, shell: Track, spots: list[tuple[TrackKind, Spot]], joins: Mapping[tuple[str, str], Transition]
    ) -> list[Track]:
        made = [settle(shell, in_order(spot for kind, spot in spots if kind == shell.kind), joins)]
        stills = [spot for kind, spot in spots if kind != shell.kind]
        if stills:
            above = Track(self.id(None), "image", name=shell.name, hidden=shell.hidden)
            made.append(settle(above, in_order(stills), {}))
            if not made[0].items:
                del made[0]
        return made

    def clip(
        self, source: otio.schema.Clip, shell: Track, frames: int, lead: int, trail: int
    ) -> tuple[TrackKind, Clip] | None:
        """A clip and the kind of track that it goes on, or None."""
        label = source.name or "A clip"
        if not source.enabled:
            self.made.leave(f"“{label}”, which is switched off.")
            return None
        for effect in source.effects:
            if isinstance(effect, otio.schema.LinearTimeWarp):
                said = "stands still" if isinstance(effect, otio.schema.FreezeFrame) else "has another speed"
                self.made.leave(f"“{label}” {said} there; here it plays as it is.")
            else:
                self.made.leave(f"The effect “{effect.effect_name or effect.name}” on “{label}”.")
        ours = _ours(source)
        data: Json = {
            **{key: value for key, value in ours.items() if key != "open"},
            "id": self.id(ours.get("id")),
            "duration": None if ours.get("open") is True else max(1, frames + lead + trail),
            "offset": max(0, self.offset(source) - lead),
        }
        if self.scale != 1:
            data |= self.scaled(ours)
        kind = shell.kind
        if shell.kind not in {"scene", "text"}:
            media = self.media(source, shell, ours)
            if media is None:
                self.made.leave(_not_here(label, source.media_reference))
                return None
            data["media"] = media[0]
            kind = "image" if media[1] == "image" else shell.kind
        if source.name and "name" not in ours and not ours:
            data["name"] = source.name[:120]
        try:
            return kind, clip_of(kind, data)
        except InvalidInput as error:
            self.made.leave(f"“{label}”: {error.message}")
            return None

    def scaled(self, ours: Json) -> Json:
        """Fades and envelopes in frames of this rate."""
        found: Json = {}
        for name in ("fade_in", "fade_out"):
            if isinstance(ours.get(name), int):
                found[name] = round(ours[name] * self.scale)
        try:
            points = {round(at * self.scale): gain for at, gain in ours.get("envelope") or ()}
        except (TypeError, ValueError, OverflowError):
            return found  # none: what it is instead is told when the clip is read
        if points:
            found["envelope"] = [list(point) for point in points.items()]
        return found

    def media(self, source: otio.schema.Clip, shell: Track, ours: Json) -> tuple[str, str] | None:
        kinds = {"video": {"video", "image"}, "image": {"image"}}.get(shell.kind, {"audio", "video"})
        known, name = _file_of(source, ours)
        return self.find(known, name, frozenset(kinds))

    def transition(self, source: otio.schema.Transition, lead: int, shell: Track) -> Transition:
        ours = _ours(source)
        frames = lead + self.frames(source.out_offset)
        same = ours.get("held") == frames and self.scale == 1  # what was asked for may be longer than what fits
        data = {**ours, "id": self.id(ours.get("id"))}
        try:
            made = transition_of(data if same else {**data, "duration": max(1, frames)})
        except InvalidInput:
            made = Transition(self.id(None), "crossfade", max(1, frames))
            if source.transition_type != otio.schema.TransitionTypes.SMPTE_Dissolve:
                self.made.leave(f"The transition “{source.name or source.transition_type}” is a cross-fade here.")
        return Transition(made.id, "crossfade", made.duration) if shell.kind in SOUNDS else made

    def unjoined(self, source: otio.schema.Transition) -> None:
        """A transition that joins no two clips here: a gap or what was left out is beside it."""
        self.made.leave(f"The transition “{source.name or source.transition_type}” has no two clips to join here.")

    def clip_markers(self, source: otio.schema.Clip, position: int) -> None:
        begin = source.source_range.start_time if source.source_range else _available(source)
        for marker in source.markers:
            self.marker(marker, position - (self.frames(begin) if begin is not None else 0))

    def marker(self, source: otio.schema.Marker, position: int) -> None:
        ours = _ours(source)
        color = ours.get("color") if ours else MARKERS_THERE.get(str(source.color).upper())
        name = source.name or getattr(source, "comment", "") or ""
        if source.marked_range.duration.value > 0:
            self.made.leave(f"The marker “{name}” spans a range; here it is its beginning.")
        frame = max(0, position + self.frames(source.marked_range.start_time))
        color = color if color in MARKER_COLORS else None
        self.markers.append(Marker(self.id(ours.get("id")), frame, name[:120], color))

    def length(self, child: otio.core.Composable) -> int:
        try:
            return max(0, self.frames(child.duration()))
        except Exception:  # a clip whose reference says nothing of its length
            self.made.leave(f"“{child.name or 'A clip'}” does not say how long it is.")
            return 0

    def frames(self, time: RationalTime) -> int:
        """A time as frames of the document."""
        if RATES[0] <= time.rate <= RATES[1] and abs(time.value) < 2**53:
            frames = round(Fraction(time.value) * self.rate.fraction / Rate.from_float(time.rate).fraction)
            if abs(frames) < MOST_FRAMES:
                return frames
        raise BadFile("The times in this file are not those of a film.", field="file")

    def offset(self, source: otio.schema.Clip) -> int:
        """From which frame of its file a clip plays. Cameras count from a time of day, and say so of the file too."""
        start = source.source_range.start_time if source.source_range else None
        if start is None:
            return 0
        begins, at = _available(source), self.frames(start)
        before = self.frames(begins) if begins is not None else 0
        return at - before if at >= before else at

    def id(self, wanted: Any) -> str:
        """The id that the file gives, unless it is none or taken."""
        usable = isinstance(wanted, str) and 1 <= len(wanted) <= 80 and "~" not in wanted
        made = wanted if usable and wanted not in self.taken else new_id()
        self.taken.add(made)
        return str(made)


def _not_here(label: str, reference: otio.core.MediaReference) -> str:
    """Why a clip has no file here."""
    if isinstance(reference, otio.schema.GeneratorReference):
        return f"“{label}” is made by the other program; there is nothing like it here."
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return f"“{label}” is a sequence of pictures; make a film of it, upload that and import again."
    return f"“{label}”: its file is not among yours; upload it and import again."


def _available(source: otio.schema.Clip) -> RationalTime | None:
    found = getattr(source.media_reference, "available_range", None)
    return found.start_time if found is not None else None


def _rate(value: list[Any]) -> Rate:
    try:
        return Rate(*map(int, value))
    except (TypeError, ValueError, OverflowError) as error:
        raise BadFile("The frame rate in this file is none.", field="file") from error


def _ours(thing: Any) -> Json:
    """What stands there in our own words; nothing where that is no object."""
    found = thing.metadata.get(KEY)
    if not isinstance(found, Mapping):
        return {}
    said = json.loads(otio.core.serialize_json_to_string(found))
    return said if isinstance(said, dict) else {}


def _file_of(source: otio.schema.Clip, ours: Json) -> tuple[str | None, str]:
    """The id and the name by which a clip tells its file."""
    reference = source.media_reference
    url = getattr(reference, "target_url", "") or ""
    known = ours.get("media")
    if not isinstance(known, str):
        known = url[len(MEDIA_URL) :] if url.startswith(MEDIA_URL) else None
    try:
        name = unquote(urlsplit(url).path.rsplit("/", 1)[-1]) if url and not url.startswith(MEDIA_URL) else ""
    except ValueError:  # such as http://[
        name = ""
    return known, name or (reference.name if reference else "") or source.name or ""
