"""What a template lets a customer edit, as frozen values and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flatrender.core.timing import Rate
from flatrender.templates.convention import ElementOutline, SharedColorOutline
from flatrender.templates.facts import aspect_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Element:
    """An editable thing. `limits`: max_length, min, max, fonts, aspect. `box`: in the scene's picture, 0 to 1.

    `overridden`: the designer's default stands over the file's. `fixed_direction`: the one that the designer chose.
    `picture`: where the file's own picture is read.
    """

    id: str
    key: str
    name: str
    name_fa: str
    kind: str
    group: str
    default: Any
    direction: str
    limits: Mapping[str, Any]
    choices: tuple[Mapping[str, str], ...]
    width: int | None
    height: int | None
    box: tuple[float, ...] | None
    outline: ElementOutline
    overridden: bool = False
    fixed_direction: str | None = None
    picture: str | None = None

    def to_dict(self) -> Json:
        """The JSON form; where things are in the file stays with us."""
        return {
            "id": self.id,
            "key": self.key,
            "name": self.name,
            "name_fa": self.name_fa,
            "kind": self.kind,
            "group": self.group,
            "default": self.default,
            "direction": self.direction,
            "limits": dict(self.limits),
            "choices": [dict(choice) for choice in self.choices],
            "width": self.width,
            "height": self.height,
            "box": list(self.box) if self.box else None,
            "picture": self.picture,
        }


@dataclass(frozen=True)
class Scene:
    """A scene. Lengths in frames of `rate`; `background` is the composition's."""

    id: str
    key: str
    name: str
    name_fa: str
    group: str
    composition_id: int
    width: int
    height: int
    rate: Rate
    frames: int
    min_frames: int
    max_frames: int
    cover_frame: int
    background: str
    picture: str | None
    elements: tuple[Element, ...]

    def element(self, key: str) -> Element | None:
        """The element with this key."""
        return next((element for element in self.elements if element.key == key), None)

    def to_dict(self) -> Json:
        """The JSON form."""
        return {
            "id": self.id,
            "key": self.key,
            "name": self.name,
            "name_fa": self.name_fa,
            "group": self.group,
            "composition_id": self.composition_id,
            "size": [self.width, self.height],
            "rate": [self.rate.num, self.rate.den],
            "frames": self.frames,
            "min_frames": self.min_frames,
            "max_frames": self.max_frames,
            "cover_frame": self.cover_frame,
            "background": self.background,
            "picture": self.picture,
            "elements": [element.to_dict() for element in self.elements],
        }


@dataclass(frozen=True)
class Color:
    """A shared colour. `followers`: elements that a designer let follow it; `overridden`: its value is the
    designer's, not the file's."""

    id: str
    key: str
    name: str
    name_fa: str
    group: str
    value: str
    outline: SharedColorOutline
    followers: tuple[ElementOutline, ...]
    overridden: bool = False

    def to_dict(self) -> Json:
        """The JSON form."""
        return {
            "id": self.id,
            "key": self.key,
            "name": self.name,
            "name_fa": self.name_fa,
            "group": self.group,
            "value": self.value,
        }


@dataclass(frozen=True)
class Preset:
    """A named set of shared colours."""

    id: str
    name: str
    name_fa: str
    group: str
    colors: Mapping[str, str]

    def to_dict(self) -> Json:
        """The JSON form."""
        return {
            "id": self.id,
            "name": self.name,
            "name_fa": self.name_fa,
            "group": self.group,
            "colors": dict(self.colors),
        }


@dataclass(frozen=True)
class Definition:
    """A template as a customer's editor needs it."""

    id: str
    tenant_id: str
    revision: int
    name: str
    name_fa: str
    description: str
    description_fa: str
    kind: str
    state: str
    width: int
    height: int
    rate: Rate
    frames: int
    bundle_id: str
    scan_id: str
    category: Mapping[str, str] | None
    tags: tuple[str, ...]
    poster: str | None
    preview: str | None
    dominant_color: str | None
    scenes: tuple[Scene, ...]
    colors: tuple[Color, ...]
    presets: tuple[Preset, ...]

    @property
    def fixed(self) -> bool:
        """One film with values: scenes are neither added, removed nor moved."""
        return self.kind == "fixed"

    def scene(self, key: str) -> Scene | None:
        """The scene with this key."""
        return next((scene for scene in self.scenes if scene.key == key), None)

    def color(self, key: str) -> Color | None:
        """The shared colour with this key."""
        return next((color for color in self.colors if color.key == key), None)

    def preset(self, preset_id: str) -> Preset | None:
        """The colour preset with this id."""
        return next((preset for preset in self.presets if preset.id == preset_id), None)

    def to_dict(self) -> Json:
        """The JSON form."""
        return {
            "id": self.id,
            "revision": self.revision,
            "name": self.name,
            "name_fa": self.name_fa,
            "description": self.description,
            "description_fa": self.description_fa,
            "kind": self.kind,
            "state": self.state,
            "size": [self.width, self.height],
            "aspect": aspect_of(self.width, self.height),
            "rate": [self.rate.num, self.rate.den],
            "frames": self.frames,
            "duration": round(float(self.rate.seconds(self.frames)), 3),
            "category": dict(self.category) if self.category else None,
            "tags": list(self.tags),
            "poster": self.poster,
            "preview": self.preview,
            "dominant_color": self.dominant_color,
            "scenes": [scene.to_dict() for scene in self.scenes],
            "colors": [color.to_dict() for color in self.colors],
            "presets": [preset.to_dict() for preset in self.presets],
        }
