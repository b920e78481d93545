"""The parsed project (py_aep) read into the scene graph; the properties of layers follow when they are asked for."""

from dataclasses import replace
from typing import Any

import py_aep
from py_aep import (
    AlphaMode,
    AutoOrientType,
    AVLayer,
    CameraLayer,
    CompItem,
    FieldSeparationType,
    FileSource,
    FootageItem,
    LightLayer,
    PlaceholderSource,
    PropertyGroup,
    PulldownPhase,
    ShapeLayer,
    SolidSource,
    TextLayer,
    TrackMatteType,
)
from py_aep.binary.footage_chunks import PsdOptiChunk

from flatrender.aftereffects.graph import (
    Alpha,
    Composition,
    Footage,
    Graph,
    Group,
    Layer,
    LayerKind,
    Marker,
    Mask,
    MatteMode,
    Path,
    PhotoshopLayer,
    Properties,
)
from flatrender.aftereffects.names import as_now, clean, page_of, stored_in
from flatrender.aftereffects.overriding import with_overrides
from flatrender.aftereffects.reading_controls import leaves, read_exposed, read_overrides
from flatrender.aftereffects.reading_properties import read_group, read_property

_MATTES: dict[TrackMatteType, MatteMode] = {
    TrackMatteType.ALPHA: "alpha",
    TrackMatteType.ALPHA_INVERTED: "alpha-inverted",
    TrackMatteType.LUMA: "luma",
    TrackMatteType.LUMA_INVERTED: "luma-inverted",
}
_ALPHAS: dict[AlphaMode, Alpha] = {AlphaMode.PREMULTIPLIED: "premultiplied", AlphaMode.IGNORE: "ignored"}
_MASK_MODES = {
    "NONE": "n", "ADD": "a", "SUBTRACT": "s", "INTERSECT": "i", "LIGHTEN": "l", "DARKEN": "d", "DIFFERENCE": "f",
}  # fmt: skip
_ORIENT = {AutoOrientType.ALONG_PATH: "path", AutoOrientType.CAMERA_OR_POINT_OF_INTEREST: "camera"}
IMAGE_SUFFIXES = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "gif",
        "bmp",
        "tif",
        "tiff",
        "webp",
        "tga",
        "targa",
        "psd",
        "ai",
        "eps",
        "svg",
        "exr",
        "hdr",
        "dpx",
        "cin",
        "heic",
        "pdf",
        "pct",
    ]
)
AUDIO_SUFFIXES = frozenset(["mp3", "wav", "aif", "aiff", "m4a", "aac", "ogg", "flac", "wma"])
_MACINTOSH = (13, 14)  # with Intel's and with Apple's processors
_MERGED = 0xFFFFFFFF  # all layers of a Photoshop document
_DATA_SUFFIXES = frozenset(["json", "csv", "tsv", "jsx", "mgjson", "txt"])


def read_project(application: py_aep.Application) -> Graph:
    """The scene graph of a parsed project. Property trees are read when a layer's `properties` are first asked for."""
    with stored_in(_page_of(application.project)):
        return _read_project(application)


def _page_of(project: py_aep.Project) -> str | None:
    """The code page that the project's head names, for all that is not Unicode in it."""
    try:  # py_aep's own, which another version may call otherwise: names are guessed then, as for long
        number = int.from_bytes(project._nhed._reserved_11[1:3], "big")
        return page_of(number, macintosh=project._head.ae_version_os in _MACINTOSH)
    except (AttributeError, TypeError):
        return None


def _read_project(application: py_aep.Application) -> Graph:
    project = application.project
    footage = {item.id: read_footage(item) for item in project.footages}
    compositions = {item.id: read_composition(item, footage) for item in project.compositions}
    graph = Graph(
        app_version=str(application.version),
        compositions=compositions,
        footage=footage,
        expression_engine=str(project.expression_engine),
    )
    return with_overrides(graph, read_overrides(project.compositions))


def read_footage(item: FootageItem) -> Footage:
    """A source that is no composition; its kind follows from how After Effects recorded it and from its suffix."""
    source = item.main_source
    kind: Any
    color = None
    stored = None
    if isinstance(source, SolidSource):
        kind = "solid"
        red, green, blue = (float(part) for part in list(source.color)[:3])
        color = (red, green, blue)
    elif isinstance(source, PlaceholderSource):
        kind = "placeholder"
    else:
        stored = clean(str(source.file or ""))
        suffix = (source.file_names[0] if source.file_names else stored).rsplit(".", 1)[-1].lower()
        if suffix in _DATA_SUFFIXES:
            kind = "data"
        elif source.is_still:
            kind = "image"
        elif source.target_is_folder or suffix in IMAGE_SUFFIXES:
            kind = "sequence"
        elif item.width and item.height and suffix not in AUDIO_SUFFIXES:
            kind = "video"
        else:
            kind = "audio"
    return Footage(
        id=item.id,
        name=clean(item.name),
        kind=kind,
        width=int(item.width or 0),
        height=int(item.height or 0),
        color=color,
        stored_path=stored or None,
        duration=float(item.duration or 0.0),
        frame_rate=float(item.frame_rate or 0.0),
        pixel_aspect=float(item.pixel_aspect or 1.0),
        part=_read_part(source, (int(item.width or 0), int(item.height or 0))),
        **(_read_interpretation(source) if isinstance(source, FileSource) else {}),
    )


