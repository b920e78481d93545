"""Messages between us and our children over pipes: a JSON header and bytes, both with their length in front.

Layout: two unsigned 32-bit little-endian lengths (header, payload), the header as UTF-8 JSON, the payload as it is.
"""

import json
import math
import os
import select
import struct
import time
from collections.abc import Mapping
from typing import Any, Final

import orjson

_LENGTHS: Final = struct.Struct("<II")
MAX_HEADER: Final = 64 * 1024 * 1024
MAX_PAYLOAD: Final = 512 * 1024 * 1024


def json_text(value: Any) -> bytes:
    """A Lottie, or parts of one, as strict JSON (RFC 8259) in UTF-8. A number that is none becomes null."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:  # half a surrogate pair in a layer's name, a number beyond 64 bits
        return json.dumps(_strict(value), separators=(",", ":"), allow_nan=False).encode()


def _strict(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_strict(str(key)): _strict(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


class Closed(Exception):
    """The other end is gone."""


class TimedOut(Exception):
    """Nothing complete arrived in time."""


class Channel:
    """Both directions of a connection, over two file descriptors. Not thread-safe."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read, self._write = read_fd, write_fd
        self._waiter = select.poll()
        self._waiter.register(read_fd, select.POLLIN | select.POLLHUP)
        self._rest = bytearray()

    def send(self, header: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
        """Writes one message. Raises Closed when the other end is gone."""
        head = json.dumps(header, separators=(",", ":")).encode()
        try:
            self._write_all(memoryview(_LENGTHS.pack(len(head), len(payload)) + head))
            if payload:
                self._write_all(memoryview(payload).cast("B"))
        except (BrokenPipeError, ConnectionError) as error:
            raise Closed from error

    def receive(self, timeout: float | None = None) -> tuple[dict[str, Any], bytes]:
        """Reads one message. Raises Closed at the end, TimedOut after `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        head_size, payload_size = _LENGTHS.unpack(self._take(_LENGTHS.size, deadline))
        if head_size > MAX_HEADER or payload_size > MAX_PAYLOAD:
            raise Closed("the other end does not speak our language")
        try:
            header = json.loads(self._take(head_size, deadline))
        except ValueError as error:
            raise Closed("the other end does not speak our language") from error
        return header, self._take(payload_size, deadline)

    def waiting(self) -> bool:
        """Whether something has arrived, or the other end is gone."""
        return bool(self._rest) or bool(self._waiter.poll(0))

    def _take(self, size: int, deadline: float | None) -> bytes:
        while len(self._rest) < size:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0 or not self._waiter.poll(left * 1000):
                    raise TimedOut
            part = os.read(self._read, max(65536, min(size - len(self._rest), 1 << 20)))
            if not part:
                raise Closed
            self._rest += part
        taken = bytes(self._rest[:size])
        del self._rest[:size]
        return taken

    def _write_all(self, data: memoryview) -> None:
        while data:
            data = data[os.write(self._write, data) :]
