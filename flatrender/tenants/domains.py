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
        others = "another TXT record" if len(found) == 1 else f"{len(found)} other TXT records"
        seen = f"; it holds {others}" if found else ""
        raise InvalidInput(
            f"{name} has no TXT record “{wanted}” yet{seen}. New records may take an hour to be seen.",
            field="name",
            code="domain-unproven",
        )


def _prove(session: Session, domain_id: str, tenant_id: str) -> TenantDomain:
    """Notes that the record was seen; the first proven domain becomes the main one. Raises NotFound, Conflict when
    another site has proven the same name."""
    domain = get(session, domain_id, tenant_id)
    main = select(TenantDomain.id).where(col(TenantDomain.tenant_id) == domain.tenant_id, col(TenantDomain.main))
    try:
        with session.begin_nested():
            domain.proven_at = clock.now()
            domain.main = all(other == domain.id for other in session.scalars(main))
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
    It goes from one site to the other in one transaction, in a session of the system: `at_loser` gets it, the lost
    domain and the name of that site's main one from then on (empty: as before), `also` gets it and the proven one.
    Raises NotFound, InvalidInput, Conflict, Unavailable.
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
    gone = holder is not None and not _stands(holder, records)
    with database.system_session() as session:
        if holder is not None and gone:
            _lose(session, holder, at_loser)
        proven = _prove(session, domain_id, tenant_id)
        if also is not None:
            also(session, proven)
        return proven


def _stands(domain: TenantDomain, records: TextRecords | None) -> bool:
    try:
        look_up(domain, records)
    except InvalidInput:
        return False
    return True


def _lose(session: Session, held: TenantDomain, also: Callable[[Session, TenantDomain, str], None] | None) -> None:
    """Takes a proven domain from its site, whose administrators hear of it: `domain.lost`. Links and letters name the
    main one; where it was this, it is from now on the one of the others that was proven first."""
    found = select(TenantDomain).where(col(TenantDomain.id) == held.id, col(TenantDomain.proven_at).is_not(None))
    lost = session.scalars(found).first()
    if lost is None:  # somebody else was quicker
        return
    was_main, lost.main, lost.proven_at = lost.main, False, None
    session.add(lost)
    session.flush()
    heir = _follow(session, lost.tenant_id) if was_main else None
    outbox.record(session, LOST, {"name": lost.name}, tenant_id=lost.tenant_id)
    if also is not None:
        also(session, lost, heir.name if heir is not None else "")


def _follow(session: Session, tenant_id: str) -> TenantDomain | None:
    """The main domain in place of one that is gone: of those that are proven the one that was first."""
    proven = select(TenantDomain).where(
        col(TenantDomain.proven_at).is_not(None), col(TenantDomain.tenant_id) == tenant_id
    )
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
    heir = _follow(session, domain.tenant_id) if was_main else None
    return domain, heir.name if heir is not None else ""


def get(session: Session, domain_id: str, tenant_id: str = "") -> TenantDomain:
    """A domain of this site, in a system session of `tenant_id`, by id or name. Raises NotFound."""
    wanted = domain_id.strip().lower()
    query = select(TenantDomain).where((col(TenantDomain.id) == wanted) | (col(TenantDomain.name) == wanted))
    if tenant_id:
        query = query.where(col(TenantDomain.tenant_id) == tenant_id)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound("There is no such domain here.", code="no-domain")
    return found
