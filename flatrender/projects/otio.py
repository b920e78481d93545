"""A project document as an OpenTimelineIO timeline (https://opentimelineio.readthedocs.io, Timeline.1), and what the
two say differently.

    here    A(100) t(10) B(60): B begins at 90           there   A(95) t(in 5, out 5) B(55): the cut is at 95

There a transition lies over a cut, fed by what the clips have beyond it: a clip's range is shorter by its part of the
overlap. What other programs have no word for stands in the metadata under `flatrender`; ranges, gaps and the order are
read from the timeline itself, so that what was cut elsewhere counts. `otio_import.py` reads.
"""

from collections.abc import Mapping
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from flatrender.projects.items import SOUNDS, Clip, Gap, SceneClip, TextClip, Transition
from flatrender.projects.timeline import TRACK_FIELDS, VERSION, Document, Track, film_duration, held, places

Json = dict[str, Any]
KEY = "flatrender"
STRUCTURE = frozenset({"type", "duration", "offset"})  # told by ranges
MARKER_COLORS = {
    "scene": "WHITE",
    "video": "BLUE",
    "music": "CYAN",
    "voice": "PINK",
    "sfx": "GREEN",
    "subtitle": "PURPLE",
}
MEDIA_URL = "flatrender:media/"


def write(document: Document, *, name: str, template_id: str, names: Mapping[str, str]) -> str:
    """The timeline as JSON. `names`: of the media in use, by id."""
    rate = float(document.rate)
    timeline = otio.schema.Timeline(name)
    timeline.global_start_time = RationalTime(0, rate)
    film = film_duration(document)
    whole = document.to_dict()
    timeline.metadata[KEY] = {
        "version": VERSION,
        "template": template_id,
        **{key: whole[key] for key in ("rate", "size", "colors", "preset", "audio")},
    }
    for track in document.tracks:
        timeline.tracks.append(_track(track, rate, film, names))
    for marker in document.markers:
        made = otio.schema.Marker(marker.name, TimeRange(RationalTime(marker.frame, rate), RationalTime(0, rate)))
        made.color = MARKER_COLORS.get(marker.color or "", made.color)
        made.metadata[KEY] = {"id": marker.id, "color": marker.color}
        timeline.tracks.markers.append(made)
    return str(otio.adapters.write_to_string(timeline, "otio_json"))


def _track(track: Track, rate: float, film: int, names: Mapping[str, str]) -> otio.schema.Track:
    kind = otio.schema.TrackKind.Audio if track.kind in SOUNDS else otio.schema.TrackKind.Video
    made = otio.schema.Track(track.name or "", kind=kind)
    made.enabled = not track.hidden
    made.metadata[KEY] = {
        "id": track.id,
        "kind": track.kind,
        **{field: getattr(track, field) for field in TRACK_FIELDS},
    }
    pairs, placed = track.pairs, places(track, film)
    for number, (joint, clip) in enumerate(pairs):
        before = _halves(joint, pairs[number - 1][1], clip)[0] if isinstance(joint, Transition) else 0
        following = pairs[number + 1] if number + 1 < len(pairs) else None
        after = _halves(following[0], clip, following[1])[1] if following and _joins(following[0]) else 0
        if isinstance(joint, Gap):
            made.append(otio.schema.Gap(duration=RationalTime(joint.duration, rate)))
        elif isinstance(joint, Transition):
            made.append(_transition(joint, _halves(joint, pairs[number - 1][1], clip), rate))
        frames = placed[number].end - placed[number].start - before - after
        made.append(_clip(clip, before, max(0, frames), rate, names))
    return made


def _joins(joint: object) -> bool:
    return isinstance(joint, Transition)


def _halves(joint: Any, left: Clip, right: Clip) -> tuple[int, int]:
    """Frames of the overlap before the cut (of the right clip) and after it (of the left clip)."""
    lap = held(joint, left, right)
    return lap // 2, lap - lap // 2


def _transition(joint: Transition, halves: tuple[int, int], rate: float) -> otio.schema.Transition:
    dissolve = joint.kind == "crossfade"
    made = otio.schema.Transition(
        name=joint.kind,
        transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve if dissolve else otio.schema.TransitionTypes.Custom,
        in_offset=RationalTime(halves[0], rate),
        out_offset=RationalTime(halves[1], rate),
    )
    told = {key: value for key, value in joint.to_dict().items() if key != "type"}
    made.metadata[KEY] = {**told, "held": sum(halves)}
    return made


def _clip(clip: Clip, before: int, frames: int, rate: float, names: Mapping[str, str]) -> otio.schema.Clip:
    data = clip.to_dict()
    kept: Json = {key: value for key, value in data.items() if key not in STRUCTURE}
    if clip.duration is None:
        kept["open"] = True
    reference: otio.core.MediaReference
    if isinstance(clip, SceneClip):
        reference = otio.schema.GeneratorReference(clip.scene, "flatrender.scene")
    elif isinstance(clip, TextClip):
        reference = otio.schema.GeneratorReference("text", "flatrender.text")
    else:
        reference = otio.schema.ExternalReference(target_url=MEDIA_URL + clip.media)
        reference.name = names.get(clip.media, "")
    made = otio.schema.Clip(
        name=clip.name or reference.name or data.get("text", "")[:60],
        media_reference=reference,
        source_range=TimeRange(RationalTime(data.get("offset", 0) + before, rate), RationalTime(frames, rate)),
    )
    made.metadata[KEY] = kept
    return made
