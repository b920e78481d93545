"""What routes ask for: the tenant, the signed-in user, a session that sees only that tenant."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv6Address, ip_address
from typing import Annotated

from fastapi import Depends, Request
from fastapi.requests import HTTPConnection
from sqlmodel import Session

from flatrender.access import helping, keys, rules
from flatrender.access import service as access
from flatrender.access.permissions import FARM, JOBS_TENANT, NOT_COVERED, PROJECTS, TEMPLATES, Principal
from flatrender.core.db import get_database
from flatrender.core.errors import FlatRenderError, Forbidden, NotSignedIn, Unavailable
from flatrender.settings import get_settings
from flatrender.tenants import sites
from flatrender.tenants.models import Tenant

COOKIE = "fr_session"
CALLED = "flatrender.called"
"""In the scope of a request, and of the looks that it needs: the sites on which it is counted as a program's call."""


def request_tenant(request: Request) -> Tenant:
    """The tenant of the request's host name, or of its header X-App."""
    with get_database().system_session(read_only=True) as session:
        tenant = _resolved(session, request)
    request.state.tenant_id = tenant.id
    return tenant


def optional_principal(request: HTTPConnection) -> Principal | None:
    """Who asks (see `_asking`), with a request or by opening a web socket; the request log hears of it."""
    principal = _asking(request)
    if principal is not None:
        request.state.principal, request.state.tenant_id = principal, principal.tenant_id
    return principal


def still_signed_in(request: HTTPConnection, principal: Principal) -> bool:
    """Whether who opened a connection may still do what they might then. Where the database is away for a moment nobody
    can say: connections outlive it, and are looked at again."""
    try:
        found = optional_principal(request)
    except Unavailable:
        return True
    except FlatRenderError:  # a key that was revoked, a site that was suspended
        return False
    return found is not None and _may(found) == _may(principal)


def _may(principal: Principal) -> tuple[object, ...]:
    """Whom somebody acts as, and what they may do."""
    return principal.user_id, principal.tenant_id, principal.role, principal.limits, principal.scopes, principal.key_id


def _asking(request: HTTPConnection) -> Principal | None:
    """The signed-in user, or whom an API key acts for, or None. A session of another tenant's host does not count."""
    if (secret := bearer(request)) is not None:
        with get_database().system_session(read_only=True) as session:
            tenant = _resolved(session, request)
        reading = _method(request) in {"GET", "HEAD"}
        called: set[str] = request.scope.setdefault(CALLED, set())
        first = tenant.id not in called
        called.add(tenant.id)
        try:
            return keys.authenticate(
                get_database(), secret, tenant.id, reading=reading, address=client_address(request), first=first
            )
        except Forbidden:  # over the month's limit: it is no call, and refused as often as it asks
            called.discard(tenant.id)
            raise
    token, host, app = request.cookies.get(COOKIE), request.headers.get("host", ""), request.headers.get("x-app")
    found = access.signed_in(get_database(), token)
    if found is not None and sites.is_for(found[0].tenant_id, found[1], host, app):
        return replace(found[0], address=client_address(request))
    with get_database().system_session(read_only=True) as session:
        principal, own = access.authenticated(session, token) or (None, None)
        # Asked for in any case: what leads to no site, or to one that is suspended, says so to everybody.
        if _resolved(session, request, own).id != (principal.tenant_id if principal else ""):
            return None
        principal = replace(principal, address=client_address(request)) if principal else None
    if (
        principal is not None
        and principal.helper
        and _method(request) not in {"GET", "HEAD"}
        and not request.url.path.endswith("/auth/help")
    ):
        helping.note(get_database(), principal, f"{_method(request)} {request.url.path}")
    return principal


def _method(request: HTTPConnection) -> str:
    return str(request.scope.get("method", "GET"))  # a web socket has none


