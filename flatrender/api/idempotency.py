"""`Idempotency-Key`: a request that is sent twice is done once (draft-ietf-httpapi-idempotency-key-header).

The answer of a POST, PATCH, PUT or DELETE under /api/v1 is kept for a day under the caller (a person, or one of their
API keys) and the key. The same request again gets the same answer, with `Idempotency-Replayed: true`; another request
under that key is refused with 422, one that comes while the first still runs with 409, and so is one whose answer was
too large to be kept: it is done, and what came of it is to be read. A refused or failed request is not kept: it may
be tried again.
"""

import hashlib
import json

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flatrender.access import answers
from flatrender.api.dependencies import optional_principal
from flatrender.api.errors import problem
from flatrender.core.db import get_database
from flatrender.core.errors import FlatRenderError

HEADER = "idempotency-key"
LONGEST = 100
MOST_ANSWER = 256 * 1024
# Their answers hold secrets, which are kept nowhere.
_SECRET = ("/api/v1/auth/", "/api/v1/keys", "/api/v1/node-tokens", "/api/v1/sites", "/api/v1/webhooks")
_METHODS = frozenset({"POST", "PATCH", "PUT", "DELETE"})


class Idempotency:
    """ASGI middleware inside of the guard, which bounds the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        if not 1 <= len(key) <= LONGEST or not key.isprintable():
            said = f"An idempotency key has 1 to {LONGEST} printable characters."
            await problem(422, "idempotency-key", said, field="Idempotency-Key")(scope, receive, send)
            return
        try:
            body = await request.body()
        except HTTPException as error:  # the guard's: nothing outside of the routes would make an answer of it
            await problem(error.status_code, "too-large", error.detail)(scope, receive, send)
            return
        try:
            principal = await run_in_threadpool(optional_principal, request)
        except FlatRenderError:
            principal = None  # the route says what is wrong
        if principal is None:
            await self.app(scope, _again(body), send)
            return
        asked = f"{scope['method']} {scope['path']}?{scope['query_string'].decode('latin-1')}"
        digest = hashlib.sha256(asked.encode() + b"\0" + body).hexdigest()
        begun = await run_in_threadpool(answers.begin, get_database(), principal, key, digest)
        if isinstance(begun, answers.Kept) and begun.status == answers.LOST:
            said = "This was done under its idempotency key; the answer was too large to be kept. Read what came of it."
            await problem(409, "idempotency-key-done", said)(scope, receive, send)
        elif isinstance(begun, answers.Kept):
            await _replay(begun)(scope, receive, send)
        elif begun == answers.OTHER:
            said = "This idempotency key was used for another request; use a new one."
            await problem(422, "idempotency-key-reused", said, field="Idempotency-Key")(scope, receive, send)
        elif begun == answers.RUNNING:
            said = "The first request with this idempotency key still runs; ask again in a moment."
            await problem(409, "idempotency-key-running", said, {"Retry-After": "1"})(scope, receive, send)
        else:
            heard = _Heard(send)
            try:
                await self.app(scope, _again(body), heard)
            finally:
                kept = heard.kept()
                await run_in_threadpool(answers.end, get_database(), principal, key, kept)


class _Heard:
    """Passes an answer on and remembers it, where it is small and no failure."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._type = ""
        self._body = b""
        self._whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._type = dict(message["headers"]).get(b"content-type", b"").decode("latin-1")
        elif message["type"] == "http.response.body":
            if len(self._body) <= MOST_ANSWER:
                self._body += message.get("body", b"")
            self._whole = not message.get("more_body", False)
        await self._send(message)

    def kept(self) -> answers.Kept | None:
        text = self._type.startswith("application/json") or not self._body
        if not (self._whole and 200 <= self._status < 300 and text):
            return None
        if len(self._body) > MOST_ANSWER:
            return answers.Kept(answers.LOST, None)
        return answers.Kept(self._status, json.loads(self._body) if self._body else None)


def _replay(kept: answers.Kept) -> Response:
    headers = {"Idempotency-Replayed": "true"}
    if kept.body is None:
        return Response(status_code=kept.status, headers=headers)
    text = json.dumps(kept.body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, kept.status, headers, "application/json")


def _key(scope: Scope) -> str | None:
    """The header, where it counts: changes with a bounded body. Renders keep theirs with the job as well."""
    if scope["type"] != "http" or scope["method"] not in _METHODS or not scope["path"].startswith("/api/v1/"):
        return None
    if scope["path"].startswith(_SECRET):
        return None
    found = {name: value for name, value in scope["headers"] if name in {b"idempotency-key", b"content-type"}}
    key: bytes | None = found.get(b"idempotency-key")
    if key is None or found.get(b"content-type", b"").startswith((b"multipart/", b"application/offset")):
        return None
    return key.decode("latin-1").strip()


def _again(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
