"""`GET /metrics`: the farm in figures, in Prometheus' text format.

For whoever has `FLATRENDER_METRICS_TOKEN` (`Authorization: Bearer …`), for signed-in platform administrators, and for
programs of this machine itself, as long as nothing says that others reach it: a public address, other hosts, or a
proxy's headers. A proxy on this machine need not say for whom it asks.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Iterable
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from flatrender import __version__
from flatrender.access.permissions import FARM
from flatrender.api import health
from flatrender.api.dependencies import COOKIE, optional_principal
from flatrender.api.description import gives
from flatrender.api.routes import Route
from flatrender.core.db import get_database
from flatrender.core.errors import Forbidden
from flatrender.farm import figures
from flatrender.farm.figures import Series, series
from flatrender.renders import figures as jobs
from flatrender.settings import Settings, get_settings

router = APIRouter(route_class=Route, tags=["Health"])
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REMEMBERED_SECONDS = 3.0  # however many ask, the database is asked no more often
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@router.get("/metrics", response_class=Response, responses=gives("text/plain"))
async def metrics(request: Request) -> Response:
    """The figures, a few seconds old at most. Gauges all: what is now, and what ended within the last hour."""
    await run_in_threadpool(_check, request)
    return Response(await run_in_threadpool(_memory.read), media_type=MEDIA_TYPE)


def _check(request: Request) -> None:
    """Raises Forbidden."""
    token = get_settings().metrics_token
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token is not None and scheme.lower() == "bearer" and _same(given.strip(), token):
        return
    if token is None and _is_of_this_machine(request):
        return
    if COOKIE in request.cookies:
        principal = optional_principal(request)
        if principal is not None and principal.can(FARM):
            return
    raise Forbidden("Figures are for administrators, or for whoever has FLATRENDER_METRICS_TOKEN.")


def _same(given: str, token: str) -> bool:
    digests = [hashlib.sha256(each.encode()).digest() for each in (given, token)]
    return secrets.compare_digest(*digests)


def _is_of_this_machine(request: Request) -> bool:
    settings = get_settings()
    if settings.public_url or settings.hosts:
        return False
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class _Memory:
    """The last answer, of these settings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[Settings, float, str] | None = None

    def read(self) -> str:
        with self._lock:
            settings = get_settings()
            if self._kept is None or self._kept[0] is not settings or time.monotonic() > self._kept[1]:
                self._kept = settings, time.monotonic() + REMEMBERED_SECONDS, exposition(_figures())
            return self._kept[2]


_memory = _Memory()


def _figures() -> list[Series]:
    services = health.read().services
    found = [
        series("flatrender_info", "The version that runs.", [({"version": __version__}, 1.0)]),
        series(
            "flatrender_service_up",
            "1 for a service that answers; services that this installation does without are left out.",
            [({"service": name}, float(one.state == "ok")) for name, one in services.items() if one.state != "absent"],
        ),
    ]
    if services["database"].state != "ok":
        return found
    with get_database().system_session(read_only=True) as session:
        return [*found, *figures.figures(session), *jobs.figures(session)]


def exposition(found: Iterable[Series]) -> str:
    """Prometheus' text format, version 0.0.4."""
    lines = []
    for one in found:
        lines += [f"# HELP {one.name} {one.help}", f"# TYPE {one.name} gauge"]
        for labels, value in one.values:
            inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            lines.append(f"{one.name}{'{' + inside + '}' if inside else ''} {value:.10g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
