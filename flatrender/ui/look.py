"""The site's own look, read before the first paint: `/tenant.css` (brand), `/tenant.js` (language, name), pictures."""

import json
from html import escape

from fastapi import APIRouter, Request, Response

from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.storage import get_storage
from flatrender.media import site_pictures
from flatrender.tenants import brand as brands
from flatrender.tenants import features, sites
from flatrender.tenants.models import Tenant
from flatrender.ui.build import PROJECT

router = APIRouter(include_in_schema=False)
_HEADERS = {"Cache-Control": "no-cache", "Vary": "Host"}
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}  # its address holds its digest


def _tenant(request: Request) -> Tenant:
    with get_database().system_session(read_only=True) as session:
        return sites.resolve(session, request.headers.get("host", ""))


@router.get("/tenant.css")
def css(request: Request) -> Response:
    """The brand's variables. A site that set none keeps those of `assets/look/tokens.css`."""
    tenant = _tenant(request)
    text = brands.read(tenant.brand).css() if tenant.brand else ""
    return Response(f"/* {tenant.slug} */\n{text}", media_type="text/css", headers=_HEADERS)


@router.get("/tenant.js")
def script(request: Request) -> Response:
    """What the pages ask before they paint."""
    tenant = _tenant(request)
    with get_database().system_session(read_only=True) as session:
        off = sorted(features.off(session, tenant.id))
    facts = json.dumps({**facts_of(tenant), "off": off}).replace("<", "\\u003c")
    return Response(f"window.flatrenderTenant={facts};\n", media_type="text/javascript", headers=_HEADERS)


def facts_of(tenant: Tenant) -> dict[str, object]:
    """Name, languages and pictures. `mark`: the address of the icon where it is not the house's own."""
    own_mark = bool(tenant.icon) or tenant.id != DEFAULT_TENANT
    return {
        "name": tenant.name,
        "language": tenant.language,
        "languages": tenant.languages,
        "logo": f"/tenant-logo?v={tenant.logo}" if tenant.logo else "",
        "mark": f"/tenant-icon?v={tenant.icon}" if own_mark else "",
        "credit": tenant.credit,
        "terms": tenant.terms_url,
        "privacy": tenant.privacy_url,
    }


@router.get("/tenant-logo")
def logo(request: Request) -> Response:
    """The logo; 404 where there is none."""
    tenant = _tenant(request)
    return _picture(request, tenant, tenant.logo) if tenant.logo else Response(status_code=404)


@router.get("/tenant-icon")
def icon(request: Request) -> Response:
    """The icon: the site's, else its initial in its colours; the default site's is the house's mark."""
    tenant = _tenant(request)
    if tenant.icon:
        return _picture(request, tenant, tenant.icon)
    if tenant.id == DEFAULT_TENANT:
        drawn = (PROJECT / "assets" / "icon.svg").read_text("utf-8")
    else:
        drawn = initial(tenant.name, brands.read(tenant.brand))
    return Response(drawn, media_type="image/svg+xml", headers=_HEADERS)


def initial(name: str, brand: brands.Brand) -> str:
    """The first letter of a name as an SVG."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
        f'<rect width="24" height="24" rx="6" fill="{brand.solid}"/>'
        '<text x="12" y="17" text-anchor="middle" font-family="Inter,Vazirmatn,sans-serif" font-size="14" '
        f'font-weight="700" fill="{brand.on_solid}">{escape(name[:1].upper())}</text></svg>'
    )


def _picture(request: Request, tenant: Tenant, digest: str) -> Response:
    headers = _KEPT if request.query_params.get("v") == digest else _HEADERS
    with get_storage().open(site_pictures.key(tenant.id, digest)) as file:
        return Response(file.read(), media_type="image/png", headers=headers)
