"""Signing in with another account (OpenID Connect): the way there and back, and a site's providers."""

import logging
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from flatrender.access import arriving, openid, providers, tries
from flatrender.access.models import IdentityProvider
from flatrender.api.auth import local_path, with_session_cookie
from flatrender.api.dependencies import SiteTenant, client_address, person
from flatrender.api.routes import Route
from flatrender.api.sites import Chosen, Site, SiteDb, SiteDbReader
from flatrender.api.slow import OTHERS
from flatrender.core.db import get_database
from flatrender.core.errors import FlatRenderError, NotSignedIn, RateLimited
from flatrender.settings import get_settings
from flatrender.tenants.models import Tenant

router = APIRouter(route_class=Route, tags=["Accounts"])
Json = dict[str, Any]
Text = Annotated[str, StringConstraints(max_length=500)]
COOKIE, HOME = "fr_journey", "/api/v1/auth/openid"
JOURNEYS = 60  # of one network address, in the window of `tries`
log = logging.getLogger(__name__)


class NewProvider(BaseModel):
    """A provider. `domains`: companies whose people alone may come; `makes_accounts`: also who has none here yet."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    issuer: Text
    client_id: Text
    client_secret: Text
    domains: list[Text] = Field(default_factory=list, max_length=50)
    makes_accounts: bool = True


class ProviderChange(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    client_id: Text | None = None
    client_secret: Text | None = None
    domains: list[Text] | None = Field(default=None, max_length=50)
    makes_accounts: bool | None = None
    active: bool | None = None


@router.get("/auth/openid")
def list_offered(tenant: SiteTenant) -> Json:
    """The accounts with which visitors may sign in."""
    with get_database().tenant_session(tenant.id, read_only=True) as session:
        return {"items": [{"id": each.id, "name": each.name} for each in providers.offered(session)]}


@router.get("/auth/openid/{provider_id}/back", include_in_schema=False)
async def come_back(
    provider_id: str,
    request: Request,
    tenant: SiteTenant,
    state: Text = "",
    code: str = "",
    error: Text = "",
    iss: Text = "",
) -> Response:
    """Where a provider sends people back to; leads on to the page that they wanted, or says why not. Each has an
    address of its own: no other one's code is taken for it."""
    who = tries.network(client_address(request))
    return await OTHERS.run(who, _come_back, provider_id, request, tenant, state, code, error, iss)


def _come_back(
    provider_id: str, request: Request, tenant: Tenant, state: str, code: str, error: str, iss: str
) -> Response:
    try:
        way = openid.journey(request.cookies.get(COOKIE), state)
        if way.provider_id != provider_id:
            raise NotSignedIn("This sign-in began with another provider; try again.", code="provider-stale")
        if error or not 1 <= len(code) <= 4000:
            raise NotSignedIn("Signing in was not finished over there.", code="provider-refused")
        with get_database().tenant_session(tenant.id, read_only=True) as session:
            provider = providers.get(session, provider_id, active=True)
        _count_return(tenant, request, way)
        token = arriving.sign_in(
            get_database(),
            tenant,
            provider,
            openid.arrive(provider, way, code, iss),
            address=client_address(request),
            agent=request.headers.get("user-agent", ""),
            language=tenant.language,
        )
        answer = with_session_cookie(token, RedirectResponse(local_path(way.next), 303))
    except FlatRenderError as problem:
        log.info("nobody came back: %s", problem.message)
        answer = RedirectResponse(f"/sign-in?{urlencode({'problem': problem.code})}", 303)
    answer.delete_cookie(COOKIE, path=HOME)
    return answer


@router.get("/auth/openid/{provider_id}", status_code=303, response_class=RedirectResponse)
async def leave(
    provider_id: str, request: Request, tenant: SiteTenant, next: Annotated[str, Query()] = "/"
) -> Response:
    """Leads to the provider; its page leads back."""
    return await OTHERS.run(tries.network(client_address(request)), _leave, provider_id, request, tenant, next)


