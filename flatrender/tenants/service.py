"""Sites are opened, listed, changed, suspended. All of it takes a system session: a tenant is the root itself."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.core.names import one_line
from flatrender.tenants.hosts import clean_slug
from flatrender.tenants.models import Tenant

MOST_SITES = 1000  # in one list


def free_slug(session: Session, text: str) -> str:
    """A short name that a new site may have. Raises InvalidInput, Conflict for one that is taken."""
    slug = clean_slug(text)
    if session.scalars(select(Tenant.id).where(col(Tenant.slug) == slug)).first() is not None:
        raise _taken(slug)
    return slug


def ensure_default(session: Session, *, sign_up: bool = True) -> Tenant:
    """The default tenant, made when absent."""
    tenant = session.get(Tenant, DEFAULT_TENANT)
    if tenant is None:
        tenant = Tenant(id=DEFAULT_TENANT, slug="default", name="FlatRender", sign_up=sign_up)
        session.add(tenant)
        session.flush()
    return tenant


def create(session: Session, *, slug: str, name: str, language: str = "en", sign_up: bool = True) -> Tenant:
    """A new site. Raises InvalidInput beside the field, Conflict for a short name that is taken."""
    tenant = Tenant(slug=clean_slug(slug), name=clean_name(name), language=language, sign_up=sign_up)
    if language not in {"en", "fa"}:
        raise InvalidInput("Choose English or Persian.", field="language")
    try:
        with session.begin_nested():
            session.add(tenant)
    except IntegrityError:
        raise _taken(tenant.slug) from None
    return tenant


def every(session: Session) -> list[Tenant]:
    """All sites: the default one first, then by name."""
    found = session.scalars(select(Tenant).order_by(col(Tenant.name), col(Tenant.id)).limit(MOST_SITES)).all()
    return sorted(found, key=lambda tenant: tenant.id != DEFAULT_TENANT)


def get(session: Session, tenant_id: str, *, lock: bool = False) -> Tenant:
    """A site by its id or short name; with `lock` nobody else changes it until the commit. Raises NotFound."""
    wanted = tenant_id.strip().lower()
    query = select(Tenant).where((col(Tenant.id) == wanted) | (col(Tenant.slug) == wanted))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound("There is no such site.", code="no-site")
    return found


def suspend(session: Session, tenant_id: str, reason: str = "") -> Tenant:
    """Closes a site: nobody gets in, nothing is lost. Raises NotFound, Conflict for the default site."""
    tenant = get(session, tenant_id)
    if tenant.id == DEFAULT_TENANT:
        raise Conflict("The default site cannot be suspended: you would lock yourself out.", code="default-site")
    tenant.suspended_at = tenant.suspended_at or clock.now()
    tenant.suspended_reason = " ".join(reason.split())[:300]
    session.add(tenant)
    return tenant


def resume(session: Session, tenant_id: str) -> Tenant:
    """Opens a suspended site again. Raises NotFound."""
    tenant = get(session, tenant_id)
    tenant.suspended_at, tenant.suspended_reason = None, ""
    session.add(tenant)
    return tenant


def _taken(slug: str) -> Conflict:
    return Conflict(f"There is a site “{slug}” already.", field="slug", code="slug-taken")


def clean_name(text: str) -> str:
    """A site's name on one line. Raises InvalidInput."""
    name = one_line(text)
    if not 1 <= len(name) <= 120:
        raise InvalidInput("Give the site a name of at most 120 characters.", field="name", code="name-invalid")
    return name
