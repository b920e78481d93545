"""Sites over REST: those who run the house open and close them, a site's administrators set up their own.

`mine` in place of an id is the caller's own site.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlmodel import Session

from flatrender.access import audit
from flatrender.access import service as access
from flatrender.access.audit import Act
from flatrender.access.permissions import SITE, SITES, Principal
from flatrender.api.dependencies import Allowed, Me
from flatrender.api.description import gives, takes
from flatrender.api.routes import Route
from flatrender.api.slow import OTHERS
from flatrender.core.db import get_database
from flatrender.core.errors import Forbidden, InvalidInput, NotFound
from flatrender.core.storage import get_storage
from flatrender.media import quotas, site_fonts, site_pictures
from flatrender.settings import get_settings
from flatrender.templates import catalogue
from flatrender.tenants import brand as brands
from flatrender.tenants import changes, domains, hosts, limits, senders, sites, typefaces
from flatrender.tenants import service as tenants
from flatrender.tenants.models import Tenant, TenantDomain

router = APIRouter(route_class=Route, tags=["Sites"])
Json = dict[str, Any]
Color = Annotated[str, StringConstraints(max_length=40)]  # tenants.brand says what is none
Link = Annotated[str, StringConstraints(max_length=500)]
Language = Annotated[str, StringConstraints(pattern="^(en|fa)$")]


Address = Annotated[str, StringConstraints(max_length=254)]


class FirstWords(BaseModel):
    """What the first page says in one language."""

    model_config = ConfigDict(extra="forbid")

    headline: str = Field(default="", max_length=300)
    text: str = Field(default="", max_length=3000)
    action: str = Field(default="", max_length=100)


class Landing(BaseModel):
    """The page that strangers see first. `texts` by language; `link`: where the call to action leads, `https://…` or a
    page of the site such as `/sign-up`, empty: to a new account; `templates`: ids of published ones."""

    model_config = ConfigDict(extra="forbid")

    on: bool | None = None
    link: Link | None = None
    templates: list[Annotated[str, StringConstraints(max_length=32)]] | None = Field(default=None, max_length=50)
    texts: dict[Language, FirstWords] | None = None


LegalPage = Annotated[str, StringConstraints(pattern="^(imprint|privacy|terms)$")]
LegalText = Annotated[str, StringConstraints(max_length=100_000)]


class NewSite(BaseModel):
    """A site to open. `color`: the brand's one colour. `admin_email`: whose account, made with it, runs the site."""

    model_config = ConfigDict(extra="forbid")

    slug: str = Field(max_length=60)
    name: str = Field(max_length=200)
    language: Language = "en"
    sign_up: bool = True
    color: Color | None = None
    landing: Landing | None = None
    admin_email: str = Field(default="", max_length=300)


class Colors(BaseModel):
    """The brand's values; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    solid: Color | None = None
    on_solid: Color | None = None
    text_dark: Color | None = None
    text_light: Color | None = None
    radius: int | None = Field(default=None, ge=0, le=12)


class SiteChange(BaseModel):
    """What is to change; what is left out stays. `color` makes a whole brand from one colour."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=200)
    brand: Colors | None = None
    color: Color | None = None
    language: Language | None = None
    languages: list[Language] | None = Field(default=None, max_length=2)
    sign_up: bool | None = None
    sign_up_domains: list[Annotated[str, StringConstraints(max_length=260)]] | None = Field(default=None, max_length=50)
    credit: bool | None = None
    terms_url: Link | None = None
    privacy_url: Link | None = None
    sender_name: str | None = Field(default=None, max_length=300)
    sender_address: Address | None = None
    reply_to: Address | None = None
    landing: Landing | None = None
    legal: dict[LegalPage, dict[Language, LegalText]] | None = None


class Suspension(BaseModel):
    """Why a site is closed; for the list of sites, visitors do not see it."""

    reason: str = Field(default="", max_length=300)


