"""A site's own legal pages, at /legal/[page]."""

from typing import Any

import reflex as rx

from flatrender.ui.components.base import empty, link_button
from flatrender.ui.components.shell import site_page
from flatrender.ui.state.legal import LegalState
from flatrender.ui.text import t
from flatrender.ui.vars import as_vars

Legal = as_vars(LegalState)


def name() -> rx.Var[str]:
    """What the page is called; nothing for one that the site has not."""
    named = rx.cond(Legal.name == "privacy", t("site.privacy"), rx.cond(Legal.name == "terms", t("site.terms"), ""))
    return rx.cond(Legal.name == "imprint", t("site.imprint"), named).to(str)


def page() -> rx.Component:
    """The page at /legal/[page]."""
    missing = empty(
        t("missing.heading"), t("missing.body"), link_button(t("missing.home"), href="/", kind="primary", size="lg")
    )
    article = rx.el.article(
        rx.el.h1(name(), class_name="h26"), rx.foreach(Legal.blocks, _block), class_name="legal", dir="auto"
    )
    shown = rx.cond(Legal.blocks.length() > 0, article, missing)
    return site_page(rx.cond(Legal.loaded, shown, rx.el.div(class_name="boot")))


def _block(block: Any) -> rx.Component:
    return rx.match(
        block.kind,
        ("heading", rx.el.h2(block.text, class_name="h20")),
        ("part", rx.el.h3(block.text, class_name="h16")),
        ("item", rx.el.p(block.text, class_name="legal-item")),
        rx.el.p(block.text),
    )
