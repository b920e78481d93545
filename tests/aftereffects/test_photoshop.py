"""Layers of Photoshop documents as footage: each its own pixels, transparency and mask."""

import base64
import io
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from py_aep import ImportAsType, ImportOptions

from flatrender.aftereffects.graph import PhotoshopLayer
from flatrender.aftereffects.lottie.images import fitted_picture, readable
from flatrender.aftereffects.lottie.photoshop import layer_picture
from flatrender.aftereffects.project import open_project
from flatrender.core.errors import BadFile
from tests.aftereffects.authored import Author

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def _packed(value: int, width: int, height: int) -> bytes:
    lines = [bytes([257 - width, value])] * height
    return struct.pack(">H", 1) + b"".join(struct.pack(">H", len(line)) for line in lines) + b"".join(lines)


def _raw(value: int, width: int, height: int) -> bytes:
    return struct.pack(">H", 0) + bytes([value]) * (width * height)


def _predicted(value: int, width: int, height: int) -> bytes:
    """Sixteen bits, each pixel as the difference from the one before it."""
    line = struct.pack(">H", value * 257) + b"\0\0" * (width - 1)
    return struct.pack(">H", 3) + zlib.compress(line * height)


def _block(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _document(*layers: dict[str, Any], depth: int = 8, size: tuple[int, int] = (40, 30)) -> bytes:
    """A document in RGB of layers (lowest first) of one colour: `box`, `color`, `alpha`, `identity`, `mask`."""
    told, pixels = struct.pack(">h", len(layers)), b""
    for layer in layers:
        left, top, right, bottom = layer["box"]
        write = layer.get("write", _packed)
        numbers = dict(enumerate(layer["color"])) | {-1: layer.get("alpha", 255)} | layer.get("more", {})
        planes = {number: write(value, right - left, bottom - top) for number, value in numbers.items()}
        extra = b""
        if "mask" in layer:
            (x0, y0, x1, y1), value, beyond, flags = layer["mask"]
            planes[-2] = _raw(value, x1 - x0, y1 - y0)
            extra = struct.pack(">4iBBH", y0, x0, y1, x1, beyond, flags, 0)
        extra = _block(extra) + _block(b"") + b"\x03One"
        extra += b"8BIMlyid" + _block(struct.pack(">I", layer["identity"]))
        told += struct.pack(">4iH", top, left, bottom, right, len(planes))
        told += b"".join(struct.pack(">hI", number, len(plane)) for number, plane in planes.items())
        told += b"8BIMnorm" + bytes([255, 0, 0, 0]) + _block(extra)
        pixels += b"".join(planes.values())
    section = (
        _block(told + pixels) + _block(b"")
        if depth == 8
        else _block(b"") + _block(b"") + b"8BIMLr16" + _block(told + pixels)
    )
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, size[1], size[0], depth, 3) + _block(b"") + _block(b"")
    merged = struct.pack(">H", 0) + bytes([9]) * (size[0] * size[1] * 3 * depth // 8)
    return head + _block(section) + merged


def _saved(folder: Path, *layers: dict[str, Any], depth: int = 8) -> Path:
    path = folder / "art.psd"
    path.write_bytes(_document(*layers, depth=depth))
    return path


def test_a_layer_is_found_by_its_number_then_by_its_place(tmp_path: Path) -> None:
    path = _saved(
        tmp_path,
        {"box": (0, 0, 10, 10), "color": RED, "identity": 5},
        {"box": (4, 6, 14, 18), "color": GREEN, "identity": 9, "alpha": 128, "write": _raw},
    )
    moved = layer_picture(path, PhotoshopLayer(0, 9, whole=False))
    assert (moved.size, moved.getpixel((0, 0))) == ((10, 12), (*GREEN, 128))
    assert layer_picture(path, PhotoshopLayer(0, 77, whole=False)).getpixel((5, 5)) == (*RED, 255)
    whole = layer_picture(path, PhotoshopLayer(1, 9, whole=True))
    assert whole.size == (40, 30)
    assert [whole.getpixel(place) for place in ((3, 6), (4, 6), (13, 17))] == [
        (0, 0, 0, 0),
        (*GREEN, 128),
        (*GREEN, 128),
    ]


def test_masks_hide_unless_they_are_off(tmp_path: Path) -> None:
    covered = {"box": (0, 0, 10, 10), "color": BLUE, "identity": 1, "mask": ((2, 0, 6, 10), 255, 0, 0)}
    off = {**covered, "identity": 2, "mask": ((2, 0, 6, 10), 0, 0, 2)}
    path = _saved(tmp_path, covered, off)
    shown = layer_picture(path, PhotoshopLayer(0, 1, whole=False))
    assert [shown.getpixel((x, 5))[3] for x in (1, 2, 5, 6)] == [0, 255, 255, 0]  # type: ignore[index]
    assert layer_picture(path, PhotoshopLayer(1, 2, whole=False)).getpixel((3, 5)) == (*BLUE, 255)


def test_sixteen_bits_are_read(tmp_path: Path) -> None:
    path = _saved(
        tmp_path, {"box": (0, 0, 6, 3), "color": (200, 100, 50), "identity": 1, "write": _predicted}, depth=16
    )
    assert layer_picture(path, PhotoshopLayer(0, 1, whole=False)).getpixel((5, 2)) == (200, 100, 50, 255)


def test_damaged_documents_are_no_pictures(tmp_path: Path) -> None:
    path = _saved(tmp_path, {"box": (0, 0, 10, 10), "color": RED, "identity": 1})
    data = path.read_bytes()
    wanted = PhotoshopLayer(0, 1, whole=False)
    assert readable(path, wanted)
    assert not readable(path, PhotoshopLayer(3, 8, whole=False))
    huge = data.replace(struct.pack(">4i", 0, 0, 10, 10), struct.pack(">4i", 0, 0, 2_000_000, 2_000_000))
    told = 0
    for changed in [data[:end] for end in range(0, len(data) - 3600, 7)] + [huge]:
        path.write_bytes(changed)
        told += not readable(path, wanted)
    assert told == len(range(0, len(data) - 3600, 7)) + 1


def _zipped(value: int, width: int, height: int) -> bytes:
    return struct.pack(">H", 2) + zlib.compress(bytes([value]) * (width * height))


def test_channels_that_nobody_needs_are_not_unpacked(tmp_path: Path) -> None:
    many = dict.fromkeys(range(3, 55), 7)
    layer = {"box": (0, 0, 400, 400), "color": RED, "identity": 1, "write": _zipped, "more": many}
    wanted = PhotoshopLayer(0, 1, whole=False)
    path = _saved(tmp_path, layer)
    layer_picture(path, wanted)  # loads what is loaded once
    tracemalloc.start()
    try:
        picture = layer_picture(path, wanted)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert picture.getpixel((399, 399)) == (*RED, 255)
    assert most < 10 * 160_000, "four planes and what they are unpacked from, not fifty-six"
    assert not readable(_saved(tmp_path, {**layer, "more": many | {60: 7}}), wanted), "more than Photoshop has"


def test_a_channel_that_comes_twice_is_damage(tmp_path: Path) -> None:
    path = _saved(tmp_path, {"box": (0, 0, 10, 10), "color": RED, "identity": 1})
    told = struct.pack(">hI", 1, len(_packed(0, 10, 10)))
    assert path.read_bytes().count(told) == 1
    path.write_bytes(path.read_bytes().replace(told, struct.pack(">h", 2) + told[2:]))
    assert not readable(path, PhotoshopLayer(0, 1, whole=False))


def test_a_layer_of_too_many_pixels_is_told_by_its_size(tmp_path: Path) -> None:
    path = _saved(tmp_path, {"box": (0, 0, 10, 10), "color": RED, "identity": 1})
    box = struct.pack(">4i", 0, 0, 10, 10)
    path.write_bytes(path.read_bytes().replace(box, struct.pack(">4i", 0, 0, 10_000, 9_000)))
    with pytest.raises(BadFile, match=r"^art\.psd has too many pixels \(9000 × 10000\); scale it down\.$"):
        fitted_picture(path, 10, 10, "stretch", (0.5, 0.5), part=PhotoshopLayer(0, 1, whole=False))


@pytest.mark.parametrize("kind", [ImportAsType.COMP, ImportAsType.COMP_CROPPED_LAYERS])
def test_a_document_imported_as_a_composition_shows_each_layer(tmp_path: Path, kind: ImportAsType) -> None:
    path = _saved(
        tmp_path,
        {"box": (0, 0, 20, 20), "color": RED, "identity": 3},
        {"box": (10, 10, 30, 25), "color": GREEN, "identity": 4},
    )
    author = Author()
    options = ImportOptions(path)
    options.import_as = kind
    author.project.import_file(options)
    project = open_project(author.save(tmp_path / "project.aep"))
    [comp] = project.report().compositions
    assets = project.lottie(comp.id)["assets"]
    shown = [Image.open(io.BytesIO(base64.b64decode(one["p"].partition(",")[2]))).convert("RGB") for one in assets]
    middle = (15, 15) if kind == ImportAsType.COMP else (2, 2)
    assert {max(enumerate(one.getpixel(middle)), key=lambda part: part[1])[0] for one in shown} == {0, 1}  # type: ignore[arg-type]
    assert not [one for one in project.report().capabilities if one.status != "supported"]


def test_a_layer_whose_name_is_in_a_code_page_is_read(tmp_path: Path) -> None:
    _saved(tmp_path, {"box": (0, 0, 20, 20), "color": RED, "identity": 3})
    author = Author()
    options = ImportOptions(tmp_path / "art.psd")
    options.import_as = ImportAsType.COMP
    author.project.import_file(options)
    path = author.save(tmp_path / "project.aep")
    data = path.read_bytes()
    name = data.index(b"One\0", data.index(b"opti"))
    path.write_bytes(data[:name] + "Фон".encode("cp1251") + data[name + 3 :])
    [found] = open_project(path).graph.footage.values()
    assert found.name == "Фон/art.psd"
