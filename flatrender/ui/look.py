"""The site's own look: `/tenant.css` (brand colours) and `/tenant.js` (language, name), read before the first paint."""

import json

from fastapi import APIRouter, Request, Response

from flatrender.core.db import get_database
from flatrender.tenants import service as tenants
from flatrender.tenants.models import Tenant

router = APIRouter(include_in_schema=False)
_HEADERS = {"Cache-Control": "no-cache"}


def _tenant(request: Request) -> Tenant:
    with get_database().system_session(read_only=True) as session:
        return tenants.resolve(session, request.headers.get("host"))


@router.get("/tenant.css")
def css(request: Request) -> Response:
    """The brand's variables. The default site keeps those of `assets/look/tokens.css`."""
    return Response(f"/* {_tenant(request).slug} */\n", media_type="text/css", headers=_HEADERS)


@router.get("/tenant.js")
def script(request: Request) -> Response:
    """What the pages ask before they paint."""
    tenant = _tenant(request)
    facts = json.dumps({"language": tenant.language, "name": tenant.name}).replace("<", "\\u003c")
    return Response(f"window.flatrenderTenant={facts};\n", media_type="text/javascript", headers=_HEADERS)
