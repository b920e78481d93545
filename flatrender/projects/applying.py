"""A commit's operations on a document: completed from the template, checked against it, applied."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.core.errors import Conflict, InvalidInput
from flatrender.core.timing import Rate, convert_frames
from flatrender.projects import edits, permitted, sources
from flatrender.projects.timeline import Document
from flatrender.templates.definition import Definition, Scene

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

    `now` goes into the details of a Conflict (`clip-gone`): the revision that the page has to load.
    Raises InvalidInput with `problems` for what the template does not allow.
    """
    forward: list[Json] = []
    inverse: list[Json] = []
    problems: list[Json] = []
    for given in ops:
        if not isinstance(given, Mapping):
            raise InvalidInput("An edit is an object with an op.", field="ops")
        operation = filled(definition, given, document.rate)
        found = permitted.operation_problems(definition, operation)
        if found:
            problems += found
            continue
        try:
            step = edits.apply(document, operation)
        except Conflict as error:
            error.details |= now
            raise
        found = permitted.changed_problems(definition, document, step.document)
        found = found or sources.changed_problems(session, principal, definition, document, step.document)
        if found:
            problems += found
            continue
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


def filled(definition: Definition, operation: Mapping[str, Any], rate: Rate) -> Json:
    """An operation as the template completes it: a preset's colours, a new scene's length."""
    filled = dict(operation)
    if filled.get("op") == "apply_preset" and filled.get("preset") is not None:
        preset = definition.preset(str(filled["preset"]))
        if preset is not None:
            filled["colors"] = dict(preset.colors)
    if filled.get("op") == "add_scene" and isinstance(filled.get("clip"), Mapping) and "duration" not in filled["clip"]:
        scene = definition.scene(str(filled["clip"].get("scene")))
        if scene is not None:
            filled["clip"] = {**filled["clip"], "duration": default_length(scene, rate)}
    return filled


def default_length(scene: Scene, rate: Rate) -> int:
    """How long a scene is when it is added, in frames of the film: whole, within its limits."""
    low, high = permitted.frames_range(scene, rate)
    return min(max(convert_frames(scene.frames, scene.rate, rate), low), high)
