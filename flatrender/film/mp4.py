"""Our own MP4 films read box by box (ISO/IEC 14496-12), without a child: whether one is complete takes a millisecond.

Only for what our encoder has just written, a silent H.264 picture. Whatever else is found is left to FFmpeg
(`probe.py`), and so is every stranger's file.
"""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from flatrender.core.timing import Rate
from flatrender.film.info import FilmInfo

_LARGEST_INDEX: Final = 64 << 20
_VISUAL: Final = 78  # bytes of a picture's description before the boxes in it
_CHROMA: Final = {1: "yuv420p", 2: "yuv422p", 3: "yuv444p"}


class _Other(Exception):
    """It is no film of ours, or is damaged."""


@dataclass(frozen=True)
class _Track:
    entry: bytes  # the sample description, without its header
    timescale: int
    deltas: tuple[tuple[int, int], ...]  # (samples, ticks of each)
    samples: int
    end: int  # of the last byte that a sample lies in


def read(path: Path) -> FilmInfo | None:
    """The film as `probe` tells it, every frame inside the file; None where that cannot be said."""
    try:
        index = _index(path)
        tracks = [_track(body) for name, body in _boxes(index) if name == b"trak"]
        return _info(tracks[0], path.stat().st_size, _stated(index)) if len(tracks) == 1 else None
    except (_Other, OSError, struct.error, IndexError, ZeroDivisionError, ValueError):
        return None


def _info(track: _Track, size: int, stated: float) -> FilmInfo | None:
    ticks = {ticks for _, ticks in track.deltas}
    if track.end > size or len(ticks) != 1:  # cut off, empty, or with frames of several lengths
        return None
    each = Fraction(ticks.pop(), track.timescale)
    rate = 1 / each
    width, height = struct.unpack_from(">HH", track.entry, 24)
    config = _box(track.entry[_VISUAL:], b"avcC")
    described = hashlib.md5(track.entry[:_VISUAL] + config, usedforsecurity=False).hexdigest()
    return FilmInfo(
        duration=float(track.samples * each),
        frames=track.samples,
        width=width,
        height=height,
        rate=Rate(rate.numerator, rate.denominator),
        video_codec="h264",
        audio_codec=None,
        pixel_format=_pixel_format(config),
        has_alpha=False,
        parameters=f"avc1 {described} 1/{track.timescale}",
        stated=stated,
        step=each,
    )


def _stated(index: bytes) -> float:
    """What `mvhd` says, to the hundredth of a second that FFmpeg prints."""
    head = _box(index, b"mvhd")
    timescale, duration = struct.unpack_from(">II", head, 12) if head[0] == 0 else struct.unpack_from(">IQ", head, 20)
    return float(round(duration / timescale, 2))


def _index(path: Path) -> bytes:
    """The content of the `moov` box; every box of the file must be whole."""
    with path.open("rb") as file:
        place, end = 0, path.stat().st_size
        found = None
        while place + 8 <= end:
            file.seek(place)
            length, name = struct.unpack(">I4s", file.read(8))
            header = 8
            if length == 1:
                length, header = struct.unpack(">Q", file.read(8))[0], 16
            if length < header or place + length > end:
                raise _Other
            if name == b"moov" and length <= _LARGEST_INDEX:
                found = file.read(length - header)
            place += length
        if found is None or place != end:
            raise _Other
        return found


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        if length < 8 or place + length > len(data):
            raise _Other
        yield name, data[place + 8 : place + length]
        place += length


def _box(data: bytes, *names: bytes) -> bytes:
    for name in names:
        found = next((body for inner, body in _boxes(data) if inner == name), None)
        if found is None:
            raise _Other
        data = found
    return data


def _track(data: bytes) -> _Track:
    media = _box(data, b"mdia")
    head = _box(media, b"mdhd")
    timescale = struct.unpack_from(">I", head, 12 if head[0] == 0 else 20)[0]
    table = _box(media, b"minf", b"stbl")
    descriptions = _box(table, b"stsd")
    (count,) = struct.unpack_from(">I", descriptions, 4)
    (name, entry), *others = _boxes(descriptions[8:])
    if count != 1 or others or name != b"avc1" or _box(media, b"hdlr")[8:12] != b"vide":
        raise _Other
    sizes = _sizes(_box(table, b"stsz"))
    deltas = tuple(_pairs(_box(table, b"stts")))
    if sum(samples for samples, _ in deltas) != len(sizes):
        raise _Other
    return _Track(entry, timescale, deltas, len(sizes), _end(table, sizes))


def _sizes(data: bytes) -> tuple[int, ...]:
    same, count = struct.unpack_from(">II", data, 4)
    return (same,) * count if same else struct.unpack_from(f">{count}I", data, 12)


def _pairs(data: bytes) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(">I", data, 4)
    yield from struct.iter_unpack(">II", data[8 : 8 + 8 * count])


def _end(table: bytes, sizes: tuple[int, ...]) -> int:
    """Where the last sample ends: samples lie one after the other in chunks, whose places are listed."""
    boxes = dict(_boxes(table))
    wide = b"co64" in boxes
    data = boxes.get(b"co64") or boxes.get(b"stco", b"")
    (count,) = struct.unpack_from(">I", data, 4)
    places = struct.unpack_from(f">{count}{'Q' if wide else 'I'}", data, 8)
    runs = list(struct.iter_unpack(">III", _box(table, b"stsc")[8:]))  # first chunk, samples in each, description
    sample = end = 0
    for index, (first, each, _) in enumerate(runs):
        until = runs[index + 1][0] if index + 1 < len(runs) else count + 1
        for chunk in range(first - 1, until - 1):
            end = max(end, places[chunk] + sum(sizes[sample : sample + each]))
            sample += each
    if sample != len(sizes):
        raise _Other
    return end


def _pixel_format(avc: bytes) -> str | None:
    """From `avcC` (ISO/IEC 14496-15): its profiles above Main tell chroma and depth at its end."""
    if avc[1] in (66, 77, 88):
        return "yuv420p"
    place, sets = 6, avc[5] & 31
    for _ in range(sets):
        place += 2 + struct.unpack_from(">H", avc, place)[0]
    sets, place = avc[place], place + 1
    for _ in range(sets):
        place += 2 + struct.unpack_from(">H", avc, place)[0]
    chroma, luma_bits = avc[place] & 3, 8 + (avc[place + 1] & 7)
    return _CHROMA.get(chroma) if luma_bits == 8 else None
