"""The site's own look, read before the first paint: `/tenant.css` (brand, fonts), `/tenant.js` (language, name),
pictures, fonts."""

import json
from html import escape

from fastapi import APIRouter, Request, Response

from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.storage import get_storage
from flatrender.media import site_fonts, site_pictures
from flatrender.tenants import brand as brands
from flatrender.tenants import features, pages, sites, typefaces
from flatrender.tenants.models import Tenant
from flatrender.ui.build import PROJECT, build_id

router = APIRouter(include_in_schema=False)
_HEADERS = {"Cache-Control": "no-cache", "Vary": "Host"}
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}  # its address holds its digest


def _tenant(request: Request) -> Tenant:
    with get_database().system_session(read_only=True) as session:
        return sites.resolve(session, request.headers.get("host", ""))


@router.get("/tenant.css")
def css(request: Request) -> Response:
    """The brand's variables and the site's fonts. A site that set none keeps those of `assets/look/tokens.css`."""
    tenant = _tenant(request)
    text = (brands.read(tenant.brand).css() if tenant.brand else "") + typefaces.css(tenant.fonts)
    return Response(f"/* {tenant.slug} */\n{text}", media_type="text/css", headers=_HEADERS)


@router.get("/tenant.js")
def script(request: Request) -> Response:
    """What the pages ask before they paint."""
    tenant = _tenant(request)
    with get_database().system_session(read_only=True) as session:
        off = sorted(features.off(session, tenant.id))
    facts = json.dumps({**facts_of(tenant), "off": off}).replace("<", "\\u003c")
    # Asked for again, as when the site's pictures change, it leaves what the page was loaded with.
    text = f'window.flatrenderTenant={facts};\nwindow.flatrenderBuild??="{build_id()}";\n'
    return Response(text, media_type="text/javascript", headers=_HEADERS)


@router.get("/tenant-build")
def build() -> Response:
    """Which pages are served now: see `build_id`."""
    return Response(build_id(), media_type="text/plain", headers={"Cache-Control": "no-store"})


def facts_of(tenant: Tenant) -> dict[str, object]:
    """Name, languages and pictures. `mark`: the address of the icon where it is not the house's own."""
    own_mark = bool(tenant.icon) or tenant.id != DEFAULT_TENANT
    return {
        "name": tenant.name,
        "language": tenant.language,
        "languages": tenant.languages,
        "logo": f"/tenant-logo?v={tenant.logo}" if tenant.logo else "",
        "mark": f"/tenant-icon?v={tenant.icon}" if own_mark else "",
        "fonts": [typefaces.address(script, font) for script, font in sorted(tenant.fonts.items())],
        "credit": tenant.credit,
        **{page: _legal(tenant, page) for page in pages.LEGAL},
    }


def _legal(tenant: Tenant, page: str) -> str:
    """Where a legal page is: the site's own, else one elsewhere."""
    elsewhere = {"terms": tenant.terms_url, "privacy": tenant.privacy_url}.get(page, "")
    return f"/legal/{page}" if any(tenant.legal.get(page, {}).values()) else elsewhere


@router.get("/tenant-font/{script}")
def font(request: Request, script: str) -> Response:
    """A font of the site's; 404 where there is none."""
    tenant = _tenant(request)
    kept = tenant.fonts.get(script)
    if kept is None:
        return Response(status_code=404)
    headers = _KEPT if request.query_params.get("v") == kept["digest"] else _HEADERS
    with get_storage().open(site_fonts.key(tenant.id, kept["digest"])) as file:
        return Response(file.read(), media_type="font/woff2", headers=headers)


@router.get("/tenant-landing")
def landing(request: Request) -> Response:
    """The picture of the first page; 404 where there is none."""
    tenant = _tenant(request)
    digest = tenant.landing_picture
    return _picture(request, tenant, digest, "landing") if digest else Response(status_code=404)


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


def _picture(request: Request, tenant: Tenant, digest: str, kind: str = "logo") -> Response:
    headers = _KEPT if request.query_params.get("v") == digest else _HEADERS
    with get_storage().open(site_pictures.key(tenant.id, digest, kind)) as file:
        return Response(file.read(), media_type=f"image/{site_pictures.FORMATS[kind]}", headers=headers)