class SiteRoom(BaseModel):
    """What all of a site together may keep as files, in bytes; null: as the settings say."""

    model_config = ConfigDict(extra="forbid")

    limit: int | None = Field(ge=0, le=10**15)


class MonthLimits(BaseModel):
    """What a site may use in a calendar month (UTC); 0: as much as it likes, what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    films: int | None = Field(default=None, ge=0, le=limits.MOST[limits.FILMS])
    film_minutes: int | None = Field(default=None, ge=0, le=limits.MOST[limits.FILM_MINUTES])
    calls: int | None = Field(default=None, ge=0, le=limits.MOST[limits.CALLS])


class NewDomain(BaseModel):
    """A domain to prove."""

    name: str = Field(max_length=300)


@dataclass(frozen=True)
class Chosen:
    """The site that a request is about, and who asks."""

    tenant: Tenant
    principal: Principal


def _chosen(site_id: str, principal: Me) -> Chosen:
    own = site_id in {"mine", principal.tenant_id}
    if not (principal.can(SITES) or (own and principal.can(SITE))):
        if own:
            raise Forbidden("Your account may not do this; ask an administrator of this site.")
        raise NotFound("There is no such site.", code="no-site")
    with get_database().system_session(read_only=True) as session:
        return Chosen(tenants.get(session, principal.tenant_id if site_id == "mine" else site_id), principal)


Site = Annotated[Chosen, Depends(_chosen)]


def _site_db(chosen: Site) -> Iterator[Session]:
    with get_database().tenant_session(chosen.tenant.id) as session:
        yield session


def _site_reader(chosen: Site) -> Iterator[Session]:
    with get_database().tenant_session(chosen.tenant.id, read_only=True) as session:
        yield session


SiteDbReader = Annotated[Session, Depends(_site_reader, scope="function")]
SiteDb = Annotated[Session, Depends(_site_db, scope="function")]
House = Annotated[Principal, Depends(Allowed(SITES))]


def _house_db(principal: House) -> Iterator[Session]:
    with get_database().system_session() as session:
        yield session


def _house_reader(principal: House) -> Iterator[Session]:
    with get_database().system_session(read_only=True) as session:
        yield session


HouseDbReader = Annotated[Session, Depends(_house_reader, scope="function")]
HouseDb = Annotated[Session, Depends(_house_db, scope="function")]


Script = Annotated[str, Path(pattern="^(" + "|".join(typefaces.SCRIPTS) + ")$")]


async def _body(request: Request) -> bytes:
    return await request.body()


@router.get("/sites")
def list_sites(principal: House, session: HouseDbReader) -> Json:
    """All sites, the default one first."""
    people = access.counts(session)
    return {
        "items": [{**_view(session, tenant), "users": people.get(tenant.id, 0)} for tenant in tenants.every(session)]
    }


@router.get("/short-names")
def short_name(slug: Annotated[str, Query(max_length=200)], principal: House, session: HouseDbReader) -> Json:
    """Whether a new site may have this short name: 200, else a problem that says why not."""
    return {"slug": tenants.free_slug(session, slug)}


@router.post("/sites", status_code=201)
def open_site(wish: NewSite, principal: House, session: HouseDb) -> Json:
    """Opens a site, with its administrator's account where an address is given; the password is told once."""
    tenant = tenants.create(session, slug=wish.slug, name=wish.name, language=wish.language, sign_up=wish.sign_up)
    more = wish.model_dump(include={"color", "landing"}, exclude_none=True)
    if (more.get("landing") or {}).get("templates"):
        said = "A new site has no templates yet; choose those of its first page later."
        raise InvalidInput(said, field="landing.templates", code="no-template")
    if more:
        changes.change(session, tenant.id, more)
    admin = None
    if wish.admin_email.strip():
        email, password = access.create_admin(session, tenant.id, wish.admin_email, language=wish.language)
        admin = {"email": email, "password": password}
    named = {"admin": admin["email"]} if admin else {}
    audit.note(session, principal, Act.SITE_OPENED, tenant.id, tenant.slug, **named)
    return {"site": _view(session, tenant), "admin": admin}


