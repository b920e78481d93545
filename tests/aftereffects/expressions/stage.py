"""A small scene graph for expressions to stand in: made in memory, so that hundreds of them run in a second.

Composition “Main”, 400 × 300, 4 s, 25 frames a second. Its layers from the top: “title” (text), “control” (effect
controls), “target” (moves and has markers), “child” (of target), “shape”, “box” (where expressions stand), “words” (a
text of two styles), “inner” (a composition), “photo” (a picture). “numbers.json” is data beside it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path as File

from flatrender.aftereffects.capabilities import Notes
from flatrender.aftereffects.expressions import Evaluator, Sandbox
from flatrender.aftereffects.graph import (
    Animated,
    Composition,
    Footage,
    Graph,
    Group,
    Key,
    Kind,
    Layer,
    Marker,
    Mask,
    Path,
    Properties,
    Value,
)
from flatrender.aftereffects.text import FontLibrary, TextRun, TextSpec, TextStyle

STYLE = TextStyle(font="Inter-Regular", size=40.0, fill=(1.0, 0.0, 0.0, 1.0))
SMALL = replace(STYLE, size=20.0, fill=(0.0, 0.0, 1.0, 1.0), tracking=50.0)
SQUARE = Path(((0, 0), (100, 0), (100, 100), (0, 100)), ((0, 0),) * 4, ((0, 0),) * 4, True)


def prop(match_name: str, name: str, kind: Kind, value: Value, *keys: tuple[float, Value]) -> Animated:
    """A property; with `keys` it moves on straight lines between them."""
    made = tuple(Key(time, at) for time, at in keys)
    return Animated(name, match_name, kind, value, made, sample=lambda time: between(keys, time) if keys else value)


def between(keys: Sequence[tuple[float, Value]], time: float) -> Value:
    times = [at for at, _ in keys]
    right = bisect_right(times, time)
    if right in (0, len(keys)):
        return keys[min(right, len(keys) - 1)][1]
    (start, first), (stop, last) = keys[right - 1], keys[right]
    share = (time - start) / (stop - start)
    if isinstance(first, tuple) and isinstance(last, tuple):
        return tuple(a + (b - a) * share for a, b in zip(first, last, strict=True))
    assert isinstance(first, int | float)
    assert isinstance(last, int | float)
    return first + (last - first) * share


def transform(**changed: Animated) -> Group:
    found = {
        "anchor": prop("ADBE Anchor Point", "Anchor Point", "spatial", (0.0, 0.0)),
        "position": prop("ADBE Position", "Position", "spatial", (200.0, 150.0)),
        "scale": prop("ADBE Scale", "Scale", "vector", (100.0, 100.0)),
        "rotation": prop("ADBE Rotate Z", "Rotation", "scalar", 0.0),
        "opacity": prop("ADBE Opacity", "Opacity", "scalar", 50.0),
    }
    return Group("Transform", "ADBE Transform Group", True, tuple((found | changed).values()))


def control(kind: str, name: str, inside: Animated) -> Group:
    return Group(name, f"ADBE {kind} Control", True, (inside,))


def effects() -> tuple[Group, ...]:
    def one(kind: str, name: str, label: str, value: Value, of: Kind = "scalar", *keys: tuple[float, Value]) -> Group:
        made = prop(f"ADBE {kind} Control-0001", label, of, value, *keys)
        return control(kind, name, replace(made, widget="layer") if kind == "Layer" else made)

    return (
        one("Slider", "Amount", "Slider", 25.0),
        one("Slider", "Speed", "Slider", 0.0, "scalar", (0.0, 0.0), (2.0, 100.0)),
        one("Color", "Tint", "Color", (1.0, 0.5, 0.0, 1.0), "color"),
        one("Checkbox", "On", "Checkbox", 1.0),
        one("Point", "Spot", "Point", (120.0, 80.0), "spatial"),
        one("Angle", "Turn", "Angle", 45.0),
        one("Layer", "Pick", "Layer", 3.0),
        one("Dropdown", "Choice", "Menu", 2.0),
        one("Layer", "Nobody", "Layer", 0.0),
    )


def contents() -> Group:
    rectangle = Group(
        "Rectangle Path 1",
        "ADBE Vector Shape - Rect",
        True,
        (
            prop("ADBE Vector Rect Size", "Size", "vector", (100.0, 60.0)),
            prop("ADBE Vector Rect Position", "Position", "spatial", (10.0, 0.0)),
        ),
    )
    fill = Group(
        "Fill 1",
        "ADBE Vector Graphic - Fill",
        True,
        (prop("ADBE Vector Fill Color", "Color", "color", (0.2, 0.4, 0.6, 1.0)),),
    )
    outline = Group("Path 1", "ADBE Vector Shape - Group", True, (prop("ADBE Vector Shape", "Path", "path", SQUARE),))
    inside = Group("Contents", "ADBE Vectors Group", True, (rectangle, fill))
    place = Group(
        "Transform",
        "ADBE Vector Transform Group",
        True,
        (
            prop("ADBE Vector Position", "Position", "spatial", (5.0, 5.0)),
            prop("ADBE Vector Scale", "Scale", "vector", (200.0, 100.0)),
        ),
    )
    group = Group("Group 1", "ADBE Vector Group", True, (inside, place))
    return Group("Contents", "ADBE Root Vectors Group", True, (group, outline))


def text(*runs: TextRun) -> Group:
    source = prop("ADBE Text Document", "Source Text", "text", TextSpec(runs=runs))
    return Group("Text", "ADBE Text Properties", True, (source,))


MARKERS = (Marker(0.5, 0.25, "hit", chapter="one"), Marker(1.5, 0.0, "out"))
DATA = File(__file__).with_name("numbers.json")


def mask() -> Mask:
    path = prop("ADBE Mask Shape", "Mask Path", "path", SQUARE)
    return Mask("Mask 1", "a", True, Group("Mask 1", "ADBE Mask Atom", True, (path,)))


def stage(on: str = "", expression: str = "") -> Graph:
    """The graph, with an expression on `layer.property`: a transform's part, "text", "path" or "color"."""
    layer_name, _, part = on.partition(".")

    def layer(index: int, name: str, kind: str, properties: Properties, **more: object) -> Layer:
        if name == layer_name:
            properties = _expressed(properties, part, expression)
        standing = {"in_point": 0.0, "out_point": 4.0, "start_time": 0.0, "stretch": 1.0, "width": 0, "height": 0}
        settings = {"enabled": True, **standing, **more}
        return Layer(id=40 + index, index=index, name=name, kind=kind, read=lambda: properties, **settings)  # type: ignore[arg-type]

    way = ((0.0, (0.0, 0.0)), (1.0, (100.0, 50.0)), (2.0, (100.0, 150.0)))
    moves = prop("ADBE Position", "Position", "spatial", (0.0, 0.0), *way)
    turns = prop("ADBE Rotate Z", "Rotation", "scalar", 0.0, (0.5, 0.0), (1.0, 10.0))
    grows = prop("ADBE Scale", "Scale", "vector", (100.0, 100.0), (0.0, (100.0, 100.0)), (1.0, (200.0, 50.0)))
    sized = Properties(transform(rotation=turns, scale=grows), masks=(mask(),))
    distance = prop("dropShadow/distance", "Distance", "scalar", 12.0)
    shadow = (Group("Drop Shadow", "dropShadow/enabled", True, (distance,)),)
    quiet = prop("ADBE Audio Levels", "Audio Levels", "vector", (-6.0, -12.0))
    child = transform(
        anchor=prop("ADBE Anchor Point", "Anchor Point", "spatial", (5.0, 5.0)),
        position=prop("ADBE Position", "Position", "spatial", (10.0, 20.0)),
        scale=prop("ADBE Scale", "Scale", "vector", (200.0, 50.0)),
        rotation=prop("ADBE Rotate Z", "Rotation", "scalar", 90.0),
    )
    layers = (
        layer(1, "title", "text", Properties(transform(), text=text(TextRun("Hello 2026", STYLE)), styles=shadow)),
        layer(2, "control", "null", Properties(transform(), effects=effects()), comment="the knobs"),
        layer(3, "target", "null", Properties(transform(position=moves), markers=MARKERS)),
        layer(4, "child", "solid", Properties(child), parent=43, width=60, height=40),
        layer(5, "shape", "shape", Properties(transform(), contents=contents())),
        layer(6, "box", "solid", sized, width=80, height=60, in_point=0.0, out_point=3.0, start_time=-0.5),
        layer(7, "words", "text", Properties(transform(), text=text(TextRun("one ", STYLE), TextRun("two", SMALL)))),
        layer(8, "inner", "precomp", Properties(transform(), audio_levels=quiet), source=2, width=200, height=100,
              enabled=False),
        layer(9, "photo", "image", Properties(transform()), source=9, width=80, height=60),
    )  # fmt: skip
    dot = layer(1, "dot", "solid", Properties(transform()), width=10, height=10)
    black = (0.0, 0.0, 0.0)
    main = Composition(
        1, "Main", 400, 300, 25.0, 4.0, black, 0.0, 4.0, 0.0, 1.0, False, layers,
        (Marker(1.0, 0.0, "chorus"), Marker(3.0, 0.5, "end", protected=True)),
    )  # fmt: skip
    inner = Composition(
        2, "Inner", 200, 100, 30.0, 2.0, (1.0, 1.0, 1.0), 0.0, 2.0, 10.0, 1.0, False, (replace(dot, id=61),)
    )
    footage = {9: Footage(9, "photo.png", "image", 80, 60), 10: Footage(10, DATA.name, "data", 0, 0)}
    return Graph("26.0", {1: main, 2: inner}, footage)


