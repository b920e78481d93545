"""Edits of what a clip is set to: sound, place, style, words; groups and links."""

from collections.abc import Mapping
from typing import Any

from flatrender.core.errors import InvalidInput
from flatrender.projects.edits import arguments as given
from flatrender.projects.edits.arguments import Function, Given, Operation, Result
from flatrender.projects.items import Clip, SceneClip
from flatrender.projects.timeline import Document


def set_clip(document: Document, op: Given) -> Result:
    """Sets one field of a clip, or a part of one; None is the default."""
    _, clip = given.clip_of(document, op)
    field = given.text(op, "field")
    made, understood = _with(document, clip, field, op.get("value"))
    inverse = {"op": "set_clip", "clip": clip.id, "field": field, "value": value_of(clip, field)}
    return document.with_clip(made), {"clip": clip.id, "field": field, "value": understood}, inverse


def patch_clips(document: Document, op: Given) -> Result:
    """Sets fields of several clips in one go."""
    clips = op.get("clips")
    if not isinstance(clips, Mapping) or not 1 <= len(clips) <= given.MAX_LISTED:
        raise InvalidInput(f"The edit needs 'clips', 1 to {given.MAX_LISTED} of them with their fields.", field="clips")
    forward: dict[str, dict[str, Any]] = {}
    back: dict[str, dict[str, Any]] = {}
    there = {clip.id: clip for clip in document.all_clips}
    made: dict[str, Clip] = {}
    for clip_id, fields in clips.items():
        clip = there.get(str(clip_id)) or given.found(document, str(clip_id))[1]
        if not isinstance(fields, Mapping) or not fields:
            raise InvalidInput("A clip's fields are an object.", field="clips")
        twice = {str(field).partition(".")[0] for field in fields if "." in str(field)} & fields.keys()
        if twice:  # objects come back from the database in another order
            raise InvalidInput("One edit sets a field or parts of it, not both.", field=min(twice))
        forward[clip.id], back[clip.id] = {}, {}
        for field, value in fields.items():
            back[clip.id] = {field: value_of(clip, field), **back[clip.id]}
            clip, forward[clip.id][field] = _with(document, clip, str(field), value)
        made[clip.id] = clip
    return document.with_clips(made), {"clips": forward}, {"op": "patch_clips", "clips": back}


def _with(document: Document, clip: Clip, field: str, value: Any) -> tuple[Clip, Any]:
    """The clip with a field set, and the value as it was understood."""
    if isinstance(clip, SceneClip) and field.partition(".")[0] in {"scene", "values"}:
        raise InvalidInput("The values of a scene are set by set_value.", field=field)
    made = clip.with_field(field, value)
    if made.duration is None and clip.duration is not None:
        track, _ = given.found(document, clip.id)
        if track.clips[-1].id != clip.id:
            raise InvalidInput("Only the last sound of a track plays to the end of the film.", field=field)
    return made, None if value is None else value_of(made, field)


def value_of(clip: Clip, field: str) -> Any:
    """A field of a clip, or a part of one, in its JSON form."""
    name, _, part = field.partition(".")
    value = clip.to_dict().get(name)
    return value.get(part) if part and isinstance(value, Mapping) else value


def group(document: Document, op: Given) -> Result:
    """Makes a group of clips: they are chosen and moved together."""
    return _mark(document, op, "group", given.text(op, "id", given.MAX_ID))


def ungroup(document: Document, op: Given) -> Result:
    """Takes clips out of their groups."""
    return _mark(document, op, "group", None)


def link(document: Document, op: Given) -> Result:
    """Links clips: a picture and its sound."""
    return _mark(document, op, "link", given.text(op, "id", given.MAX_ID))


def unlink(document: Document, op: Given) -> Result:
    """Takes links away."""
    return _mark(document, op, "link", None)


def _mark(document: Document, op: Given, field: str, value: str | None) -> Result:
    names = given.texts(op, "clips")
    after, _, inverse = patch_clips(document, {"clips": {name: {field: value} for name in names}})
    forward: Operation = {"clips": names}
    if value is not None:
        forward["id"] = value
    return after, forward, inverse


OPERATIONS: dict[str, Function] = {
    "set_clip": set_clip,
    "patch_clips": patch_clips,
    "group": group,
    "ungroup": ungroup,
    "link": link,
    "unlink": unlink,
}
