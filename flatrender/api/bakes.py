"""`/api/v1/projects/{id}/bakes`: what `POST …/bake` answers, over one web socket for as long as a project is open.

The way there and back costs a request more than the bake itself. A message is the POST's body with a number `id`, its
answer `{"id", "patches", "of"}` or `{"id", "problem"}`; they are answered one by one, in order. For pages alone:
programs with keys, and who helps somebody, send requests, each of which is noted. The guard refuses other sites' pages.
"""

import asyncio
import json
import logging
import time
from functools import cache
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from flatrender.access import rules
from flatrender.access.permissions import PROJECTS, Principal
from flatrender.api.cleaning import MOST, clean
from flatrender.api.dependencies import optional_principal, still_signed_in
from flatrender.api.errors import problem, refusal
from flatrender.api.limits import WINDOW, Counts, CountsOfAll
from flatrender.api.places import Place, together
from flatrender.api.projects import Bake, baked
from flatrender.api.slow import DRAWINGS
from flatrender.core.errors import FlatRenderError, RateLimited, Unavailable
from flatrender.settings import get_settings

Json = dict[str, Any]
log = logging.getLogger(__name__)
router = APIRouter(prefix="/projects", tags=["Projects"])

CHECK_SECONDS = 10.0
"""How long who was signed in counts as such without another look."""
MOST_BYTES = 256 * 1024  # of a message; a longer text is sent as a request
MOST_OPEN = 20  # sockets of one person
TRY_LATER, TOO_LARGE, SIGNED_OUT = 1013, 1009, 4401  # closing codes: RFC 6455, and one of ours


@cache
def _asked() -> Counts | CountsOfAll:
    shared = together()
    return Counts(time.monotonic) if shared is None else CountsOfAll(shared, "bake", time.monotonic)


class NumberedBake(Bake):
    """A message: the POST's body, and a number that its answer has too."""

    id: int = Field(ge=0, le=MOST)


@router.websocket("/{project_id}/bakes")
async def bakes(socket: WebSocket, project_id: str) -> None:
    """Answers until the page goes, its user signs out, or a message is too large."""
    try:
        principal = await run_in_threadpool(optional_principal, socket)
    except FlatRenderError:  # a host that leads to no site
        principal = None
    if principal is None or principal.key_id or principal.helper or not principal.can(PROJECTS):
        await socket.close(SIGNED_OUT)
        return
    try:
        place = Place("bakes", principal.user_id, MOST_OPEN)
    except LookupError:
        await socket.close(TRY_LATER)
        return
    keeping = asyncio.create_task(place.keep())
    try:
        await socket.accept()
        await _serve(socket, principal, project_id)
    except WebSocketDisconnect:
        pass
    finally:
        keeping.cancel()
        place.leave()


async def _serve(socket: WebSocket, principal: Principal, project_id: str) -> None:
    loop = asyncio.get_running_loop()
    checked = loop.time()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text") or ""  # bytes are no message
        if len(text) > MOST_BYTES:
            await socket.close(TOO_LARGE)
            return
        if loop.time() - checked > CHECK_SECONDS:
            checked = loop.time()
            if not await run_in_threadpool(still_signed_in, socket, principal):
                await socket.close(SIGNED_OUT)
                return
        limited = _limited(principal)
        try:
            answer = await DRAWINGS.run(principal.user_id, _answer, principal, project_id, text, limited)
        except Unavailable as busy:
            answer = await run_in_threadpool(_answer, principal, project_id, text, busy)
        await socket.send_text(answer)


def _answer(principal: Principal, project_id: str, text: str, refused_with: FlatRenderError | None) -> str:
    number = 0
    try:
        given: Json = clean(json.loads(text))
        message = NumberedBake.model_validate(given)
        number = message.id
        if refused_with is not None:
            raise refused_with
        rules.obey(principal.user_id, principal.limits)
        return f'{{"id":{number},{baked(principal, project_id, message).decode()}}}'
    except FlatRenderError as error:
        refused = refusal(error)
    except (ValueError, RecursionError):
        refused = problem(422, "invalid-input", "This message is no bake that can be read.")
    except Exception:
        log.exception("a bake over the socket of project %s", project_id)
        refused = problem(500, "error", "Something went wrong on our side; it has been logged. Try again.")
    return f'{{"id":{number},"problem":{bytes(refused.body).decode()}}}'


def _limited(principal: Principal) -> RateLimited | None:
    """Counts a message, as many a minute as requests; the refusal where it is one too many."""
    most = get_settings().requests_per_minute
    used, left = _asked().add(principal.user_id)
    if most and used > most:
        return RateLimited(f"More than {most} changes in {WINDOW:g} s; go on in {left} s.", retry_after=left)
    return None
