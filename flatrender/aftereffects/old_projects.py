"""What After Effects up to CS6 stored in another way, which py_aep 0.18.2 does not know.

A solid's name had 64 bytes instead of 256, the path of a file lay in a record of bytes instead of JSON, and the names
of Photoshop's layers were no Unicode.
"""

import io
import struct
from typing import IO, Any

from py_aep.binary import footage_chunks
from py_aep.binary.bin_utils import read_bytes
from py_aep.binary.chunk import Chunk, ListChunk
from py_aep.binary.registry import CHUNK_TYPES
from py_aep.binary.scalar_chunks import Utf8Chunk
from py_aep.models.sources import file as file_source

_SOLID, _OLD_SOLID = 282, 90  # bytes
_HEAD = struct.Struct("<12xH")  # a kind of file among others, then the bytes of the path that follows


class _OldSolid(footage_chunks.SoliOptiChunk):
    """Read as if its name had the room of today's, and written without it."""

    @classmethod
    def read(cls, fp: IO[bytes], size: int, *, chunk_type: str = "", **kwargs: Any) -> footage_chunks.OptiChunk:
        body = io.BytesIO(read_bytes(fp, size).ljust(_SOLID, b"\0"))
        return super().read(body, _SOLID, chunk_type=chunk_type, **kwargs)

    def write(self, fp: IO[bytes]) -> int:
        whole = io.BytesIO()
        super().write(whole)
        return fp.write(whole.getvalue()[:_OLD_SOLID])


class _Solid:
    """Stands where py_aep looks for the reader of a solid's chunk."""

    @staticmethod
    def read(fp: IO[bytes], size: int, *, chunk_type: str = "", **kwargs: Any) -> footage_chunks.OptiChunk:
        layout = _OldSolid if size == _OLD_SOLID else footage_chunks.SoliOptiChunk
        return layout.read(fp, size, chunk_type=chunk_type, **kwargs)


class _OldPath(Chunk):
    """A path's record of bytes, kept as it is; where py_aep looks for JSON in it, there is none."""

    value = ""


class _PathChunk(Chunk):
    """Stands where py_aep looks for the reader of a path's chunk."""

    @classmethod
    def read(cls, fp: IO[bytes], size: int, *, chunk_type: str = "", **kwargs: Any) -> Chunk:
        record = read_bytes(fp, size)
        if record and not record.startswith(b"{"):
            return _OldPath(chunk_type, record)
        return Utf8Chunk(chunk_type=chunk_type, value=record.decode("utf-8"))


_plain_path: Any = vars(file_source)["parse_alas_data"]


def _path(chunks: Any) -> dict[str, Any]:
    """What is stored of a source's file, from whichever of the two records there is."""
    found: dict[str, Any] = _plain_path(chunks)
    if found:
        return found
    for record in chunks:
        if isinstance(record, ListChunk) and record.list_type == "Alas":
            for chunk in record.chunks:
                if isinstance(chunk, _OldPath):
                    return _old_path(chunk.data)
    return {}


def _old_path(record: bytes) -> dict[str, Any]:
    if len(record) <= _HEAD.size:
        return {}
    (length,) = _HEAD.unpack_from(record)
    path = record[_HEAD.size : _HEAD.size + length].rstrip(b"\0")
    if not path.startswith(b"\\"):
        return {}  # a Macintosh's alias record
    return {"fullpath": path[1:].decode("utf-8", "surrogateescape")}


_plain_layer: Any = vars(footage_chunks.PsdOptiChunk)["psd_group_name"]


def _layer_name(chunk: footage_chunks.PsdOptiChunk) -> str:
    """The name of a Photoshop layer, in whatever code page it is."""
    return chunk._trailing.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def install() -> None:
    """Lets py_aep read what either age wrote."""
    vars(footage_chunks)["_OPTI_VARIANTS"]["Soli"] = _Solid
    CHUNK_TYPES["alas"] = _PathChunk
    vars(file_source)["parse_alas_data"] = _path
    named: Any = property(_layer_name, _plain_layer.fset)
    setattr(footage_chunks.PsdOptiChunk, "psd_group_name", named)  # noqa: B010  (the checker knows no other property)
