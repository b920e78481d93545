"""What `convention.py` reads out of a project: scenes, elements, shared colours. Frozen, without behaviour."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "image", "video", "audio", "color", "choice", "toggle", "number", "point"]
TemplateKind = Literal["fixed", "flexible", "free"]


@dataclass(frozen=True)
class ElementOutline:
    """An editable thing. `addresses` are the layers that show it, `direction_addresses` the hidden layers that hold a
    text's direction, as the words "rtl" and "ltr" (`direction_words`) or as "1" and "0".

    `default` is a text, "#RRGGBB", "0"/"1", a choice's number, a number, "x,y", or a file's name; `width` and `height`
    of a picture's box are pixels. `options` are a choice's (value, name) pairs. `data`: the value is the text of a
    hidden layer that expressions read; `control`: the addresses are those of properties; `exposed`: it stands in the
    scene's Essential Graphics panel; `bounds`: the ends of a number's slider.
    """

    key: str
    name: str
    kind: Kind
    addresses: tuple[str, ...]
    default: str | None = None
    direction: str | None = None
    hidden: bool = False
    group: str | None = None
    width: int | None = None
    height: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    direction_addresses: tuple[str, ...] = ()
    direction_words: bool = False
    data: bool = False
    control: bool = False
    exposed: bool = False
    bounds: tuple[float, float] | None = None
    font: str | None = None
    font_size: float | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class SceneOutline:
    key: str
    name: str
    composition_id: int
    elements: tuple[ElementOutline, ...]


@dataclass(frozen=True)
class SharedColorOutline:
    key: str
    name: str
    value: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class TemplateOutline:
    """`controls` are elements that hold for the whole template (the `frd_` layers of `frshare`)."""

    kind: TemplateKind
    final_composition_id: int | None
    scenes: tuple[SceneOutline, ...]
    shared_colors: tuple[SharedColorOutline, ...] = ()
    controls: tuple[ElementOutline, ...] = ()

    def elements(self) -> Iterator[tuple[SceneOutline | None, ElementOutline]]:
        """Every element with its scene; the template's own controls have none."""
        for control in self.controls:
            yield None, control
        for scene in self.scenes:
            for element in scene.elements:
                yield scene, element
