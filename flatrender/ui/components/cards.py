"""What the pages of films share: the search in the bar, a card, and the words about a project."""

from typing import Any

import reflex as rx

from flatrender.ui.components.base import icon, icon_button, kbd, link, name_of, pill
from flatrender.ui.components.film import Film
from flatrender.ui.components.hotkey import Hotkey
from flatrender.ui.text import clock, t


def search_box(
    identifier: str, query: Any, on_search: Any, *, label: str, placeholder: Any = None, wait: int = 150
) -> rx.Component:
    """The search of a page, reached with `/`. `on_search` takes the words; `wait`: ms of rest before they are sent."""
    return rx.el.div(
        rx.el.label(
            icon("search", 18),
            rx.debounce_input(
                rx.el.input(
                    id=identifier,
                    type="search",
                    value=query,
                    on_change=on_search,
                    placeholder=t(label) if placeholder is None else placeholder,
                    custom_attrs={"aria-label": t(label), "dir": "auto"},
                ),
                debounce_timeout=wait,
            ),
            rx.cond(
                query != "",
                icon_button("x", t("gallery.clear"), on_click=on_search(""), class_name="dense"),
                kbd("/"),
            ),
            class_name="field search",
        ),
        Hotkey.create(press="/", target=identifier),
        role="search",
    )


def card_film(card: Any, href: Any, **more: Any) -> rx.Component:
    """The film of a card, which leads to `href`; `more`: what else the film is told."""
    return Film.create(
        src=card.preview,
        poster=card.poster,
        duration=card.duration,
        color=card.color,
        ratio=card.ratio,
        name=card.name,
        href=href,
        **more,
    )


def film_card(card: Any, film: rx.Component, *below: rx.Component) -> rx.Component:
    """A film in a justified row, and what stands below it."""
    return rx.el.article(
        film,
        rx.el.div(*below, class_name="m"),
        key=card.id,
        class_name="card",
        style={"--ratio": card.ratio.to(str)},
    )


def card_name(name: Any, href: Any) -> rx.Component:
    """A card's name, which leads where its film does; for the keyboard the film's link is enough."""
    return link(name_of(name), href=href, class_name="card-name", tab_index=-1)


def project_facts(card: Any) -> rx.Component:
    """Shape, number of scenes and length in one line; what has no room there is left out whole."""
    return rx.fragment(
        rx.el.span(rx.el.span(card.shape, class_name="num ltr")),
        rx.el.span(t("gallery.scenes", count=card.scenes)),
        rx.el.span(rx.el.span(clock(card.duration), class_name="num ltr")),
    )


def project_state(card: Any) -> rx.Component:
    """The state of the project's last render as a pill."""
    return rx.match(
        card.state,
        ("rendering", pill(t("projects.state_rendering", percent=card.percent), "info", spin=True)),
        ("queued", pill(t("projects.state_queued"), icon_name="clock")),
        ("ready", pill(t("projects.state_ready"), "ok", icon_name="check")),
        ("failed", pill(t("projects.state_failed"), "danger", icon_name="x")),
        rx.fragment(),
    )
