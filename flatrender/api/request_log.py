"""Notes each request of the API for the site's request log, and gives it to its administrators."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import StringConstraints
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flatrender.access import requests
from flatrender.access.permissions import SITE, Principal
from flatrender.api.dependencies import CALLED, Allowed, TenantDbReader, client_address
from flatrender.api.routes import Route
from flatrender.api.times import Moment

router = APIRouter(route_class=Route, prefix="/requests", tags=["Requests"])
Json = dict[str, Any]
Manager = Annotated[Principal, Depends(Allowed(SITE))]
Text = Annotated[str, StringConstraints(max_length=200)]
Ending = Annotated[str, StringConstraints(pattern="^(|ok|refused|failed)$")]


class RequestLog:
    """ASGI middleware around the routes and their limits: notes whose site it was, once one of these has found it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        began, status, sent = time.monotonic(), 500, 0

        async def heard(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        scope.setdefault("state", {})
        scope[CALLED] = set()  # one for all that asks who asks, each with a scope of its own
        try:
            await self.app(scope, receive, heard)
        finally:
            if (tenant_id := scope["state"].get("tenant_id")) is not None:
                who: Principal | None = scope["state"].get("principal")
                route = getattr(scope.get("route"), "path", "")
                requests.waiting.add(
                    tenant_id=tenant_id,
                    method=scope["method"][:8],
                    route=route[:200],
                    path=scope["path"][:300],
                    status=status,
                    milliseconds=min(round((time.monotonic() - began) * 1000), 2**31 - 1),
                    bytes=min(sent, 2**31 - 1),
                    user_id=who.user_id if who else "",
                    key_id=who.key_id if who else "",
                    address=client_address(Request(scope))[:64],
                )


def _search(
    q: Text = "",
    ending: Ending = "",
    method: Text = "",
    user_id: Text = "",
    key_id: Text = "",
    since: Moment | None = None,
    until: Moment | None = None,
    after: Text = "",
) -> requests.Search:
    return requests.Search(ending, method.upper(), q, user_id, key_id, since, until, after)


Wanted = Annotated[requests.Search, Depends(_search)]


@router.get("")
def list_requests(
    me: Manager, session: TenantDbReader, wanted: Wanted, limit: Annotated[int, Query(ge=1, le=requests.MOST)] = 50
) -> Json:
    """What was asked of the site's API in the last months, newest first, a few seconds old at least. `ending`: ok,
    refused, failed; `next`: give it as `after`."""
    found = requests.page(session, wanted, limit)
    return {
        "items": [requests.view(entry) for entry in found],
        "next": found[-1].id if len(found) == limit else None,
    }