def _read_part(source: Any, size: tuple[int, int]) -> PhotoshopLayer | None:
    document = getattr(source, "_opti", None)
    if not isinstance(document, PsdOptiChunk) or document.psd_layer_index == _MERGED:
        return None
    whole = size == (document.psd_canvas_width, document.psd_canvas_height)
    return PhotoshopLayer(document.psd_layer_index, document.psd_layer_id, whole)


def _read_interpretation(source: FileSource) -> dict[str, Any]:
    """What the designer chose under "Interpret Footage"."""
    return {
        "native_rate": float(source.native_frame_rate or 0.0),
        "loops": max(1, int(source.loop or 1)),
        "alpha": _ALPHAS.get(source.alpha_mode, "straight") if source.has_alpha else "straight",
        "alpha_inverted": bool(source.has_alpha and source.invert_alpha),
        "blackened": not any(source.premul_color),
        "fielded": source.field_separation_type != FieldSeparationType.OFF
        or source.remove_pulldown != PulldownPhase.OFF,
    }


def read_composition(item: CompItem, footage: dict[int, Footage]) -> Composition:
    red, green, blue = (float(part) for part in list(item.bg_color)[:3])
    layers = [_read_layer(layer, position, footage) for position, layer in enumerate(item.layers, 1)]
    # As After Effects renders it: where any layer is soloed, the others are neither seen nor heard.
    soloed = {layer.id for layer in item.layers if layer.solo}
    off = {one.id for one in layers if soloed and one.id not in soloed and (one.enabled or one.audible)}
    layers = [replace(one, enabled=False, audible=False) if one.id in off else one for one in layers]
    return Composition(
        id=item.id,
        name=clean(item.name),
        width=int(item.width),
        height=int(item.height),
        frame_rate=float(item.frame_rate),
        duration=float(item.duration),
        background=(red, green, blue),
        work_start=float(item.work_area_start),
        work_duration=float(item.work_area_duration),
        display_start=float(item.display_start_time),
        pixel_aspect=float(item.pixel_aspect),
        motion_blur=bool(item.motion_blur),
        layers=tuple(layers),
        markers=_read_markers(item.marker_property),
        comment=clean(item.comment or ""),
        exposed=read_exposed(item),
        shutter=(float(item.shutter_angle), float(item.shutter_phase)),
        keeps_rate=bool(item.preserve_nested_frame_rate),
        unsoloed=len(off),
    )


def _read_layer(layer: py_aep.Layer, index: int, footage: dict[int, Footage]) -> Layer:
    matte = matte_mode = None
    is_matte = False
    blend, guide, collapse, motion_blur, keep, blending, audible = "NORMAL", *[False] * 6
    width = height = 0
    source = None
    if isinstance(layer, AVLayer):
        blend, guide, motion_blur = layer.blending_mode.name, bool(layer.guide_layer), bool(layer.motion_blur)
        collapse, keep = bool(layer.collapse_transformation), bool(layer.preserve_transparency)
        blending, audible = bool(layer.frame_blending), bool(layer.audio_enabled) and _has_sound(layer.source)
        width, height = int(layer.width or 0), int(layer.height or 0)
        source = layer.source.id if layer.source is not None else None
        is_matte = bool(layer.is_track_matte)
        above = layer.track_matte_layer if layer.has_track_matte else None
        if above is not None:
            matte, matte_mode = above.id, _MATTES[layer.track_matte_type]
    return Layer(
        id=layer.id,
        index=index,
        name=clean(layer.name or ""),
        kind=_kind(layer, footage),
        enabled=bool(layer.enabled),
        in_point=float(layer.in_point),
        out_point=float(layer.out_point),
        start_time=float(layer.start_time),
        stretch=float(layer.stretch) / 100.0 or 1.0,
        width=width,
        height=height,
        source=source,
        parent=layer.parent.id if layer.parent is not None else None,
        matte=matte,
        matte_mode=matte_mode,
        is_matte=is_matte,
        blend=blend,
        three_d=bool(layer.is_3d),
        guide=guide,
        collapse=collapse,
        motion_blur=motion_blur,
        auto_orient=_ORIENT.get(layer.auto_orient, "none"),
        preserve_transparency=keep,
        frame_blending=blending,
        audible=audible,
        comment=clean(layer.comment or ""),
        read=as_now(lambda: _readable_properties(layer)),
    )


def _has_sound(source: Any) -> bool:
    """Whether a layer of this source may sound. Of a nested composition its layers tell."""
    return isinstance(source, CompItem) or (isinstance(source, FootageItem) and bool(source.has_audio))


