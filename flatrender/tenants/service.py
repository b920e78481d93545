"""Which tenant a request belongs to."""

from sqlmodel import Session, select

from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import NotFound
from flatrender.tenants.models import Tenant


def ensure_default(session: Session, *, sign_up: bool = True) -> Tenant:
    """The default tenant, made when absent. Takes a system session."""
    tenant = session.get(Tenant, DEFAULT_TENANT)
    if tenant is None:
        tenant = Tenant(id=DEFAULT_TENANT, slug="default", name="FlatRender", sign_up=sign_up)
        session.add(tenant)
        session.flush()
    return tenant


def resolve(session: Session, host: str | None) -> Tenant:
    """The tenant of a host name, else the default one. Takes a system session."""
    name = (host or "").rsplit(":", 1)[0].lower().rstrip(".")
    if name:
        tenant = session.scalars(select(Tenant).where(Tenant.host == name)).first()
        if tenant is not None:
            return tenant
    found = session.get(Tenant, DEFAULT_TENANT)
    if found is None:
        raise NotFound("This site is not set up yet; start it with `flatrender up`.", code="no-tenant")
    return found
