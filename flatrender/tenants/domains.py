"""The domains of a site: claimed, proven by a DNS record, the main one chosen. Takes the tenant's session.

Proof: a TXT record `site-proof=<token>` at `_site-proof.<domain>`. The token is the claim's own, so that one
tenant's record proves nothing for another.
"""

import hmac
import secrets
from collections.abc import Callable

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from flatrender.core import clock, outbox
from flatrender.core.db import Database
from flatrender.core.dns import NameServers, TextRecords
from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.settings import get_settings
from flatrender.tenants.hosts import clean_domain
from flatrender.tenants.models import TenantDomain
from flatrender.tenants.sites import own_names

MOST_DOMAINS = 20
LOST = "domain.lost"
PREFIX = "_site-proof"  # not this software's name: a site wears its own


def every(session: Session) -> list[TenantDomain]:
    """The site's domains, the main one first."""
    query = select(TenantDomain).order_by(col(TenantDomain.main).desc(), col(TenantDomain.name))
    return list(session.scalars(query).all())


def record_of(domain: TenantDomain) -> tuple[str, str]:
    """The name and the text of the TXT record that proves a domain."""
    return f"{PREFIX}.{domain.name}", f"site-proof={domain.token}"


def claim(session: Session, text: str) -> TenantDomain:
    """A domain to be proven. Raises InvalidInput, Conflict for one that is listed already."""
    name = clean_domain(text)
    if any(name == own or name.endswith(f".{own}") for own in own_names(get_settings())):
        raise InvalidInput("This name belongs to the house itself; give one of yours.", field="name", code="reserved")
    if session.scalars(select(func.count()).select_from(TenantDomain)).one() >= MOST_DOMAINS:
        raise Conflict(f"A site has at most {MOST_DOMAINS} domains.", field="name", code="too-many-domains")
    domain = TenantDomain(name=name, token=secrets.token_urlsafe(24))
    try:
        with session.begin_nested():
            session.add(domain)
    except IntegrityError:
        raise Conflict(f"{name} is in the list already.", field="name", code="domain-taken") from None
    return domain


def look_up(domain: TenantDomain, records: TextRecords | None = None) -> None:
    """Asks DNS, outside of any transaction. Raises InvalidInput when the record is not there, Unavailable."""
    name, wanted = record_of(domain)
    found = (records or NameServers(get_settings().dns_servers)).of(name)
    if not any(hmac.compare_digest(text.strip().encode(), wanted.encode()) for text in found):
        seen = f"; it holds {len(found)} other TXT records" if found else ""
        raise InvalidInput(
            f"{name} has no TXT record “{wanted}” yet{seen}. New records may take an hour to be seen.",
            field="name",
            code="domain-unproven",
        )


def prove(session: Session, domain_id: str) -> TenantDomain:
    """Notes that the record was seen; the first proven domain becomes the main one. Raises NotFound, Conflict when
    another site has proven the same name."""
    domain = get(session, domain_id)
    try:
        with session.begin_nested():
            domain.proven_at = clock.now()
            domain.main = not any(other.main for other in every(session) if other.id != domain.id)
            session.add(domain)
    except IntegrityError:
        session.refresh(domain)
        raise Conflict(f"{domain.name} leads to another site; remove it there first.", code="domain-taken") from None
    return domain


def establish(
    database: Database,
    tenant_id: str,
    domain_id: str,
    records: TextRecords | None = None,
    also: Callable[[Session, TenantDomain], None] | None = None,
    at_loser: Callable[[Session, TenantDomain, str], None] | None = None,
) -> TenantDomain:
    """Looks for a domain's record; from then on it leads to this site.

    Another site that had proven the same name keeps it only as long as its own record is there: names change hands.
    `at_loser` gets its session, the domain and the name of its main one from then on (empty: as before).
    `also` is called in the same transaction. Raises NotFound, InvalidInput, Conflict, Unavailable.
    """
    with database.tenant_session(tenant_id, read_only=True) as session:
        domain = get(session, domain_id)
    look_up(domain, records)
    others = select(TenantDomain).where(
        col(TenantDomain.name) == domain.name,
        col(TenantDomain.proven_at).is_not(None),
        col(TenantDomain.tenant_id) != tenant_id,
    )
    with database.system_session(read_only=True) as session:
        holder = session.scalars(others).first()
    if holder is not None:
        try:
            look_up(holder, records)
        except InvalidInput:
            with database.tenant_session(holder.tenant_id) as session:
                _lose(session, holder.id, at_loser)
    with database.tenant_session(tenant_id) as session:
        proven = prove(session, domain_id)
        if also is not None:
            also(session, proven)
        return proven


def _lose(session: Session, domain_id: str, also: Callable[[Session, TenantDomain, str], None] | None) -> None:
    """Takes a proven domain from its site, whose administrators hear of it: `domain.lost`. Links and letters name the
    main one; where it was this, it is from now on the one of the others that was proven first."""
    lost = get(session, domain_id)
    if lost.proven_at is None:  # somebody else was quicker
        return
    was_main, lost.main, lost.proven_at = lost.main, False, None
    session.add(lost)
    session.flush()
    heir = _follow(session) if was_main else None
    outbox.record(session, LOST, {"name": lost.name}, tenant_id=lost.tenant_id)
    if also is not None:
        also(session, lost, heir.name if heir is not None else "")


def _follow(session: Session) -> TenantDomain | None:
    """The main domain in place of one that is gone: of those that are proven the one that was first."""
    proven = select(TenantDomain).where(col(TenantDomain.proven_at).is_not(None))
    heir = session.scalars(proven.order_by(col(TenantDomain.proven_at), col(TenantDomain.name))).first()
    if heir is not None:
        heir.main = True
        session.add(heir)
    return heir


def make_main(session: Session, domain_id: str) -> TenantDomain:
    """The domain that links and e-mails name. Raises NotFound, Conflict for one that is not proven."""
    domain = get(session, domain_id)
    if domain.proven_at is None:
        raise Conflict("Prove the domain first.", code="domain-unproven")
    session.execute(update(TenantDomain).values(main=False))
    session.expire_all()
    domain = get(session, domain_id)
    domain.main = True
    session.add(domain)
    return domain


def remove(session: Session, domain_id: str) -> tuple[TenantDomain, str]:
    """Forgets a domain; it leads nowhere from now on. With it the name of the one that is the main one in its place,
    empty where that does not change. Raises NotFound."""
    domain = get(session, domain_id)
    was_main = domain.main
    session.delete(domain)
    session.flush()
    heir = _follow(session) if was_main else None
    return domain, heir.name if heir is not None else ""


def get(session: Session, domain_id: str) -> TenantDomain:
    """A domain of this site by id or name. Raises NotFound."""
    wanted = domain_id.strip().lower()
    query = select(TenantDomain).where((col(TenantDomain.id) == wanted) | (col(TenantDomain.name) == wanted))
    found = session.scalars(query).first()
    if found is None:
        raise NotFound("There is no such domain here.", code="no-domain")
    return found
