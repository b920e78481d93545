"""The REST API: one router per domain under /api/v1; the health routes beside it.

To add a domain: write `flatrender/api/<domain>.py` with a `router` (an APIRouter) and name it in ROUTERS.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request, Response

from flatrender import __version__
from flatrender.api import auth, errors, events, farm, health, media, projects, renders, templates

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    media.router,
    templates.router,
    projects.router,
    renders.router,
    farm.router,
    events.router,
)

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def create_api() -> FastAPI:
    """The API as an application of its own; the web process mounts it beside the pages."""
    app = FastAPI(
        title="FlatRender",
        version=__version__,
        description="Templates in, films out. Errors are problem+json with a stable `code`.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": errors.Problem, "content": {errors.MEDIA_TYPE: {}}, "description": "Problem"}},
    )
    errors.install(app)
    app.include_router(health.router)
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    app.middleware("http")(_guard)
    return app


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuses changes that another site's page asks for with our cookie, and sets the security headers."""
    if request.method not in _SAFE and request.url.path.startswith("/api/") and _foreign(request):
        response: Response = errors.problem(403, "foreign-origin", "This request came from another site.")
    else:
        response = await call_next(request)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    if request.url.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _foreign(request: Request) -> bool:
    # Browsers send Origin with every such request; programs without a browser send none and hold no cookie by accident.
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    return urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
