"""Tags of what is read, and what asks for them (RFC 9110): once for all routes, around them.

- What is read has an `ETag` by its content. `If-None-Match` with that tag is answered 304, without the body.
- `?fields=` answers named parts alone (see `api.sparse`). The tag is that of the whole: what changed elsewhere is sent
  again, and a part's tag guards an edit as the whole's does.
- A change with `If-Match` is done while the address that it changes still has that tag; else 412, and nothing is done.
  Where the address itself cannot be read, the nearest above it counts: `POST /projects/{id}/ops` is guarded by the tag
  of `/projects/{id}`. Read means JSON that a route declares (see `readable`): streams, files and redirects are not
  looked at, for they may wait for ever, cost much, or leave traces.

Guarded changes of one address wait for each other, in all web processes of the house (`core.turns`), so that of two
that saw the same tag one is done. A film's operations hold their project's row and check its revision there as well
(`projects.service.apply_ops`).
"""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakValueDictionary

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flatrender.access.permissions import Principal
from flatrender.api import sparse
from flatrender.api.errors import problem
from flatrender.api.slow import GUARDS
from flatrender.core.db import get_database
from flatrender.core.errors import InvalidInput, NotFound, Unavailable
from flatrender.core.turns import Turn
from flatrender.settings import get_settings

ROOT = "/api/v1/"
MOST_NAMED = 50  # tags of one header
SMALL = 64 * 1024  # bytes that are read and written at once: a thread would take longer
LOOK_SECONDS = 10.0  # others who change the same wait for a look
ASKS_OTHERS = {"x-asks-others": True}
"""`openapi_extra` of a route that reads by asking other machines: no tag of it guards anything."""
_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# Of the request that changes, not of the look at what it changes.
_ITS_OWN = frozenset({b"if-match", b"if-none-match", b"content-type", b"content-length", b"idempotency-key", b"range"})
_LOOK = "flatrender.look"  # in the scope of a look: the _Seen that waits for it


