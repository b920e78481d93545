"""`GET /health` and `GET /api/health`: the state of each service, for people, supervisors and load balancers."""

import shutil
import threading
import time
from typing import Any, Literal

import redis
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import text

from flatrender import __version__
from flatrender.access.permissions import FARM
from flatrender.api.dependencies import COOKIE, optional_principal
from flatrender.api.routes import Route
from flatrender.core.db import get_database
from flatrender.core.errors import FlatRenderError
from flatrender.core.storage import get_storage
from flatrender.film.ffmpeg import find_ffmpeg
from flatrender.settings import Settings, get_settings

router = APIRouter(route_class=Route, tags=["Health"])
LEAST_FREE = 500_000_000
REMEMBERED_SECONDS = 3.0  # however many ask, the services are asked no more often


class Service(BaseModel):
    """One component. `absent` is a component that this installation does without."""

    state: Literal["ok", "absent", "failed"]
    detail: str = ""


class Health(BaseModel):
    """`ok` when nothing failed; the status code is 503 when the database or the storage failed.

    `version` and the details are for administrators.
    """

    status: Literal["ok", "degraded", "failed"]
    version: str = ""
    services: dict[str, Service]


class _Memory:
    """The last answer, of these settings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[Settings, float, Health] | None = None

    def read(self) -> Health:
        """The last answer while it is fresh, else one made now; once, however many ask."""
        with self._lock:
            settings = get_settings()
            if self._kept is None or self._kept[0] is not settings or time.monotonic() > self._kept[1]:
                found = _checked()
                self._kept = settings, time.monotonic() + REMEMBERED_SECONDS, found
            return self._kept[2]


_memory = _Memory()


def read() -> Health:
    """Everything that is known of the services, a few seconds old at most."""
    return _memory.read()


FAILED: dict[int | str, Any] = {503: {"model": Health, "description": "The database or the storage failed."}}


@router.get("/health", response_model_exclude_defaults=True, responses=FAILED)
@router.get("/api/health", include_in_schema=False, response_model_exclude_defaults=True)
def health(request: Request, response: Response) -> Health:
    """The state of each service, a few seconds old at most; with details for administrators."""
    found = _memory.read()
    if found.status == "failed":
        response.status_code = 503
    if _is_administrator(request):
        return found
    return Health(
        status=found.status, services={name: Service(state=service.state) for name, service in found.services.items()}
    )


def _is_administrator(request: Request) -> bool:
    if COOKIE not in request.cookies:
        return False
    try:
        principal = optional_principal(request)
    except Exception:  # without a database nobody is known, and that is what is asked for here
        return False
    return principal is not None and principal.can(FARM)


def _checked() -> Health:
    services = {"database": _database(), "redis": _redis(), "storage": _storage(), "ffmpeg": _ffmpeg()}
    if pages := get_settings().pages_redis_url:  # with several web processes
        there = "Redis does not answer; open pages do nothing until it does."
        services["pages"] = _answers(pages, there)
    failed = {name for name, service in services.items() if service.state == "failed"}
    fatal = bool(failed & {"database", "storage"})
    status: Literal["ok", "degraded", "failed"] = "failed" if fatal else "degraded" if failed else "ok"
    return Health(status=status, version=__version__, services=services)


def _database() -> Service:
    try:
        database = get_database()
        with database.system_session(read_only=True) as session:
            session.connection().execute(text("SELECT 1"))
        return Service(state="ok", detail="SQLite" if database.is_sqlite else "PostgreSQL")
    except Exception:
        return Service(state="failed", detail="The database does not answer.")


def _redis() -> Service:
    url = get_settings().redis_url
    if url is None:
        return Service(state="absent", detail="Nodes look for work in the database.")
    return _answers(url, "Redis does not answer; nodes look for work in the database.")


def _answers(url: str, otherwise: str) -> Service:
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            client.ping()
        return Service(state="ok")
    except redis.RedisError:
        return Service(state="failed", detail=otherwise)


def _storage() -> Service:
    if get_settings().storage is not None:
        try:
            get_storage().exists("health")
        except FlatRenderError as error:
            return Service(state="failed", detail=error.message)
        return Service(state="ok")
    try:
        storage_dir = get_settings().storage_dir
        storage_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(storage_dir).free
    except OSError:
        return Service(state="failed", detail="The storage folder is gone.")
    if free < LEAST_FREE:
        return Service(state="failed", detail=f"Only {free // 10**6} MB are free.")
    return Service(state="ok", detail=f"{free // 10**9} GB free")


def _ffmpeg() -> Service:
    try:
        find_ffmpeg()
        return Service(state="ok")
    except Exception:
        return Service(state="failed", detail="FFmpeg was not found; run `flatrender doctor`.")
