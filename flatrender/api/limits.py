"""How many requests a minute: by API key, by session, else by address. Told in headers, so that programs can slow down.

Header fields of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (in
seconds). Counts are this process's own: they guard against runaway programs, not against an attack from many places.
"""

import hashlib
import math
import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flatrender.api.dependencies import COOKIE, bearer, client_address
from flatrender.api.errors import problem
from flatrender.settings import get_settings

WINDOW = 60.0
SHARE_OF_STRANGERS = 0.2  # without key or session
_MOST_CALLERS = 100_000  # remembered at once


class Limits:
    """ASGI middleware around the API."""

    def __init__(self, app: ASGIApp, now: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self._now = now
        self._seen: dict[str, tuple[float, int]] = {}  # caller → (the window's end, requests in it)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = get_settings().requests_per_minute
        if scope["type"] != "http" or not scope["path"].startswith("/api/") or not most:
            await self.app(scope, receive, send)
            return
        who, known = _caller(Request(scope))
        limit = most if known else max(1, math.ceil(most * SHARE_OF_STRANGERS))
        used, left_seconds = self._count(who)
        told = {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(max(0, limit - used)),
            "RateLimit-Reset": str(left_seconds),
        }
        if used > limit:
            said = f"More than {limit} requests in a minute; go on in {left_seconds} s."
            headers = {**told, "Retry-After": str(left_seconds)}
            await problem(429, "rate-limited", said, headers)(scope, receive, send)
            return
        await self.app(scope, receive, _with(send, told))

    def _count(self, who: str) -> tuple[int, int]:
        now = self._now()
        if len(self._seen) >= _MOST_CALLERS:
            self._seen = {name: kept for name, kept in self._seen.items() if kept[0] > now}
            if len(self._seen) >= _MOST_CALLERS:
                self._seen.clear()
        end, used = self._seen.get(who, (0.0, 0))
        if end <= now:
            end, used = now + WINDOW, 0
        self._seen[who] = end, used + 1
        return used + 1, max(1, math.ceil(end - now))


def _caller(request: Request) -> tuple[str, bool]:
    token = bearer(request) or request.cookies.get(COOKIE)
    if token:
        return hashlib.sha256(token[:200].encode()).hexdigest(), True
    return client_address(request), False


def _with(send: Send, told: dict[str, str]) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in told.items():
                headers[name] = value
        await send(message)

    return answer
