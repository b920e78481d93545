"""A clip of a project as the engine takes it: the one place where documents become `{address: engine value}`.

The farm's scene tasks, the browser's preview and the bake endpoint all come through here, so that they cannot differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session

from flatrender.core.errors import InvalidInput, NotFound
from flatrender.core.timing import convert_frames
from flatrender.media import service as media
from flatrender.projects.items import SceneClip
from flatrender.projects.timeline import Document
from flatrender.templates import convention
from flatrender.templates.convention import SceneOutline, TemplateOutline
from flatrender.templates.definition import Color, Definition, Element, Scene
from flatrender.templates.limits import font_problem, size_problem

Json = dict[str, Any]
MediaPath = Callable[[str], Path]


@dataclass(frozen=True)
class SceneValues:
    """A clip resolved. `frames`: the scene's whole length in frames of the film; `values` by address; `notes`: what a
    person should be told (a value left out, a file that is gone)."""

    composition_id: int
    name: str
    frames: int
    values: dict[str, Json]
    notes: tuple[str, ...] = ()


def scene_values(session: Session, document: Document, clip: SceneClip, definition: Definition) -> SceneValues:
    """Everything that the engine needs for one clip; media as paths on this machine.

    Raises NotFound when the template no longer has the scene.
    """
    scene = definition.scene(clip.scene)
    if scene is None:
        raise NotFound(
            f"The template no longer has the scene {clip.scene!r}; remove it from the project.", code="scene-gone"
        )
    resolved, notes = resolve(
        definition, scene, clip.values, document.colors, lambda key: media.local_path(session, key)
    )
    frames = convert_frames(scene.frames, scene.rate, document.rate)
    return SceneValues(scene.composition_id, clip.name or scene.name, frames, resolved, tuple(notes))


def resolve(
    definition: Definition, scene: Scene, values: Mapping[str, Any], colors: Mapping[str, str], path_of: MediaPath
) -> tuple[dict[str, Json], list[str]]:
    """Engine values of a scene: the designer's defaults, the document's colours and the clip's values over them.

    A value that no longer fits the template is left out with a note, never an error: old projects must open.
    """
    resolved: dict[str, Json] = {}
    notes: list[str] = []
    for color in definition.colors:
        chosen = colors.get(color.key)
        if chosen is not None or color.overridden or color.followers:
            resolved |= color_values(color, chosen or color.value)
    for element in scene.elements:
        value = values.get(element.key)
        if value is None and not (element.overridden and element.default is not None):
            continue
        if isinstance(value, Mapping):
            for part, why in (("font", font_problem), ("size", size_problem)):
                if (problem := why(value.get(part), element.limits)) is not None:
                    notes.append(f"{scene.name}, {element.name}: {problem}")
                    value = {**value, part: None}
        try:
            resolved |= element_values(element, element.default if value is None else value, path_of)
        except (InvalidInput, NotFound) as error:
            notes.append(f"{scene.name}, {element.name}: {error.message}")
    known = {element.key for element in scene.elements}
    notes += [f"{scene.name} has no element “{key}” any more." for key in values if key not in known]
    return resolved, notes


def element_values(element: Element, value: Any, path_of: MediaPath) -> dict[str, Json]:
    """The engine values of one element. Raises InvalidInput, or NotFound for a file that is gone."""
    given: Any = value
    if element.kind in {"image", "video", "audio"}:
        if not isinstance(value, Mapping) or not isinstance(value.get("media"), str):
            raise InvalidInput("Choose a picture.", field=element.key)
        given = {
            "path": str(path_of(value["media"])),
            "fit": value.get("fit", "cover"),
            "focus": value.get("focus", (0.5, 0.5)),
            "crop": value.get("crop", (0, 0, 0, 0)),
        }
    elif element.kind == "text" and element.fixed_direction:
        own = value if isinstance(value, Mapping) else {"text": value}
        given = {"direction": element.fixed_direction, **own}
    outline = TemplateOutline("free", None, (SceneOutline("scene", "", 0, (element.outline,)),))
    return convention.resolve(outline, {element.key: given})


def color_values(color: Color, value: str) -> dict[str, Json]:
    """The engine values of a shared colour and of the elements that follow it."""
    resolved: dict[str, Json] = {}
    if color.outline.addresses:
        outline = TemplateOutline("free", None, (), (color.outline,))
        resolved |= convention.resolve(outline, {color.key: value})
    for follower in color.followers:
        outline = TemplateOutline("free", None, (SceneOutline("scene", "", 0, (follower,)),))
        resolved |= convention.resolve(outline, {follower.key: value})
    return resolved