def _leave(provider_id: str, request: Request, tenant: Tenant, next: str) -> Response:
    with get_database().tenant_session(tenant.id, read_only=True) as session:
        provider = providers.get(session, provider_id, active=True)
    with get_database().system_session() as session:
        tries.count(session, tries.key("openid", tenant.id, tries.network(client_address(request))), JOURNEYS)
    try:
        there = openid.depart(provider, back_at(request, provider.id), local_path(next[:2000]))
    except NotSignedIn as problem:
        return RedirectResponse(f"/sign-in?{urlencode({'problem': problem.code})}", 303)
    answer = RedirectResponse(there.address, 303)
    secure = get_settings().secure_cookies
    # Lax: the way back is a link from another site.
    answer.set_cookie(
        COOKIE, there.kept, max_age=openid.LONGEST_JOURNEY, httponly=True, secure=secure, samesite="lax", path=HOME
    )
    return answer


def back_at(request: Request, provider_id: str) -> str:
    """The address of `come_back` on the visited host, as it is entered at the provider."""
    scheme = "https" if get_settings().secure_cookies else request.url.scheme
    return f"{scheme}://{request.headers.get('host', '')}{HOME}/{provider_id}/back"


def _count_return(tenant: Tenant, request: Request, way: openid.Journey) -> None:
    """Before anything is asked of the provider: a browser comes back so often, and from each journey once."""
    with get_database().system_session() as session:
        tries.count(session, tries.key("openid-back", tenant.id, tries.network(client_address(request))), JOURNEYS)
        try:
            tries.count(session, tries.key("openid-journey", tenant.id, way.state), 1)
        except RateLimited:
            raise NotSignedIn("This sign-in has been used already; try again.", code="provider-stale") from None


@router.get("/sites/{site_id}/providers")
def list_providers(chosen: Site, session: SiteDbReader, request: Request) -> Json:
    """The site's providers. `redirect_uri`: what is entered there as the place to come back to."""
    return {"items": [_view(each, request) for each in providers.listed(session)]}


# How people sign in is for people to change: a key that leaked must not open a door.
@router.post("/sites/{site_id}/providers", status_code=201, dependencies=[Depends(person)])
async def add_provider(wish: NewProvider, chosen: Site, request: Request) -> Json:
    """Adds a provider, once it answers by its name."""
    columns = await OTHERS.run(chosen.principal.user_id, providers.checked, wish.model_dump())
    return await run_in_threadpool(_add, chosen, columns, request)


def _add(chosen: Chosen, columns: Json, request: Request) -> Json:
    with get_database().tenant_session(chosen.tenant.id) as session:
        return _view(providers.create(session, chosen.principal, columns), request)


@router.patch("/sites/{site_id}/providers/{provider_id}", dependencies=[Depends(person)])
def change_provider(provider_id: str, wish: ProviderChange, chosen: Site, session: SiteDb, request: Request) -> Json:
    """Changes a provider; an absent secret stays as it is."""
    columns = providers.checked(wish.model_dump(exclude_none=True))
    return _view(providers.change(session, chosen.principal, provider_id, columns), request)


@router.delete("/sites/{site_id}/providers/{provider_id}", status_code=204, dependencies=[Depends(person)])
def remove_provider(provider_id: str, chosen: Site, session: SiteDb) -> Response:
    """Forgets a provider; the accounts of its people stay."""
    providers.remove(session, chosen.principal, provider_id)
    return Response(status_code=204)


def _view(provider: IdentityProvider, request: Request) -> Json:
    return {
        "id": provider.id,
        "name": provider.name,
        "issuer": provider.issuer,
        "redirect_uri": back_at(request, provider.id),
        "client_id": provider.client_id,
        "domains": provider.domains,
        "makes_accounts": provider.makes_accounts,
        "active": provider.active,
        "created_at": provider.created_at,
    }
