"""`GET /api/v1/events`: what changes, as it changes, to each browser over one server-sent-event stream.

A browser gets patches, never whole pages. Who gets what follows from the role: users their own jobs, tenant admins
those of their tenant, those who run the farm all jobs and nodes; everybody hears that the farm is stopped or goes on.
Queues are bounded: a listener that falls behind is told to load anew (`resync`). Format: the event streams of the HTML
standard; each message is JSON with a `kind`.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from flatrender.access import rules
from flatrender.access.permissions import FARM, JOBS_TENANT, Principal
from flatrender.api.dependencies import Customer, still_signed_in
from flatrender.api.description import gives
from flatrender.api.hiding import of_job
from flatrender.api.places import Place
from flatrender.api.routes import Route
from flatrender.core.bus import EVERYONE, get_bus
from flatrender.core.db import get_database
from flatrender.core.errors import RateLimited, Unavailable
from flatrender.farm import service as farm
from flatrender.renders import views

router = APIRouter(route_class=Route, tags=["Events"])
HEARTBEAT_SECONDS = 15.0
CHECK_SECONDS = 10.0
"""How long who was signed in counts as such without another look."""
QUEUE = 500
MOST_OPEN = 20  # streams of one person; a browser has one
Json = dict[str, Any]


class _Placed(StreamingResponse):
    """A stream that has a place among those of its person for as long as it is open: taken and given back here, for a
    request may end after its route and before its answer. Raises RateLimited."""

    def __init__(self, user_id: str, stream: AsyncIterator[bytes], **how: Any) -> None:
        super().__init__(stream, **how)
        self._user_id = user_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            place = Place("events", self._user_id, MOST_OPEN)
        except LookupError:
            said = f"{MOST_OPEN} event streams of yours are open; close some first."
            raise RateLimited(said, retry_after=60) from None
        keeping = asyncio.create_task(place.keep())
        try:
            await super().__call__(scope, receive, send)
        finally:
            keeping.cancel()
            place.leave()


@router.get("/events", response_class=StreamingResponse, responses=gives("text/event-stream"))
async def events(request: Request, principal: Customer) -> StreamingResponse:
    """The stream. Kinds: `hello` (once), `job` (a row), `job.step` (a step of a job), `job.gone`, `node`, `farm`,
    `render.…` (what happened to a job), `media` (a file of one's own), `media.gone`, `notifications` (there is news,
    or it was read), `resync` (load anew), `signed-out`. One person has at most 20 at once."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return _Placed(principal.user_id, _stream(request, principal), media_type="text/event-stream", headers=headers)


def topics_of(principal: Principal) -> frozenset[str]:
    """What the bus carries for this person: their own files, what happens to jobs, and whether the farm is stopped."""
    jobs = {"farm"} if principal.can(FARM) else {f"tenant:{principal.tenant_id}", EVERYONE}
    return frozenset({*jobs, f"user:{principal.user_id}"})


def visible(principal: Principal, payload: Json) -> bool:
    """Whether a message of a topic that this person listens to is theirs to see."""
    if payload.get("kind") == "farm":
        return True
    row = payload.get("job")
    owner = row.get("user_id") if isinstance(row, dict) else payload.get("user_id")
    if principal.can(FARM) or principal.can(JOBS_TENANT):
        return owner is None or owner == principal.user_id or rules.sees_all(principal.limits, "renders")
    return owner == principal.user_id


def _read_by(principal: Principal, payload: Json, stopped: bool) -> Json:
    """A message as this person's requests would be answered."""
    if payload.get("kind") != "job":
        return payload
    return {**payload, "job": views.seen(payload["job"], principal, stopped)}


def message(payload: Json) -> bytes:
    """One event of the stream."""
    return f"data: {json.dumps(payload, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def messages(payload: Json) -> Iterator[bytes]:
    """A message of the bus as events: a job's row, then each step that changed with it."""
    steps = payload.pop("steps", ()) if payload.get("kind") == "job" else ()
    yield message(payload)
    at = payload["job"].get("updated_at") if steps else None
    for step in steps:
        yield message({"kind": "job.step", "job_id": payload["job"]["id"], "at": at, "step": step})


def _is_stopped(tenant_id: str) -> bool | None:
    """Whether the farm is stopped; None while the database is away."""
    try:
        with get_database().tenant_session(tenant_id, read_only=True) as session:
            return farm.is_stopped(session)
    except Unavailable:
        return None


def _ahead() -> float:
    """How many seconds earlier than a whole round a stream looks first: those that begin together, after a restart, do
    not ask the database together ever after."""
    return random.uniform(0, CHECK_SECONDS)


async def _stream(request: Request, principal: Principal) -> AsyncIterator[bytes]:
    bus = get_bus()
    subscription = bus.subscribe(topics_of(principal), limit=QUEUE)
    loop = asyncio.get_running_loop()
    checked = loop.time() - _ahead()
    stopped: bool | None = None
    try:
        yield b"retry: 2000\n\n" + message({"kind": "hello", "heartbeat": HEARTBEAT_SECONDS})
        while True:  # when the browser goes, the response is cancelled here
            if stopped is None:  # from here on the bus tells
                stopped = await run_in_threadpool(_is_stopped, principal.tenant_id)
            found = await subscription.get(min(HEARTBEAT_SECONDS, max(0.0, checked + CHECK_SECONDS - loop.time())))
            if loop.time() - checked >= CHECK_SECONDS:
                checked = loop.time()
                if not await run_in_threadpool(still_signed_in, request, principal):
                    yield message({"kind": "signed-out"})
                    return
            if subscription.overflowed:
                subscription.overflowed, stopped = False, None
                yield message({"kind": "resync"})
            if found is None:
                yield b": still here\n\n"
                continue
            _, payload = found
            if payload.get("kind") == "farm":
                stopped = payload["stopped"]
            if visible(principal, payload):
                for event in messages(of_job(_read_by(principal, payload, stopped is True), principal.limits)):
                    yield event
    finally:
        bus.unsubscribe(subscription)
