"""The author's table: a new After Effects project with named elements, shared colours, texts, pictures and mattes.

Everything is written with py_aep; nothing here reads After Effects. Layers stack as they are made: the last on top.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import py_aep
from PIL import Image
from py_aep import (
    AVLayer,
    CompItem,
    FolderItem,
    FootageItem,
    ImportOptions,
    Layer,
    ParagraphDirection,
    ParagraphJustification,
    Property,
    PropertyGroup,
    TextDocument,
    TrackMatteType,
)
from py_aep.binary.misc_chunks import PguiChunk
from py_aep.binary.scalar_chunks import Utf8Chunk
from py_aep.binary.utils import dump_alas, recursive_find
from py_aep.resolvers.platform_paths import relative_path_counts

from flatrender.templates.demos.motion import Key, animate

VERSION = "26.0x67"  # the release whose empty project py_aep starts from
SHARE = "frshare"
PICTURE_TIME = 1_767_225_600  # a project notes when its pictures were made: always the same
ALIGN = {
    "left": ParagraphJustification.LEFT_JUSTIFY,
    "center": ParagraphJustification.CENTER_JUSTIFY,
    "right": ParagraphJustification.RIGHT_JUSTIFY,
}


def rgb(color: str) -> list[float]:
    """``#RRGGBB`` as three numbers from 0 to 1."""
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def shared_color_expression(key: str) -> str:
    """The expression that reads a shared colour from its layer in ``frshare`` (text ``r,g,b,a``, 0 to 255)."""
    return (
        f'var c = comp("{SHARE}").layer("{key}").text.sourceText.split(",");\n[c[0] / 255, c[1] / 255, c[2] / 255, 1]'
    )


def toggle_expression(key: str) -> str:
    """The expression that keeps a value while the hidden layer ``frd_<key>`` beside it says 1, else gives 0."""
    return f'parseInt(thisComp.layer("frd_{key}").text.sourceText) == 1 ? value : 0'


def fit_expression(characters: int) -> str:
    """The expression for a one-line text's scale: as drawn up to so many characters, smaller beyond them."""
    return f"var s = Math.min(1, {characters} / Math.max(1, text.sourceText.length));\n[value[0] * s, value[1] * s]"


@dataclass(frozen=True)
class TextStyle:
    """How a text is set: PostScript name of the font, size and leading in pixels, tracking in 1/1000 em.

    ``fit`` is the number of characters from which a one-line text shrinks (0: it never does).
    """

    font: str
    size: float
    color: str
    leading: float | None = None
    tracking: int = 0
    align: str = "left"
    rtl: bool = False
    fit: int = 0


