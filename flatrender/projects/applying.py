"""A commit's operations on a document: completed from the template, checked against it, applied."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.core.errors import Conflict, InvalidInput
from flatrender.core.timing import convert_frames
from flatrender.media import service as media
from flatrender.media.models import MediaKind
from flatrender.projects import edits, permitted
from flatrender.projects.timeline import Document
from flatrender.templates.definitions import Definition, Scene
from flatrender.templates.limits import picture_problem

Json = dict[str, Any]


def apply(
    session: Session,
    principal: Principal,
    definition: Definition,
    document: Document,
    ops: Sequence[Mapping[str, Any]],
    now: Mapping[str, Any],
) -> tuple[Document, list[Json], list[Json]]:
    """The document after all operations, the operations as understood, and those that take them back.

    `now` goes into the details of a Conflict (`clip-gone`): the revision and document that the page has to load.
    Raises InvalidInput with `problems` for what the template does not allow.
    """
    forward: list[Json] = []
    inverse: list[Json] = []
    problems: list[Json] = []
    for given in ops:
        if not isinstance(given, Mapping):
            raise InvalidInput("An edit is an object with an op.", field="ops")
        operation = filled(definition, given)
        found = permitted.operation_problems(definition, document, operation)
        found = found or _media_problems(session, principal, definition, document, operation)
        if found:
            problems += found
            continue
        try:
            step = edits.apply(document, operation)
        except Conflict as error:
            error.details |= now
            raise
        document = step.document
        forward.append(step.operation)
        inverse.insert(0, step.inverse)
    if problems:
        raise InvalidInput(
            " ".join(dict.fromkeys(problem["detail"] for problem in problems)),
            code="not-allowed-here",
            field=problems[0]["field"],
            problems=problems,
        )
    if not document.clips:
        raise InvalidInput("A film keeps at least one scene.", code="last-scene", field="scenes")
    # Reading the JSON form back finds what single operations cannot see, such as one id used twice in one commit.
    return Document.from_dict(document.to_dict()), forward, inverse


def filled(definition: Definition, operation: Mapping[str, Any]) -> Json:
    """An operation as the template completes it: a preset's colours, a new scene's length."""
    filled = dict(operation)
    if filled.get("op") == "apply_preset" and filled.get("preset") is not None:
        preset = definition.preset(str(filled["preset"]))
        if preset is not None:
            filled["colors"] = dict(preset.colors)
    if filled.get("op") == "add_scene" and isinstance(filled.get("clip"), Mapping) and "duration" not in filled["clip"]:
        scene = definition.scene(str(filled["clip"].get("scene")))
        if scene is not None:
            filled["clip"] = {**filled["clip"], "duration": default_length(definition, scene)}
    return filled


def _media_problems(
    session: Session, principal: Principal, definition: Definition, document: Document, operation: Mapping[str, Any]
) -> list[Json]:
    """Files that an operation brings in must be the person's own, and as large as the template wants them."""
    name, given = operation.get("op"), operation.get("clip")
    if name == "set_music" and isinstance(given, Mapping):
        row = media.find(session, str(given.get("media")))
        own = row is not None and row.user_id == principal.user_id and row.kind == MediaKind.AUDIO
        return [] if own else [{"field": "music", "detail": "That music is not among your files."}]
    if name == "set_value":
        clip = document.clip(str(given))
        scene_key, clip_id = clip.scene if clip else "", str(given)
        values: Mapping[str, Any] = {str(operation.get("key")): operation.get("value")}
    elif name == "add_scene" and isinstance(given, Mapping) and isinstance(given.get("values"), Mapping):
        scene_key, clip_id, values = str(given.get("scene")), str(given.get("id")), given["values"]
    else:
        return []
    scene = definition.scene(scene_key)
    found = []
    for key, value in values.items():
        element = scene.element(key) if scene else None
        if element is None or not isinstance(value, Mapping) or "media" not in value:
            continue
        row = media.find(session, str(value["media"]))
        if row is None or row.user_id != principal.user_id or row.kind != MediaKind.IMAGE:
            said: str | None = "That picture is not among your files."
        else:
            said = picture_problem(element.limits, row.width or 0, row.height or 0)
        if said:
            found.append({"field": key, "detail": said, "clip": clip_id, "key": key})
    return found


def default_length(definition: Definition, scene: Scene) -> int:
    """How long a scene is when it is added, in frames of the film: whole, within its limits."""
    low, high = permitted.frames_range(definition, scene)
    return min(max(convert_frames(scene.frames, scene.rate, definition.rate), low), high)
