"""Requests at a fixed rate, whatever the server does (an open loop): `python -m tests.benchmarks.load PORT RATE SECS`.

Reads one request a line on stdin, as JSON `[kind, method, path, headers, body]`, and sends them in turns. Prints a line
for each: `[kind, status, milliseconds]`, counted from when it was due, so that what waits for a free connection counts.
"""

import asyncio
import json
import sys
import time
from itertools import cycle
from typing import Any

CONNECTIONS = 64


class Connection:
    """One that is kept open; just as much HTTP/1.1 as our server speaks to it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        await reader.readexactly(int(fields.get(b"content-length", b"0")))
        return int(head[9:12])


def encoded(method: str, path: str, headers: dict[str, str], body: Any) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


async def load(port: int, rate: float, seconds: float, asked: list[list[Any]]) -> list[tuple[str, int, float]]:
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Connection(port))
    found: list[tuple[str, int, float]] = []
    ready = [(kind, encoded(method, path, headers, body)) for kind, method, path, headers, body in asked]

    async def one(kind: str, request: bytes, due: float) -> None:
        connection = await free.get()
        try:
            status = await connection.ask(request)
        except (OSError, asyncio.IncompleteReadError):
            status, connection = 0, Connection(port)
        free.put_nowait(connection)
        found.append((kind, status, (time.monotonic() - due) * 1000))

    began, running = time.monotonic(), []
    for number, (kind, request) in zip(range(int(rate * seconds)), cycle(ready)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        running.append(asyncio.create_task(one(kind, request, due)))
    await asyncio.gather(*running)
    return found


if __name__ == "__main__":
    port, rate, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    for line in asyncio.run(load(port, rate, seconds, [json.loads(line) for line in sys.stdin])):
        print(json.dumps(line))
