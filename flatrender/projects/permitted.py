"""What a template allows an edit to do. Pure: documents and definitions in, problems out.

A problem is `{"field", "detail"}` and, where it is about one value, `"clip"` and `"key"`: it stands beside that field.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flatrender.core.timing import convert_frames
from flatrender.projects.timeline import Document, SceneClip
from flatrender.templates.definitions import Definition, Scene
from flatrender.templates.limits import check

Json = dict[str, Any]
MAX_CLIPS = 200
_ARRANGING = frozenset({"add_scene", "remove_scene", "move_scene", "duplicate_scene", "set_transition"})


def operation_problems(definition: Definition, document: Document, operation: Mapping[str, Any]) -> list[Json]:
    """Why the template does not allow this operation on this document; empty when it does."""
    name = operation.get("op")
    if definition.fixed and name in _ARRANGING:
        return [_problem("scenes", "This template is one film; its scenes stay as they are.")]
    if name == "set_value":
        return _value(definition, document, operation)
    if name == "add_scene":
        return _added(definition, document, operation)
    if name == "duplicate_scene" and len(document.clips) >= MAX_CLIPS:
        return [_problem("scenes", f"A film has at most {MAX_CLIPS} scenes.")]
    if name == "set_duration":
        clip = document.clip(str(operation.get("clip")))
        scene = definition.scene(clip.scene) if clip else None
        return _length(definition, clip, scene, operation.get("duration")) if clip and scene else []
    if name == "set_color":
        return _colors(definition, [str(operation.get("key"))])
    if name == "apply_preset":
        return _preset(definition, operation)
    return []


def clip_problems(definition: Definition, clip: SceneClip) -> list[Json]:
    """What of a clip does not fit the template (any more)."""
    scene = definition.scene(clip.scene)
    if scene is None:
        return [_problem("scene", "The template no longer has this scene.", clip=clip.id)]
    found = [problem for key, value in clip.values.items() for problem in _fits(scene, clip.id, key, value)]
    return found + _length(definition, clip, scene, clip.duration)


def document_problems(definition: Definition, document: Document) -> list[Json]:
    """What of a whole document does not fit the template (any more), for an editor that opens it."""
    found = [problem for clip in document.clips for problem in clip_problems(definition, clip)]
    return found + _colors(definition, document.colors)


def frames_range(definition: Definition, scene: Scene) -> tuple[int, int]:
    """Shortest and longest use of a scene in frames of the film's rate."""
    low = convert_frames(scene.min_frames, scene.rate, definition.rate)
    high = convert_frames(scene.max_frames, scene.rate, definition.rate)
    return max(1, low), max(1, high)


def _value(definition: Definition, document: Document, operation: Mapping[str, Any]) -> list[Json]:
    clip = document.clip(str(operation.get("clip")))
    scene = definition.scene(clip.scene) if clip else None
    if clip is None or scene is None:
        return []  # applying says what is wrong with the clip
    return _fits(scene, clip.id, str(operation.get("key")), operation.get("value"))


def _fits(scene: Scene, clip_id: str, key: str, value: Any) -> list[Json]:
    element = scene.element(key)
    if element is None:
        return [_problem(key, f"“{scene.name}” has no element “{key}” that can be edited.", clip=clip_id, key=key)]
    said = check(element.kind, value, element.limits, element.choices)
    return [_problem(key, said, clip=clip_id, key=key)] if said else []


def _added(definition: Definition, document: Document, operation: Mapping[str, Any]) -> list[Json]:
    if len(document.clips) >= MAX_CLIPS:
        return [_problem("scenes", f"A film has at most {MAX_CLIPS} scenes.")]
    given = operation.get("clip")
    if not isinstance(given, Mapping):
        return []
    scene = definition.scene(str(given.get("scene")))
    if scene is None:
        return [_problem("scene", f"The template has no scene {given.get('scene')!r}.")]
    values = given.get("values") or {}
    if not isinstance(values, Mapping):
        return []
    identifier = str(given.get("id"))
    found = [problem for key, value in values.items() for problem in _fits(scene, identifier, str(key), value)]
    return found + _length(definition, None, scene, given.get("duration"))


def _length(definition: Definition, clip: SceneClip | None, scene: Scene, duration: object) -> list[Json]:
    low, high = frames_range(definition, scene)
    if isinstance(duration, bool) or not isinstance(duration, int | float) or low <= duration <= high:
        return []  # what is no number is refused where it is applied
    said = f"{low} frames" if low == high else f"between {low} and {high} frames"
    return [_problem("duration", f"“{scene.name}” lasts {said}.", clip=clip.id if clip else None)]


def _colors(definition: Definition, keys: Iterable[str]) -> list[Json]:
    return [
        _problem(key, f"The template has no shared colour “{key}”.") for key in keys if definition.color(key) is None
    ]


def _preset(definition: Definition, operation: Mapping[str, Any]) -> list[Json]:
    preset_id, colors = operation.get("preset"), operation.get("colors")
    if preset_id is not None and definition.preset(str(preset_id)) is None and not colors:
        return [_problem("preset", "The template no longer has this colour preset.")]
    return _colors(definition, colors) if isinstance(colors, Mapping) else []


def _problem(field: str, detail: str, *, clip: str | None = None, key: str | None = None) -> Json:
    problem: Json = {"field": field, "detail": detail}
    if clip is not None:
        problem["clip"] = clip
    if key is not None:
        problem["key"] = key
    return problem
