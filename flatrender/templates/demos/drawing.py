"""Vector drawing on shape layers: rectangles, circles, paths, fills and strokes in fixed or shared colours.

A paint is ``#RRGGBB`` or the key of a shared colour. Inside a group After Effects paints what comes first on top.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from py_aep import Layer, Property, PropertyGroup, Shape
from py_aep.models.properties.gradient import Gradient, GradientAlphaStop, GradientColorStop

from flatrender.templates.demos.authoring import Stage, rgb, shared_color_expression

Point = tuple[float, float]


class Group:
    """One vector group of a shape layer; its methods add contents in painting order and return their properties."""

    def __init__(self, stage: Stage, layer: Layer, name: str) -> None:
        root = cast(PropertyGroup, layer.property("ADBE Root Vectors Group"))
        self.stage = stage
        self.group = cast(PropertyGroup, root.add_property("ADBE Vector Group"))
        self.group.name = name
        self.contents = cast(PropertyGroup, self.group.property("ADBE Vectors Group"))

    def _add(self, kind: str) -> PropertyGroup:
        return cast(PropertyGroup, self.contents.add_property(f"ADBE Vector {kind}"))

    def rectangle(self, size: Point, at: Point = (0, 0), radius: float = 0) -> PropertyGroup:
        """A rectangle around ``at``; animate ``value(group, "Rect Size")``."""
        shape = self._add("Shape - Rect")
        value(shape, "Rect Size").value = list(size)
        value(shape, "Rect Position").value = list(at)
        value(shape, "Rect Roundness").value = radius
        return shape

    def ellipse(self, size: Point, at: Point = (0, 0)) -> PropertyGroup:
        """An ellipse around ``at``."""
        shape = self._add("Shape - Ellipse")
        value(shape, "Ellipse Size").value = list(size)
        value(shape, "Ellipse Position").value = list(at)
        return shape

    def path(
        self,
        points: Sequence[Point],
        closed: bool = True,
        ins: Sequence[Point] | None = None,
        outs: Sequence[Point] | None = None,
    ) -> PropertyGroup:
        """A path through ``points``; ``ins`` and ``outs`` are tangents relative to them."""
        shape = self._add("Shape - Group")
        value(shape, "Shape").value = Shape(
            [list(p) for p in points],
            [list(p) for p in ins] if ins else None,
            [list(p) for p in outs] if outs else None,
            closed=closed,
        )
        return shape

    def trim(self, start: float = 0, end: float = 100, offset: float = 0) -> PropertyGroup:
        """Trim the paths above, in per cent and degrees."""
        trim = self._add("Filter - Trim")
        value(trim, "Trim Start").value = start
        value(trim, "Trim End").value = end
        value(trim, "Trim Offset").value = offset
        return trim

    def repeat(self, copies: int, position: Point = (0, 0), rotation: float = 0) -> PropertyGroup:
        """Repeat what is above, each copy moved and turned."""
        repeater = self._add("Filter - Repeater")
        value(repeater, "Repeater Copies").value = copies
        inner = cast(PropertyGroup, repeater.property("ADBE Vector Repeater Transform"))
        value(inner, "Repeater Position").value = list(position)
        value(inner, "Repeater Rotation").value = rotation
        return repeater

    def _paint(self, color: Property, paint: str) -> None:
        if paint.startswith("#"):
            color.value = [*rgb(paint), 1.0]
        else:
            color.value = [*rgb(self.stage.project.colors[paint]), 1.0]
            color.expression = shared_color_expression(paint)

    def fill(self, paint: str, opacity: float = 100) -> PropertyGroup:
        """Fill the paths above."""
        fill = self._add("Graphic - Fill")
        self._paint(value(fill, "Fill Color"), paint)
        value(fill, "Fill Opacity").value = opacity
        return fill

    def stroke(self, paint: str, width: float, opacity: float = 100, round_cap: bool = True) -> PropertyGroup:
        """Stroke the paths above."""
        stroke = self._add("Graphic - Stroke")
        self._paint(value(stroke, "Stroke Color"), paint)
        value(stroke, "Stroke Width").value = width
        value(stroke, "Stroke Opacity").value = opacity
        if round_cap:
            value(stroke, "Stroke Line Cap").value = 2
            value(stroke, "Stroke Line Join").value = 2
        return stroke

    def gradient(
        self, start: Point, end: Point, colors: Sequence[tuple[float, str, float]], radial: bool = False
    ) -> PropertyGroup:
        """Fill the paths above with a gradient of ``(offset, #RRGGBB, alpha 0..1)`` stops."""
        fill = self._add("Graphic - G-Fill")
        value(fill, "Grad Type").value = 2 if radial else 1
        value(fill, "Grad Start Pt").value = list(start)
        value(fill, "Grad End Pt").value = list(end)
        stops = [
            GradientColorStop(offset, 0.5, cast("tuple[float, float, float]", tuple(rgb(color))))
            for offset, color, _ in colors
        ]
        alphas = [GradientAlphaStop(offset, 0.5, alpha) for offset, _, alpha in colors]
        value(fill, "Grad Colors").value = Gradient(stops, alphas)
        return fill

    def transform(self, what: str) -> Property:
        """The group's own ``Position``, ``Scale``, ``Rotation``, ``Anchor`` or ``Group Opacity``."""
        return value(cast(PropertyGroup, self.group.property("ADBE Vector Transform Group")), what)


def value(group: PropertyGroup, name: str) -> Property:
    """The property of a vector group by the end of its match name (``Rect Size`` for ``ADBE Vector Rect Size``)."""
    return cast(Property, group.property(f"ADBE Vector {name}"))


def circle_path(radius: float) -> tuple[list[Point], list[Point], list[Point]]:
    """A circle that begins at the top and runs clockwise: points, in and out tangents (for trimmed strokes)."""
    handle = radius * 4 / 3 * math.tan(math.pi / 8)
    points = [(0.0, -radius), (radius, 0.0), (0.0, radius), (-radius, 0.0)]
    outs = [(handle, 0.0), (0.0, handle), (-handle, 0.0), (0.0, -handle)]
    ins = [(-x, -y) for x, y in outs]
    return points, ins, outs


def round_rectangle_path(width: float, height: float, radius: float) -> tuple[list[Point], list[Point], list[Point]]:
    """A rounded rectangle around the middle, clockwise from the top middle: points, in and out tangents."""
    x, y, r = width / 2, height / 2, radius
    k = r * 4 / 3 * math.tan(math.pi / 8)
    corners: list[tuple[Point, Point, Point]] = [
        ((0, -y), (0, 0), (0, 0)),
        ((x - r, -y), (0, 0), (k, 0)),
        ((x, -y + r), (0, -k), (0, 0)),
        ((x, y - r), (0, 0), (0, k)),
        ((x - r, y), (k, 0), (0, 0)),
        ((-x + r, y), (0, 0), (-k, 0)),
        ((-x, y - r), (0, k), (0, 0)),
        ((-x, -y + r), (0, 0), (0, -k)),
        ((-x + r, -y), (-k, 0), (0, 0)),
    ]
    return [c[0] for c in corners], [c[1] for c in corners], [c[2] for c in corners]


def star_path(points: int, outer: float, inner: float) -> list[Point]:
    """The corners of a star around the middle, its first point upwards."""
    corners = []
    for index in range(2 * points):
        radius, angle = (outer, inner)[index % 2], math.pi * index / points
        corners.append((radius * math.sin(angle), -radius * math.cos(angle)))
    return corners