def _kind(layer: py_aep.Layer, footage: dict[int, Footage]) -> LayerKind:
    if isinstance(layer, CameraLayer):
        return "camera"
    if isinstance(layer, LightLayer):
        return "light"
    if layer.null_layer:
        return "null"
    if layer.adjustment_layer:
        return "adjustment"
    if isinstance(layer, TextLayer):
        return "text"
    if isinstance(layer, ShapeLayer):
        return "shape"
    source = layer.source if isinstance(layer, AVLayer) else None
    if isinstance(source, CompItem):
        return "precomp"
    found = footage.get(source.id) if source is not None else None
    if found is None:
        return "null"
    if found.kind == "solid":
        return "solid"
    if found.kind == "audio":
        return "audio"
    if found.kind in ("video", "sequence"):
        return "video"
    return "null" if found.kind == "data" else "image"


def _read_markers(prop: Any) -> tuple[Marker, ...]:
    """The markers of a layer's or a composition's marker property, None where it has none."""
    found = []
    for key in prop.keyframes if isinstance(prop, py_aep.Property) else ():
        value: Any = key.value
        words = (value.comment, value.chapter, value.url, value.frame_target, value.cue_point_name)
        parameters = tuple((clean(name), clean(word)) for name, word in value.params.items())
        comment, chapter, url, frame, cue = (clean(word or "") for word in words)
        duration, protected = float(value.duration or 0.0), bool(value.protected_region)
        found.append(Marker(float(key.time), duration, comment, chapter, url, frame, cue, parameters, protected))
    return tuple(found)


def _child(layer: py_aep.Layer, match_name: str) -> PropertyGroup | None:
    try:
        found = layer[match_name]
    except KeyError:
        return None
    return found if isinstance(found, PropertyGroup) else None


def _readable_properties(layer: py_aep.Layer) -> Properties:
    """A layer's properties; one that py_aep cannot read must not take the whole project with it."""
    try:
        return _read_properties(layer)
    except (RecursionError, MemoryError):
        raise
    except Exception as error:
        return Properties(unreadable=f"{type(error).__name__}: {str(error)[:120]}")


def _read_properties(layer: py_aep.Layer) -> Properties:
    transform = _child(layer, "ADBE Transform Group")
    masks = []
    for mask in _child(layer, "ADBE Mask Parade") or ():
        if isinstance(mask, py_aep.MaskPropertyGroup):
            group = read_group(mask)
            mode = _MASK_MODES.get(mask.mask_mode.name, "a") if mask.enabled and _cuts(group) else "n"
            masks.append(Mask(clean(mask.name), mode, bool(mask.inverted), group, _has_feather_points(mask)))
    effects_on = bool(getattr(layer, "effects_active", True))
    effects = _child(layer, "ADBE Effect Parade")
    contents = _child(layer, "ADBE Root Vectors Group")
    text = _child(layer, "ADBE Text Properties")
    styles = _child(layer, "ADBE Layer Styles")
    remap = None
    if getattr(layer, "time_remap_enabled", False):
        found = layer["ADBE Time Remapping"]
        remap = read_property(found) if isinstance(found, py_aep.Property) else None
    audio = _child(layer, "ADBE Audio Group")
    levels = audio["ADBE Audio Levels"] if audio is not None else None
    if contents is None:
        contents = _child(layer, "ADBE Camera Options Group")
    shown = (effects or ()) if effects_on else ()
    return Properties(
        markers=_read_markers(layer.marker),
        transform=read_group(transform) if transform is not None else Properties().transform,
        masks=tuple(masks),
        effects=tuple(read_group(child, offered=True) for child in shown if isinstance(child, PropertyGroup)),
        contents=read_group(contents) if contents is not None else None,
        text=read_group(text) if text is not None else None,
        styles=tuple(
            read_group(child)
            for child in (styles if styles is not None and styles.enabled else ())
            if isinstance(child, PropertyGroup) and child.enabled and child.match_name != "ADBE Blend Options Group"
        ),
        time_remap=remap,
        audio_levels=read_property(levels) if isinstance(levels, py_aep.Property) else None,
        overridden=_overridden(_child(layer, "ADBE Layer Overrides")),
    )


def _cuts(mask: Group) -> bool:
    """An open path cuts nothing away: it is there for texts and effects to follow."""
    path = mask.get("ADBE Mask Shape")
    if path is None or path.expression:
        return True
    return any(not isinstance(one, Path) or one.closed for one in (path.value, *(key.value for key in path.keys)))


def _has_feather_points(mask: PropertyGroup) -> bool:
    path: Any = mask["ADBE Mask Shape"]
    return any(getattr(one, "feather_points", None) for one in (path.value, *(key.value for key in path.keyframes)))


def _overridden(group: PropertyGroup | None) -> int:
    """How many of a nested composition's Essential Properties have a value of this layer's own."""
    return 0 if group is None else sum(bool(leaf.is_modified) for leaf in leaves(group))
