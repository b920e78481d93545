"""What a template allows an edit to do. Pure: documents and definitions in, problems out.

A problem is `{"field", "detail"}` and, where it is about one value, `"clip"` and `"key"`: it stands beside that field.
A `code` and what the sentence names are there where pages say it in their own language.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flatrender.core.timing import Rate, convert_frames
from flatrender.projects.items import SceneClip
from flatrender.projects.timeline import Document, film_duration
from flatrender.templates.definition import Definition, Scene
from flatrender.templates.limits import Refusal, check

Json = dict[str, Any]
MAX_CLIPS = 200
MAX_TRACKS = 50
MAX_ITEMS = 2000
MAX_MARKERS = 500
LONGEST_SECONDS = 3 * 3600  # as the longest file that can be uploaded
TOO_LONG = Refusal("A film is at most 3 hours long; make a clip shorter.", code="film-too-long")


def operation_problems(definition: Definition, operation: Mapping[str, Any]) -> list[Json]:
    """Why the template does not allow this operation on any document; empty when it does."""
    name = operation.get("op")
    if name == "set_color":
        return _colors(definition, [str(operation.get("key"))])
    if name == "apply_preset":
        return _preset(definition, operation)
    return []


def changed_problems(definition: Definition, before: Document, after: Document) -> list[Json]:
    """What an edit made that the template does not allow. What was so before it is not held against it: a project
    whose template has changed stays editable."""
    found = limit_problems(before, after)
    if definition.fixed and _order(before) != _order(after):
        said = Refusal("This template is one film; its scenes stay as they are.", code="one-film")
        found.append(problem("scenes", said))
    known = {clip.id: clip for clip in before.clips}
    for clip in after.clips:
        old = known.get(clip.id)
        if old is clip or old == clip:
            continue
        if old is None and definition.scene(clip.scene) is None:
            said = Refusal(f"The template has no scene “{clip.scene}”.", code="no-such-scene", scene=clip.scene)
            found.append(problem("scene", said, clip=clip.id))
            continue
        had = clip_problems(definition, old, after.rate) if old is not None else []
        found += [one for one in clip_problems(definition, clip, after.rate) if one not in had]
    return found


def limit_problems(before: Document, after: Document) -> list[Json]:
    """Of what there is too much, unless there was as much before."""
    counts: tuple[tuple[str, str, int, Callable[[Document], int]], ...] = (
        ("scenes", "A film has at most {} scenes.", MAX_CLIPS, lambda made: len(made.clips)),
        ("tracks", "A film has at most {} tracks.", MAX_TRACKS, lambda made: len(made.tracks)),
        ("clips", "A film has at most {} clips.", MAX_ITEMS, lambda made: sum(len(t.clips) for t in made.tracks)),
        ("markers", "A film has at most {} markers.", MAX_MARKERS, lambda made: len(made.markers)),
    )
    found = [
        problem(field, Refusal(sentence.format(most), code=f"most-{field}", most=most))
        for field, sentence, most, count in counts
        if count(after) > max(most, count(before))
    ]
    if is_too_long(after) and film_duration(after) > film_duration(before):
        found.append(problem("duration", TOO_LONG))
    return found


def is_too_long(document: Document) -> bool:
    """Whether the film is longer than any that is rendered: one clip with a slip of the hand would hold a node for
    days."""
    return document.rate.seconds(film_duration(document)) > LONGEST_SECONDS


def _order(document: Document) -> list[str]:
    return [item.id for item in document.scene_track.items]


def clip_problems(definition: Definition, clip: SceneClip, rate: Rate) -> list[Json]:
    """What of a clip in a film of `rate` does not fit the template (any more)."""
    scene = definition.scene(clip.scene)
    if scene is None:
        said = f"The template no longer has the scene “{clip.name or clip.scene}”; remove it from the project."
        return [problem("scene", said, clip=clip.id)]
    found = [one for key, value in clip.values.items() for one in value_problems(scene, clip.id, key, value)]
    return found + _length(clip, scene, rate)


def document_problems(definition: Definition, document: Document) -> list[Json]:
    """What of a whole document does not fit the template (any more), for an editor that opens it."""
    found = [one for clip in document.clips for one in clip_problems(definition, clip, document.rate)]
    if definition.state != "published":
        said = "This template is not published: the project can be edited and rendered, but no new one can be made."
        found.append(problem("template", said))
    return found + _colors(definition, document.colors)


def frames_range(scene: Scene, rate: Rate) -> tuple[int, int]:
    """Shortest and longest use of a scene in frames of the film's `rate`: a template may have been scanned at another
    one since."""
    low = convert_frames(scene.min_frames, scene.rate, rate)
    high = convert_frames(scene.max_frames, scene.rate, rate)
    return max(1, low), max(1, high)


def value_problems(scene: Scene, clip_id: str, key: str, value: Any) -> list[Json]:
    """What of one value does not fit its element."""
    element = scene.element(key)
    if element is None:
        said = f"“{scene.name}” has no element “{key}” that can be edited."
        return [problem(key, Refusal(said, code="element-gone", scene=scene.name, key=key), clip=clip_id, key=key)]
    refused = check(element.kind, value, element.limits, element.choices)
    return [problem(key, refused, clip=clip_id, key=key)] if refused else []


def _length(clip: SceneClip, scene: Scene, rate: Rate) -> list[Json]:
    low, high = frames_range(scene, rate)
    if low <= clip.duration and clip.offset + clip.duration <= high:
        return []
    lasts = f"{low} frames" if low == high else f"between {low} and {high} frames"
    code = "scene-length" if low == high else "scene-lengths"
    said = Refusal(f"“{scene.name}” lasts {lasts}.", code=code, scene=scene.name, least=low, most=high)
    return [problem("duration", said, clip=clip.id)]


def _colors(definition: Definition, keys: Iterable[str]) -> list[Json]:
    return [
        problem(key, Refusal(f"The template has no shared colour “{key}”.", code="color-gone", key=key))
        for key in keys
        if definition.color(key) is None
    ]


def _preset(definition: Definition, operation: Mapping[str, Any]) -> list[Json]:
    preset_id, colors = operation.get("preset"), operation.get("colors")
    if preset_id is not None and definition.preset(str(preset_id)) is None and not colors:
        return [problem("preset", Refusal("The template no longer has this colour preset.", code="preset-gone"))]
    return _colors(definition, colors) if isinstance(colors, Mapping) else []


def problem(field: str, detail: str, *, clip: str | None = None, key: str | None = None) -> Json:
    """A problem as programs and pages get it."""
    found: Json = {"field": field, "detail": str(detail)}
    if isinstance(detail, Refusal):
        found |= {"code": detail.code, **detail.values}
    if clip is not None:
        found["clip"] = clip
    if key is not None:
        found["key"] = key
    return found
