"""The house's templates on its sites: what the default site shares, another site takes into its own gallery.

What is taken is a copy, so that a site's rows stay its own (decision 21): its administrators rename, sort and edit it
like their own, and a change that the house publishes afterwards comes when they ask for it. It then goes where the site
has changed nothing: `Template.taken` remembers what was taken.
"""

from dataclasses import replace
from typing import Any

from sqlmodel import Session, col, select

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.models import Role
from flatrender.access.permissions import SITE, SITES, Principal
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, alone, get_database
from flatrender.core.errors import Conflict, InvalidInput, NotFound
from flatrender.templates import bundles, catalogue, copies, previews, service
from flatrender.templates.facts import aspect_of
from flatrender.templates.models import Category, Template, TemplateState
from flatrender.templates.readiness import require_ready
from flatrender.templates.records import announce, get_template, touch

Json = dict[str, Any]
_OPEN = (col(Template.shared), col(Template.state) == TemplateState.PUBLISHED)


def share(session: Session, principal: Principal, template_id: str, shared: Any) -> None:
    """Offers a template of the house to its sites, or no longer; what a site took stays with it.

    Raises Forbidden but for those who run the house, InvalidInput on any other site and for what is no bool.
    """
    principal.require(SITES)
    if not isinstance(shared, bool):
        raise InvalidInput("A template is shared or not: true or false.", field="shared")
    if principal.tenant_id != DEFAULT_TENANT:
        raise InvalidInput("Only templates of the house's own site are shared with others.", field="shared")
    template = get_template(session, template_id, lock=True)
    template.shared = shared
    session.add(template)
    session.flush()
    announce(session, template)
    audit.note(session, principal, Act.TEMPLATE_SHARED if shared else Act.TEMPLATE_UNSHARED, template.id, template.name)


def offered(tenant_id: str) -> list[Json]:
    """What the house shares, and what of it a site has: `taken` is its own template's id, `state` that one's, `newer`
    whether the house has changed it since. What the house shares no longer is not listed; the site keeps its own."""
    _site(tenant_id)
    with get_database().tenant_session(tenant_id, read_only=True) as session:
        query = select(Template).where(col(Template.taken_from) != "")
        taken = {template.taken_from: template for template in session.exec(query)}
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        rows = session.exec(select(Template).where(*_OPEN).order_by(col(Template.name), col(Template.id))).all()
    return [_offer(tenant_id, row, taken.get(row.id)) for row in rows]


def poster(template_id: str) -> str:
    """The key of the picture of a template that is shared. Raises NotFound."""
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        template = session.exec(select(Template).where(col(Template.id) == template_id, *_OPEN)).first()
    if template is None or not template.poster_key:
        raise NotFound("There is no such template.")
    return template.poster_key


def take(principal: Principal, tenant_id: str, template_id: str) -> str:
    """Puts a shared template into the site's gallery, or the house's changes into what the site has of it already; the
    id of the site's template. Files are copied, so call it in a thread; in transactions of its own.

    Raises NotFound; Conflict (`not-ready`) where the site has switched off all that could be shown.
    """
    acting = _acting(principal, tenant_id)
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        shared = session.exec(select(Template).where(col(Template.id) == template_id, *_OPEN)).first()
        if shared is None:
            raise NotFound("There is no such template.")
        original = copies.read(session, shared)
    files = copies.copy_files(tenant_id, original)
    with get_database().tenant_session(tenant_id) as session:
        # Two who take it at once get one copy.
        alone(session, f"take {tenant_id}")
        query = select(Template).where(col(Template.taken_from) == template_id).with_for_update()
        template = session.exec(query).first()
        if template is None:
            bundle = bundles.record(session, files.bundles[original.template.bundle_id])
            template = Template(name=original.template.name, created_by=acting.user_id, bundle_id=bundle.id)
            template.taken_from = template_id
            session.add(template)
            session.flush()
            catalogue.set_tags(session, template, list(original.tags))
            template.category_id = _shelf(session, acting, original.category)
        own_frames = copies.write(session, template, original, files)
        require_ready(session, template)  # the site may have switched off what it had
        template.state, template.published_at = TemplateState.PUBLISHED, template.published_at or clock.now()
        touch(session, template)
        if own_frames:
            previews.request(session, template.id)
        audit.note(session, principal, Act.TEMPLATE_TAKEN, template.id, template.name)
        taken = template.id
    if own_frames:
        service.draw_soon(tenant_id, taken)
    return taken


def give_up(principal: Principal, tenant_id: str, template_id: str) -> bool:
    """Takes a shared template (the house's id) out of a site's gallery; whether the copy is deleted: one that projects
    use is put away. Raises NotFound where the site has none."""
    acting = _acting(principal, tenant_id)
    with get_database().tenant_session(tenant_id) as session:
        alone(session, f"take {tenant_id}")
        template = session.exec(select(Template).where(col(Template.taken_from) == template_id)).first()
        if template is None:
            raise NotFound("This site has not taken that template.")
        audit.note(session, principal, Act.TEMPLATE_GIVEN_UP, template.id, template.name)
        try:
            service.remove(session, acting, template.id)
        except Conflict as error:
            if error.code != "template-in-use":
                raise
            service.archive(session, acting, template.id)
            return False
    return True


def _acting(principal: Principal, tenant_id: str) -> Principal:
    """Who runs a site as its designer, also from the house. Raises NotFound where somebody does not."""
    _site(tenant_id)
    if not (principal.can(SITES) or (principal.can(SITE) and principal.tenant_id == tenant_id)):
        raise NotFound("There is no such site.", code="no-site")
    all_of_it: dict[str, Any] = {"role": Role.ADMIN, "given": None, "narrowed": (), "key_role": "", "scopes": None}
    return replace(principal, tenant_id=tenant_id, **all_of_it)


def _site(tenant_id: str) -> None:
    if tenant_id == DEFAULT_TENANT:
        raise NotFound("The house's own site has the templates that it shares.", code="house")


def _shelf(session: Session, acting: Principal, category: Category | None) -> str | None:
    """The site's shelf of the same key, made where there is none."""
    if category is None:
        return None
    found = session.exec(select(Category.id).where(col(Category.key) == category.key)).first()
    return found or str(catalogue.add_category(session, acting, category.name, category.name_fa, category.key)["id"])


def _offer(tenant_id: str, row: Template, taken: Template | None) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "name_fa": row.name_fa,
        "aspect": aspect_of(row.width, row.height),
        "duration": round(row.frames * row.rate_den / row.rate_num, 3),
        "language": row.language,
        "poster": f"/api/v1/sites/{tenant_id}/catalogue/{row.id}/poster?v={row.revision}" if row.poster_key else None,
        "dominant_color": row.dominant_color,
        "taken": taken.id if taken else None,
        "state": taken.state if taken else None,
        "newer": taken is not None and _is_newer(row, taken.taken or {}),
    }


def _is_newer(row: Template, taken: Json) -> bool:
    return row.revision > taken.get("revision", 0) or copies.pictures_of(row) != taken.get("pictures")
