"""How many requests a minute: by address, and by API key or session once it has proved to be one. Told in headers, so
that programs can slow down.

- Every request counts for its address, which may make `SHARE_OF_ADDRESS` times what one key or session may: an office
  behind one address is not held up by itself, nor does anybody get more by making up keys.
- One that a route has found to be somebody's counts for that key or session alone from then on, for as long as it is
  used. Until then, and for what is nobody's, it is a stranger's, and strangers of one address share a small part.

Header fields of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (in
seconds). What is refused is noted in the request log, of one caller `NOTED` times a minute, and with a key counted as a
call: for the site that a route found for the same host a while ago, or for that of the key or session. To refuse asks
no database. Counts are those of this machine's web processes together (`core.shared`), where there are several: they
guard against runaway programs, not against an attack from many places.
"""

import hashlib
import math
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flatrender.access import keys
from flatrender.access.permissions import Principal
from flatrender.access.tries import network
from flatrender.api.dependencies import COOKIE, bearer, client_address
from flatrender.api.errors import problem
from flatrender.settings import get_settings

if TYPE_CHECKING:
    from flatrender.core.shared import SharedCounts

WINDOW = 60.0
SHARE_OF_STRANGERS = 0.2  # of one address, without key or session
SHARE_OF_ADDRESS = 10.0  # with all its keys and sessions, and strangers
NOTED = 60  # refusals of one caller in a window
PROVED_SECONDS = 600.0  # since a route last found whose a key or session is
MOST_SITES = 10_000  # remembered by the names that they are asked under
MOST = 100_000  # remembered of each kind; the oldest go
COUNTS = "_FLATRENDER_COUNTS"  # the environment's: the file in which web processes count together


class Counts:
    """Requests of each caller within a window of its own."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()  # → its end, requests in it; oldest first

    def add(self, who: str, number: int = 1) -> tuple[int, int]:
        """Counts a request; how many there are now, and for how many seconds more."""
        now = self._now()
        end, used = self._windows.get(who, (0.0, 0))
        if end <= now:
            end, used = now + WINDOW, 0
            self._windows.pop(who, None)  # goes to the end
        used = max(0, used + number)
        self._windows[who] = end, used
        while len(self._windows) > MOST:
            self._windows.popitem(last=False)
        return used, max(1, math.ceil(end - now))


class CountsOfAll:
    """The same, of all web processes of this machine."""

    def __init__(self, shared: "SharedCounts", kind: str, now: Callable[[], float]) -> None:
        self._shared, self._kind, self._now = shared, kind, now

    def add(self, who: str, number: int = 1) -> tuple[int, int]:
        """Counts a request; how many there are now, and for how many seconds more."""
        now = self._now()
        used, end = self._shared.add(f"{self._kind} {who}", number, now, WINDOW)
        return used, max(1, math.ceil(end - now))


class Limits:
    """ASGI middleware around the API."""

    def __init__(self, app: ASGIApp, now: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self._now = now
        together = os.environ.get(COUNTS)
        self._shared = counts_of_all(Path(together)) if together else None
        self.forget()

    def forget(self) -> None:
        """Nobody has asked for anything yet."""
        self._addresses, self._strangers, self._known = (
            self._counts(kind) for kind in ("address", "stranger", "known")
        )
        # Key or session → until when it is believed, whose it is, and until when the other processes believe it.
        self._proved: OrderedDict[str, tuple[float, Principal, float]] = OrderedDict()
        self._sites: OrderedDict[tuple[str, str], tuple[float, str]] = OrderedDict()  # host, app → until when, site

    def _counts(self, kind: str) -> Counts | CountsOfAll:
        return CountsOfAll(self._shared, kind, self._now) if self._shared is not None else Counts(self._now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = get_settings().requests_per_minute
        if scope["type"] != "http" or not scope["path"].startswith("/api/") or not most:
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        address, secret = network(client_address(request)), _secret(request)
        until, whose, _ = self._proved.get(secret or "", (0.0, None, 0.0))
        known = until > self._now() or (secret is not None and self._proved_elsewhere(secret))
        if secret is not None and known:
            limit = most
            used, left_seconds = self._known.add(secret)
        else:
            limit = max(1, math.ceil(most * SHARE_OF_STRANGERS))
            used, left_seconds = self._strangers.add(address)
        whole, whole_seconds = self._addresses.add(address)
        if whole > most * SHARE_OF_ADDRESS:
            limit, used, left_seconds = math.ceil(most * SHARE_OF_ADDRESS), whole, whole_seconds
        if used > limit:
            said = f"More than {limit} requests in a minute; go on in {left_seconds} s."
            if used <= limit + NOTED:
                self._note(request, whose if known else None)
            headers = {**_told(limit, used, left_seconds), "Retry-After": str(left_seconds)}
            await problem(429, "rate-limited", said, headers)(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def answer(message: Message) -> None:
            nonlocal limit, used, left_seconds
            if message["type"] == "http.response.start":
                self._remember_site(request)
                if secret is not None and (principal := state.get("principal")) is not None:
                    self._prove(secret, principal)
                    if not known:  # it was no stranger's
                        self._strangers.add(address, -1)
                        limit = most
                        used, left_seconds = self._known.add(secret)
                headers = MutableHeaders(scope=message)
                for name, value in _told(limit, used, left_seconds).items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, answer)

    def _note(self, request: Request, whose: Principal | None) -> None:
        """Tells the request log, which is around this, whose site it was that is not asked."""
        until, tenant_id = self._sites.get(_named(request), (0.0, ""))
        if whose is not None:
            tenant_id = whose.tenant_id
            request.state.principal = whose
            if whose.key_id:
                keys.count(tenant_id)
        elif until <= self._now():
            return
        request.state.tenant_id = tenant_id

    def _remember_site(self, request: Request) -> None:
        if (tenant_id := getattr(request.state, "tenant_id", None)) is not None:
            named = _named(request)
            self._sites[named] = self._now() + PROVED_SECONDS, tenant_id
            self._sites.move_to_end(named)
            while len(self._sites) > MOST_SITES:
                self._sites.popitem(last=False)

    def _proved_elsewhere(self, secret: str) -> bool:
        return self._shared is not None and self._shared.has(f"proved {secret}", self._now())

    def _prove(self, secret: str, principal: Principal) -> None:
        now = self._now()
        until = now + PROVED_SECONDS
        told = self._proved[secret][2] if secret in self._proved else 0.0
        # Not with every request: to write is dearer than to look.
        if self._shared is not None and told - now < PROVED_SECONDS / 2:
            told = until if self._shared.keep(f"proved {secret}", until) else 0.0
        self._proved[secret] = until, principal, told
        self._proved.move_to_end(secret)
        while len(self._proved) > MOST:
            self._proved.popitem(last=False)


def counts_of_all(path: Path) -> "SharedCounts":
    """The counts of all web processes, in a file."""
    from flatrender.core.shared import SharedCounts  # which locks files: there are no such locks on Windows

    return SharedCounts(path)


def _named(request: Request) -> tuple[str, str]:
    return request.headers.get("host", "")[:300], request.headers.get("x-app", "")[:60]


def _told(limit: int, used: int, left_seconds: int) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(max(0, limit - used)),
        "RateLimit-Reset": str(left_seconds),
    }


def _secret(request: Request) -> str | None:
    """What the request proves itself with, unreadable."""
    token = bearer(request) or request.cookies.get(COOKIE)
    return hashlib.sha256(token[:200].encode()).hexdigest() if token else None
