"""Edits of the film around the clips: tracks, markers, the frame's size, the mix."""

from collections.abc import Mapping
from dataclasses import replace

from flatrender.core.errors import Conflict, InvalidInput
from flatrender.projects.edits import arguments as given
from flatrender.projects.edits.arguments import Function, Given, Result
from flatrender.projects.timeline import (
    Document,
    Marker,
    in_time,
    loudness_of,
    marker_of,
    track_field,
    track_of,
)

SMALLEST, LARGEST = 16, 8192


def add_track(document: Document, op: Given) -> Result:
    """Adds a track, by default above (after) the others."""
    made = track_of(op.get("track"))
    if made.kind == "scene":
        raise InvalidInput("A film has one track of scenes, and it is there.", field="kind")
    given.new_id(document, made.id)
    taken = given.identifiers(document)
    for item in made.items:
        if item.id in taken:
            raise Conflict("Another part of the project has that id already.", code="id-taken", field="id")
    index = given.index(op, len(document.tracks))
    after = replace(document, tracks=(*document.tracks[:index], made, *document.tracks[index:]))
    return after, {"track": made.to_dict(), "index": index}, {"op": "remove_track", "track": made.id}


def remove_track(document: Document, op: Given) -> Result:
    """Takes a track away with all that lies on it."""
    track = given.track_of(document, op)
    if track.kind == "scene":
        raise InvalidInput("The track of scenes stays; a film needs one.", field="track")
    inverse = {"op": "add_track", "track": track.to_dict(), "index": document.tracks.index(track)}
    after = replace(document, tracks=tuple(other for other in document.tracks if other.id != track.id))
    return after, {"track": track.id}, inverse


def move_track(document: Document, op: Given) -> Result:
    """Moves a track in the order of tracks; of pictures, later is above."""
    track = given.track_of(document, op)
    rest = [other for other in document.tracks if other.id != track.id]
    index = given.index(op, len(rest))
    rest.insert(index, track)
    inverse = {"op": "move_track", "track": track.id, "index": document.tracks.index(track)}
    return replace(document, tracks=tuple(rest)), {"track": track.id, "index": index}, inverse


def set_track(document: Document, op: Given) -> Result:
    """Sets a field of a track: name, volume, mute, solo, locked, hidden, height."""
    track, field = given.track_of(document, op), given.text(op, "field")
    value = track_field(field, op.get("value"))
    inverse = {"op": "set_track", "track": track.id, "field": field, "value": getattr(track, field)}
    after = document.with_track(replace(track, **{field: value}))
    return after, {"track": track.id, "field": field, "value": value}, inverse


def add_marker(document: Document, op: Given) -> Result:
    """Adds a marker."""
    marker = marker_of(op.get("marker"))
    given.new_id(document, marker.id)
    after = replace(document, markers=in_time((*document.markers, marker)))
    return after, {"marker": marker.to_dict()}, {"op": "remove_marker", "marker": marker.id}


def remove_marker(document: Document, op: Given) -> Result:
    """Takes a marker away."""
    marker = _marker(document, op)
    after = replace(document, markers=tuple(other for other in document.markers if other.id != marker.id))
    return after, {"marker": marker.id}, {"op": "add_marker", "marker": marker.to_dict()}


def move_marker(document: Document, op: Given) -> Result:
    """Moves a marker to a frame of the film."""
    marker, frame = _marker(document, op), given.count(op, "frame")
    after = _with_marker(document, {**marker.to_dict(), "frame": frame})
    inverse = {"op": "move_marker", "marker": marker.id, "frame": marker.frame}
    return after, {"marker": marker.id, "frame": frame}, inverse


def rename_marker(document: Document, op: Given) -> Result:
    """Gives a marker another name; it may be empty."""
    marker, name = _marker(document, op), op.get("name")
    after = _with_marker(document, {**marker.to_dict(), "name": name})
    inverse = {"op": "rename_marker", "marker": marker.id, "name": marker.name}
    return after, {"marker": marker.id, "name": name}, inverse


def color_marker(document: Document, op: Given) -> Result:
    """Gives a marker another colour, or none."""
    marker, color = _marker(document, op), op.get("color")
    after = _with_marker(document, {**marker.to_dict(), "color": color})
    inverse = {"op": "color_marker", "marker": marker.id, "color": marker.color}
    return after, {"marker": marker.id, "color": color}, inverse


def _marker(document: Document, op: Given) -> Marker:
    name = given.text(op, "marker")
    found = next((marker for marker in document.markers if marker.id == name), None)
    if found is None:
        raise Conflict("That marker was removed in the meantime.", code="marker-gone", field="marker")
    return found


def _with_marker(document: Document, data: Mapping[str, object]) -> Document:
    made = marker_of(data)
    others = (marker for marker in document.markers if marker.id != made.id)
    return replace(document, markers=in_time((*others, made)))


def set_size(document: Document, op: Given) -> Result:
    """Sets the frame's width and height in pixels, even numbers as films want them."""
    given_size = op.get("size")
    if not isinstance(given_size, list | tuple) or len(given_size) != 2:
        raise InvalidInput("A size is a width and a height.", field="size")
    width, height = (given.count({"size": part}, "size") for part in given_size)
    if not (min(width, height) >= SMALLEST and max(width, height) <= LARGEST) or width % 2 or height % 2:
        raise InvalidInput(f"A film's sides are even numbers from {SMALLEST} to {LARGEST}.", field="size")
    inverse = {"op": "set_size", "size": list(document.size)}
    return replace(document, size=(width, height)), {"size": [width, height]}, inverse


def set_audio(document: Document, op: Given) -> Result:
    """Sets the loudness that the mix is brought to on export; None leaves it."""
    loudness = loudness_of(op.get("loudness"))
    inverse = {"op": "set_audio", "loudness": document.loudness}
    return replace(document, loudness=loudness), {"loudness": loudness}, inverse


OPERATIONS: dict[str, Function] = {
    "add_track": add_track,
    "remove_track": remove_track,
    "move_track": move_track,
    "set_track": set_track,
    "add_marker": add_marker,
    "remove_marker": remove_marker,
    "move_marker": move_marker,
    "rename_marker": rename_marker,
    "color_marker": color_marker,
    "set_size": set_size,
    "set_audio": set_audio,
}
