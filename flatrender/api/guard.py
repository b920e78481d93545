"""What every request passes: no changes asked for by another site's page, no endless bodies, the security headers."""

import re

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flatrender.api.errors import problem
from flatrender.core.origin import is_own

# Files are counted where they are received (api/uploads.py, api/tus.py), at these addresses only; all else is a form
# or JSON, whatever it calls itself.
MAX_BODY = 2_000_000
FOREIGN = 4403  # how a web socket of ours is closed for another site's page
PIECES = "application/offset+octet-stream"  # of resumable uploads
_TOO_LARGE = "This request is too large; send at most 2 MB."
_UPLOADS = re.compile(r"/api/v1/(media|projects/otio|templates(/[^/]+/(scan/preview|fonts/[^/]+/file))?)/?")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

# Nothing is loaded from, sent to or framed by another origin. The framework's start scripts are inline, its
# `call_script` evaluates, and the player is WebAssembly: hence the three exceptions for scripts.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)


class Guard:
    """ASGI middleware around the whole web process: pages and API."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        api = scope["path"].startswith("/api/")
        if scope["type"] == "websocket":
            if api and _foreign(scope, headers):
                await send({"type": "websocket.close", "code": FOREIGN})
            else:
                await self.app(scope, receive, send)
            return
        answer = _with_headers(send, api)
        if api and scope["method"] not in _SAFE and _foreign(scope, headers):
            refused = problem(403, "foreign-origin", "This request came from another site.")
            await refused(scope, receive, answer)
        elif _is_counted_elsewhere(scope, headers):
            await self.app(scope, receive, answer)
        elif _declared(headers) > MAX_BODY:
            refused = problem(413, "too-large", _TOO_LARGE)
            await refused(scope, receive, answer)
        else:
            await self.app(scope, _counted(receive), answer)


def _is_counted_elsewhere(scope: Scope, headers: Headers) -> bool:
    kind = headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        return scope["method"] == "POST" and _UPLOADS.fullmatch(scope["path"]) is not None
    return kind == PIECES and scope["method"] == "PATCH" and scope["path"].startswith("/api/v1/media/uploads/")


def _declared(headers: Headers) -> int:
    text = headers.get("content-length", "")
    return int(text) if text.isdigit() and len(text) < 16 else 0


def _counted(receive: Receive) -> Receive:
    """A body without a declared length is counted as it comes."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > MAX_BODY:
            raise HTTPException(413, _TOO_LARGE)
        return message

    return counted


def _with_headers(send: Send, api: bool) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "same-origin")
            headers.setdefault("X-Frame-Options", "SAMEORIGIN")
            headers.setdefault("Content-Security-Policy", POLICY)
            if api:
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return answer


def _foreign(scope: Scope, headers: Headers) -> bool:
    # Browsers send Origin with every such request; programs without a browser send none and hold no cookie by accident.
    # Panels inside After Effects have an odd Origin: their token stands for it, where a token counts at all.
    path = scope["path"]
    if "x-api-token" in headers and (path == "/api/jobs" or path.startswith("/api/jobs/")):
        return False
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    return not is_own(origin, headers.get("host", ""), scope.get("scheme", "http"))
