"""The entrances and exits that the templates share: texts rise behind a window, things pop, frames open."""

from __future__ import annotations

from dataclasses import dataclass

from py_aep import AVLayer, Layer

from flatrender.templates.demos.authoring import Stage, TextStyle
from flatrender.templates.demos.drawing import Group, Point, round_rectangle_path, value
from flatrender.templates.demos.motion import DRIFT, LEAVE, OVERSHOOT, SETTLE, SWING, Key, animate


@dataclass(frozen=True)
class Words:
    """A text on its place: its element's name, words and style, its corner or baseline, and its box if it has one."""

    name: str
    text: str
    style: TextStyle
    at: Point
    box: Point | None = None
    label: str = ""


def fill_stage(stage: Stage, name: str, paint: str) -> Layer:
    """A ground that covers the whole composition."""
    width, height = stage.size
    layer = stage.shape(name, (width / 2, height / 2))
    group = Group(stage, layer, name)
    group.rectangle((width, height))
    group.fill(paint)
    return layer


def rise(stage: Stage, words: Words, start: float, leave: float | None, seconds: float = 0.85) -> AVLayer:
    """A text that comes up behind the edge of a window as large as itself and, at ``leave``, sinks again."""
    style, (x, y) = words.style, words.at
    layer = stage.text(words.name, words.text, style, words.at, box=words.box, label=words.label)
    leading = style.leading or style.size * 1.2
    width, height = words.box or (_reach(stage, x, style.align), leading)
    top = y if words.box else y - style.size * 0.98
    left = x - {"left": 0.0, "center": width / 2, "right": width}[style.align] if not words.box else x
    travel = height + style.size * 0.25
    if words.box:
        travel = min(travel, leading * 2.2)
    keys = [Key(start, (x, y + travel, 0)), Key(start + seconds, (x, y, 0), SETTLE)]
    fade = [Key(start, 0), Key(start + seconds * 0.4, 100, SWING)]
    if leave is not None:
        keys += [Key(leave, (x, y, 0)), Key(leave + 0.42, (x, y + travel, 0), LEAVE)]
        fade += [Key(leave + 0.1, 100), Key(leave + 0.42, 0, LEAVE)]
    stage.move(layer, "position", *keys)
    stage.move(layer, "opacity", *fade)
    margin = style.size * 0.3
    window = stage.shape(f"{words.name} window", (left + width / 2, top + height / 2))
    pane = Group(stage, window, "window")
    pane.rectangle((width + 2 * margin, height + 2 * margin * 0.7))
    pane.fill("#FFFFFF")
    stage.matte(layer, window)
    return layer


def _reach(stage: Stage, x: float, align: str) -> float:
    """How wide a point text may become before it leaves the picture."""
    width = stage.size[0]
    return {"left": width - x, "center": 2 * min(x, width - x), "right": x}[align] - 40


def slide(stage: Stage, words: Words, start: float, leave: float | None, by: Point = (0, 36)) -> AVLayer:
    """A quieter entrance for small texts: they drift in by ``by`` pixels and fade."""
    layer = stage.text(words.name, words.text, words.style, words.at, box=words.box, label=words.label)
    drift_in(stage, layer, words.at, start, leave, by)
    return layer


def drift_in(stage: Stage, layer: Layer, at: Point, start: float, leave: float | None, by: Point = (0, 36)) -> None:
    """Let a layer drift in by ``by`` pixels to ``at`` and fade in; at ``leave`` it goes the same way back."""
    away = (at[0] + by[0], at[1] + by[1], 0)
    keys = [Key(start, away), Key(start + 0.8, (*at, 0), SETTLE)]
    fade = [Key(start, 0), Key(start + 0.5, 100, SWING)]
    if leave is not None:
        keys += [Key(leave, (*at, 0)), Key(leave + 0.4, away, LEAVE)]
        fade += [Key(leave, 100), Key(leave + 0.36, 0, LEAVE)]
    stage.move(layer, "position", *keys)
    stage.move(layer, "opacity", *fade)


def pop(stage: Stage, layer: Layer, start: float, leave: float | None, full: float = 100, seconds: float = 0.7) -> None:
    """Let a layer grow from nothing a little past its size ``full`` (per cent) and, at ``leave``, shrink away."""
    keys = [Key(start, (0, 0, 100)), Key(start + seconds, (full, full, 100), OVERSHOOT)]
    if leave is not None:
        keys += [Key(leave, (full, full, 100)), Key(leave + 0.4, (0, 0, 100), LEAVE)]
    stage.move(layer, "scale", *keys)