class Conditional:
    """ASGI middleware inside of the idempotency keys: a change that was done is answered again, whatever came since."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._turns: MutableMapping[str, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(ROOT):
            await self.app(scope, receive, send)
        elif scope["method"] == "GET":
            await self._read(scope, receive, send)
        elif scope["method"] in _CHANGES and (named := Headers(scope=scope).get("if-match")) is not None:
            await self._change(named, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get("fields")
        try:
            wanted = sparse.read(asked[-1]) if asked else None
        except InvalidInput as error:
            await _refusal(error)(scope, receive, send)
            return
        known = Headers(scope=scope).get("if-none-match", "")
        await self.app(scope, receive, _Tagged(scope, receive, send, known, wanted))

    async def _change(self, named: str, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/")
        while True:
            turn = self._turns.setdefault(path, asyncio.Lock())
            async with turn, AsyncExitStack() as everywhere:
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        seen = await self._look(scope, path)
                        # Else nothing will be changed, and nobody needs to wait.
                        if seen.readable and seen.status == 200 and _matches(named, seen.headers.get("etag", "")):
                            await _take(everywhere, path, seen.who)
                            seen = await self._look(scope, path)
                except (TimeoutError, Unavailable):
                    said = "What this would change could not be read in time; nothing was done. Try again."
                    await problem(503, "unavailable", said, {"Retry-After": "5"})(scope, receive, send)
                    return
                if not seen.readable:
                    path = path.rpartition("/")[0]
                    if path.startswith(ROOT):
                        continue
                    said = "Nothing at this address can be read, so no tag guards it; send this without If-Match."
                    await problem(412, "not-guarded", said)(scope, receive, send)
                elif seen.status != 200:  # who may not see it cannot know its tag, and what is gone is gone
                    await Response(seen.body, seen.status, dict(seen.headers))(scope, receive, send)
                elif not _matches(named, seen.headers.get("etag", ""), strong=True):
                    said = "This has been changed since you read it; read it again, then decide."
                    headers = {"ETag": seen.headers["etag"]} if "etag" in seen.headers else {}
                    await problem(412, "changed-meanwhile", said, headers)(scope, receive, send)
                else:
                    await self.app(scope, receive, send)
                return

    async def _look(self, scope: Scope, path: str) -> "_Seen":
        """What a GET of `path` by the same caller answers, where that is `readable`."""
        headers = [(name, value) for name, value in scope["headers"] if name not in _ITS_OWN]
        look = {key: value for key, value in scope.items() if key not in {"state", "endpoint", "route", "path_params"}}
        look |= {"method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
        seen = _Seen()
        look[_LOOK] = seen
        receive = _nothing()
        await self.app(look, receive, _Tagged(look, receive, seen, "", None))
        principal = look.get("state", {}).get("principal")
        seen.who = principal.user_id if isinstance(principal, Principal) else ""
        return seen


async def _take(everywhere: AsyncExitStack, path: str, who: str) -> None:
    """Waits for the turn of an address among all processes; it is given back at the stack's end. A process has few,
    which last as long as the changes: one person has some of them."""
    await everywhere.enter_async_context(GUARDS.turn(f"of {who}"))
    turn = Turn(get_database(), get_settings().data_dir / "turns", path)
    everywhere.push_async_callback(run_in_threadpool, turn.give_back)
    await GUARDS.run(path, turn.take, LOOK_SECONDS)


def readable(route: APIRoute) -> bool:
    """Whether a GET of it may be done to look: it declares that it answers 200 with JSON, out of what we keep here.

    A route that returns a response of its own (a stream, a file, a redirect) declares no such thing.
    """
    given: Any = route.response_class
    kind: type = getattr(given, "value", given)  # the usual one comes wrapped
    return (
        "GET" in (route.methods or ())
        and route.response_field is not None
        and issubclass(kind, JSONResponse)
        and route.status_code in {None, 200}
        and not (route.openapi_extra or {}).keys() & ASKS_OTHERS.keys()
    )


async def only_readable(request: Request) -> None:
    """A dependency of every route, the first: a look at one that is not `readable` ends before anything is done."""
    seen = request.scope.get(_LOOK)
    if isinstance(seen, _Seen):
        seen.readable = readable(request.scope["route"])
        if not seen.readable:
            raise NotFound("There is nothing to look at.")


class _Seen:
    """An answer that is looked at here: its head, and the body of a refusal."""

    def __init__(self) -> None:
        self.status = 0
        self.readable = False  # whether a route gives it, and may be asked; whatever it answered
        self.headers: Headers = Headers()
        self.body = b""
        self.who = ""  # whose request it was

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], Headers(raw=message["headers"])
        elif self.status != 200:
            self.body += message.get("body", b"")


class _Tagged:
    """Passes an answer on: JSON that comes in one piece with a tag, in parts where some are wanted, or as 304."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, known: str, wanted: sparse.Wanted | None) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._known, self._wanted = known, wanted
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_json(message):
            self._start = message  # waits for the body
            return
        start, self._start = self._start, None
        if start is None or message["type"] != "http.response.body" or message.get("more_body"):
            if start is not None:
                await self._send(start)
            await self._send(message)
            return
        headers, body = MutableHeaders(raw=start["headers"]), message.get("body", b"")
        tag = headers.get("etag") or f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        headers["ETag"] = tag
        if _matches(self._known, tag):
            kept = {name: value for name, value in headers.items() if name not in {"content-length", "content-type"}}
            await Response(None, 304, kept)(self._scope, self._receive, self._send)
            return
        if self._wanted is not None:
            try:
                body = await self._picked(body)
            except InvalidInput as error:
                await _refusal(error)(self._scope, self._receive, self._send)
                return
            headers["Content-Length"] = str(len(body))
        await self._send({**start, "headers": headers.raw})
        await self._send({**message, "body": body})

    async def _picked(self, body: bytes) -> bytes:
        wanted = self._wanted or {}
        return await run_in_threadpool(_picked, body, wanted) if len(body) > SMALL else _picked(body, wanted)


def _picked(body: bytes, wanted: sparse.Wanted) -> bytes:
    answer: Any = sparse.pick(json.loads(body), wanted)
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _is_json(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return start["status"] == 200 and kind.partition(";")[0].strip() == "application/json"


def _matches(named: str, tag: str, *, strong: bool = False) -> bool:
    """Whether a header of tags (or `*`) names this one. `strong`: byte for byte, so that `W/"…"` names nothing."""
    if named.strip() == "*":
        return True
    tags: Iterable[str] = (each.strip() for each in named.split(",")[:MOST_NAMED])
    return bool(tag) and any((each if strong else each.removeprefix("W/")) == tag for each in tags)


def _refusal(error: InvalidInput) -> Response:
    return problem(error.status, error.code, error.message, field=error.field)


def _nothing() -> Receive:
    """A caller who has sent an empty body, and has gone: nothing waits for more of them."""
    messages: Iterator[Message] = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    return receive
