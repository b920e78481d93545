"""The report of an opened project: compositions, layers, fonts, footage, and what can be shown of it."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from flatrender.aftereffects.capabilities import survey
from flatrender.aftereffects.controls import controls_of, exposed_of
from flatrender.aftereffects.graph import Composition, Layer, address
from flatrender.aftereffects.report import (
    CompositionReport,
    FontUse,
    FootageUse,
    LayerReport,
    MarkerReport,
    ProjectReport,
)
from flatrender.aftereffects.text import FontLibrary, TextSpec

if TYPE_CHECKING:
    from flatrender.aftereffects.project import Project

_PLACED = frozenset({"text", "image", "video", "solid", "precomp"})  # what can become an element
# Of paragraphs and, within one, of lines: pages and programs know one kind.
_LINE_ENDS = re.compile(r"\r\n|[\r\x03\x0b\x0c\x85\u2028\u2029]")
_NTSC = ((24000, 1001), (30000, 1001), (60000, 1001), (48000, 1001), (120000, 1001))


def build_report(project: "Project", with_capabilities: bool = True, with_layers: bool = True) -> ProjectReport:
    """Everything a scan tells of the project. The capabilities take most of its time, then the layers, whose texts and
    positions are read out of the file; compositions alone are there at once.
    """
    graph = project.graph
    above: dict[int, list[int]] = {}
    for composition in graph.authored:
        for layer in composition.layers:
            shown = graph.origin(layer.source)
            if layer.kind == "precomp" and shown is not None:
                users = above.setdefault(shown, [])
                if composition.id not in users:
                    users.append(composition.id)
    return ProjectReport(
        file_name=project.bundle.name,
        md5=project.bundle.md5,
        app_version=graph.app_version,
        compositions=tuple(
            _composition(project, composition, tuple(above.get(composition.id, ())), with_layers)
            for composition in graph.authored
        ),
        fonts=_fonts(project) if with_layers else (),
        footage=_footage(project) if with_layers else (),
        capabilities=survey(project) if with_capabilities else (),
        warnings=_warnings(project) if with_capabilities else (),
    )


def rational_rate(rate: float) -> tuple[int, int]:
    """A frame rate as a fraction: 29.97 is 30000/1001, whole rates are over 1, others in thousandths."""
    if abs(rate - round(rate)) < 1e-4:
        return round(rate), 1
    for numerator, denominator in _NTSC:
        if abs(rate - numerator / denominator) < 0.005:
            return numerator, denominator
    return round(rate * 1000), 1000


def _composition(
    project: "Project", composition: Composition, used_in: tuple[int, ...], with_layers: bool
) -> CompositionReport:
    numerator, denominator = rational_rate(composition.frame_rate)
    start = composition.work_start
    return CompositionReport(
        id=composition.id,
        name=composition.name,
        width=composition.width,
        height=composition.height,
        frame_rate=round(composition.frame_rate, 6),
        frame_rate_rational=(numerator, denominator),
        duration=composition.duration,
        frames=max(1, round(composition.duration * numerator / denominator)),
        background=_hex(composition.background),
        work_area=(start, start + composition.work_duration),
        used_in=used_in,
        layers=tuple(_layer(project, composition, layer) for layer in composition.layers if with_layers),
        markers=tuple(MarkerReport(mark.time, mark.duration, mark.comment) for mark in composition.markers),
        comment=composition.comment,
        exposed=tuple(
            told for one in composition.exposed if with_layers and (told := exposed_of(project.graph, one)) is not None
        ),
    )


def _layer(project: "Project", composition: Composition, layer: Layer) -> LayerReport:
    graph = project.graph
    source = graph.footage.get(layer.source or -1)
    nested = graph.compositions.get(layer.source or -1)
    spec = text_spec(layer)
    style = spec.runs[0].style if spec is not None and spec.runs else None
    color = None
    if style is not None and style.fill is not None:
        color = _hex(style.fill)
    elif source is not None and source.color is not None:
        color = _hex(source.color)
    return LayerReport(
        id=layer.id,
        index=layer.index,
        name=layer.name,
        type=layer.kind,
        enabled=layer.enabled,
        in_point=layer.in_point,
        out_point=layer.out_point,
        width=layer.width,
        height=layer.height,
        source=source.name if source is not None else nested.name if nested is not None else None,
        source_id=graph.origin(layer.source),
        text=_LINE_ENDS.sub("\n", spec.text) if spec is not None else None,
        font=style.font if style is not None else None,
        font_size=style.size if style is not None else None,
        color=color,
        direction=spec.direction if spec is not None else None,
        box=spec.box if spec is not None else None,
        missing=project.files.get(layer.source or -1, Path()) is None,
        comment=layer.comment,
        guide=layer.guide,
        position=_position(composition, layer) if layer.kind in _PLACED else None,
        controls=controls_of(layer, address(composition, layer)),
    )


def _position(composition: Composition, layer: Layer) -> tuple[float, float] | None:
    """Where the layer's anchor lies in the middle of its life; turned parents are taken as unturned."""
    time = (layer.in_point + layer.out_point) / 2
    place = _vector(layer, "ADBE Position", time)
    above, depth = composition.by_id.get(layer.parent or -1), 0
    while place is not None and above is not None and depth < 32:
        origin, anchor = _vector(above, "ADBE Position", time), _vector(above, "ADBE Anchor Point", time)
        scale = _vector(above, "ADBE Scale", time)
        if origin is None or anchor is None or scale is None:
            return None
        place = (
            origin[0] + (place[0] - anchor[0]) * scale[0] / 100,
            origin[1] + (place[1] - anchor[1]) * scale[1] / 100,
        )
        above, depth = composition.by_id.get(above.parent or -1), depth + 1
    return (round(place[0], 1), round(place[1], 1)) if place is not None else None


