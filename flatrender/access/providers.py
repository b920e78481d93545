"""The identity providers of a site, as its administrators set them up. Takes a tenant session."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from flatrender.access import audit, openid
from flatrender.access.audit import Act
from flatrender.access.models import IdentityProvider, Role, User
from flatrender.access.permissions import OWNERS, SITES, Principal
from flatrender.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from flatrender.core.names import one_line
from flatrender.core.sealing import seal, unseal
from flatrender.tenants.hosts import clean_domain

MOST = 10


def offered(session: Session) -> list[IdentityProvider]:
    """Those that visitors may choose, by name."""
    return list(session.scalars(_all().where(col(IdentityProvider.active))).all())


def listed(session: Session) -> list[IdentityProvider]:
    """All of them, by name."""
    return list(session.scalars(_all()).all())


def get(session: Session, provider_id: str, *, active: bool = False) -> IdentityProvider:
    """A provider of this site. Raises NotFound; with `active` also for one that is switched off."""
    found = session.scalars(select(IdentityProvider).where(col(IdentityProvider.id) == provider_id)).first()
    if found is None or (active and not found.active):
        raise NotFound("There is no such provider here.", code="no-provider")
    return found


def checked(wish: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what `wish` names; an issuer is asked who it is, so call this outside of a transaction.

    Raises InvalidInput beside the field.
    """
    found: dict[str, Any] = {}
    for name, value in wish.items():
        match name:
            case "name":
                found[name] = one_line(value)
                if not 1 <= len(found[name]) <= 40:
                    raise InvalidInput("Give it a name of at most 40 characters.", field=name, code="provider-name")
            case "issuer":
                found[name] = value.strip()
            case "client_id":
                found[name] = value.strip()
                if not found[name]:
                    raise InvalidInput("Enter the client ID.", field=name, code="provider-client")
            case "client_secret":
                if not value.strip():
                    raise InvalidInput("Enter the client secret.", field=name, code="provider-client")
                found["secret"] = seal(openid.SEALED, value.strip())
            case "domains":
                found[name] = _domains(value)
            case "makes_accounts" | "active":
                found[name] = bool(value)
    if "issuer" in found:
        openid.discover(found["issuer"])
    return found


def create(session: Session, principal: Principal, columns: Mapping[str, Any]) -> IdentityProvider:
    """A new provider. Raises Conflict when there are too many, Forbidden where it could say that its maker is an owner
    of the site."""
    owners = select(User.id).where(col(User.role) == Role.OWNER, col(User.active)).limit(1)
    if not principal.can(OWNERS) and session.scalars(owners).first() is not None:
        raise Forbidden(
            "Only an owner of this site adds a way to sign in: it opens owners' accounts as well.", code="owners-alone"
        )
    if session.scalars(select(func.count()).select_from(IdentityProvider)).one() >= MOST:
        raise Conflict(f"A site has at most {MOST} providers.", code="too-many-providers")
    provider = IdentityProvider(**columns, house=principal.can(SITES), owners=principal.can(OWNERS))
    session.add(provider)
    session.flush()
    audit.note(session, principal, Act.PROVIDER_ADDED, provider.id, provider.name, issuer=provider.issuer)
    return provider


def keep_google(session: Session, client_id: str, secret: str, domains: Sequence[str], *, makes_accounts: bool) -> None:
    """Google as whoever runs the house names it in the environment: made where the site has none of this client. Of one
    that is there the secret is kept as given; the rest is its administrators' to change. Raises InvalidInput."""
    of_client = col(IdentityProvider.issuer) == openid.GOOGLE, col(IdentityProvider.client_id) == client_id
    provider = session.scalars(select(IdentityProvider).where(*of_client)).first()
    if provider is None:
        provider = IdentityProvider(
            name="Google",
            issuer=openid.GOOGLE,
            client_id=client_id,
            secret="",
            domains=_domains(domains),
            makes_accounts=makes_accounts,
            house=True,
        )
    if unseal(openid.SEALED, provider.secret) != secret:
        provider.secret = seal(openid.SEALED, secret)
        session.add(provider)


def change(session: Session, principal: Principal, provider_id: str, columns: Mapping[str, Any]) -> IdentityProvider:
    """Changes what is given, never the issuer: another one's people would be others. Raises NotFound, Forbidden."""
    provider = _own(session, principal, provider_id)
    told = audit.changes({name: getattr(provider, name) for name in columns}, columns)
    if "secret" in told:
        told["secret"] = [None, "changed"]  # never what it is, nor what it was
    for name, value in columns.items():
        setattr(provider, name, value)
    session.add(provider)
    session.flush()
    audit.note(session, principal, Act.PROVIDER_CHANGED, provider.id, provider.name, **told)
    return provider


def remove(session: Session, principal: Principal, provider_id: str) -> None:
    """Forgets a provider and who signed in with it; the accounts stay. Raises NotFound, Forbidden."""
    provider = _own(session, principal, provider_id)
    session.delete(provider)
    session.flush()
    audit.note(session, principal, Act.PROVIDER_REMOVED, provider.id, provider.name)


def _own(session: Session, principal: Principal, provider_id: str) -> IdentityProvider:
    provider = get(session, provider_id)
    if provider.house and not principal.can(SITES):
        raise Forbidden("Only those who run the house change that.")
    if provider.owners and not principal.can(OWNERS):
        raise Forbidden("Only an owner of this site changes that: it opens owners' accounts.", code="owners-alone")
    return provider


def _all() -> Any:
    return select(IdentityProvider).order_by(col(IdentityProvider.name), col(IdentityProvider.id)).limit(MOST)


def _domains(given: Sequence[str]) -> list[str]:
    try:
        return list(dict.fromkeys(clean_domain(text.strip().removeprefix("@")) for text in given if text.strip()))
    except InvalidInput as error:
        raise InvalidInput(error.message, field="domains", code=error.code) from None
