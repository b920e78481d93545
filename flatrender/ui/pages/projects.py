"""The user's projects."""

from typing import Any

import reflex as rx

from flatrender.ui.components.base import button, empty, field, icon_button, link_button, name_of
from flatrender.ui.components.cards import film_card, project_state, search_box
from flatrender.ui.components.film import Film
from flatrender.ui.components.overlay import dialog, dialog_actions, menu, menu_item, menu_rule
from flatrender.ui.components.rows import Rows
from flatrender.ui.components.shell import site_page
from flatrender.ui.state.projects import ProjectsState
from flatrender.ui.text import ago, t
from flatrender.ui.vars import as_vars

Projects = as_vars(ProjectsState)


def page() -> rx.Component:
    """The page at /projects."""
    return site_page(
        rx.el.div(
            rx.el.h1(t("projects.title"), class_name="h26"),
            rx.cond(
                Projects.cards.length() > 0,
                rx.el.span(t("projects.count", count=Projects.cards.length()), class_name="t3 num trunc"),
                rx.fragment(),
            ),
            rx.el.span(class_name="grow"),
            link_button(t("nav.new_project"), href="/", size="lg", leading="plus"),
            class_name="page-head",
        ),
        rx.cond(
            Projects.loaded,
            rx.cond(
                Projects.cards.length() > 0,
                rx.cond(
                    Projects.found.length() > 0,
                    Rows.create(rx.foreach(Projects.found, _card), label=t("projects.title"), phone_height=190),
                    empty(t("projects.none_heading"), t("projects.none", query=Projects.query)),
                ),
                empty(
                    t("projects.empty_heading"),
                    t("projects.empty"),
                    link_button(t("projects.browse"), href="/", kind="primary", size="lg"),
                ),
            ),
            rx.el.div(class_name="boot"),
        ),
        _rename(),
        active="projects",
        search=rx.cond(Projects.cards.length() > 0, _search(), rx.el.span()),
        class_name="projects",
    )


def _search() -> rx.Component:
    return search_box("project-search", Projects.query, Projects.search, label="projects.search", wait=120)


def _card(card: Any) -> rx.Component:
    film = Film.create(
        src=card.preview,
        poster=card.poster,
        duration=card.duration,
        color=card.color,
        ratio=card.ratio,
        name=card.name,
        href="/studio/" + card.id,
    )
    words = rx.el.div(
        rx.el.h2(name_of(card.name), class_name="med trunc"),
        rx.el.div(
            rx.cond(card.state != "", project_state(card), rx.fragment()),
            rx.el.span(ago(card.edited), class_name="t3 fs13 trunc"),
            class_name="row g8",
        ),
        class_name="col grow",
    )
    return film_card(card, film, words, _menu(card))


def _menu(card: Any) -> rx.Component:
    download = menu_item(
        t("projects.download"), rx.call_script("location.assign('" + card.preview.to(str) + "')"), leading="download"
    )
    return menu(
        icon_button("ellipsis", t("projects.more", name=card.name), tip=False),
        menu_item(t("projects.rename"), Projects.ask_name(card.id, card.name), leading="pencil"),
        menu_item(t("projects.duplicate"), Projects.duplicate(card.id, card.name), leading="copy"),
        rx.cond(card.state == "ready", download, rx.fragment()),
        menu_rule(),
        menu_item(t("projects.delete"), Projects.delete(card.id, card.name), leading="trash-2", tone="danger"),
    )


def _rename() -> rx.Component:
    return dialog(
        t("projects.rename"),
        rx.el.form(
            field(
                "project-name",
                t("projects.name"),
                error=Projects.name_error,
                value=Projects.name,
                on_change=Projects.set_name,
                custom_attrs={"dir": "auto", "autoFocus": True, "maxLength": 160},
                size="lg",
            ),
            dialog_actions(button(t("projects.save"), kind="primary", type="submit")),
            on_submit=lambda _data: Projects.rename(),
            class_name="col g16",
        ),
        open=Projects.renaming != "",
        on_close=Projects.close,
    )
