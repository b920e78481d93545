"""The scene graph: what a project says, in the engine's own words and free of the parser.

Everything here is immutable and read once per project; values of customers and results of expressions are laid over it
(`bind.py`, `resolve.py`), never written into it. Times are seconds of the composition that holds the layer, sizes are
pixels, colours are 0..1. Property names keep After Effects' match names ("ADBE Position"), which never change with the
language of the application.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from flatrender.aftereffects.stored import Stored

Kind = Literal["scalar", "vector", "spatial", "color", "path", "gradient", "text", "none"]
Interpolation = Literal["linear", "bezier", "hold"]
LayerKind = Literal[
    "text", "image", "video", "audio", "solid", "shape", "precomp", "camera", "light", "null", "adjustment"
]
Widget = Literal["plain", "toggle", "menu", "layer"]
Alpha = Literal["straight", "premultiplied", "ignored"]
MatteMode = Literal["alpha", "alpha-inverted", "luma", "luma-inverted"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Path:
    """A cubic Bezier outline; tangents are relative to their vertex, as in After Effects and in Lottie."""

    vertices: tuple[Point, ...]
    in_tangents: tuple[Point, ...]
    out_tangents: tuple[Point, ...]
    closed: bool

    def reversed(self) -> "Path":
        """The same outline drawn the other way round; a closed one keeps its first vertex."""
        order = list(range(len(self.vertices)))[::-1]
        if self.closed and order:
            order = [order[-1], *order[:-1]]
        return Path(
            tuple(self.vertices[i] for i in order),
            tuple(self.out_tangents[i] for i in order),
            tuple(self.in_tangents[i] for i in order),
            self.closed,
        )


@dataclass(frozen=True, slots=True)
class Gradient:
    """Colour stops (offset, midpoint, red, green, blue) and opacity stops (offset, midpoint, alpha), all 0..1."""

    colors: tuple[tuple[float, float, float, float, float], ...]
    alphas: tuple[tuple[float, float, float], ...]


# A text value is whatever `aftereffects.text` makes of a text document; the graph only carries it.
Value = float | tuple[float, ...] | Path | Gradient | object


@dataclass(frozen=True, slots=True)
class Ease:
    """Speed in value units per second of layer time, influence in percent."""

    speed: float
    influence: float


@dataclass(frozen=True, slots=True)
class Key:
    """One keyframe. Tangents are spatial ones, relative to the value; empty where the property has none."""

    time: float
    value: Value
    in_type: Interpolation = "linear"
    out_type: Interpolation = "linear"
    ease_in: tuple[Ease, ...] = ()
    ease_out: tuple[Ease, ...] = ()
    tangent_in: tuple[float, ...] = ()
    tangent_out: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Animated:
    """A property: a value, or keyframes, or an expression over either.

    `sample(t)` gives the value before the expression at composition second `t`. `separated` holds X, Y (and Z) of a
    position whose dimensions are separated. Of an effect's parameters `widget` says how After Effects offers them,
    `options` what a menu holds (its value counts from 1), `bounds` the ends of a slider. Identity is the object's: two
    properties are never equal.
    """

    name: str
    match_name: str
    kind: Kind
    value: Value
    keys: tuple[Key, ...] = ()
    expression: str = ""
    sample: Callable[[float], Value] | None = None
    separated: "tuple[Animated, ...]" = ()
    widget: Widget = "plain"
    options: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None

    @property
    def animated(self) -> bool:
        """Whether it moves without its expression."""
        return len(self.keys) > 1 or any(part.animated for part in self.separated)

    def at(self, time: float) -> Value:
        """The value before the expression, at composition second `time`."""
        return self.sample(time) if self.sample is not None and self.animated else self.value


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A named group of properties: a transform, a mask, an effect, a shape group …"""

    name: str
    match_name: str
    enabled: bool
    children: "tuple[Animated | Group, ...]" = ()

    def get(self, match_name: str) -> "Animated | None":
        """The property of that match name, or None."""
        for child in self.children:
            if isinstance(child, Animated) and child.match_name == match_name:
                return child
        return None

    def group(self, match_name: str) -> "Group | None":
        """The child group of that match name, or None."""
        for child in self.children:
            if isinstance(child, Group) and child.match_name == match_name:
                return child
        return None

    def groups(self) -> "Iterator[Group]":
        return (child for child in self.children if isinstance(child, Group))

    def named(self, name: str) -> "Animated | Group | None":
        """A child by display name or match name, as an expression addresses it."""
        for child in self.children:
            if name in (child.name, child.match_name):
                return child
        lowered = name.lower()
        for child in self.children:
            if child.name.lower() == lowered:
                return child
        return None

    def walk(self) -> "Iterator[Animated]":
        """Every property below, in order."""
        for child in self.children:
            if isinstance(child, Group):
                yield from child.walk()
            else:
                yield child
                yield from child.separated

    def number(self, match_name: str, default: float = 0.0) -> float:
        """The static value of a number property, `default` where there is none."""
        found = self.get(match_name)
        return float(found.value) if found is not None and isinstance(found.value, int | float) else default