@dataclass
class Stage:
    """One composition under the author's hands."""

    project: Project
    comp: CompItem
    frame_rate: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.comp.width), int(self.comp.height)

    def move(self, layer: Layer, what: str, *keys: Key) -> None:
        """Animate ``position``, ``scale``, ``rotation``, ``opacity`` or ``anchor_point`` of a layer."""
        animate(transform(layer, what), self.frame_rate, *keys)

    def shape(self, name: str, at: tuple[float, float] = (0, 0)) -> Layer:
        """An empty shape layer whose own zero lies at ``at`` of the composition."""
        layer = self.comp.add_shape()
        layer.name = name
        place(layer, at)
        return layer

    def text(
        self,
        name: str,
        words: str,
        style: TextStyle,
        at: tuple[float, float],
        *,
        box: tuple[float, float] | None = None,
        label: str = "",
    ) -> AVLayer:
        """A text layer: point text with its baseline at ``at``, or a box whose top left corner is ``at``.

        ``label`` is the element's name for people, here and below.
        """
        layer = cast(AVLayer, self.comp.add_box_text(list(box), words) if box else self.comp.add_text(words))
        layer.name, layer.comment = name, label
        document = text_document(layer)
        with _written_once(document):
            document.font = style.font
            document.font_size = style.size
            if style.tracking:
                document.tracking = style.tracking
            document.leading = style.leading or round(style.size * 1.2)
            if style.align != "left":
                document.justification = ALIGN[style.align]
            if style.rtl:
                document.direction = ParagraphDirection.DIRECTION_RIGHT_TO_LEFT
            if box:
                document.box_text_pos = [0, 0]
            self._tint(layer, style.color, document)
        place(layer, at)
        if style.fit:
            transform(layer, "scale").expression = fit_expression(style.fit)
        return layer

    def _tint(self, layer: AVLayer, color: str, document: TextDocument) -> None:
        if color.startswith("#"):
            document.fill_color = rgb(color)
            return
        document.fill_color = rgb(self.project.colors[color])
        animators = cast(PropertyGroup, _text_group(layer).property("ADBE Text Animators"))
        animator = cast(PropertyGroup, animators.add_property("ADBE Text Animator"))
        animator.name = f"Shared colour {color}"
        properties = cast(PropertyGroup, animator.property("ADBE Text Animator Properties"))
        fill = cast(Property, properties.add_property("ADBE Text Fill Color"))
        fill.value = [*rgb(self.project.colors[color]), 1.0]
        fill.expression = shared_color_expression(color)

    def picture(self, name: str, file: str, center: tuple[float, float], width: float, *, label: str = "") -> AVLayer:
        """A picture of the bundle as a layer, scaled to ``width`` pixels, its middle at ``center``."""
        footage = self.project.footage(file)
        layer = self.comp.add(footage)
        layer.name, layer.comment = name, label
        place(layer, center)
        scale = 100 * width / footage.width
        transform(layer, "scale").value = [scale, scale, 100]
        return layer

    def nest(self, stage: Stage, start: float = 0.0, name: str | None = None) -> AVLayer:
        """Another composition as a layer that begins at ``start`` seconds."""
        layer = self.comp.add(stage.comp)
        if name:
            layer.name = name
        if start:
            layer.start_time = start
        return layer

    def matte(self, layer: Layer, by: Layer, inverted: bool = False) -> None:
        """Show ``layer`` only where ``by``, which lies directly above it, has paint (or has none)."""
        kind = TrackMatteType.ALPHA_INVERTED if inverted else TrackMatteType.ALPHA
        cast(AVLayer, layer).set_track_matte(cast(AVLayer, by), kind)

    def data(self, key: str, words: str, label: str) -> AVLayer:
        """A hidden layer ``frd_<key>`` whose text the customer's choice replaces."""
        layer = cast(AVLayer, self.comp.add_text(words))
        layer.name, layer.comment = f"frd_{key}", label
        document = text_document(layer)
        document.font = self.project.data_font
        layer.enabled = False
        return layer

    def span(self, layer: Layer, start: float, end: float) -> None:
        """Let a layer live from ``start`` to ``end`` seconds only."""
        layer.in_point = round(start * self.frame_rate) / self.frame_rate
        layer.out_point = round(end * self.frame_rate) / self.frame_rate


