"""The real studio as the browser tests meet it: `flatrender up` on a temporary data folder and a free port."""

import os
import secrets
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

import httpx
from playwright.sync_api import BrowserContext
from sqlmodel import Session

from flatrender.access import service as access
from flatrender.commands.redis_service import socket_path, url_of
from flatrender.core import process
from flatrender.core.bus import Bus, RedisBus
from flatrender.core.db import DEFAULT_TENANT, Database
from tests.servers import free_port

# The first start builds the pages: on a slow machine that takes minutes.
STARTS_WITHIN = 600
PASSWORD = "a password for tests only"


def _beside() -> dict[str, str]:
    """Where another process of tests runs beside, a node that stands back would wait for it."""
    return {"FLATRENDER_NODE_NICENESS": "0"} if "PYTEST_XDIST_WORKER" in os.environ else {}


class Studio:
    """A running studio. `url` is its address, `said` every line that `flatrender up` printed so far."""

    def __init__(
        self, data: Path, *options: str, env: Mapping[str, str] | None = None, port: int | None = None
    ) -> None:
        self.data = data
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.email, self.password = "admin@example.com", PASSWORD
        self.said: list[str] = []
        self._session: httpx.Cookies | None = None
        words = [sys.executable, "-m", "flatrender", "up", "--port", str(self.port), "--data", str(data), *options]
        account = {"FLATRENDER_ADMIN_EMAIL": self.email, "FLATRENDER_ADMIN_PASSWORD": self.password}
        account["DROPBOX_PATH"] = str(data / "dropbox")  # the render manager is on
        # Not from the checkout: `up` must work from any folder.
        data.mkdir(parents=True, exist_ok=True)
        self.child = process.Child(
            words,
            env={**os.environ, **_beside(), **(account if env is None else env)},
            cwd=data,
            stdin=process.DEVNULL,
            stderr=process.STDOUT,
            limits=process.Limits(wall_seconds=3600),
        )
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, name="studio", daemon=True)
        self._reader.start()

    def wait(self) -> "Studio":
        """Waits until it says that it is ready. Raises RuntimeError with all that it said when it ends before."""
        if not self._ready.wait(STARTS_WITHIN) or not any(line.startswith("Ready in") for line in self.said):
            self.child.close()
            logs = "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in self.data.glob("logs/*.log"))
            raise RuntimeError("the studio did not start:\n" + "\n".join(self.said) + "\n" + logs)
        return self

    def client(self) -> httpx.Client:
        """An HTTP client that is signed in as the first admin, as a program would be. All share a session while it
        holds: a sign-in's hash takes longer than most of what they ask."""
        client = httpx.Client(base_url=self.url, timeout=30, cookies=self._session)
        if client.get("/api/v1/auth/me").status_code != 200:
            client.close()
            client = self._signed_in(self.email)
            self._session = httpx.Cookies(client.cookies)
        return client

    def sign_in(self, context: BrowserContext, *, anew: bool = False) -> None:
        """Makes a browser the first admin's, in the session of the programs. `anew`: in one of its own, for who ends it
        or acts as somebody else in it."""
        if not anew:
            with closing(self.client()) as client:
                kept = {one.name: one.value or "" for one in client.cookies.jar}
            context.add_cookies([{"name": n, "value": v, "url": self.url, "httpOnly": True} for n, v in kept.items()])
            return
        answer = context.request.post("/api/v1/auth/sign-in", data={"email": self.email, "password": self.password})
        assert answer.ok, answer.text()

    def _signed_in(self, email: str) -> httpx.Client:
        client = httpx.Client(base_url=self.url, timeout=30)
        answer = client.post("/api/v1/auth/sign-in", json={"email": email, "password": self.password})
        answer.raise_for_status()
        return client

    def person(self, name: str = "Parisa") -> httpx.Client:
        """An HTTP client of a new user with nothing of their own; the sign-up page would count the tries."""
        email = f"{secrets.token_hex(6)}@example.com"
        with self.session() as session:
            access.create_user(session, DEFAULT_TENANT, email=email, password=self.password, name=name)
        return self._signed_in(email)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Its database, for what no page can do."""
        database = Database(f"sqlite:///{self.data / 'flatrender.db'}")
        try:
            with database.system_session() as session:
                yield session
        finally:
            database.dispose()

    @contextmanager
    def bus(self) -> Iterator[Bus]:
        """What its processes tell each other."""
        bus = RedisBus(url_of(socket_path(self.data)))
        try:
            yield bus
        finally:
            bus.close()

    def stop(self) -> int:
        """Ends it as Ctrl+C or systemd would; the exit status."""
        status = self.child.stop(30)
        self._reader.join(5)
        return status

    def __enter__(self) -> "Studio":
        return self.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.child.close()

    def _read(self) -> None:
        assert self.child.popen.stdout is not None
        try:
            for line in self.child.popen.stdout:
                self.said.append(line.decode("utf-8", "replace").rstrip())
                if self.said[-1].startswith("Ready in"):
                    self._ready.set()
        except (OSError, ValueError):
            pass
        self._ready.set()