def _vector(layer: Layer, match_name: str, time: float) -> tuple[float, float] | None:
    found = layer.properties.transform.get(match_name)
    if found is None:
        return None
    parts = [part.at(time) for part in found.separated] or found.at(time)
    if isinstance(parts, list | tuple) and len(parts) > 1:
        x, y = parts[0], parts[1]
        if isinstance(x, int | float) and isinstance(y, int | float):
            return float(x), float(y)
    return None


def text_spec(layer: Layer) -> TextSpec | None:
    """A text layer's (first) source text."""
    group = layer.properties.text if layer.kind == "text" else None
    source = group.get("ADBE Text Document") if group is not None else None
    return source.value if source is not None and isinstance(source.value, TextSpec) else None


def _hex(color: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(min(max(part, 0.0), 1.0) * 255):02X}" for part in color[:3])


def _warnings(project: "Project") -> tuple[str, ...]:
    bundle = project.bundle
    return tuple(
        f"{path.relative_to(bundle.root).as_posix()} cannot be read as a font with outlines; replace it."
        for path in project.fonts.unreadable(bundle.fonts)
    )


def _fonts(project: "Project") -> tuple[FontUse, ...]:
    uses: dict[str, tuple[str, str, list[str], dict[str, None]]] = {}
    for composition in project.graph.authored:
        for layer in composition.layers:
            spec = text_spec(layer)
            for run in spec.runs if spec is not None else ():
                new = (run.style.family, run.style.style, list[str](), dict[str, None]())
                _, _, layers, characters = uses.setdefault(run.style.font, new)
                characters.update(dict.fromkeys(run.text))
                if address(composition, layer) not in layers:
                    layers.append(address(composition, layer))
    return tuple(
        _font(project.fonts, name, family, style, layers, "".join(characters))
        for name, (family, style, layers, characters) in sorted(uses.items())
    )


def _font(fonts: FontLibrary, name: str, family: str, style: str, layers: list[str], characters: str) -> FontUse:
    font, substitution = fonts.resolve(name, family, style)
    if substitution is None:
        return FontUse(name, family, style, True, None, tuple(layers))
    drawn = fonts.drawing(characters, font)
    return FontUse(name, family, style, False, substitution.used, tuple(layers), drawn)


def _footage(project: "Project") -> tuple[FootageUse, ...]:
    layers: dict[int, list[str]] = {}
    for composition in project.graph.authored:
        for layer in composition.layers:
            if layer.source is not None:
                layers.setdefault(layer.source, []).append(address(composition, layer))
    found = []
    for item in project.graph.footage.values():
        if item.kind == "solid":
            continue
        path = project.files.get(item.id)
        shown = path.relative_to(project.bundle.root).as_posix() if path is not None else item.stored_path
        missing = path is None and item.kind != "placeholder"
        found.append(
            FootageUse(
                item.id, item.name, item.kind, shown, item.width, item.height, missing, tuple(layers.get(item.id, ()))
            )
        )
    return tuple(found)