@dataclass
class Project:
    """A project in the making. ``colors`` are its shared colours (key to ``#RRGGBB``), ``folder`` its bundle."""

    slug: str
    folder: Path
    frame_rate: float
    colors: dict[str, str]
    data_font: str = "Inter-Regular"
    color_names: dict[str, str] = field(default_factory=dict)
    _footage: dict[str, FootageItem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start the bundle's folder and the project with its shared colours."""
        (self.folder / "images").mkdir(parents=True, exist_ok=True)
        self.file = py_aep.new(VERSION, platform="windows").project
        share = Stage(self, self._comp(SHARE, (480, 270), 1.0, None), self.frame_rate)
        for key, color in reversed(self.colors.items()):
            red, green, blue = (round(part * 255) for part in rgb(color))
            style, label = TextStyle(self.data_font, 36, color), self.color_names.get(key, "")
            layer = share.text(key, f"{red},{green},{blue},255", style, (24, 60), label=label)
            layer.enabled = False

    def _comp(self, name: str, size: tuple[int, int], seconds: float, folder: FolderItem | None) -> CompItem:
        where = folder or self.file.root_folder
        return where.add_comp(name, size[0], size[1], 1.0, seconds, self.frame_rate)

    def stage(
        self, name: str, size: tuple[int, int], seconds: float, label: str = "", background: str = "#000000"
    ) -> Stage:
        """A new composition; ``label`` is the scene's name for people where it is another one.

        ``background`` shows where nothing is drawn, in films without transparency.
        """
        comp = self._comp(name, size, seconds, None)
        comp.bg_color = list(rgb(background))
        comp.comment = label
        return Stage(self, comp, self.frame_rate)

    def draw(self, file: str, picture: Image.Image) -> str:
        """Write a picture into the bundle's ``images`` folder and return its file name."""
        path = self.folder / "images" / file
        if path.suffix == ".jpg":
            picture.convert("RGB").save(path, quality=90, subsampling=0, optimize=True)
        else:
            picture.save(path, compress_level=6)
        os.utime(path, (PICTURE_TIME, PICTURE_TIME))
        return file

    def footage(self, file: str) -> FootageItem:
        """The footage item of a picture in the bundle, imported once."""
        if file not in self._footage:
            item = self.file.import_file(ImportOptions(self.folder / "images" / file))
            self._footage[file] = cast(FootageItem, item)
        return self._footage[file]

    def save(self) -> Path:
        """Write ``<slug>.aep``; the same script gives the same bytes in any folder. Returns the bundle's folder."""
        target = self.folder / f"{self.slug}.aep"
        home = f"C:\\FlatRender\\{self.slug}"
        chunks = self.file._rifx.chunks
        for path in recursive_find(chunks, chunk_type="alas"):
            chunk = cast(Utf8Chunk, path)
            record = json.loads(chunk.value) if chunk.value else {}
            if "fullpath" not in record:
                continue
            record["fullpath"] = f"{home}\\images\\" + record["fullpath"].rsplit("\\", 1)[-1]
            base, up = relative_path_counts(f"{home}\\{target.name}", record["fullpath"], target_is_folder=False)
            record["ascendcount_base"], record["ascendcount_target"] = base, up
            chunk.value = dump_alas(record)
        for index, found in enumerate(recursive_find(chunks, chunk_type="pgui")):
            guid = cast(PguiChunk, found)
            if any(guid.guid):
                guid.guid = hashlib.md5(f"{self.slug}/{index}".encode(), usedforsecurity=False).digest()
        target.unlink(missing_ok=True)
        self.file.save(target)
        return self.folder


def _text_group(layer: Layer) -> PropertyGroup:
    return cast(PropertyGroup, layer.property("ADBE Text Properties"))


def text_document(layer: Layer) -> TextDocument:
    """The text document of a text layer."""
    source = cast(Property, _text_group(layer).property("ADBE Text Document"))
    return cast(TextDocument, source.value)


@contextmanager
def _written_once(document: TextDocument) -> Iterator[None]:
    """py_aep writes the whole document anew at each of its changes; in here it does so once, at the end."""
    document._propagate_cos = _not_now  # type: ignore[method-assign]
    try:
        yield
    finally:
        del document._propagate_cos
        document._propagate_cos()


def _not_now() -> None:
    return None


def transform(layer: Layer, what: str) -> Property:
    """One property of a layer's transform: ``position``, ``scale``, ``rotation``, ``opacity``, ``anchor_point``."""
    names = {"rotation": "ADBE Rotate Z", "anchor_point": "ADBE Anchor Point"}
    return cast(Property, layer.transform.property(names.get(what, f"ADBE {what.title()}")))


def place(layer: Layer, at: tuple[float, float]) -> None:
    """Put a layer's anchor at a point of the composition."""
    transform(layer, "position").value = [at[0], at[1], 0]
