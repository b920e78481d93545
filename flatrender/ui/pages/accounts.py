"""`/profile`: one's own account. `/people`, `/audit`: the site's, for its administrators."""

import reflex as rx

from flatrender.ui.components import people as parts
from flatrender.ui.components.audit import audit_log
from flatrender.ui.components.base import link_button
from flatrender.ui.components.shell import work_page
from flatrender.ui.state.sites import SitesState
from flatrender.ui.text import t
from flatrender.ui.vars import as_vars

Here = as_vars(SitesState)


def profile() -> rx.Component:
    """Name, address, password, second factor, sessions."""
    return work_page(parts.profile(on_notice=SitesState.notice), title=t("profile.title"))


def audit() -> rx.Component:
    """What was done on the site, by whom."""
    refused = rx.el.div(rx.el.p(t("errors.forbidden")), link_button(t("missing.home"), href="/"), class_name="empty")
    content = rx.cond(Here.runs_site, audit_log(on_notice=SitesState.notice), refused)
    return work_page(rx.cond(Here.known, content, rx.fragment()), title=t("audit.title"))


def people() -> rx.Component:
    """Accounts of the site."""
    refused = rx.el.div(rx.el.p(t("errors.forbidden")), link_button(t("missing.home"), href="/"), class_name="empty")
    content = rx.cond(Here.runs_site, parts.people(on_notice=SitesState.notice), refused)
    return work_page(rx.cond(Here.known, content, rx.fragment()), title=t("people.title"))
