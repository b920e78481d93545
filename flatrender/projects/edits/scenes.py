"""Edits of the template's part of a film: scenes and their values, shared colours, the music under all of it."""

from collections.abc import Mapping
from dataclasses import replace

from flatrender.core.errors import InvalidInput
from flatrender.projects.edits import arguments as given
from flatrender.projects.edits.arguments import Function, Given, Operation, Result
from flatrender.projects.items import Joint, SceneClip, SoundClip, bare
from flatrender.projects.timeline import Document, Pair, Track


def set_value(document: Document, op: Given) -> Result:
    """Sets one value of a scene."""
    clip, key, value = given.scene_of(document, op), given.text(op, "key"), op.get("value")
    if value is None:
        raise InvalidInput("A value is missing; reset_value takes one back to the template's default.", field=key)
    after = document.with_clip(replace(clip, values={**clip.values, key: value}))
    return after, {"clip": clip.id, "key": key, "value": value}, _restore_value(clip, key)


def reset_value(document: Document, op: Given) -> Result:
    """Takes one value back to the template's default."""
    clip, key = given.scene_of(document, op), given.text(op, "key")
    values = {name: value for name, value in clip.values.items() if name != key}
    return document.with_clip(replace(clip, values=values)), {"clip": clip.id, "key": key}, _restore_value(clip, key)


def _restore_value(clip: SceneClip, key: str) -> Operation:
    if key in clip.values:
        return {"op": "set_value", "clip": clip.id, "key": key, "value": clip.values[key]}
    return {"op": "reset_value", "clip": clip.id, "key": key}


def add_scene(document: Document, op: Given) -> Result:
    """Inserts a clip.

        A  t  B      add C at 1      A  before  C  after  B

    Without `before` and `after` what stood there stays before the new clip.
    """
    pairs = list(document.scene_track.pairs)
    if not isinstance(op.get("clip"), Mapping):
        raise InvalidInput("add_scene needs a clip.", field="clip")
    clip = SceneClip.read(op["clip"])
    given.new_id(document, clip.id)
    index = given.index(op, len(pairs))
    stood = pairs[index][0] if index < len(pairs) else None
    told = {name: given.transition(op[name]) for name in ("before", "after") if name in op}
    for made in told.values():
        if made is not None and (stood is None or made.id != stood.id):
            given.new_id(document, made.id)
    before: Joint = told.get("before") if told else stood
    _insert(pairs, index, before, clip, told.get("after"))
    after = document.with_track(document.scene_track.with_pairs(pairs))
    return after, {"clip": bare(clip), "index": index, **{name: op[name] for name in told}}, None


def _insert(pairs: list[Pair], index: int, before: Joint, clip: SceneClip, after: Joint) -> None:
    if index < len(pairs):
        pairs[index] = (after, pairs[index][1])
    pairs.insert(index, (before, clip))


def remove_scene(document: Document, op: Given) -> Result:
    """Removes a clip.

        A  t  B  u  C      remove B      A  t  C

    `transition` says what stands there afterwards; without it what is before the clip stays.
    """
    clip = given.scene_of(document, op)
    pairs = list(document.scene_track.pairs)
    index = next(at for at, (_, other) in enumerate(pairs) if other.id == clip.id)
    before = pairs[index][0]
    forward: Operation = {"clip": clip.id}
    if "transition" in op:
        kept = given.transition(op["transition"])
        after = pairs[index + 1][0] if index + 1 < len(pairs) else None
        if kept is not None and kept.id not in {joint.id for joint in (before, after) if joint is not None}:
            given.new_id(document, kept.id)
        before, forward["transition"] = kept, op["transition"]
    del pairs[index]
    if index < len(pairs):
        pairs[index] = (before, pairs[index][1])
    return document.with_track(document.scene_track.with_pairs(pairs)), forward, None


def move_scene(document: Document, op: Given) -> Result:
    """Moves a clip in the order of scenes."""
    clip = given.scene_of(document, op)
    pairs = document.scene_track.pairs
    index = given.index(op, len(pairs) - 1)
    rest = [other for _, other in pairs if other.id != clip.id]
    rest.insert(index, clip)
    moved = [(joint, other) for (joint, _), other in zip(pairs, rest, strict=True)]
    return document.with_track(document.scene_track.with_pairs(moved)), {"clip": clip.id, "index": index}, None


