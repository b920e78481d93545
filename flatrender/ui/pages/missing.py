"""Nothing at this address."""

import reflex as rx

from flatrender.ui.components.base import empty, link_button
from flatrender.ui.components.shell import site_page
from flatrender.ui.text import t


def page() -> rx.Component:
    """The page of an unknown address."""
    way = link_button(t("missing.home"), href="/", kind="primary", size="lg")
    return site_page(empty(t("missing.heading"), t("missing.body"), way))
