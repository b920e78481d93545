"""Edit operations on project documents: pure functions, each with its inverse.

An operation is a JSON object `{"op": name, …}`. `apply(document, operation)` returns the new document, the operation
as it was understood (ids filled in, numbers whole) and the operation that takes it back:

    apply(after, inverse).document == before

    set_value        clip, key, value                      value None is not a value: use reset_value
    reset_value      clip, key                             back to the template's default
    add_scene        clip {id, scene, duration, values, name?}, index, before?, after?
    remove_scene     clip, transition?                     transition: what stands where the clip was
    move_scene       clip, index                           transitions stay between the places, not with the clips
    duplicate_scene  clip, id                              the copy follows its original
    set_duration     clip, duration
    rename_scene     clip, name | null                     null: the scene's own name
    set_color        key, value | null, preset?            null: the template's colour
    apply_preset     preset | null, colors {key: value}    replaces all colours
    set_music        clip {id, media, offset, …} | null, volume?
    set_music_volume volume 0..1
    set_transition   after (clip id), transition {id, kind, duration} | null

`fields(operation)` names what an operation writes, so that edits of two people merge where they do not meet.
This module knows the shape of documents alone; what a template allows is checked in `limits.py`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flatrender.core.errors import Conflict, InvalidInput
from flatrender.projects.timeline import (
    Document,
    SceneClip,
    Track,
    Transition,
    is_whole,
    music_clip,
    scene_clip,
    transition,
)

Operation = dict[str, Any]
COLOR = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")
MAX_ID = 64
MAX_NAME = 120


@dataclass(frozen=True)
class Applied:
    """What an operation made: the document, the operation as understood, and the one that takes it back."""

    document: Document
    operation: Operation
    inverse: Operation


def apply(document: Document, operation: Mapping[str, Any]) -> Applied:
    """Applies one operation. Raises InvalidInput for a malformed one, Conflict (`clip-gone`) when its clip is gone."""
    name = operation.get("op")
    function = _OPERATIONS.get(name) if isinstance(name, str) else None
    if function is None:
        raise InvalidInput(f"There is no edit called {name!r}.", field="op")
    document, forward, inverse = function(document, operation)
    return Applied(document, {"op": name, **forward}, inverse)


def apply_all(
    document: Document, operations: Sequence[Mapping[str, Any]]
) -> tuple[Document, list[Operation], list[Operation]]:
    """Applies operations in order: the document, the operations as understood, and those that take all back."""
    forward: list[Operation] = []
    inverse: list[Operation] = []
    for operation in operations:
        step = apply(document, operation)
        document = step.document
        forward.append(step.operation)
        inverse.insert(0, step.inverse)
    return document, forward, inverse


def fields(operation: Mapping[str, Any]) -> frozenset[str]:
    """The fields that an operation writes. Two operations whose sets do not meet may be applied in either order."""
    name = operation["op"]
    if name in {"set_value", "reset_value"}:
        return frozenset({f"clip/{operation['clip']}/values/{operation['key']}"})
    if name in {"set_duration", "rename_scene"}:
        return frozenset({f"clip/{operation['clip']}/{'duration' if name == 'set_duration' else 'name'}"})
    if name == "remove_scene":
        return frozenset({f"clip/{operation['clip']}"})
    if name == "move_scene":
        return frozenset({f"clip/{operation['clip']}/place"})
    if name == "set_color":
        return frozenset({f"color/{operation['key']}"})
    if name == "apply_preset":
        return frozenset({"colors"})
    if name == "set_transition":
        return frozenset({f"transition/{operation['after']}"})
    if name == "set_music":
        return frozenset({"music/clip"})
    if name == "set_music_volume":
        return frozenset({"music/volume"})
    return frozenset()  # add_scene and duplicate_scene make something new: nobody else can have written it


def overlapping(mine: frozenset[str], theirs: frozenset[str]) -> frozenset[str]:
    """The fields of `mine` that `theirs` wrote as well; `colors` covers every colour, a removed clip all its fields."""
    return frozenset(field for field in mine if any(_covers(a, field) or _covers(field, a) for a in theirs))


def _covers(outer: str, inner: str) -> bool:
    if outer == "colors":
        return inner == "colors" or inner.startswith("color/")
    return inner == outer or inner.startswith(outer + "/")


Result = tuple[Document, Operation, Operation]


def _set_value(document: Document, op: Mapping[str, Any]) -> Result:
    clip, key, value = _clip(document, op), _text(op, "key"), op.get("value")
    if value is None:
        raise InvalidInput("A value is missing; reset_value takes one back to the template's default.", field=key)
    after = _replace_clip(document, replace(clip, values={**clip.values, key: value}))
    return after, {"clip": clip.id, "key": key, "value": value}, _restore_value(clip, key)


def _reset_value(document: Document, op: Mapping[str, Any]) -> Result:
    clip, key = _clip(document, op), _text(op, "key")
    values = {name: value for name, value in clip.values.items() if name != key}
    after = _replace_clip(document, replace(clip, values=values))
    return after, {"clip": clip.id, "key": key}, _restore_value(clip, key)


def _restore_value(clip: SceneClip, key: str) -> Operation:
    if key in clip.values:
        return {"op": "set_value", "clip": clip.id, "key": key, "value": clip.values[key]}
    return {"op": "reset_value", "clip": clip.id, "key": key}


def _add_scene(document: Document, op: Mapping[str, Any]) -> Result:
    """Inserts a clip.

        A  t  B      add C at 1      A  before  C  after  B

    Without `before` and `after` the transition that stood there stays before the new clip.
    """
    clips, gaps = document.clips, document.gaps
    given = op.get("clip")
    if not isinstance(given, Mapping):
        raise InvalidInput("add_scene needs a clip.", field="clip")
    clip = scene_clip(given)
    _new_id(document, clip.id)
    index = _index(op, len(clips))
    split = gaps[index - 1] if 0 < index < len(clips) else None
    before = _gap(op["before"]) if op.get("before") is not None else None
    after = _gap(op["after"]) if op.get("after") is not None else None
    if "before" not in op and "after" not in op:
        before = split
    for made in (before, after):
        if made is not None and (split is None or made.id != split.id):
            _new_id(document, made.id)
    new_clips = (*clips[:index], clip, *clips[index:])
    middle: list[Transition | None] = []
    if index > 0:
        middle.append(before)
    if index < len(clips):
        middle.append(after)
    new_gaps = (*gaps[: max(0, index - 1)], *middle, *gaps[index:])
    forward = {
        "clip": _clip_json(clip),
        "index": index,
        "before": _gap_json(before if index > 0 else None),
        "after": _gap_json(after if index < len(clips) else None),
    }
    inverse = {"op": "remove_scene", "clip": clip.id, "transition": _gap_json(split)}
    return document.with_scenes(new_clips, new_gaps), forward, inverse


def _remove_scene(document: Document, op: Mapping[str, Any]) -> Result:
    """Removes a clip.

        A  t  B  u  C      remove B      A  t  C

    `transition` says what stands there afterwards; without it the one before the clip stays.
    """
    clip = _clip(document, op)
    clips, gaps = document.clips, document.gaps
    index = clips.index(clip)
    before = gaps[index - 1] if index > 0 else None
    after = gaps[index] if index < len(clips) - 1 else None
    inner = 0 < index < len(clips) - 1
    kept = before
    if "transition" in op:
        kept = _gap(op["transition"]) if op["transition"] is not None else None
        if kept is not None and kept.id not in {gap.id for gap in (before, after) if gap is not None}:
            _new_id(document, kept.id)
    kept = kept if inner else None
    middle = (kept,) if inner else ()
    new_gaps = (*gaps[: max(0, index - 1)], *middle, *gaps[index + 1 :])
    inverse = {
        "op": "add_scene",
        "clip": _clip_json(clip),
        "index": index,
        "before": _gap_json(before),
        "after": _gap_json(after),
    }
    after_document = document.with_scenes((*clips[:index], *clips[index + 1 :]), new_gaps)
    return after_document, {"clip": clip.id, "transition": _gap_json(kept)}, inverse


def _move_scene(document: Document, op: Mapping[str, Any]) -> Result:
    clip = _clip(document, op)
    clips = document.clips
    old = clips.index(clip)
    index = _index(op, len(clips) - 1)
    rest = [other for other in clips if other.id != clip.id]
    rest.insert(index, clip)
    after = document.with_scenes(tuple(rest), document.gaps)
    return after, {"clip": clip.id, "index": index}, {"op": "move_scene", "clip": clip.id, "index": old}


def _duplicate_scene(document: Document, op: Mapping[str, Any]) -> Result:
    clip = _clip(document, op)
    new_id = _text(op, "id")
    index = document.clips.index(clip) + 1
    follows = document.gaps[index - 1] if index < len(document.clips) else None
    added = _add_scene(
        document,
        {"clip": _clip_json(replace(clip, id=new_id)), "index": index, "before": None, "after": _gap_json(follows)},
    )
    return added[0], {"clip": clip.id, "id": new_id}, added[2]


def _set_duration(document: Document, op: Mapping[str, Any]) -> Result:
    clip = _clip(document, op)
    duration = _count(op, "duration")
    if duration < 1:
        raise InvalidInput("A scene lasts at least one frame.", field="duration")
    after = _replace_clip(document, replace(clip, duration=duration))
    inverse = {"op": "set_duration", "clip": clip.id, "duration": clip.duration}
    return after, {"clip": clip.id, "duration": duration}, inverse


def _rename_scene(document: Document, op: Mapping[str, Any]) -> Result:
    clip = _clip(document, op)
    name = op.get("name")
    if name is not None:
        name = _text(op, "name", MAX_NAME).strip() or None
    after = _replace_clip(document, replace(clip, name=name))
    return after, {"clip": clip.id, "name": name}, {"op": "rename_scene", "clip": clip.id, "name": clip.name}


def _set_color(document: Document, op: Mapping[str, Any]) -> Result:
    key, value = _text(op, "key"), op.get("value")
    colors = {name: color for name, color in document.colors.items() if name != key}
    if value is not None:
        value = color(value, key)
        colors = {**document.colors, key: value}
    # A colour chosen by hand is no longer the preset's; the inverse brings the preset back.
    preset = _optional(op, "preset")
    inverse = {"op": "set_color", "key": key, "value": document.colors.get(key), "preset": document.preset}
    after = replace(document, colors=colors, preset=preset)
    return after, {"key": key, "value": value, "preset": preset}, inverse


def _apply_preset(document: Document, op: Mapping[str, Any]) -> Result:
    given = op.get("colors")
    if not isinstance(given, Mapping):
        raise InvalidInput("apply_preset needs the preset's colours.", field="colors")
    colors = {str(key): color(value, str(key)) for key, value in given.items()}
    preset = _optional(op, "preset")
    inverse = {"op": "apply_preset", "preset": document.preset, "colors": dict(document.colors)}
    return replace(document, colors=colors, preset=preset), {"preset": preset, "colors": colors}, inverse


def _set_music(document: Document, op: Mapping[str, Any]) -> Result:
    track = document.music_track or Track("music", "music")
    old = document.music
    given = op.get("clip")
    if given is not None and not isinstance(given, Mapping):
        raise InvalidInput("set_music needs a clip, or null for no music.", field="clip")
    clip = music_clip(given) if given is not None else None
    if clip is not None and (old is None or clip.id != old.id):
        _new_id(document, clip.id)
    volume = _volume(op) if op.get("volume") is not None else track.volume
    after = document.with_track(replace(track, items=(clip,) if clip else (), volume=volume))
    inverse: Operation = {"op": "set_music", "clip": _bare(old.to_dict()) if old else None, "volume": track.volume}
    return after, {"clip": _bare(clip.to_dict()) if clip else None, "volume": volume}, inverse


def _set_music_volume(document: Document, op: Mapping[str, Any]) -> Result:
    track = document.music_track or Track("music", "music")
    volume = _volume(op)
    after = document.with_track(replace(track, volume=volume))
    return after, {"volume": volume}, {"op": "set_music_volume", "volume": track.volume}


def _set_transition(document: Document, op: Mapping[str, Any]) -> Result:
    clips, gaps = document.clips, document.gaps
    clip = _clip(document, {"clip": op.get("after")})
    index = clips.index(clip)
    if index == len(clips) - 1:
        raise InvalidInput("There is no scene after the last one to blend into.", field="transition")
    old = gaps[index]
    given = op.get("transition")
    new = _gap(given) if given is not None else None
    if new is not None and (old is None or new.id != old.id):
        _new_id(document, new.id)
    after = document.with_scenes(clips, (*gaps[:index], new, *gaps[index + 1 :]))
    inverse = {"op": "set_transition", "after": clip.id, "transition": _gap_json(old)}
    return after, {"after": clip.id, "transition": _gap_json(new)}, inverse


_OPERATIONS: dict[str, Callable[[Document, Mapping[str, Any]], Result]] = {
    "set_value": _set_value,
    "reset_value": _reset_value,
    "add_scene": _add_scene,
    "remove_scene": _remove_scene,
    "move_scene": _move_scene,
    "duplicate_scene": _duplicate_scene,
    "set_duration": _set_duration,
    "rename_scene": _rename_scene,
    "set_color": _set_color,
    "apply_preset": _apply_preset,
    "set_music": _set_music,
    "set_music_volume": _set_music_volume,
    "set_transition": _set_transition,
}
NAMES = tuple(_OPERATIONS)


def color(value: object, key: str) -> str:
    """A colour as `#RRGGBB` or `#RRGGBBAA`, upper case. Raises InvalidInput naming the field."""
    if not isinstance(value, str) or not COLOR.fullmatch(value):
        raise InvalidInput(f"{value!r} is no colour; write one like #FFB545.", field=key)
    return value.upper()


def _clip(document: Document, op: Mapping[str, Any]) -> SceneClip:
    clip = document.clip(_text(op, "clip"))
    if clip is None:
        raise Conflict(
            "That scene was removed from the project in the meantime; the edit was not applied.",
            code="clip-gone",
            field="clip",
        )
    return clip


def _replace_clip(document: Document, clip: SceneClip) -> Document:
    clips = tuple(clip if other.id == clip.id else other for other in document.clips)
    return document.with_scenes(clips, document.gaps)


def _new_id(document: Document, identifier: str) -> None:
    if len(identifier) > MAX_ID:
        raise InvalidInput(f"An id has at most {MAX_ID} characters.", field="id")
    taken = any(identifier in {track.id, *(item.id for item in track.items)} for track in document.tracks)
    if taken:
        raise Conflict("Another part of the project has that id already.", code="id-taken", field="id")


def _clip_json(clip: SceneClip) -> Operation:
    return _bare(clip.to_dict())


def _bare(data: Operation) -> Operation:
    return {key: value for key, value in data.items() if key != "type"}


def _gap(data: object) -> Transition:
    if not isinstance(data, Mapping):
        raise InvalidInput("A transition is an object with id, kind and duration.", field="transition")
    return transition(data)


def _gap_json(gap: Transition | None) -> Operation | None:
    return _bare(gap.to_dict()) if gap is not None else None


def _text(op: Mapping[str, Any], name: str, longest: int = 200) -> str:
    value = op.get(name)
    if not isinstance(value, str) or not value or len(value) > longest:
        raise InvalidInput(f"The edit needs {name!r}, a text of 1 to {longest} characters.", field=name)
    return value


def _optional(op: Mapping[str, Any], name: str) -> str | None:
    return _text(op, name) if op.get(name) is not None else None


def _count(op: Mapping[str, Any], name: str) -> int:
    value = op.get(name)
    if not is_whole(value):
        raise InvalidInput(f"The edit needs {name!r}, a whole number.", field=name)
    return int(value)


def _index(op: Mapping[str, Any], last: int) -> int:
    """A place from 0 to `last`; beyond the end means the end, for the list may have become shorter."""
    index = _count(op, "index") if op.get("index") is not None else last
    if index < 0:
        raise InvalidInput("A place in the list is not negative.", field="index")
    return min(index, last)


def _volume(op: Mapping[str, Any]) -> float:
    value = op.get("volume")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidInput("A volume lies between 0 and 1.", field="volume")
    return float(value)
