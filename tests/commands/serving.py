"""The real API over real HTTP on a free port, in a process of its own: what a program elsewhere talks to."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server

from tests.api.conftest import one_api
from tests.deadline import until
from tests.installation import forget
from tests.nursery import Forked
from tests.servers import free_port


@contextmanager
def served(certificate: Path | None = None, key: Path | None = None) -> Iterator[str]:
    """The address of the studio that this process has just now; with a certificate over TLS."""
    port = free_port()
    address = f"{'https' if certificate else 'http'}://localhost:{port}"
    files = [str(file) for file in (certificate, key) if file]

    def answers() -> bool:
        assert server.alive, server.last_words()
        try:
            return httpx.get(f"{address}/health", verify=False).is_success
        except httpx.TransportError:
            return False

    with (
        tempfile.TemporaryDirectory(prefix="flatrender-served-") as folder,
        closing(Forked(__name__, [str(port), *files], os.environ, Path(folder) / "log")) as server,
    ):
        until(answers, 20, "an answer of the API")
        yield address
        print(server.last_words(), file=sys.stderr)


def ready() -> None:
    """In the nursery: to make the routes takes longer than most tests."""
    one_api()


def main(port: str, certificate: str | None = None, key: str | None = None) -> None:
    """Serves until it is killed."""
    forget()
    files = [Path(file) if file else None for file in (certificate, key)]
    server = Server(
        *(one_api(), "127.0.0.1", int(port)),
        interface=Interfaces.ASGINL,
        log_enabled=False,
        ssl_cert=files[0],
        ssl_key=files[1],
    )
    asyncio.run(server.serve())
