"""Which site a request is for: by its host name, or for programs by the header `X-App`.

The default site answers under its own names: that of the public address, those of the settings, this machine's and
IP addresses. Another answers under `<short name>.<a name of the default site>` and under each domain that it has
proven. Where no other site exists and no address was set, every name leads to the default site.
"""

import socket
from urllib.parse import urlsplit

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import Forbidden, NotFound
from flatrender.settings import Settings, get_settings
from flatrender.tenants.hosts import RESERVED, host_name, is_address
from flatrender.tenants.models import Tenant, TenantDomain

# Asked with every request for a site: put together once.
_PROVEN = (
    select(Tenant)
    .join(TenantDomain, col(TenantDomain.tenant_id) == col(Tenant.id))
    .where(col(TenantDomain.name) == bindparam("name"), col(TenantDomain.proven_at).is_not(None))
)
_NAMED = select(Tenant).where(col(Tenant.slug) == bindparam("slug"), col(Tenant.id) != DEFAULT_TENANT)


def resolve(session: Session, host: str | None, app: str | None = None, *, known: Tenant | None = None) -> Tenant:
    """The tenant of a request. Takes a system session.

    `host`: the Host header; None: nobody asks over HTTP. `app`: the header X-App, a site's short name or id. `known`: a
    tenant that was read already; should it be the one that is asked for, it is not read again. Raises NotFound for a
    host or an app that leads nowhere, Forbidden for a site that is suspended.
    """
    if app and known is not None and host_name(host or "") in own_names(get_settings()) and _is_named(known, app):
        tenant = known  # the default site's address serves programs of all sites
    else:
        tenant = _default(session, known) if host is None else _of_host(session, host, known)
        if app:
            tenant = _of_app(session, tenant, app)
    if tenant.suspended_at is not None:
        raise Forbidden(
            "This site is closed for the moment; its owner can tell you more.",
            code="site-suspended",
            languages=[tenant.language, *tenant.languages],
        )
    return tenant


def is_for(tenant_id: str, slug: str, host: str, app: str | None) -> bool:
    """Whether a request is for this site, which is open, as far as its names alone tell. False says nothing: `resolve`
    asks for domains as well."""
    name, own = host_name(host), own_names(get_settings())
    if app:
        return name in own and app.strip().lower()[:60] in {slug, tenant_id}
    if tenant_id == DEFAULT_TENANT:
        return name in own or is_address(name)
    first, _, base = name.partition(".")
    return base in own and first == slug and slug not in RESERVED


def address(session: Session, tenant: Tenant, settings: Settings | None = None) -> str:
    """Where links and letters lead: to its main proven domain, else to its own address."""
    query = select(TenantDomain.name).where(
        col(TenantDomain.tenant_id) == tenant.id, col(TenantDomain.proven_at).is_not(None)
    )
    main = session.scalars(query.order_by(col(TenantDomain.main).desc(), col(TenantDomain.created_at))).first()
    return own_address(tenant, settings) if main is None else f"https://{main}"


def own_address(tenant: Tenant, settings: Settings | None = None) -> str:
    """Where a site answers whatever becomes of its domains: its place below the default site's address."""
    settings = settings or get_settings()
    public = urlsplit(settings.public_url or f"http://localhost:{settings.port}")
    if tenant.id == DEFAULT_TENANT:
        return f"{public.scheme}://{public.netloc}"
    below = "localhost" if is_address(public.hostname or "") else public.hostname
    port = f":{public.port}" if public.port else ""
    return f"{public.scheme}://{tenant.slug}.{below}{port}"


def own_names(settings: Settings) -> set[str]:
    """The names of the default site."""
    return {"localhost", socket.gethostname().lower(), *settings.hosts, _public_name(settings)} - {""}


def may_have_certificate(session: Session, name: str) -> bool:
    """Whether a certificate may be asked for in this name: proven domains, the public address and sites below it."""
    wanted = host_name(name)
    public = _public_name(get_settings())
    if not wanted or is_address(wanted):
        return False
    if wanted == public:
        return True
    tenant = _by_domain(session, wanted) or (_below(session, wanted, {public}) if public else None)
    return tenant is not None and tenant.suspended_at is None


def _of_host(session: Session, header: str, known: Tenant | None) -> Tenant:
    name, settings = host_name(header), get_settings()
    own = own_names(settings)
    if name in own or is_address(name):
        return _default(session, known)
    # Names below the house's are claimed by nobody (`domains.claim`): each name is asked for once.
    found = name and (_below(session, name, own) or _by_domain(session, name))
    if found:
        return found
    others = select(Tenant.id).where(col(Tenant.id) != DEFAULT_TENANT).limit(1)
    if name and not (settings.public_url or settings.hosts or session.scalars(others).first()):
        return _default(session, known)
    raise NotFound("There is no site at this address.", code="unknown-host")


def _is_named(tenant: Tenant, app: str) -> bool:
    return app.strip().lower()[:60] in {tenant.slug, tenant.id}


def _of_app(session: Session, visited: Tenant, app: str) -> Tenant:
    wanted = app.strip().lower()[:60]
    found = session.scalars(select(Tenant).where((col(Tenant.slug) == wanted) | (col(Tenant.id) == wanted))).first()
    # The default site's address serves programs of all sites; a site's own address serves its own alone.
    if found is None or visited.id not in {DEFAULT_TENANT, found.id}:
        said = "No site of this name is served at this address; the house's own address serves those that X-App names."
        raise NotFound(said, code="unknown-app")
    return found


def _by_domain(session: Session, name: str) -> Tenant | None:
    return session.scalars(_PROVEN, params={"name": name}).first()


def _below(session: Session, name: str, bases: set[str]) -> Tenant | None:
    slug, _, base = name.partition(".")
    if base not in bases or slug in RESERVED:
        return None
    return session.scalars(_NAMED, params={"slug": slug}).first()


def _default(session: Session, known: Tenant | None = None) -> Tenant:
    if known is not None and known.id == DEFAULT_TENANT:
        return known
    found = session.get(Tenant, DEFAULT_TENANT)
    if found is None:
        raise NotFound("This site is not set up yet; start it with `flatrender up`.", code="no-tenant")
    return found


def _public_name(settings: Settings) -> str:
    name = urlsplit(settings.public_url or "").hostname or ""
    return "" if is_address(name) else name
