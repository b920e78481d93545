"""The gallery: recent projects, categories and shapes, justified rows of moving templates."""

from typing import Any

import reflex as rx

from flatrender.ui.components.base import button, empty, icon, link, link_button, name_of
from flatrender.ui.components.cards import card_film, card_name, film_card, project_facts, project_state, search_box
from flatrender.ui.components.film import Film
from flatrender.ui.components.rows import Rows
from flatrender.ui.components.shell import site_page
from flatrender.ui.state.cards import SHAPES
from flatrender.ui.state.gallery import GalleryState
from flatrender.ui.state.session import SessionState
from flatrender.ui.state.use import UseState
from flatrender.ui.text import ago, t
from flatrender.ui.vars import as_vars

# So few films stand larger: a small shelf is no empty page.
FEW = 6

Gallery = as_vars(GalleryState)
Visitor = as_vars(SessionState)
Use = as_vars(UseState)


def page() -> rx.Component:
    """The page at /."""
    return site_page(
        rx.cond(Gallery.landing.headline != "", _landing(), rx.el.h1(t("gallery.title"), class_name="vh")),
        rx.cond(Gallery.recent.length() > 0, _hero(), rx.fragment()),
        rx.cond(
            Gallery.error != "",
            empty(
                t("gallery.failed_heading"),
                Gallery.error,
                button(t("gallery.retry"), kind="primary", size="lg", on_click=Gallery.load),
            ),
            rx.cond(Gallery.loaded, _shelves(), rx.el.div(class_name="boot")),
        ),
        active="templates",
        search=_search(),
        class_name="gallery",
    )


def _landing() -> rx.Component:
    """What the site says to strangers: its words, its picture, the templates that it chose."""
    said = Gallery.landing
    words = rx.el.div(
        rx.el.h1(said.headline, class_name="h36"),
        rx.cond(said.text != "", rx.el.p(said.text, class_name="lead"), rx.fragment()),
        rx.cond(
            said.action != "",
            rx.el.a(said.action, href=said.link, class_name="btn primary xl", rel="noopener"),
            rx.fragment(),
        ),
        class_name="landing-words",
        custom_attrs={"dir": "auto"},
    )
    picture = rx.cond(said.picture != "", rx.el.img(src=said.picture, alt=""), rx.fragment())
    cards = Rows.create(rx.foreach(said.cards, _card), height=240, label=t("gallery.chosen"))
    return rx.fragment(
        rx.el.section(words, picture, class_name="landing", custom_attrs={"aria-label": t("app.name")}),
        rx.cond(said.cards.length() > 0, rx.el.section(cards, class_name="landing-chosen"), rx.fragment()),
    )


def _search() -> rx.Component:
    return search_box(
        "gallery-search",
        Gallery.query,
        Gallery.search,
        label="gallery.search",
        placeholder=rx.cond(
            Gallery.total > 0, t("gallery.search_placeholder", count=Gallery.total), t("gallery.search")
        ),
        wait=180,
    )


def _shelves() -> rx.Component:
    return rx.fragment(
        rx.cond(Gallery.total > 0, _filters(), rx.fragment()),
        rx.el.p(t("gallery.found", count=Gallery.cards.length()), class_name="vh", role="status", aria_live="polite"),
        rx.cond(
            Gallery.cards.length() > 0,
            Rows.create(
                rx.foreach(Gallery.cards, _card),
                height=rx.cond(Gallery.cards.length() > FEW, 214, rx.cond(Gallery.recent.length() > 0, 270, 300)),
                label=t("gallery.title"),
            ),
            rx.cond(Gallery.total > 0, _no_match(), _no_templates()),
        ),
    )


def _no_match() -> rx.Component:
    said = rx.cond(Gallery.query != "", t("gallery.none", query=Gallery.query), t("gallery.none_filters"))
    way = button(t("gallery.reset"), kind="primary", size="lg", on_click=Gallery.reset_filters)
    return empty(t("gallery.none_heading"), said, way)


