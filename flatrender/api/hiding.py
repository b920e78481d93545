"""Fields that a site's own role hides are taken out of every JSON answer, before its tag is made.

Once for all routes, around them: what a job is made of leaves in many answers. A part that is hidden cannot be asked
for with `?fields=` either, nor guessed from an ETag. The services do not sort and search by it (`renders.listing`).
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flatrender.access import rules
from flatrender.access.permissions import Principal
from flatrender.access.rules import Limit

# Below these addresses everything of the name is the thing's.
_OF = {"/api/v1/renders": "renders", "/api/v1/templates": "templates", "/api/v1/keys": "keys"}
# What says a hidden field in other words.
_TOO = {"error": {"error_code", "last_words"}}
# The render manager's answers, and what its clients call the fields (001).
_MANAGER = ("/api/jobs", "/api/user/jobs")
_THERE = {"title": {"projectPath"}, "error": {"errorCode", "message", "logs"}}
_A_JOB = {"id", "title", "state"}  # what tells a job from other things, in answers that hold both
_MIXED = ("/api/v1/home", "/api/v1/projects")


class Hiding:
    """ASGI middleware, the innermost: it looks at answers of people whose role hides something, at no others."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith((*_OF, *_MIXED, *_MANAGER)):
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        parts: list[bytes] = []

        async def passed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _hides(scope) and _is_json(message):
                start = message
            elif start is None:
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    body = _without(b"".join(parts), scope["path"], scope["state"]["principal"].limits)
                    headers = MutableHeaders(raw=start["headers"])
                    headers["Content-Length"] = str(len(body))
                    await send({**start, "headers": headers.raw})
                    await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, passed)


def of_job(row: Mapping[str, Any], limits: Collection[Limit]) -> dict[str, Any]:
    """A job, or a message about one, as far as it may be seen."""
    hidden = _hidden(limits, "renders")
    return {key: _strip(value, hidden, False) for key, value in row.items() if key not in hidden}


def _hidden(limits: Collection[Limit], name: str) -> frozenset[str]:
    hidden = rules.hidden(limits, name)
    return hidden.union(*(_TOO.get(field, ()) for field in hidden))


def _hides(scope: Scope) -> bool:
    principal = scope.get("state", {}).get("principal")
    limits = principal.limits if isinstance(principal, Principal) else ()
    return any(rule.hidden for limit in limits for _, rule in limit.rules)


def _is_json(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").partition(";")[0].endswith("json")


def _without(body: bytes, path: str, limits: Collection[Limit]) -> bytes:
    name = next((name for place, name in _OF.items() if path.startswith(place)), "renders")
    hidden = _hidden(limits, name)
    if path.startswith(_MANAGER):
        hidden = hidden.union(*(_THERE.get(field, ()) for field in hidden))
    try:
        answer = json.loads(body) if hidden else None
    except ValueError:
        return body
    if answer is None:
        return body
    left = _strip(answer, hidden, path.startswith(_MIXED))
    return json.dumps(left, ensure_ascii=False, separators=(",", ":")).encode()


def _strip(value: Any, hidden: frozenset[str], jobs_alone: bool) -> Any:
    if isinstance(value, list):
        return [_strip(each, hidden, jobs_alone) for each in value]
    if not isinstance(value, dict):
        return value
    told = frozenset[str]() if jobs_alone and not value.keys() >= _A_JOB else hidden
    if "title" in hidden and "sha256" in value:
        told |= {"name"}  # a file is called as its film
    return {key: _strip(each, hidden, jobs_alone) for key, each in value.items() if key not in told}