def bearer(request: HTTPConnection) -> str | None:
    """The API key of a request: `Authorization: Bearer …`, or `X-API-Token` where it is one of ours."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and given.strip():
        return given.strip()
    token = request.headers.get("x-api-token", "").strip()
    return token if token.startswith(keys.PREFIX) else None


def _resolved(session: Session, request: HTTPConnection, known: Tenant | None = None) -> Tenant:
    return sites.resolve(session, request.headers.get("host", ""), request.headers.get("x-app"), known=known)


# What only looks at the principal is async: a sync dependency costs a turn through the thread pool.
async def signed_in(principal: Annotated[Principal | None, Depends(optional_principal)]) -> Principal:
    """The signed-in user. Raises NotSignedIn."""
    if principal is None:
        raise NotSignedIn("Sign in to go on.")
    if principal.scopes is not None and not principal.scopes:  # it may only look, and this is no look
        raise Forbidden(NOT_COVERED, code="key-scope")
    rules.obey(principal.user_id, principal.limits)
    return principal


async def maybe(principal: Annotated[Principal | None, Depends(optional_principal)]) -> Principal | None:
    """The signed-in user, or None for a visitor."""
    rules.obey(principal.user_id if principal else "", principal.limits if principal else ())
    return principal


def no_key(principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
    """A signed-in user, or who helps them; no program."""
    if principal.key_id:
        raise Forbidden("An API key cannot do this; sign in.", code="not-for-keys")
    return principal


def person(principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
    """A signed-in user who is here in person: what signs in is for neither keys nor helpers to change."""
    no_key(principal)
    if principal.helper:
        raise Forbidden("Only they can do this themselves; end the help first.", code="not-while-helping")
    return principal


async def account_holder(principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
    """The signed-in user, whose own account is to change: no scope covers it, so a key that has scopes may not."""
    if principal.scopes is not None:
        raise Forbidden(NOT_COVERED, code="key-scope")
    return principal


class Allowed:
    """A dependency: the signed-in user, who has `permission`."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    async def __call__(self, principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
        principal.require(self.permission)
        return principal


def tenant_db(principal: Annotated[Principal, Depends(signed_in)]) -> Iterator[Session]:
    """A session of the user's tenant; committed before the answer goes out."""
    with get_database().tenant_session(principal.tenant_id) as session:
        yield session


def tenant_db_reader(principal: Annotated[Principal, Depends(signed_in)]) -> Iterator[Session]:
    """As `tenant_db`, for reading alone: takes no write lock."""
    with get_database().tenant_session(principal.tenant_id, read_only=True) as session:
        yield session


# Scope "function": the commit happens before the answer is sent, so that a failed commit is a failed request.
TenantDb = Annotated[Session, Depends(tenant_db, scope="function")]
TenantDbReader = Annotated[Session, Depends(tenant_db_reader, scope="function")]
SiteTenant = Annotated[Tenant, Depends(request_tenant)]
Maybe = Annotated[Principal | None, Depends(maybe)]
Me = Annotated[Principal, Depends(signed_in)]
AccountHolder = Annotated[Principal, Depends(account_holder)]
Person = Annotated[Principal, Depends(person)]
NoKey = Annotated[Principal, Depends(no_key)]
Customer = Annotated[Principal, Depends(Allowed(PROJECTS))]
Designer = Annotated[Principal, Depends(Allowed(TEMPLATES))]
TenantAdmin = Annotated[Principal, Depends(Allowed(JOBS_TENANT))]
FarmAdmin = Annotated[Principal, Depends(Allowed(FARM))]


def client_address(request: HTTPConnection) -> str:
    """The caller's network address. Behind proxies that the settings trust, the nearest one that is no such proxy."""
    address = _one_way(request.client.host if request.client else "")
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while hops and is_trusted_proxy(address):
        address = _one_way(hops.pop())
    return address


def is_trusted_proxy(address: str) -> bool:
    """Whether what this address says about a visitor may be believed."""
    try:
        return any(ip_address(_one_way(address)) in network for network in get_settings().trusted_proxies)
    except ValueError:
        return False


def _one_way(address: str) -> str:
    """An address of IPv4 is told as one, also where the server listens to IPv6 and sees it as one of that: there they
    all lie in one network."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    return str(read.ipv4_mapped) if isinstance(read, IPv6Address) and read.ipv4_mapped else address
