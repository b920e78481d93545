"""The real API over real HTTP on a free port, in this process: what a program elsewhere talks to."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server

from tests.api.conftest import forget_callers, one_api
from tests.deadline import until
from tests.servers import free_port


@contextmanager
def served(certificate: Path | None = None, key: Path | None = None) -> Iterator[str]:
    """The address of the studio that this process has just now; with a certificate over TLS."""
    forget_callers(one_api())
    port, running = free_port(), threading.Event()
    loop = asyncio.new_event_loop()
    server: list[Server] = []

    async def serve() -> None:
        server.append(
            Server(
                *(one_api(), "127.0.0.1", port),
                interface=Interfaces.ASGINL,
                log_enabled=False,
                ssl_cert=certificate,
                ssl_key=key,
            )
        )
        running.set()
        await server[0].serve()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    running.wait(10)
    address = f"{'https' if certificate else 'http'}://localhost:{port}"

    def answers() -> bool:
        try:
            return httpx.get(f"{address}/api/openapi.json", verify=False).is_success
        except httpx.TransportError:
            return False

    try:
        until(answers, 20, "an answer of the API")
        yield address
    finally:
        loop.call_soon_threadsafe(server[0].stop)
        thread.join(10)
        loop.close()