def duplicate_scene(document: Document, op: Given) -> Result:
    """A copy of a clip behind it; what stood behind the original stands behind the copy."""
    clip = given.scene_of(document, op)
    new_id = given.new_id(document, given.text(op, "id"))
    pairs = list(document.scene_track.pairs)
    index = next(at for at, (_, other) in enumerate(pairs) if other.id == clip.id) + 1
    follows = pairs[index][0] if index < len(pairs) else None
    _insert(pairs, index, None, replace(clip, id=new_id, link=None), follows)
    return document.with_track(document.scene_track.with_pairs(pairs)), {"clip": clip.id, "id": new_id}, None


def set_duration(document: Document, op: Given) -> Result:
    """Sets how long a clip is; what follows moves."""
    _, clip = given.clip_of(document, op)
    duration = given.count(op, "duration")
    if duration < 1:
        raise InvalidInput("A clip lasts at least one frame.", field="duration")
    after = document.with_clip(replace(clip, duration=duration))
    inverse = {"op": "set_duration", "clip": clip.id, "duration": clip.duration} if clip.duration else None
    return after, {"clip": clip.id, "duration": duration}, inverse


def rename_scene(document: Document, op: Given) -> Result:
    """Gives a scene a name in this film."""
    clip = given.scene_of(document, op)
    name = op.get("name")
    if name is not None:
        name = given.text(op, "name", given.MAX_NAME).strip() or None
    after = document.with_clip(replace(clip, name=name))
    return after, {"clip": clip.id, "name": name}, {"op": "rename_scene", "clip": clip.id, "name": clip.name}


def set_color(document: Document, op: Given) -> Result:
    """Sets a shared colour. One chosen by hand is no longer the preset's; the inverse brings the preset back."""
    key, value = given.text(op, "key"), op.get("value")
    colors = {name: color for name, color in document.colors.items() if name != key}
    if value is not None:
        value = given.color(value, key)
        colors = {**document.colors, key: value}
    preset = given.optional(op, "preset")
    inverse = {"op": "set_color", "key": key, "value": document.colors.get(key), "preset": document.preset}
    return replace(document, colors=colors, preset=preset), {"key": key, "value": value, "preset": preset}, inverse


def apply_preset(document: Document, op: Given) -> Result:
    """Replaces all shared colours."""
    chosen = op.get("colors")
    if not isinstance(chosen, Mapping):
        raise InvalidInput("apply_preset needs the preset's colours.", field="colors")
    colors = {str(key): given.color(value, str(key)) for key, value in chosen.items()}
    preset = given.optional(op, "preset")
    inverse = {"op": "apply_preset", "preset": document.preset, "colors": dict(document.colors)}
    return replace(document, colors=colors, preset=preset), {"preset": preset, "colors": colors}, inverse


def set_music(document: Document, op: Given) -> Result:
    """Puts a piece of music under the film, alone on the first music track, or takes all music from there."""
    track = document.music_track
    data = op.get("clip")
    if data is not None and not isinstance(data, Mapping):
        raise InvalidInput("set_music needs a clip, or null for no music.", field="clip")
    clip = SoundClip.read(data) if data is not None else None
    if clip is not None and not (track and clip.id in {item.id for item in track.items}):
        given.new_id(document, clip.id)
    made, inverse = _music_track(document)
    volume = given.volume(op) if op.get("volume") is not None else made.volume
    after = document.with_track(replace(made, items=(clip,) if clip else (), volume=volume))
    return after, {"clip": bare(clip) if clip else None, "volume": volume}, inverse


def set_music_volume(document: Document, op: Given) -> Result:
    """How loud the first music track is."""
    volume = given.volume(op)
    track, inverse = _music_track(document)
    inverse = inverse or {"op": "set_music_volume", "volume": track.volume}
    return document.with_track(replace(track, volume=volume)), {"volume": volume}, inverse


def _music_track(document: Document) -> tuple[Track, Operation | None]:
    """The first music track; else a new one and the operation that takes it away again."""
    if document.music_track is not None:
        return document.music_track, None
    taken = given.identifiers(document)
    name = "music" if "music" not in taken else given.free_id(document, "music")
    return Track(name, "music"), {"op": "remove_track", "track": name}


OPERATIONS: dict[str, Function] = {
    "set_value": set_value,
    "reset_value": reset_value,
    "add_scene": add_scene,
    "remove_scene": remove_scene,
    "move_scene": move_scene,
    "duplicate_scene": duplicate_scene,
    "set_duration": set_duration,
    "rename_scene": rename_scene,
    "set_color": set_color,
    "apply_preset": apply_preset,
    "set_music": set_music,
    "set_music_volume": set_music_volume,
}
