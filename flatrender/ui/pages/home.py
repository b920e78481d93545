"""The first page after the sign-in: what goes on, what was worked on last, what to begin with."""

from typing import Any

import reflex as rx

from flatrender.ui.components.base import Text, icon, link, link_button
from flatrender.ui.components.cards import card_film, card_name, film_card, project_state
from flatrender.ui.components.home import ImportTimeline, Renders
from flatrender.ui.components.people import ask_mac_names
from flatrender.ui.components.rows import Rows
from flatrender.ui.components.shell import site_page
from flatrender.ui.state.gallery import GalleryState
from flatrender.ui.state.home import HomeState
from flatrender.ui.state.session import SessionState
from flatrender.ui.state.use import UseState
from flatrender.ui.text import ago, bytes_, t
from flatrender.ui.vars import as_vars

Gallery = as_vars(GalleryState)
Home = as_vars(HomeState)
Visitor = as_vars(SessionState)
Use = as_vars(UseState)


def page() -> rx.Component:
    """The page at /home."""
    return site_page(
        rx.cond(
            Home.loaded,
            rx.fragment(
                ask_mac_names(on_notice=HomeState.notice),
                rx.el.div(_greeting(), _acts(), class_name="home-head"),
                rx.cond(
                    Home.projects.length() > 0,
                    rx.el.div(_projects(), _renders(), class_name="home-work"),
                    _begin(),
                ),
                rx.cond(Home.templates.length() > 0, _templates(), rx.fragment()),
            ),
            rx.el.div(class_name="boot"),
        ),
        active="home",
        class_name="home-page",
    )


def _greeting() -> rx.Component:
    return rx.el.div(
        rx.el.h1(
            rx.cond(Home.name != "", t("home.greeting", name=Home.name), t("home.greeting_nobody")),
            class_name="h26",
            custom_attrs={"dir": "auto"},
        ),
        rx.el.div(
            _figure(t("home.projects", count=Home.figures.projects), "/projects"),
            _figure(t("home.films", count=Home.figures.films), "/jobs"),
            _figure(
                rx.fragment(
                    rx.el.span(
                        rx.el.i(style={"inlineSize": f"{Home.figures.percent}%"}),
                        class_name="bar home-meter",
                        custom_attrs={"aria-hidden": "true"},
                    ),
                    t("home.storage", used=bytes_(Home.figures.used), limit=bytes_(Home.figures.limit)),
                ),
                "/media",
            ),
            class_name="home-figures num",
        ),
        class_name="col g4 home-greeting",
    )


def _figure(text: Any, href: str) -> rx.Component:
    return link(text, href=href, class_name="home-figure")


def _acts() -> rx.Component:
    return rx.el.div(
        link_button(t("nav.new_project"), href="/", kind="primary", size="lg", leading="plus"),
        link_button(t("home.upload"), href="/media", kind="line", size="lg", leading="upload"),
        ImportTimeline.create(),
        rx.cond(
            Visitor.designs,
            link_button(t("gallery.upload"), href="/designer", kind="line", size="lg", leading="pen-tool"),
            rx.fragment(),
        ),
        class_name="home-acts",
    )


def _projects() -> rx.Component:
    return _section(
        t("home.recent"),
        t("gallery.all_projects"),
        "/projects",
        Rows.create(rx.foreach(Home.projects, _project), height=176, phone_height=150, label=t("home.recent")),
        class_name="projects",
    )


def _project(card: Any) -> rx.Component:
    href = "/studio/" + card.id
    words = rx.el.div(
        rx.el.h3(card_name(card.name, href), class_name="med trunc"),
        rx.el.div(
            rx.cond(
                (card.state == "ready") | (card.state == ""),
                rx.el.span(ago(card.edited), class_name="t3 fs13 trunc"),
                project_state(card),
            ),
            class_name="row g8",
        ),
        class_name="col grow",
    )
    return film_card(card, card_film(card, href), words)


def _renders() -> rx.Component:
    return _section(
        t("home.renders"),
        t("home.all_jobs"),
        "/jobs",
        Renders.create(given=Home.renders, me=Home.me, posters=Home.posters, on_ended=Home.load),
        class_name="home-side",
    )


def _begin() -> rx.Component:
    """What a new account sees: one sentence, one act, frames of real templates below."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("home.empty_heading"), class_name="h20"),
            rx.el.p(t("home.empty"), class_name="t2"),
            rx.el.ol(
                *(
                    rx.el.li(icon(name, 18), rx.el.span(t(f"home.step_{number}")))
                    for number, name in enumerate(("layout-template", "text-cursor-input", "clapperboard"), 1)
                ),
                class_name="home-steps",
            ),
            link_button(t("projects.browse"), href="/", kind="primary", size="lg"),
            class_name="col g12",
        ),
        class_name="home-begin",
        custom_attrs={"aria-label": t("home.empty_heading")},
    )


def _templates() -> rx.Component:
    return _section(
        t("home.templates"),
        t("home.all_templates"),
        "/",
        Rows.create(rx.foreach(Home.templates, _template), height=150, phone_height=130, label=t("home.templates")),
        class_name="home-offered",
        on_more=Gallery.reset_filters,  # all of them, whatever was looked for there before
    )


def _template(card: Any) -> rx.Component:
    href = "/templates/" + card.id
    film = card_film(card, href, parts=card.parts, on_use=Use.use(card.id))
    return film_card(card, film, rx.el.h3(card_name(card.name, href), class_name="med trunc"))


def _section(
    title: Text, more: Text, href: str, *children: rx.Component, class_name: str = "", on_more: Any = None
) -> rx.Component:
    """`on_more`: what its link to all of them does beside leading there."""
    acts = {"on_click": on_more} if on_more is not None else {}
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title, class_name="h16"),
            link(more, icon("chevron-right", 14, flip=True), href=href, class_name="home-more", **acts),
            class_name="home-title",
        ),
        *children,
        class_name=class_name,
        custom_attrs={"aria-label": title},
    )
