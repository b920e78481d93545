"""One layer of a Photoshop document: After Effects takes each for footage of its own, Pillow none that has a mask.

Read of it are the pixels, the transparency and the layer mask, of documents in RGB or grey with 8 or 16 bits. A layer's
opacity and blending mode belong to the After Effects layer, whose import set them.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flatrender.aftereffects.graph import PhotoshopLayer

if TYPE_CHECKING:
    from PIL import Image

_GREY, _RGB = 1, 3
_TRANSPARENCY, _MASK = -1, -2  # channels
_MASK_OFF = 2
_MOST_LAYERS = 8000  # as many as Photoshop allows
_MOST_PIXELS = 80_000_000
Box = tuple[int, int, int, int]
"""Left, top, right and bottom."""


@dataclass(frozen=True, slots=True)
class _Record:
    box: Box
    channels: tuple[tuple[int, int], ...]  # the number of each, and how many bytes it has
    mask: tuple[Box, int, bool] | None  # where it lies, what it is beyond, and whether it counts
    identity: int


class _Bytes:
    """Bytes that are read from one place to the next."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.place + count > len(self.data):
            raise ValueError("the document ends early")
        self.place += count
        return self.data[self.place - count : self.place]

    def number(self, form: str) -> int:
        (found,) = struct.unpack(f">{form}", self.take(struct.calcsize(form)))
        return int(found)

    def block(self) -> "_Bytes":
        return _Bytes(self.take(self.number("I")))

    def box(self) -> Box:
        top, left, bottom, right = (self.number("i") for _ in range(4))
        return left, top, right, bottom


def layer_picture(path: Path, wanted: PhotoshopLayer) -> "Image.Image":
    """The layer as RGBA, in its own size or on the document's canvas.

    Raises:
        ValueError: there is no such layer, or the document is of a kind that is not read.
        OSError: the file cannot be read.
    """
    from PIL import Image

    document = _Bytes(path.read_bytes())
    signature, version = document.take(4), document.number("H")
    document.take(6)
    _, height, width = document.number("H"), document.number("I"), document.number("I")
    depth, mode = document.number("H"), document.number("H")
    if signature != b"8BPS" or version != 1 or depth not in (8, 16) or mode not in (_GREY, _RGB):
        raise ValueError("documents of this kind are not read")
    for _ in range(2):  # the colour table and the resources
        document.block()
    layers = _layers(document.block())
    records, start = _records(layers)
    place = _found(records, wanted)
    layers.place = start + sum(size for record in records[:place] for _, size in record.channels)
    record = records[place]
    if (record.box[2] - record.box[0]) * (record.box[3] - record.box[1]) > _MOST_PIXELS:
        raise ValueError("the layer is too large")
    found = _picture(record, dict(_channels(layers, record, depth // 8)), "RGB" if mode == _RGB else "L")
    if not wanted.whole:
        return found
    if width * height > _MOST_PIXELS:
        raise ValueError("the document is too large")
    canvas = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    canvas.paste(found, record.box[:2])
    return canvas


def _layers(section: _Bytes) -> _Bytes:
    """The layers' part of its section; of documents with 16 bits it lies in a block behind the others."""
    plain = section.block()
    if plain.data:
        return plain
    section.block()  # the mask of all
    for key, body in _tagged(section):
        if key in (b"Lr16", b"Lr32"):
            return _Bytes(body)
    raise ValueError("the document has no layers")


def _tagged(within: _Bytes) -> Iterator[tuple[bytes, bytes]]:
    while len(within.data) - within.place >= 12:
        within.take(4)
        key = within.take(4)
        body = within.block().data
        yield key, body
        within.place = min(within.place + -len(body) % 2, len(within.data))


def _records(layers: _Bytes) -> tuple[list[_Record], int]:
    """What is said of each layer, the lowest first, and where their pixels begin."""
    count = abs(layers.number("h"))
    if count > _MOST_LAYERS:
        raise ValueError("the document has too many layers")
    records = []
    for _ in range(count):
        box = layers.box()
        channels = tuple((layers.number("h"), layers.number("I")) for _ in range(layers.number("H")))
        layers.take(12)
        extra = layers.block()
        mask = extra.block()
        about = (mask.box(), mask.number("B"), not mask.number("B") & _MASK_OFF) if mask.data else None
        extra.block()
        name = extra.number("B")
        extra.take(name + (-1 - name) % 4)
        numbers = [body for key, body in _tagged(extra) if key == b"lyid" and len(body) >= 4]
        identity = struct.unpack(">I", numbers[0][:4])[0] if numbers else 0
        records.append(_Record(box, channels, about, identity))
    return records, layers.place


def _found(records: list[_Record], wanted: PhotoshopLayer) -> int:
    for place, record in enumerate(records):
        if record.identity and record.identity == wanted.identity:
            return place
    if wanted.index < len(records):
        return wanted.index
    raise ValueError("the document has no such layer")


def _channels(layers: _Bytes, record: _Record, depth: int) -> Iterator[tuple[int, "Image.Image"]]:
    for number, size in record.channels:
        data = _Bytes(layers.take(size))
        box = record.box if number > _MASK or record.mask is None else record.mask[0]
        width, height = box[2] - box[0], box[3] - box[1]
        if number < _MASK or width <= 0 or not 0 < height <= _MOST_PIXELS // width:
            continue
        yield number, _plane(data, width, height, depth)


def _plane(data: _Bytes, width: int, height: int, depth: int) -> "Image.Image":
    """One channel, with the upper eight bits of each pixel."""
    import numpy as np
    from PIL import Image

    kind = data.number("H")
    size = width * height * depth
    if kind == 1:
        data.take(2 * height)  # how many bytes each line has
        plain = Image.frombytes("L", (width * depth, height), data.data[data.place :], "packbits", "L").tobytes()
    elif kind in (2, 3):
        try:
            plain = zlib.decompressobj().decompress(data.data[data.place :], size)
        except zlib.error as error:
            raise ValueError(str(error)) from error
    else:
        plain = data.take(size)
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