@router.get("/sites/{site_id}")
def read_site(chosen: Site, session: SiteDbReader) -> Json:
    """One site with its domains."""
    listed = [_domain(each) for each in domains.every(session)]
    return {**_view(session, chosen.tenant), "legal": chosen.tenant.legal, "domains": listed}


@router.patch("/sites/{site_id}")
def change_site(wish: SiteChange, chosen: Site, session: SiteDb) -> Json:
    """Changes name, look, rules, sender, first page and legal pages; refuses colours that cannot be read.

    In a legal page `# ` and `## ` begin headings, `- ` items of a list; nothing else in it means more than text.
    """
    wanted = wish.model_dump(exclude_none=True)
    if templates := (wanted.get("landing") or {}).get("templates"):
        _must_be_published(session, templates)
    before = changes.said(tenants.get(session, chosen.tenant.id, lock=True))
    tenant = changes.change(session, chosen.tenant.id, wanted)
    if told := audit.changes(before, changes.said(tenant)):
        audit.note(session, chosen.principal, Act.SITE_CHANGED, tenant.id, tenant.slug, **told)
    return {**_view(session, tenant), "legal": tenant.legal}


@router.get("/sites/{site_id}/fonts/{script}", response_class=Response, responses=gives("font/woff2"))
def read_font(script: Script, chosen: Site) -> Response:
    """The site's own font for `latin` or `persian` text, a WOFF2."""
    kept = chosen.tenant.fonts.get(script)
    if kept is None:
        raise NotFound("This site has no font of its own for this script.", code="no-own-font")
    return _file(site_fonts.key(chosen.tenant.id, kept["digest"]), "font/woff2")


@router.put("/sites/{site_id}/fonts/{script}", openapi_extra=takes("application/octet-stream"))
def set_font(script: Script, chosen: Site, session: SiteDb, data: Annotated[bytes, Depends(_body)]) -> Json:
    """Sets the font of the site's pages for `latin` or `persian` text: the body is a WOFF2, TTF or OTF of at most 2 MB
    that has all letters of the script."""
    return _set_font(session, chosen, script, site_fonts.keep(chosen.tenant.id, script, data))


@router.delete("/sites/{site_id}/fonts/{script}")
def remove_font(script: Script, chosen: Site, session: SiteDb) -> Json:
    """Takes a font away; the bundled one stands in its place."""
    return _set_font(session, chosen, script, None)


@router.get("/sites/{site_id}/pictures/{kind}", response_class=Response, responses=gives("image/*"))
def read_picture(kind: str, chosen: Site) -> Response:
    """The `logo`, the `icon` or the first page's picture (`landing`) as it is kept."""
    digest = getattr(chosen.tenant, _COLUMNS[_kind(kind)])
    if not digest:
        raise NotFound("This site has no such picture.", code="no-picture")
    return _file(site_pictures.key(chosen.tenant.id, digest, kind), f"image/{site_pictures.FORMATS[kind]}")


@router.put("/sites/{site_id}/quota")
def set_room(wish: SiteRoom, chosen: Site, principal: House, session: SiteDb) -> Json:
    """Sets what all of a site together may keep as files; for those who run the house. null: as usual."""
    quotas.set_quota(session, principal, "", wish.limit)
    return quotas.of_site(session)


@router.put("/sites/{site_id}/limits")
def set_limits(wish: MonthLimits, chosen: Site, principal: House, session: SiteDb) -> Json:
    """Sets how many films, minutes of finished film and calls with API keys a site may use in a month; for those who
    run the house. Answers what is used of them."""
    tenant, before = limits.change(session, chosen.tenant.id, wish.model_dump(exclude_none=True))
    if told := audit.changes(before, limits.of_site(tenant)):
        audit.note(session, principal, Act.LIMITS_SET, tenant.id, tenant.slug, **told)
    return limits.view(session, tenant.id)


