"""One layer of a Photoshop document: After Effects takes each for footage of its own, Pillow none that has a mask.

Read of it are the pixels, the transparency and the layer mask, of documents in RGB or grey with 8 or 16 bits. A layer's
opacity and blending mode belong to the After Effects layer, whose import set them.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from flatrender.aftereffects.graph import PhotoshopLayer
from flatrender.core.errors import BadFile

if TYPE_CHECKING:
    from PIL import Image

_GREY, _RGB = 1, 3
_TRANSPARENCY, _MASK = -1, -2  # channels
_MASK_OFF = 2
_MOST_LAYERS = 8000  # as many as Photoshop allows
_MOST_CHANNELS = 56  # as many too
_MOST_TAGS = 1000  # of a layer; Photoshop knows of about a hundred
_MOST_PIXELS = 80_000_000
Box = tuple[int, int, int, int]
"""Left, top, right and bottom."""


@dataclass(frozen=True, slots=True)
class _Record:
    box: Box
    channels: tuple[tuple[int, int], ...]  # the number of each, and how many bytes it has
    mask: tuple[Box, int, bool] | None  # where it lies, what it is beyond, and whether it counts
    identity: int


class _Part:
    """A part of a file, read from one place to the next; what nobody takes is not read."""

    def __init__(self, file: BinaryIO, place: int, end: int) -> None:
        self.file, self.place, self.end = file, place, end

    @property
    def left(self) -> int:
        return self.end - self.place

    def skip(self, count: int) -> None:
        if not 0 <= count <= self.left:
            raise ValueError("the document ends early")
        self.place += count

    def take(self, count: int) -> bytes:
        self.file.seek(self.place)
        self.skip(count)
        data = self.file.read(count)
        if len(data) != count:
            raise ValueError("the document ends early")
        return data

    def number(self, form: str) -> int:
        (found,) = struct.unpack(f">{form}", self.take(struct.calcsize(form)))
        return int(found)

    def part(self, count: int) -> "_Part":
        start = self.place
        self.skip(count)
        return _Part(self.file, start, self.place)

    def block(self) -> "_Part":
        return self.part(self.number("I"))

    def box(self) -> Box:
        top, left, bottom, right = (self.number("i") for _ in range(4))
        return left, top, right, bottom


def layer_picture(path: Path, wanted: PhotoshopLayer) -> "Image.Image":
    """The layer as RGBA, in its own size or on the document's canvas.

    Raises:
        BadFile: the layer or the canvas has too many pixels.
        ValueError: there is no such layer, or the document is of a kind that is not read.
        OSError: the file cannot be read.
    """
    from PIL import Image

    with path.open("rb") as file:
        document = _Part(file, 0, path.stat().st_size)
        signature, version = document.take(4), document.number("H")
        document.skip(6)
        _, height, width = document.number("H"), document.number("I"), document.number("I")
        depth, mode = document.number("H"), document.number("H")
        if signature != b"8BPS" or version != 1 or depth not in (8, 16) or mode not in (_GREY, _RGB):
            raise ValueError("documents of this kind are not read")
        if wanted.whole:
            _check_pixels(path, width, height)
        for _ in range(2):  # the colour table and the resources
            document.block()
        layers = _layers(document.block())
        records = _records(layers)
        place = _found(records, wanted)
        layers.skip(sum(size for record in records[:place] for _, size in record.channels))
        record = records[place]
        _check_pixels(path, record.box[2] - record.box[0], record.box[3] - record.box[1])
        colors = "RGB" if mode == _RGB else "L"
        found = _picture(record, dict(_channels(layers, record, len(colors), depth // 8)), colors)
    if not wanted.whole:
        return found
    canvas = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    canvas.paste(found, record.box[:2])
    return canvas


def _check_pixels(path: Path, width: int, height: int) -> None:
    if min(width, height) > 0 and width * height > _MOST_PIXELS:
        raise BadFile(f"{path.name} has too many pixels ({width} × {height}); scale it down.")


def _layers(section: _Part) -> _Part:
    """The layers' part of its section; of documents with 16 bits it lies in a block behind the others."""
    plain = section.block()
    if plain.left:
        return plain
    section.block()  # the mask of all
    for key, body in _tagged(section):
        if key in (b"Lr16", b"Lr32"):
            return body
    raise ValueError("the document has no layers")


