"""`GET /api/v1/events`: what changes, as it changes, to each browser over one server-sent-event stream.

A browser gets patches, never whole pages. Who gets what follows from the role: users their own jobs, tenant admins
those of their tenant, those who run the farm all jobs and nodes. Queues are bounded: a listener that falls behind is
told to load anew (`resync`). Format: the event streams of the HTML standard (`event:`, `data:`, blank line).
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from flatrender.access import service as access
from flatrender.access.permissions import FARM, JOBS_TENANT, Principal
from flatrender.api.dependencies import COOKIE, Customer
from flatrender.core.bus import get_bus
from flatrender.core.db import get_database
from flatrender.core.errors import NotFound
from flatrender.renders import service

router = APIRouter(tags=["Events"])
HEARTBEAT_SECONDS = 15.0
CHECK_SECONDS = 60.0
QUEUE = 500
MOST_WATCHED = 20
Json = dict[str, Any]


@router.get("/events", response_class=StreamingResponse)
async def events(
    request: Request, principal: Customer, job: Annotated[list[str] | None, Query(max_length=MOST_WATCHED)] = None
) -> StreamingResponse:
    """The stream. `job`: ids of jobs whose steps and log lines are wanted as well.

    Events: `hello` (once), `job` (a row), `job.gone`, `job.step`, `job.log`, `node`, `farm`, `resync` (load anew).
    """
    watched = frozenset(job or ())
    if watched:
        await run_in_threadpool(_check_watched, principal, watched)
    stream = _stream(request, principal, watched)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


def topics_of(principal: Principal, watched: frozenset[str]) -> frozenset[str]:
    """What the bus carries for this person."""
    own = {"farm"} if principal.can(FARM) else {f"tenant:{principal.tenant_id}"}
    return frozenset(own | {f"job:{job_id}" for job_id in watched})


def visible(principal: Principal, payload: Json) -> bool:
    """Whether a message of a topic that this person listens to is theirs to see."""
    if principal.can(FARM) or principal.can(JOBS_TENANT):
        return True
    row = payload.get("job")
    owner = row.get("user_id") if isinstance(row, dict) else payload.get("user_id")
    # Steps and log lines name no user: their topic was checked when the stream was opened.
    return owner == principal.user_id or payload.get("kind") in {"job.step", "job.log"}


def message(kind: str, payload: Json) -> bytes:
    """One event of the stream."""
    return f"event: {kind}\ndata: {json.dumps(payload, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


async def _stream(request: Request, principal: Principal, watched: frozenset[str]) -> AsyncIterator[bytes]:
    bus = get_bus()
    subscription = bus.subscribe(topics_of(principal, watched), limit=QUEUE)
    loop = asyncio.get_running_loop()
    checked = loop.time()
    try:
        yield b"retry: 2000\n\n" + message("hello", {"heartbeat": HEARTBEAT_SECONDS})
        while not await request.is_disconnected():
            found = await subscription.get(HEARTBEAT_SECONDS)
            if loop.time() - checked > CHECK_SECONDS:
                checked = loop.time()
                if not await run_in_threadpool(_still_signed_in, request.cookies.get(COOKIE), principal):
                    yield message("signed-out", {})
                    return
            if subscription.overflowed:
                subscription.overflowed = False
                yield message("resync", {})
            if found is None:
                yield b": still here\n\n"
                continue
            _, payload = found
            if visible(principal, payload):
                yield message(str(payload.get("kind", "message")), payload)
    finally:
        bus.unsubscribe(subscription)


def _check_watched(principal: Principal, watched: frozenset[str]) -> None:
    database = get_database()
    with (
        database.system_session(read_only=True)
        if principal.can(FARM)
        else database.tenant_session(principal.tenant_id, read_only=True)
    ) as session:
        for job_id in watched:
            if len(job_id) > 32:
                raise NotFound("There is no such job.")
            service.find(session, principal, job_id)


def _still_signed_in(token: str | None, principal: Principal) -> bool:
    with get_database().system_session(read_only=True) as session:
        found = access.authenticate(session, token)
        return found is not None and (found.user_id, found.role) == (principal.user_id, principal.role)