@router.put("/sites/{site_id}/{kind}", openapi_extra=takes("image/*"))
def set_picture(kind: str, chosen: Site, session: SiteDb, data: Annotated[bytes, Depends(_body)]) -> Json:
    """Sets the `logo`, the `icon` or the first page's picture (`landing`): a PNG, JPEG or WebP of at most 2 MB."""
    return _set_picture(session, chosen, kind, site_pictures.keep(chosen.tenant.id, _kind(kind), data))


@router.delete("/sites/{site_id}/{kind}")
def remove_picture(kind: str, chosen: Site, session: SiteDb) -> Json:
    """Takes the `logo`, the `icon` or the first page's picture (`landing`) away."""
    return _set_picture(session, chosen, _kind(kind), "")


@router.post("/sites/{site_id}/suspend")
def suspend(chosen: Site, principal: House, session: SiteDb, why: Annotated[Suspension | None, Body()] = None) -> Json:
    """Closes a site: its visitors see a page that says so, its programs a problem."""
    tenant = tenants.suspend(session, chosen.tenant.id, why.reason if why else "")
    audit.note(session, principal, Act.SITE_SUSPENDED, tenant.id, tenant.slug)  # why is the house's matter
    return _view(session, tenant)


@router.post("/sites/{site_id}/resume")
def resume(chosen: Site, principal: House, session: SiteDb) -> Json:
    """Opens a suspended site again."""
    audit.note(session, principal, Act.SITE_RESUMED, chosen.tenant.id, chosen.tenant.slug)
    return _view(session, tenants.resume(session, chosen.tenant.id))


@router.post("/sites/{site_id}/domains", status_code=201)
def claim_domain(wish: NewDomain, chosen: Site, session: SiteDb) -> Json:
    """Adds a domain and says which DNS record proves it."""
    domain = domains.claim(session, wish.name)
    audit.note(session, chosen.principal, Act.DOMAIN_CLAIMED, domain.id, domain.name)
    return _domain(domain)


@router.post("/sites/{site_id}/domains/{domain_id}/prove")
async def prove_domain(domain_id: str, chosen: Site) -> Json:
    """Looks for the record; from then on the domain leads to the site."""
    acting = replace(chosen.principal, tenant_id=chosen.tenant.id)  # the site's audit log tells it
    domain = await OTHERS.run(
        acting.user_id,
        domains.establish,
        get_database(),
        chosen.tenant.id,
        domain_id,
        also=lambda session, proven: audit.note(session, acting, Act.DOMAIN_PROVEN, proven.id, proven.name),
        at_loser=audit.note_lost_domain,
    )
    return _domain(domain)


@router.post("/sites/{site_id}/domains/{domain_id}/main")
def make_main(domain_id: str, chosen: Site, session: SiteDb) -> Json:
    """The domain that links and e-mails name."""
    domain = domains.make_main(session, domain_id)
    audit.note(session, chosen.principal, Act.DOMAIN_MAIN, domain.id, domain.name)
    return _domain(domain)


@router.delete("/sites/{site_id}/domains/{domain_id}", status_code=204)
def remove_domain(domain_id: str, chosen: Site, session: SiteDb) -> Response:
    """Forgets a domain. Where it was the main one, the one that was proven first is from now on."""
    removed, main = domains.remove(session, domain_id)
    audit.note_removed_domain(session, chosen.principal, removed, main)
    return Response(status_code=204)


@router.get("/domains/ask", response_class=PlainTextResponse)
def ask(domain: Annotated[str, Query(max_length=300)]) -> PlainTextResponse:
    """For web servers that get certificates on demand: 200 where one may be asked for, else 404."""
    with get_database().system_session(read_only=True) as session:
        if sites.may_have_certificate(session, domain):
            return PlainTextResponse("yes\n")
    raise NotFound("No site has proven this domain.", code="no-domain")