EMPTY = Group("", "", True)


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    name: str
    mode: str  # Lottie's letter: n none, a add, s subtract, i intersect, l lighten, d darken, f difference
    inverted: bool
    group: Group
    feather_points: bool = False
    """Whether its feather varies along its path, by points of its own."""


@dataclass(frozen=True, slots=True)
class Marker:
    time: float
    duration: float
    comment: str
    chapter: str = ""
    url: str = ""
    frame_target: str = ""
    cue_point: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    protected: bool = False
    """A stretch that keeps its speed where the whole is stretched."""


@dataclass(frozen=True, eq=False)
class Layer(Stored):
    """One layer. `id` is unique in the project, `index` counts from 1 at the top, `parent` and `matte` are ids."""

    id: int
    index: int
    name: str
    kind: LayerKind
    enabled: bool
    in_point: float
    out_point: float
    start_time: float
    stretch: float  # a factor, 1 = as recorded, negative = reversed
    width: int
    height: int
    source: int | None = None
    parent: int | None = None
    matte: int | None = None
    matte_mode: MatteMode | None = None
    is_matte: bool = False
    blend: str = "NORMAL"
    three_d: bool = False
    guide: bool = False
    collapse: bool = False
    motion_blur: bool = False
    auto_orient: str = "none"  # none | path | camera
    preserve_transparency: bool = False
    frame_blending: bool = False
    audible: bool = False
    """It has sound, or is a nested composition, and its loudspeaker is on."""
    comment: str = ""
    overrides: int = 0
    """How many Essential Properties of the composition that it shows are as this layer sets them."""
    read: Callable[[], "Properties"] | None = field(default=None, repr=False)

    @cached_property
    def properties(self) -> "Properties":
        """The layer's property tree, read on first use."""
        return self.read() if self.read is not None else Properties()


@dataclass(frozen=True, slots=True, eq=False)
class Properties:
    """What a layer's property groups say. `styles` are the layer styles that are switched on; `overridden`: how
    many of a nested composition's Essential Properties are set here.

    `unreadable` says why where the file's properties could not be read; the layer then draws nothing.
    """

    transform: Group = EMPTY
    masks: tuple[Mask, ...] = ()
    effects: tuple[Group, ...] = ()
    contents: Group | None = None
    text: Group | None = None
    styles: tuple[Group, ...] = ()
    time_remap: Animated | None = None
    audio_levels: Animated | None = None
    markers: tuple[Marker, ...] = ()
    overridden: int = 0
    unreadable: str = ""

    def walk(self) -> Iterator[tuple[str, Animated]]:
        """Every property with the name of the part it belongs to."""
        parts: list[tuple[str, Group]] = [("Transform", self.transform)]
        parts += [(mask.name, mask.group) for mask in self.masks]
        parts += [(effect.name, effect) for effect in self.effects]
        parts += [("Contents", self.contents)] if self.contents else []
        parts += [("Text", self.text)] if self.text else []
        for label, group in parts:
            for found in group.walk():
                yield label, found
        if self.time_remap is not None:
            yield "Time Remap", self.time_remap
        if self.audio_levels is not None:
            yield "Audio", self.audio_levels