def _no_templates() -> rx.Component:
    """A new site: whoever makes templates is told how, others that they come."""
    upload = link_button(t("gallery.upload"), href="/designer", kind="primary", size="lg", leading="upload")
    take = link_button(t("gallery.take"), href="/site#site-catalogue", kind="line", size="lg")
    ways = rx.el.div(
        upload, rx.cond(Visitor.runs_site & ~Visitor.runs_house, take, rx.fragment()), class_name="empty-ways"
    )
    said = rx.cond(Visitor.designs, t("gallery.empty"), t("gallery.empty_visitor"))
    return empty(t("gallery.empty_heading"), said, rx.cond(Visitor.designs, ways, rx.fragment()))


def _filters() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _category("", t("gallery.all")),
            rx.foreach(Gallery.categories, lambda shelf: _category(shelf.key, shelf.name)),
            role="group",
            class_name="shelf-cats",
            custom_attrs={"aria-label": t("gallery.categories")},
        ),
        rx.el.span(class_name="grow"),
        rx.el.div(
            _shape("", t("gallery.any")),
            *(_shape(name, _outline(size), rx.el.span(name, class_name="ltr")) for name, size in SHAPES.items()),
            role="group",
            class_name="shelf-asp",
            custom_attrs={"aria-label": t("gallery.aspect")},
        ),
        class_name="shelf-filters",
    )


def _category(key: Any, name: Any) -> rx.Component:
    return rx.el.button(
        name,
        type="button",
        on_click=Gallery.choose_category(key),
        custom_attrs={"aria-pressed": rx.cond(Gallery.category == key, "true", "false")},
    )


def _shape(key: str, *children: Any) -> rx.Component:
    return rx.el.button(
        *children,
        type="button",
        on_click=Gallery.choose_shape(key),
        custom_attrs={"aria-pressed": rx.cond(Gallery.shape == key, "true", "false")},
    )


def _outline(size: tuple[int, int]) -> rx.Component:
    return rx.el.i(style={"inlineSize": f"{size[0]}px", "blockSize": f"{size[1]}px"})


def _card(card: Any) -> rx.Component:
    href = "/templates/" + card.id
    badge = rx.cond(card.fresh, t("gallery.new"), "")
    film = card_film(card, href, parts=card.parts, on_use=Use.use(card.id), badge=badge)
    return film_card(
        card,
        film,
        rx.el.h2(card_name(card.name, href), class_name="med trunc"),
        rx.el.span(card.label, class_name="t3 trunc"),
    )


def _hero() -> rx.Component:
    first = Gallery.recent[0]
    return rx.el.section(
        rx.el.div(
            Film.create(
                src=first.preview,
                poster=first.poster,
                duration=first.duration,
                color=first.color,
                name=first.name,
                href="/studio/" + first.id,
                eager=True,
            ),
            rx.el.div(
                rx.el.p(t("gallery.stopped", when=ago(first.edited)), class_name="t2 fs13"),
                rx.el.h2(name_of(first.name), class_name="h26 trunc"),
                rx.el.p(project_facts(first), class_name="t2 fs13 card-facts"),
                rx.cond(
                    first.pictures.length() > 1,
                    rx.el.div(
                        rx.foreach(
                            first.pictures,
                            lambda picture: rx.el.span(rx.el.img(src=picture, alt="", loading="lazy")),
                        ),
                        class_name="hero-strip",
                    ),
                    rx.el.span(class_name="grow"),
                ),
                rx.el.div(
                    link_button(t("gallery.continue"), href="/studio/" + first.id, kind="primary", size="lg"),
                    link_button(t("gallery.all_projects"), href="/projects", kind="line", size="lg"),
                    class_name="row g8",
                ),
                class_name="body",
            ),
            class_name="hero-main",
        ),
        rx.cond(
            Gallery.recent.length() > 1,
            rx.el.ul(rx.foreach(Gallery.recent[1:], _recent), class_name="hero-side"),
            rx.fragment(),
        ),
        class_name="hero",
        custom_attrs={"aria-label": t("gallery.recent")},
    )


def _recent(card: Any) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(
                rx.el.img(src=card.poster, alt="", loading="lazy"), class_name="t", style={"background": card.color}
            ),
            rx.el.span(
                rx.el.b(name_of(card.name), class_name="trunc"),
                rx.cond(card.state != "", project_state(card), rx.el.span(ago(card.edited), class_name="t3 fs13")),
                class_name="col g4 grow",
            ),
            icon("chevron-right", flip=True),
            href="/studio/" + card.id,
        ),
        key=card.id,
    )
