"""What expressions ask about the project, answered as JSON values.

Questions are strings. About a composition by its id: "comp|name", "about|17", "layer|17|s|name", "layer|17|n|3",
"layer|17|c|comment", "marks|17"; about the engine: "engine|"; about footage: "footage|name", "data|name"; about a layer
by its address: "of|17/43", "marks|17/43", "child|17/43|1.2|name", "node|17/43|1.2", "inverted|17/43|2.0" (a mask);
about a property by its path below: "keys|17/43|1.2", "chosen|17/43|1.2", "frame|17/43|3.0" (a text).

Values may move: "value|17/43|1.2" answers with `{"fixed", "value"}`, and where it is not fixed "at|17/43|1.2|seconds"
follows. So do "before" (the value before the property's own expression), "matrix|17/43|" and "rect|17/43|1" (of a
layer) and "style|17/43|1.2|index" (of a text, "beforestyle" of one's own), each with its "…at|…|seconds". Where a layer
asks about itself its property's path is in "matrix|17/43||0.2" and "rect|17/43|1|3.0": the answer is that property's.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flatrender.aftereffects.expressions.results import told
from flatrender.aftereffects.expressions.sandbox import ExpressionFailed
from flatrender.aftereffects.expressions.spaces import Spaces, ValueAt
from flatrender.aftereffects.expressions.styles import told_style
from flatrender.aftereffects.expressions.tree import child_at, node_at, told_at
from flatrender.aftereffects.graph import Animated, Composition, Graph, Layer, Marker, Value, address
from flatrender.aftereffects.text import FontLibrary, TextSpec

_MOVING = ("value", "before", "matrix", "rect", "style", "beforestyle")
MAX_DATA = 2_000_000  # bytes of one data file


class Answers:
    """Answers about one scene.

    Args:
        graph: the project.
        bound: a property under the customer's value.
        value_at: a property's value after its expression, and whether it moves.
        outside: the same, but what is being evaluated just now is as it was before its expression.
        fonts: for the boxes of texts.
        files: footage id → its file, None where it is missing.
    """

    def __init__(
        self,
        graph: Graph,
        bound: Callable[[Layer, Animated], Animated],
        value_at: ValueAt,
        outside: ValueAt,
        fonts: FontLibrary | None,
        files: Mapping[int, Path | None],
    ) -> None:
        self._graph = graph
        self._bound = bound
        self._value_at = value_at
        self._outside = outside
        self._files = files
        self._spaces = Spaces(outside, fonts)

    def __call__(self, question: str) -> Any:
        """The answer to one question. Raises ExpressionFailed."""
        kind, _, rest = question.partition("|")
        match kind:
            case "comp":
                return next((found.id for found in self._graph.authored if found.name == rest), None)
            case "about":
                return _about(self._graph.compositions[int(rest)])
            case "layer":
                return self._find_layer(rest)
            case "footage":
                return self._footage(rest)
            case "data":
                return self._data(rest)
            case "engine":
                javascript = self._graph.expression_engine != "extendscript"
                return {"engineName": "V8" if javascript else "", "version": self._graph.app_version}
            case "marks":
                return self._marks(rest)
        first, _, rest = rest.partition("|")
        found = self._graph.layer(first)
        if found is None:
            raise ExpressionFailed("a layer was not found")
        composition, layer = found
        path, _, last = rest.partition("|")
        match kind:
            case "of":
                return self._of(composition, layer)
            case "child":
                return child_at(layer, path, last)
            case "node":
                return told_at(layer, rest)
            case "keys":
                keys = self._bound(layer, _property(layer, path)).keys
                return [{"time": key.time, "value": told(key.value), "index": n} for n, key in enumerate(keys, 1)]
            case "inverted":
                return layer.properties.masks[int(rest.rpartition(".")[2])].inverted
            case "frame":
                return _frame(self._bound(layer, _property(layer, path)).value)
            case "chosen":
                return self._chosen(composition, layer, path)
        if kind in _MOVING:
            value, moving = self._moving(kind, composition, layer, path, last, max(layer.in_point, 0.0))
            return {"fixed": not moving, "value": None if moving else value}
        asked = "value" if kind == "at" else kind.removesuffix("at")
        if asked in _MOVING:
            word, _, when = last.rpartition("|")
            return self._moving(asked, composition, layer, path, word, float(when))[0]
        raise ExpressionFailed(f"{kind} is not supported yet")

    def _moving(
        self, kind: str, composition: Composition, layer: Layer, path: str, word: str, time: float
    ) -> tuple[Any, bool]:
        if kind == "matrix":
            matrix, moving = self._spaces.matrix(composition, layer, time)
            return list(matrix), moving
        if kind == "rect":
            return self._spaces.box(composition, layer, time, path == "1")
        prop = _property(layer, path)
        if kind == "before":
            value, moving = self._before(composition, layer, prop, time)
            return told(value), moving
        if kind in ("style", "beforestyle"):
            read = self._outside if kind == "style" else self._before
            value, moving = read(composition, layer, prop, time)
            if not isinstance(value, TextSpec):
                raise ExpressionFailed("only texts have a style")
            return told_style(value, int(float(word or 0))), moving
        value, moving = self._value_at(composition, layer, prop, time)
        return told(value), moving

    def _before(self, _: Composition, layer: Layer, prop: Animated, time: float) -> tuple[Value, bool]:
        bound = self._bound(layer, prop)
        return bound.at(time), bound.animated

    def _find_layer(self, rest: str) -> str | None:
        first, kind, wanted = rest.split("|", 2)
        composition = self._graph.compositions[int(first)]
        layers = composition.layers
        if kind == "n":
            number = float(wanted)
            inside = number.is_integer() and 1 <= number <= len(layers)
            return address(composition, layers[int(number) - 1]) if inside else None
        found = (one for one in layers if (wanted in one.comment if kind == "c" else one.name == wanted))
        return next((address(composition, layer) for layer in found), None)

    def _footage(self, wanted: str) -> dict[str, Any] | None:
        for footage in self._graph.footage.values():
            if footage.name == wanted:
                return {
                    "name": footage.name,
                    "width": footage.width,
                    "height": footage.height,
                    "duration": footage.duration,
                    "frameDuration": 1 / footage.frame_rate if footage.frame_rate else 0.0,
                    "ntscDropFrame": False,
                    "pixelAspect": 1.0,
                }
        return None

    def _data(self, wanted: str) -> str:
        """What a data file holds, as text."""
        found = next((one for one in self._graph.footage.values() if one.kind == "data" and one.name == wanted), None)
        path = self._files.get(found.id) if found is not None else None
        if path is None:
            raise ExpressionFailed(f"the data file “{wanted}” is missing")
        with path.open("rb") as file:
            read = file.read(MAX_DATA + 1)
        if len(read) > MAX_DATA:
            raise ExpressionFailed(f"the data file “{wanted}” is larger than {MAX_DATA // 1_000_000} MB")
        return read.decode("utf-8-sig", "replace")

    def _marks(self, place: str) -> list[dict[str, Any]]:
        if "/" in place:
            found = self._graph.layer(place)
            return _marks(found[1].properties.markers) if found is not None else []
        return _marks(self._graph.compositions[int(place)].markers)

    def _chosen(self, composition: Composition, layer: Layer, path: str) -> str | None:
        value = self._bound(layer, _property(layer, path)).value
        number = int(value) if isinstance(value, int | float) else 0
        inside = 1 <= number <= len(composition.layers)
        return address(composition, composition.layers[number - 1]) if inside else None

    def _of(self, composition: Composition, layer: Layer) -> dict[str, Any]:
        parent = composition.by_id.get(layer.parent or -1)
        footage = self._graph.footage.get(layer.source or -1)
        sounds = layer.kind in ("audio", "video")
        return {
            "name": layer.name,
            "index": layer.index,
            "inPoint": layer.in_point,
            "outPoint": layer.out_point,
            "startTime": layer.start_time,
            "stretch": layer.stretch or 1.0,
            "width": layer.width or composition.width,
            "height": layer.height or composition.height,
            "enabled": layer.enabled,
            "hasVideo": layer.kind not in ("audio", "camera", "light"),
            "hasAudio": sounds,
            "audioActive": sounds and layer.enabled,
            "hasParent": parent is not None,
            "parent": address(composition, parent) if parent is not None else None,
            "comment": layer.comment,
            "source": layer.source if layer.source in self._graph.compositions else None,
            "footage": footage.name if footage is not None else None,
        }


def _property(layer: Layer, path: str) -> Animated:
    prop = node_at(layer, path)
    if not isinstance(prop, Animated):
        raise ExpressionFailed("a group of properties has no value")
    return prop


def _frame(value: Value) -> dict[str, bool]:
    if not isinstance(value, TextSpec):
        raise ExpressionFailed("only texts have a frame")
    boxed = value.box is not None
    directions = {"isHorizontalText": not value.vertical, "isVerticalText": value.vertical}
    return {"isPointText": not boxed, "isParagraphText": boxed, **directions}


def _about(composition: Composition) -> dict[str, Any]:
    return {
        "name": composition.name,
        "width": composition.width,
        "height": composition.height,
        "duration": composition.duration,
        "frameDuration": 1 / (composition.frame_rate or 30.0),
        "displayStartTime": composition.display_start,
        "numLayers": len(composition.layers),
        "pixelAspect": composition.pixel_aspect,
        "ntscDropFrame": False,
        "shutterAngle": composition.shutter[0],
        "shutterPhase": composition.shutter[1],
        "bgColor": [*composition.background, 1],
    }


def _marks(markers: tuple[Marker, ...]) -> list[dict[str, Any]]:
    return [
        {
            "time": marker.time,
            "duration": marker.duration,
            "index": number,
            "comment": marker.comment,
            "chapter": marker.chapter,
            "url": marker.url,
            "frameTarget": marker.frame_target,
            "cuePointName": marker.cue_point,
            "eventCuePoint": False,
            "protectedRegion": marker.protected,
            "parameters": dict(marker.parameters),
        }
        for number, marker in enumerate(markers, 1)
    ]
