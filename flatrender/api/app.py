"""The REST API: one router per domain under /api/v1; the health routes beside it.

To add a domain: write `flatrender/api/<domain>.py` with a `router` (an APIRouter) and name it in ROUTERS.
"""

from functools import cache
from typing import Any

from fastapi import APIRouter, Depends, FastAPI

from flatrender import __version__
from flatrender.api import (
    accounts,
    administration,
    audit,
    auth,
    bakes,
    errors,
    events,
    farm,
    features,
    health,
    home,
    keys,
    library,
    media,
    metrics,
    notifications,
    openid,
    projects,
    render_manager,
    renders,
    request_log,
    roles,
    sharing,
    sites,
    templates,
    tus,
    usage,
    webhooks,
)
from flatrender.api.cleaning import clean_body
from flatrender.api.conditional import Conditional, only_readable
from flatrender.api.dependencies import SiteTenant
from flatrender.api.description import describe
from flatrender.api.forwarded import Forwarded
from flatrender.api.guard import Guard
from flatrender.api.hiding import Hiding
from flatrender.api.idempotency import Idempotency
from flatrender.api.limits import Limits
from flatrender.api.request_log import RequestLog
from flatrender.api.routes import Index

Json = dict[str, Any]
PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = (
    projects.router,  # routes are tried in order: a keystroke waits for these
    auth.router,
    accounts.router,
    openid.router,
    tus.router,  # these before the files: their addresses lie below those
    library.router,
    media.router,
    templates.router,
    renders.router,
    home.router,
    farm.router,
    administration.router,
    sites.router,
    sharing.router,
    features.router,
    keys.router,
    roles.router,
    audit.router,
    request_log.router,
    webhooks.router,
    notifications.router,
    usage.router,
    events.router,
)


def create_api(*inner: Any) -> FastAPI:
    """The API as an application of its own; the web process mounts it beside the pages.

    `inner`: further ASGI middlewares, inside of the guard.
    """
    app = FastAPI(
        title="FlatRender",
        version=__version__,
        description="Templates in, films out. Errors are problem+json with a stable `code`.",
        openapi_url=None,  # `description` serves it, in the name of the visited site
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"model": errors.Problem, "description": "Refused"}},  # `description` says it whole
    )
    errors.install(app)
    app.include_router(health.router)
    app.include_router(metrics.router)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX, dependencies=[Depends(only_readable), Depends(clean_body)])
    app.include_router(bakes.router, prefix=PREFIX)  # a web socket: there is no body, and nothing to look at
    # Routes of other systems keep their own names.
    app.include_router(render_manager.router, prefix="/api", dependencies=[Depends(clean_body)])

    app.router.middleware_stack = Index(app.router, f"{PREFIX}/")

    described = cache(lambda: describe(app.openapi()))

    @app.get("/api/openapi.json", include_in_schema=False)
    def description(tenant: SiteTenant) -> Json:
        """The description of this API, OpenAPI 3.1, in the name of the visited site."""
        whole = described()
        return {**whole, "info": {**whole["info"], "title": tenant.name}}

    # The last one is the outermost.
    errors.answer_the_rest(app)
    for middleware in (Hiding, *inner, Conditional, Idempotency, Limits, RequestLog, Guard, Forwarded):
        app.add_middleware(middleware)
    return app
