"""`/profile`: one's own account. `/people`, `/audit`, `/usage`, `/webhooks`: the site's, for its administrators."""

import reflex as rx

from flatrender.ui.components import people as parts
from flatrender.ui.components.audit import audit_log
from flatrender.ui.components.base import link_button
from flatrender.ui.components.requests import requests as site_requests
from flatrender.ui.components.roles import roles as site_roles
from flatrender.ui.components.shell import work_page
from flatrender.ui.components.usage import usage as site_usage
from flatrender.ui.components.webhooks import webhooks as site_webhooks
from flatrender.ui.state.session import SessionState
from flatrender.ui.state.sites import SitesState
from flatrender.ui.text import t
from flatrender.ui.vars import as_vars

Here = as_vars(SitesState)


def profile() -> rx.Component:
    """Name, picture, address, password, second factor, sessions; what changed shows in the bar too."""
    return work_page(parts.profile(on_notice=[SitesState.notice, SessionState.load]), title=t("profile.title"))


def audit() -> rx.Component:
    """What was done on the site, by whom."""
    return _of_administrators(audit_log(on_notice=SitesState.notice), t("audit.title"))


def webhooks() -> rx.Component:
    """Where the site's events are posted."""
    return _of_administrators(site_webhooks(on_notice=SitesState.notice), t("webhooks.title"))


def roles() -> rx.Component:
    """The site's own roles."""
    return _of_administrators(site_roles(on_notice=SitesState.notice), t("roles.title"))


def requests() -> rx.Component:
    """What was asked of the site's API."""
    return _of_administrators(site_requests(), t("requests.title"))


def usage() -> rx.Component:
    """What the site uses."""
    return _of_administrators(site_usage(), t("usage.title"))


def people() -> rx.Component:
    """Accounts of the site."""
    return _of_administrators(parts.people(on_notice=SitesState.notice), t("people.title"))


def _of_administrators(content: rx.Component, title: rx.Var[str]) -> rx.Component:
    refused = rx.el.div(rx.el.p(t("errors.forbidden")), link_button(t("missing.home"), href="/"), class_name="empty")
    shown = rx.cond(Here.known, rx.cond(Here.runs_site, content, refused), rx.fragment())
    return work_page(shown, title=title)
