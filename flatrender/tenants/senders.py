"""In whose name a site's letters come: its own address where it may be used, else the house's.

A mail server signs what it sends for the house's domain. An address of a site's is used once its domain, or one above
it, is proven to be the site's (`FLATRENDER_MAIL_SENDERS=proven`, the default); until then the house's address stands
under the site's name, and answers go where the site wants them.
"""

import re
from dataclasses import dataclass

from sqlmodel import Session, col, select

from flatrender.core.errors import InvalidInput
from flatrender.core.names import one_line
from flatrender.settings import Settings
from flatrender.tenants.hosts import clean_domain
from flatrender.tenants.models import Tenant, TenantDomain

# RFC 5322, 3.2.3: dot-atom. What would have to be quoted is not taken.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


@dataclass(frozen=True)
class Sender:
    """`address` empty: the house's."""

    name: str
    address: str
    reply_to: str


def of(session: Session, tenant: Tenant, settings: Settings) -> Sender:
    """Who sends a site's letters now."""
    own = tenant.sender_address if _may_use(session, tenant, settings) else ""
    return Sender(tenant.sender_name or tenant.name, own, tenant.reply_to or ("" if own else tenant.sender_address))


def clean_name(text: str) -> str:
    """A name on one line; empty: the site's. Raises InvalidInput."""
    name = one_line(text)
    if len(name) > 100 or not name.isprintable():
        raise InvalidInput("Give a name of at most 100 characters.", field="sender_name", code="name-invalid")
    return name


def clean_address(text: str, field: str) -> str:
    """One plain e-mail address, or none. Raises InvalidInput beside `field`."""
    given = text.strip()
    if not given:
        return ""
    local, _, domain = given.rpartition("@")
    try:
        if len(local) > 64 or not _LOCAL.fullmatch(local):
            raise InvalidInput("")
        address = f"{local}@{clean_domain(domain)}"
    except InvalidInput:
        address = ""
    if not address or len(address) > 254 or "/" in domain:
        raise InvalidInput(
            "Give one e-mail address such as hello@example.com.", field=field, code="address-invalid"
        ) from None
    return address


def _may_use(session: Session, tenant: Tenant, settings: Settings) -> bool:
    if not tenant.sender_address or settings.any_sender:
        return bool(tenant.sender_address)
    domain = tenant.sender_address.rpartition("@")[2]
    proven = select(TenantDomain.name).where(
        col(TenantDomain.tenant_id) == tenant.id, col(TenantDomain.proven_at).is_not(None)
    )
    return any(domain == name or domain.endswith(f".{name}") for name in session.scalars(proven))