@dataclass(frozen=True, slots=True)
class Exposed:
    """What a composition's Essential Graphics panel offers: under which name, and what it sets.

    `path` leads from the layer down to the property, by match names and where there are several of one by their place;
    empty where the layer's own text or picture is meant.
    """

    name: str
    layer: str  # an address
    path: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True, eq=False)
class Composition(Stored):
    id: int
    name: str
    width: int
    height: int
    frame_rate: float
    duration: float
    background: tuple[float, float, float]
    work_start: float
    work_duration: float
    display_start: float
    pixel_aspect: float
    motion_blur: bool
    layers: tuple[Layer, ...]
    markers: tuple[Marker, ...] = ()
    comment: str = ""
    exposed: tuple[Exposed, ...] = ()
    keeps_rate: bool = False
    """Nested, it still shows its own frames and no moments between them ("Preserve frame rate when nested")."""
    shutter: tuple[float, float] = (180.0, -90.0)
    """Its angle and phase, in degrees."""
    unsoloed: int = 0
    """How many layers are off because others are soloed."""
    origin: int | None = None
    """Of a second one, made for a layer that overrides something in it: the designer's own (see `overriding`)."""
    pinned: frozenset[str] = frozenset()
    """What is overridden in it: addresses without the composition."""

    @cached_property
    def by_id(self) -> dict[int, Layer]:
        return {layer.id: layer for layer in self.layers}


@dataclass(frozen=True, slots=True)
class PhotoshopLayer:
    """Which layer of a Photoshop document footage is: its place from the bottom, groups' ends counted, and its number.

    `whole`: on the canvas of the document, not in its own size.
    """

    index: int
    identity: int
    whole: bool


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """A source that is no composition. `color` for solids; `stored_path` as the project has it, resolved by the bundle.

    Of films, sequences and sounds: `frame_rate` is how fast the frames are shown, `native_rate` how fast they were
    recorded, `loops` how often it plays, one after the other; `fielded`: its fields are taken apart. `alpha`: how
    transparency is read; with `blackened` false the colours were mixed with another one than black. `part`: the layer
    of a document that it is; None for all of it.
    """

    id: int
    name: str
    kind: Literal["solid", "image", "sequence", "video", "audio", "placeholder", "data"]
    width: int
    height: int
    color: tuple[float, float, float] | None = None
    stored_path: str | None = None
    duration: float = 0.0
    frame_rate: float = 0.0
    native_rate: float = 0.0
    loops: int = 1
    alpha: Alpha = "straight"
    alpha_inverted: bool = False
    blackened: bool = True
    fielded: bool = False
    pixel_aspect: float = 1.0
    part: PhotoshopLayer | None = None


@dataclass(frozen=True, eq=False)
class Graph(Stored):
    """A whole project."""

    app_version: str
    compositions: dict[int, Composition]
    footage: dict[int, Footage]
    expression_engine: str = "javascript-1.0"

    @property
    def authored(self) -> list[Composition]:
        """The compositions that the designer made."""
        return [composition for composition in self.compositions.values() if composition.origin is None]

    def origin(self, source: int | None) -> int | None:
        """The item that a layer shows, as the designer chose it."""
        shown = self.compositions.get(source) if source is not None else None
        return shown.origin if shown is not None and shown.origin is not None else source

    def layer(self, address: str) -> tuple[Composition, Layer] | None:
        """The layer at an address ("<composition id>/<layer id>"), or None."""
        first, _, second = address.partition("/")
        try:
            composition = self.compositions[int(first)]
            return composition, composition.by_id[int(second)]
        except (KeyError, ValueError):
            return None


def address(composition: Composition, layer: Layer) -> str:
    """The address under which values and reports name a layer."""
    return f"{composition.id}/{layer.id}"


def property_address(layer_address: str, path: str) -> str:
    """The address of one property of a layer: the layer's, and its path down from there (`expressions/tree.py`)."""
    return f"{layer_address}/{path}"


def layer_part(place: str) -> str:
    """The address of the layer that an address is about: its own, or that of its property."""
    return "/".join(place.split("/", 2)[:2])


def property_part(place: str) -> str:
    """The path of the property that an address is about; empty where it is the layer itself."""
    return place.split("/", 2)[2] if place.count("/") > 1 else ""
