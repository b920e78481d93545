"""The web process: pages (Reflex), the REST API (FastAPI) and what runs beside them, on one port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx

from flatrender.access.keys import write_calls
from flatrender.access.requests import waiting
from flatrender.api.app import create_api
from flatrender.core.db import get_database
from flatrender.ui import look
from flatrender.ui.components.trouble import app_wraps
from flatrender.ui.gate import Gate
from flatrender.ui.origin import same_origin
from flatrender.ui.pages import (
    accounts,
    admin,
    designer,
    farm,
    gallery,
    home,
    jobs,
    keys,
    legal,
    media,
    missing,
    projects,
    reference,
    sign_in,
    sites,
    studio,
    template,
)
from flatrender.ui.state.admin import AdminState
from flatrender.ui.state.designer import DesignerState
from flatrender.ui.state.door import DoorState
from flatrender.ui.state.gallery import GalleryState
from flatrender.ui.state.home import HomeState
from flatrender.ui.state.jobs import JobsState
from flatrender.ui.state.legal import LegalState
from flatrender.ui.state.projects import ProjectsState
from flatrender.ui.state.session import SessionState, report
from flatrender.ui.state.sites import SitesState
from flatrender.ui.state.studio import StudioState
from flatrender.ui.state.template import TemplateState
from flatrender.ui.text import t
from flatrender.ui.tokens import STYLESHEETS
from flatrender.ui.vars import as_vars


def _head() -> list[rx.Component]:
    # Blocking, in this order: the tenant's look, then language, direction and theme, before the first paint.
    return [
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        rx.el.link(rel="icon", href="/tenant-icon"),
        rx.el.link(rel="stylesheet", href="/tenant.css"),
        rx.el.script(src="/tenant.js"),
        rx.el.script(src="/look.js"),
    ]


def _title(of: rx.Var[str]) -> rx.Var[str]:
    """What the browser's tab says: the page, then the site; the site alone while the page has no name yet."""
    return rx.cond(of != "", of + " · ", "").to(str) + t("app.name")  # type: ignore[operator]  # Vars add to text, which their types do not say


@asynccontextmanager
async def _counting() -> AsyncIterator[None]:
    """Calls of programs and entries of the request log that are not written yet are, when the process ends."""
    yield
    await asyncio.to_thread(write_calls, get_database())
    await asyncio.to_thread(waiting.end, get_database())


api = create_api(Gate)
api.include_router(look.router)

app = rx.App(
    stylesheets=list(STYLESHEETS),
    reset_style=False,
    head_components=_head(),
    toaster=rx.toast.provider(
        position="bottom-center", close_button=False, custom_attrs={"containerAriaLabel": t("bell.title")}
    ),
    hydrate_fallback=lambda: rx.el.div(class_name="boot"),
    app_wraps=app_wraps(),
    api_transformer=api,
    backend_exception_handler=report,
)
if app.sio is not None:
    app.sio.eio.cors_allowed_origins = same_origin
app.register_lifespan_task(_counting)
app.add_page(gallery.page, route="/", title=_title(t("gallery.title")), on_load=[SessionState.load, GalleryState.load])
app.add_page(home.page, route="/home", title=_title(t("home.title")), on_load=[SessionState.require, HomeState.load])
app.add_page(
    legal.page, route="/legal/[page]", title=_title(legal.name()), on_load=[SessionState.load, LegalState.load]
)
app.add_page(
    template.page,
    route="/templates/[template_id]",
    title=_title(as_vars(TemplateState).page.card.name),
    on_load=[SessionState.load, TemplateState.load],
)
app.add_page(
    projects.page,
    route="/projects",
    title=_title(t("projects.title")),
    on_load=[SessionState.require, ProjectsState.load],
)
app.add_page(
    studio.page,
    route="/studio/[project_id]",
    title=t("app.name"),
    on_load=[SessionState.require, StudioState.load],
)
app.add_page(
    designer.page,
    route="/designer",
    title=_title(t("nav.designer")),
    on_load=[SessionState.require, DesignerState.load],
)
app.add_page(
    designer.one,
    route="/designer/[template_id]",
    title=_title(t("nav.designer")),
    on_load=[SessionState.require, DesignerState.load],
)
app.add_page(media.page, route="/media", title=_title(t("media.title")), on_load=[SessionState.require])
app.add_page(jobs.page, route="/jobs", title=_title(t("nav.jobs")), on_load=[SessionState.require, JobsState.load])
app.add_page(
    jobs.one, route="/jobs/[job_id]", title=_title(t("nav.jobs")), on_load=[SessionState.require, JobsState.load]
)
app.add_page(admin.page, route="/admin", title=_title(t("nav.admin")), on_load=[SessionState.require, AdminState.load])
app.add_page(
    sites.own, route="/site", title=_title(t("site.settings")), on_load=[SessionState.require, SitesState.load]
)
app.add_page(
    sites.every, route="/sites", title=_title(t("site.sites")), on_load=[SessionState.require, SitesState.load]
)
app.add_page(
    sites.features,
    route="/features",
    title=_title(t("features.title")),
    on_load=[SessionState.require, SitesState.load],
)
app.add_page(
    sites.one,
    route="/sites/[site_id]",
    title=_title(t("site.settings")),
    on_load=[SessionState.require, SitesState.load],
)
app.add_page(keys.page, route="/keys", title=_title(t("keys.title")), on_load=[SessionState.require])
app.add_page(reference.page, route="/developers", title=_title(t("reference.title")), on_load=SessionState.require)
app.add_page(farm.page, route="/farm", title=_title(t("farm.title")), on_load=[SessionState.require, AdminState.load])
app.add_page(sign_in.sign_in, route="/sign-in", title=_title(t("sign_in.title")), on_load=DoorState.load)
app.add_page(sign_in.sign_up, route="/sign-up", title=_title(t("sign_up.title")), on_load=DoorState.load)
app.add_page(sign_in.forgot, route="/forgot", title=_title(t("doors.forgot_title")), on_load=DoorState.load)
app.add_page(sign_in.reset, route="/reset", title=_title(t("doors.reset_title")), on_load=DoorState.load)
app.add_page(
    sign_in.join,
    route="/join",
    title=_title(t("doors.join_title")),
    on_load=[DoorState.load_invitation, DoorState.load],
)
app.add_page(sign_in.verify, route="/verify", title=_title(t("doors.verify_title")), on_load=DoorState.load)
app.add_page(sign_in.sent, route="/sent", title=_title(t("doors.sent_title")), on_load=DoorState.load)
app.add_page(accounts.profile, route="/profile", title=_title(t("profile.title")), on_load=[SessionState.require])
app.add_page(
    accounts.people, route="/people", title=_title(t("people.title")), on_load=[SessionState.require, SitesState.load]
)
app.add_page(
    accounts.roles, route="/roles", title=_title(t("roles.title")), on_load=[SessionState.require, SitesState.load]
)
app.add_page(
    accounts.requests,
    route="/requests",
    title=_title(t("requests.title")),
    on_load=[SessionState.require, SitesState.load],
)
app.add_page(
    accounts.audit, route="/audit", title=_title(t("audit.title")), on_load=[SessionState.require, SitesState.load]
)
app.add_page(
    accounts.webhooks,
    route="/webhooks",
    title=_title(t("webhooks.title")),
    on_load=[SessionState.require, SitesState.load],
)
app.add_page(
    accounts.usage, route="/usage", title=_title(t("usage.title")), on_load=[SessionState.require, SitesState.load]
)
app.add_page(missing.page, route="404", title=_title(t("missing.title")), on_load=SessionState.load)