def _file(key: str, media_type: str) -> Response:
    with get_storage().open(key) as file:
        return Response(file.read(), media_type=media_type, headers={"Cache-Control": "private, no-cache"})


def _kind(kind: str) -> str:
    if kind not in site_pictures.SIZES:
        raise NotFound("There is nothing at this address.")
    return kind


_COLUMNS = {"logo": "logo", "icon": "icon", "landing": "landing_picture"}


def _must_be_published(session: Session, templates: list[str]) -> None:
    published = catalogue.published(session, templates)
    if unknown := [each for each in templates if each not in published]:
        said = f"There is no published template “{unknown[0]}” on this site."
        raise InvalidInput(said, field="landing.templates", code="no-template")


def _set_font(session: Session, chosen: Chosen, script: str, kept: Json | None) -> Json:
    tenant = tenants.get(session, chosen.tenant.id, lock=True)  # the file of before is swept by housekeeping
    before = {"fonts": {script: tenant.fonts.get(script, {}).get("family", "")}}
    tenant.fonts = {name: font for name, font in tenant.fonts.items() if name != script} | (
        {script: kept} if kept else {}
    )
    session.add(tenant)
    told = audit.changes(before, {"fonts": {script: kept["family"] if kept else ""}})
    audit.note(session, chosen.principal, Act.SITE_CHANGED, tenant.id, tenant.slug, **told)
    return _view(session, tenant)


def _set_picture(session: Session, chosen: Chosen, kind: str, digest: str) -> Json:
    tenant = tenants.get(session, chosen.tenant.id, lock=True)  # the file of before is swept by housekeeping
    told = audit.changes({kind: getattr(tenant, _COLUMNS[kind])[:12]}, {kind: digest[:12]})
    setattr(tenant, _COLUMNS[kind], digest)
    session.add(tenant)
    audit.note(session, chosen.principal, Act.SITE_CHANGED, tenant.id, tenant.slug, **told)
    return _view(session, tenant)


def _view(session: Session, tenant: Tenant) -> Json:
    sender = senders.of(session, tenant, get_settings())
    return {
        "id": tenant.id,
        "slug": tenant.slug,
        "name": tenant.name,
        "address": sites.address(session, tenant),
        "own_address": sites.own_address(tenant),
        "brand": brands.read(tenant.brand).document(),
        "logo": bool(tenant.logo),
        "icon": bool(tenant.icon),
        "pictures": {"logo": tenant.logo[:12], "icon": tenant.icon[:12]},
        "fonts": {
            name: {"family": font["family"], "weights": font["weights"], "version": font["digest"][:12]}
            for name, font in tenant.fonts.items()
        },
        "language": tenant.language,
        "languages": tenant.languages,
        "sign_up": tenant.sign_up,
        "sign_up_domains": tenant.sign_up_domains,
        "credit": tenant.credit,
        "terms_url": tenant.terms_url,
        "privacy_url": tenant.privacy_url,
        "sender_name": tenant.sender_name,
        "sender_address": tenant.sender_address,
        "reply_to": tenant.reply_to,
        "sends_as": sender.address or get_settings().mail_from,
        "landing": {
            "on": False,
            "link": "",
            "templates": [],
            "texts": {},
            **tenant.landing,
            "picture": tenant.landing_picture[:12],
        },
        "limits": limits.of_site(tenant),
        "suspended_at": tenant.suspended_at,
        "suspended_reason": tenant.suspended_reason,
        "created_at": tenant.created_at,
    }


def _domain(domain: TenantDomain) -> Json:
    name, text = domains.record_of(domain)
    return {
        "id": domain.id,
        "name": domain.name,
        "shown": hosts.in_letters(domain.name),
        "main": domain.main,
        "proven_at": domain.proven_at,
        "record": {"type": "TXT", "name": name, "value": text},
    }
