"""`/site`, `/sites`, `/sites/[site_id]`: the own site for its administrators, all sites for those who run the house."""

import reflex as rx

from flatrender.ui.components.base import link_button
from flatrender.ui.components.features import features as feature_switches
from flatrender.ui.components.shell import work_page
from flatrender.ui.components.sites import all_sites, site_settings
from flatrender.ui.components.usage import usage
from flatrender.ui.state.sites import SitesState
from flatrender.ui.text import t
from flatrender.ui.vars import as_vars

Here = as_vars(SitesState)


def own() -> rx.Component:
    """The settings of the visited site."""
    return _page(t("site.settings"), Here.runs_site, site_settings(site="mine", on_notice=SitesState.notice))


def every() -> rx.Component:
    """All sites."""
    return _page(t("site.sites"), Here.runs_house, all_sites(on_notice=SitesState.notice))


def features() -> rx.Component:
    """What the house offers, everywhere and on each site."""
    return _page(t("features.title"), Here.runs_house, feature_switches(on_notice=SitesState.notice))


def one() -> rx.Component:
    """The settings of any site, and what it uses."""
    site: rx.Var[str] = rx.State.site_id  # type: ignore[attr-defined]  # the address's own part
    settings = site_settings(site=site, on_notice=SitesState.notice)
    back = link_button(t("site.sites"), href="/sites", kind="ghost", size="sm")
    return _page(t("site.settings"), Here.runs_house, rx.el.div(settings, usage(site=site)), actions=(back,))


def _page(
    title: rx.Var[str], allowed: rx.Var[bool], content: rx.Component, actions: tuple[rx.Component, ...] = ()
) -> rx.Component:
    refused = rx.el.div(rx.el.p(t("errors.forbidden")), link_button(t("missing.home"), href="/"), class_name="empty")
    return work_page(
        rx.cond(Here.known, rx.cond(allowed, content, refused), rx.fragment()), title=title, actions=actions
    )
