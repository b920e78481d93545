"""Uploads: multipart bodies streamed to disk under a limit, never held in memory and never spooled whole first."""

import errno
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from flatrender.api.cleaning import clean_text
from flatrender.core.errors import InvalidInput, NoSpace, TooLarge
from flatrender.core.ids import new_id
from flatrender.core.storage import check_disk
from flatrender.media.formats import clean_name, too_large
from flatrender.settings import get_settings

MAX_FIELD = 64 * 1024
MAX_FIELDS = 50
MAX_PARTS = MAX_FIELDS + 10  # nameless ones, which are left out, and the file
_ROOM_FOR_FIELDS = 1024 * 1024


@dataclass
class Upload:
    """A received body: one file at most (`path` None without one), its hashes, and the other fields."""

    path: Path | None = None
    file_name: str = ""
    size: int = 0
    sha256: str = ""
    md5: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    def file(self) -> Path:
        """The file. Raises InvalidInput when none was sent."""
        if self.path is None:
            raise InvalidInput("Choose a file to upload.", field="file")
        return self.path


class LengthRequired(InvalidInput):
    """Whether there is room for a body cannot be said before it came."""

    code = "length-required"
    status = 411


def least_size(request: Request) -> int:
    """Bytes that the file of a multipart body has at least, by its declared length. Raises LengthRequired."""
    declared = request.headers.get("content-length", "")
    if not declared.isdigit() or len(declared) > 15:
        raise LengthRequired("Say how large the upload is (Content-Length); this server asks before it receives.")
    return max(0, int(declared) - _ROOM_FOR_FIELDS)


@asynccontextmanager
async def received(request: Request, limit: int, *, optional: bool = False) -> AsyncIterator[Upload]:
    """The request's multipart body; its file is deleted on leaving.

    Raises:
        TooLarge: the declared or the real size is over `limit` bytes; nothing more is read.
        InvalidInput: the body is no multipart form, or is broken.
        NoSpace: the disk has no room for as much as is declared, or was filled meanwhile.
        LengthRequired: nothing was declared.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        if optional and request.headers.get("content-length", "0") == "0":
            yield Upload()
            return
        raise InvalidInput("Send the file as multipart/form-data in the field “file”.", field="file")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit + _ROOM_FOR_FIELDS:
        raise too_large("The file", limit)
    folder = get_settings().data_dir / "uploads"
    await run_in_threadpool(check_disk, get_settings().data_dir, least_size(request))
    target = folder / new_id()
    receiver = _Receiver(target, limit)
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            parser = MultipartParser(options[b"boundary"], receiver.callbacks())  # type: ignore[arg-type]  # a TypedDict there, a dict here
            total = 0
            async for chunk in request.stream():
                await run_in_threadpool(parser.write, chunk)  # hashes and writes: nobody else's request waits for it
                total += len(chunk)
                if total > limit + _ROOM_FOR_FIELDS:  # whatever was declared, and whichever part it is in
                    raise too_large("The upload", limit)
            await run_in_threadpool(parser.finalize)
        except MultipartParseError as error:
            raise InvalidInput("The upload broke off or is malformed; send it again.", field="file") from error
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise NoSpace("There is no space left for uploads; free some and try again.") from error
            raise
        yield receiver.result()
    finally:
        receiver.close()
        target.unlink(missing_ok=True)


class _Receiver:
    """Collects what the parser finds. One file, in the field `file`; other fields are short texts."""

    def __init__(self, target: Path, limit: int) -> None:
        self._target = target
        self._limit = limit
        self._upload = Upload()
        self._writer: BinaryIO | None = None
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._header_name = b""
        self._header_value = b""
        self._disposition = b""
        self._name = ""
        self._text = bytearray()
        self._in_file = False
        self._ended = False
        self._parts = 0

    def callbacks(self) -> dict[str, object]:
        """What the parser calls."""
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def result(self) -> Upload:
        """What was received. Raises InvalidInput when the body ended early."""
        self.close()
        if not self._ended:
            raise InvalidInput("The upload broke off; send it again.", field="file")
        upload = self._upload
        if upload.path is not None:
            upload.sha256, upload.md5 = self._sha256.hexdigest(), self._md5.hexdigest()
        return upload

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise TooLarge("The upload has too many parts.")
        self._disposition, self._name, self._text, self._in_file = b"", "", bytearray(), False

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]
        if len(self._header_name) > MAX_FIELD:
            raise TooLarge("A header of the upload is too long.")

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]
        if len(self._header_value) > MAX_FIELD:
            raise TooLarge("A header of the upload is too long.")

    def _header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = clean_text(options.get(b"name", b"").decode("utf-8", "replace"))
        if b"filename" not in options:
            if len(self._upload.fields) >= MAX_FIELDS:
                raise TooLarge("The upload has too many fields.")
            return
        if self._upload.path is not None:
            raise InvalidInput("Upload one file at a time.", field="file")
        self._in_file = True
        self._upload.path = self._target
        self._upload.file_name = clean_name(options[b"filename"].decode("utf-8", "replace"))
        self._writer = self._target.open("xb")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        part = data[start:end]
        if not self._in_file:
            self._text += part
            if len(self._text) > MAX_FIELD:
                raise TooLarge(f"The field {self._name!r} is too long.", field=self._name)
            return
        self._upload.size += len(part)
        if self._upload.size > self._limit:
            raise too_large(self._upload.file_name, self._limit)
        assert self._writer is not None
        self._writer.write(part)
        self._sha256.update(part)
        self._md5.update(part)

    def _part_end(self) -> None:
        if self._in_file:
            assert self._writer is not None
            self._writer.flush()
        elif self._name:
            self._upload.fields[self._name] = clean_text(self._text.decode("utf-8", "replace"))

    def _end(self) -> None:
        self._ended = True