def _expressed(properties: Properties, part: str, expression: str) -> Properties:
    names = {
        "opacity": "ADBE Opacity", "rotation": "ADBE Rotate Z", "position": "ADBE Position", "scale": "ADBE Scale",
        "text": "ADBE Text Document", "path": "ADBE Vector Shape", "color": "ADBE Vector Fill Color",
    }  # fmt: skip

    def within(group: Group) -> Group:
        return replace(group, children=tuple(changed(child) for child in group.children))

    def changed(node: Animated | Group) -> Animated | Group:
        if isinstance(node, Group):
            return within(node)
        return replace(node, expression=expression) if node.match_name == names[part] else node

    return replace(
        properties,
        transform=within(properties.transform),
        contents=within(properties.contents) if properties.contents is not None else None,
        text=within(properties.text) if properties.text is not None else None,
    )


class Stage:
    """One expression on the stage. `notes` says what failed."""

    def __init__(
        self,
        on: str,
        expression: str,
        sandbox: Sandbox | None = None,
        fonts: FontLibrary | None = None,
        *,
        engine: str = "javascript-1.0",
        files: dict[int, File | None] | None = None,
    ) -> None:
        graph = replace(stage(on, expression), expression_engine=engine)
        self.notes = Notes()
        self.evaluator = Evaluator(
            graph, lambda layer, prop: prop, self.notes, sandbox, fonts=fonts, files=files or {10: DATA}
        )
        self.composition = graph.compositions[1]
        name = on.partition(".")[0]
        self.layer = next(layer for layer in self.composition.layers if layer.name == name)
        self.prop = next(found for _, found in self.layer.properties.walk() if found.expression)

    def at(self, time: float) -> Value:
        return self.evaluator.value_at(self.composition, self.layer, self.prop, time)[0]

    def baked(self) -> Animated:
        return self.evaluator.evaluated(self.composition, self.layer, self.prop, self.prop)

    @property
    def said(self) -> str:
        return "; ".join(capability.note for capability in self.notes.capabilities())