def pill(
    stage: Stage, words: Words, size: Point, paint: str, start: float, leave: float | None
) -> tuple[Layer, AVLayer]:
    """A button: a pill that opens from its middle, with a centred text that follows."""
    x, y = words.at
    layer = stage.shape(f"{words.name} pill", (x, y))
    group = Group(stage, layer, "pill")
    body = group.rectangle(size, radius=size[1] / 2)
    group.fill(paint)
    width, height = size
    keys = [
        Key(start, (height * 0.2, height * 0.2)),
        Key(start + 0.25, (height, height), SWING),
        Key(start + 0.85, (width, height), SETTLE),
    ]
    fade = [Key(start - 0.04, 0), Key(start, 100)]
    if leave is not None:
        keys += [
            Key(leave, (width, height)),
            Key(leave + 0.3, (height, height), SWING),
            Key(leave + 0.45, (0, 0), LEAVE),
        ]
        fade += [Key(leave + 0.42, 100), Key(leave + 0.46, 0)]
    animate(value(body, "Rect Size"), stage.frame_rate, *keys)
    stage.move(layer, "opacity", *fade)
    base = (x, y + words.style.size * 0.355)
    text = stage.text(words.name, words.text, words.style, base, label=words.label)
    rest = [Key(start + 0.35, (base[0], base[1] + 18, 0)), Key(start + 1.0, (*base, 0), SETTLE)]
    show = [Key(start + 0.35, 0), Key(start + 0.75, 100, SWING)]
    if leave is not None:
        show += [Key(leave - 0.12, 100), Key(leave + 0.08, 0, SWING)]  # gone before the pill closes on it
    stage.move(text, "position", *rest)
    stage.move(text, "opacity", *show)
    return layer, text


def framed_photo(
    stage: Stage,
    name: str,
    file: str,
    center: Point,
    size: Point,
    radius: float,
    times: tuple[float, float | None],
    label: str = "",
) -> AVLayer:
    """A picture in a rounded frame that opens upwards from its lower edge, while the picture settles inside it.

    ``times`` are the seconds of opening and of closing. The picture's own format should be that of ``size``.
    """
    start, leave = times
    width, height = size
    footage = stage.project.footage(file)
    fit = 100 * max(width / footage.width, height / footage.height)
    photo = stage.picture(name, file, center, width, label=label)
    end = stage.comp.duration
    stage.move(
        photo,
        "scale",
        Key(start, (fit * 1.32, fit * 1.32, 100)),
        Key(start + 1.3, (fit * 1.1, fit * 1.1, 100), SETTLE),
        Key(end, (fit * 1.02, fit * 1.02, 100), DRIFT),
    )
    stage.move(
        photo, "position", Key(start, (center[0], center[1] + height * 0.16, 0)), Key(start + 1.2, (*center, 0), SETTLE)
    )
    matte = stage.shape(f"{name} frame", center)
    group = Group(stage, matte, "frame")
    shape = group.rectangle(size, radius=radius)
    group.fill("#FFFFFF")
    bottom = height / 2
    sizes = [Key(start, (width * 0.7, 2)), Key(start + 1.1, size, SETTLE)]
    places = [Key(start, (0, bottom)), Key(start + 1.1, (0, 0), SETTLE)]
    if leave is not None:
        sizes += [Key(leave, size), Key(leave + 0.5, (width, 0), LEAVE)]
        places += [Key(leave, (0, 0)), Key(leave + 0.5, (0, -bottom), LEAVE)]
    animate(value(shape, "Rect Size"), stage.frame_rate, *sizes)
    animate(value(shape, "Rect Position"), stage.frame_rate, *places)
    stage.matte(photo, matte)
    for part in (photo, matte):
        stage.span(part, start, end if leave is None else min(end, leave + 0.5))
    return photo


def outline(
    stage: Stage, center: Point, size: Point, radius: float, paint: str, times: tuple[float, float | None]
) -> Layer:
    """A thin line around a frame that draws itself and, at the end, runs out."""
    start, leave = times
    layer = stage.shape("outline", center)
    group = Group(stage, layer, "outline")
    points, ins, outs = round_rectangle_path(*size, radius)
    group.path(points, True, ins, outs)
    trim = group.trim(0, 0)
    group.stroke(paint, 4)
    animate(value(trim, "Trim End"), stage.frame_rate, Key(start, 0), Key(start + 1.5, 100, SWING))
    if leave is not None:
        animate(value(trim, "Trim Start"), stage.frame_rate, Key(leave, 0), Key(leave + 0.6, 100, SWING))
    return layer


def rings(stage: Stage, center: Point, radius: float, paint: str, starts: list[float], grow: float = 1.22) -> None:
    """Sound that travels: circles that leave ``radius`` one after another, grow and fade."""
    for index, start in enumerate(starts):
        layer = stage.shape(f"ring {index + 1}", center)
        group = Group(stage, layer, "ring")
        group.ellipse((2 * radius, 2 * radius))
        group.stroke(paint, 4)
        stage.move(layer, "scale", Key(start, (92, 92, 100)), Key(start + 1.7, (100 * grow, 100 * grow, 100), SETTLE))
        stage.move(layer, "opacity", Key(start, 0), Key(start + 0.12, 70, SWING), Key(start + 1.6, 0, SWING))
        stage.span(layer, start, min(start + 1.8, stage.comp.duration))
