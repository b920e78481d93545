"""What an administrator changes about a site: its name, look, languages, sign-up rule, sender, own pages."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from sqlmodel import Session

from flatrender.core.errors import InvalidInput
from flatrender.tenants import brand as brands
from flatrender.tenants import pages, senders
from flatrender.tenants.hosts import clean_domain
from flatrender.tenants.models import Tenant
from flatrender.tenants.service import clean_name, get

MOST_SIGN_UP_DOMAINS = 50


TOLD = (
    *("name", "sign_up", "sign_up_domains", "credit", "terms_url", "privacy_url", "sender_name"),
    *("sender_address", "reply_to", "landing", "legal", "language", "languages"),
)


def said(tenant: Tenant) -> dict[str, Any]:
    """What can be changed of a site, as it is."""
    return {name: deepcopy(getattr(tenant, name)) for name in TOLD} | {"brand": brands.read(tenant.brand).document()}


def change(session: Session, tenant_id: str, wish: Mapping[str, Any]) -> Tenant:
    """Applies what `wish` names; all of it or nothing. Raises InvalidInput beside the field, NotFound."""
    tenant = get(session, tenant_id, lock=True)
    checked: dict[str, Any] = {}
    for name, value in wish.items():
        match name:
            case "name":
                checked[name] = clean_name(value)
            case "brand":
                checked[name] = brands.checked({**brands.read(tenant.brand).document(), **value}).document()
            case "color":
                checked["brand"] = brands.from_color(value, brands.read(tenant.brand).radius).document()
            case "sign_up" | "credit":
                checked[name] = bool(value)
            case "sign_up_domains":
                checked[name] = _domains(value)
            case "terms_url" | "privacy_url":
                checked[name] = pages.clean_link(value, name)
            case "sender_name":
                checked[name] = senders.clean_name(value)
            case "sender_address" | "reply_to":
                checked[name] = senders.clean_address(value, name)
            case "landing":
                checked[name] = pages.checked_landing(value, tenant.landing)
            case "legal":
                checked[name] = pages.checked_legal(value, tenant.legal)
            case "language" | "languages":
                checked[name] = value
            case _:
                raise InvalidInput(f"A site has no “{name}”.", field=name)
    _check_languages(checked.get("language", tenant.language), checked.get("languages", tenant.languages))
    for name, value in checked.items():
        setattr(tenant, name, value)
    session.add(tenant)
    session.flush()
    return tenant


def _check_languages(language: str, languages: Sequence[str]) -> None:
    if not languages or not set(languages) <= set(pages.LANGUAGES) or len(set(languages)) != len(languages):
        raise InvalidInput("Choose English, Persian or both.", field="languages", code="languages")
    if language not in languages:
        raise InvalidInput("The first language is one of the site's languages.", field="language", code="languages")


def _domains(given: Sequence[str]) -> list[str]:
    if len(given) > MOST_SIGN_UP_DOMAINS:
        raise InvalidInput(f"Give at most {MOST_SIGN_UP_DOMAINS} domains.", field="sign_up_domains")
    try:
        return list(dict.fromkeys(clean_domain(text.removeprefix("@")) for text in given if text.strip()))
    except InvalidInput as error:
        raise InvalidInput(error.message, field="sign_up_domains", code=error.code) from None