def _tagged(within: _Part) -> Iterator[tuple[bytes, _Part]]:
    for _ in range(_MOST_TAGS):
        if within.left < 12:
            return
        _, key = within.take(4), within.take(4)
        body = within.block()
        size = body.left
        yield key, body
        within.skip(min(-size % 2, within.left))


def _records(layers: _Part) -> list[_Record]:
    """What is said of each layer, the lowest first; behind it their pixels begin."""
    count = abs(layers.number("h"))
    if count > _MOST_LAYERS:
        raise ValueError("the document has too many layers")
    records = []
    for _ in range(count):
        box = layers.box()
        many = layers.number("H")
        if many > _MOST_CHANNELS:
            raise ValueError("a layer has too many channels")
        channels = tuple(struct.iter_unpack(">hI", layers.take(6 * many)))
        if len({number for number, _ in channels}) < many:
            raise ValueError("a layer has a channel twice")
        layers.skip(12)
        extra = layers.block()
        mask = extra.block()
        about = (mask.box(), mask.number("B"), not mask.number("B") & _MASK_OFF) if mask.left else None
        extra.block()
        name = extra.number("B")
        extra.skip(name + (-1 - name) % 4)
        numbers = (body.number("I") for key, body in _tagged(extra) if key == b"lyid" and body.left >= 4)
        records.append(_Record(box, channels, about, next(numbers, 0)))
    return records


def _found(records: list[_Record], wanted: PhotoshopLayer) -> int:
    for place, record in enumerate(records):
        if record.identity and record.identity == wanted.identity:
            return place
    if wanted.index < len(records):
        return wanted.index
    raise ValueError("the document has no such layer")


def _channels(layers: _Part, record: _Record, colors: int, depth: int) -> Iterator[tuple[int, "Image.Image"]]:
    """Those that the picture is made of; others (spot colours, a vector mask) are passed over."""
    for number, size in record.channels:
        data = layers.part(size)
        box = record.box if number > _MASK or record.mask is None else record.mask[0]
        width, height = box[2] - box[0], box[3] - box[1]
        if _MASK <= number < colors and width > 0 and 0 < height <= _MOST_PIXELS // width:
            yield number, _plane(data, width, height, depth)


def _plane(data: _Part, width: int, height: int, depth: int) -> "Image.Image":
    """One channel, with the upper eight bits of each pixel."""
    import numpy as np
    from PIL import Image

    kind = data.number("H")
    size = width * height * depth
    if kind == 1:
        data.skip(2 * height)  # how many bytes each line has
    elif kind not in (2, 3):
        data = data.part(size)
    packed = data.take(min(data.left, 2 * size + 64))  # none has more, however badly it is packed
    if kind == 1:
        plain = Image.frombytes("L", (width * depth, height), packed, "packbits", "L").tobytes()
    elif kind in (2, 3):
        try:
            plain = zlib.decompressobj().decompress(packed, size)
        except zlib.error as error:
            raise ValueError(str(error)) from error
    else:
        plain = packed
    if len(plain) != size:
        raise ValueError("a layer ends early")
    lines = np.frombuffer(plain, ">u2" if depth == 2 else "u1").reshape(height, width)
    if kind == 3:  # each pixel is told by how it differs from the one at its left
        lines = np.cumsum(lines, axis=1, dtype="u2" if depth == 2 else "u1")
    return Image.fromarray((lines >> 8 * (depth - 1)).astype("u1"))


def _picture(record: _Record, planes: "dict[int, Image.Image]", mode: str) -> "Image.Image":
    from PIL import Image, ImageChops

    size = record.box[2] - record.box[0], record.box[3] - record.box[1]
    if min(size) <= 0 or any(number not in planes for number in range(len(mode))):
        return Image.new("RGBA", (1, 1), (0, 0, 0, 0))  # a layer of nothing
    colors = [planes[number] for number in range(len(mode))]
    alpha = planes.get(_TRANSPARENCY) or Image.new("L", size, 255)
    if record.mask is not None and record.mask[2]:
        box, beyond, _ = record.mask
        cover = Image.new("L", size, beyond)
        if _MASK in planes:
            cover.paste(planes[_MASK], (box[0] - record.box[0], box[1] - record.box[1]))
        alpha = ImageChops.multiply(alpha, cover)
    picture = Image.merge(mode, colors) if len(colors) > 1 else colors[0]
    picture = picture.convert("RGB")
    picture.putalpha(alpha)
    return picture
