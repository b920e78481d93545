"""The user's projects: found by words, narrowed, put in order; renamed, copied, archived, brought back, deleted."""

from typing import Any

import reflex as rx

from flatrender.ui.components import radix
from flatrender.ui.components.base import button, empty, field, icon, icon_button, link_button, name_of
from flatrender.ui.components.cards import card_film, card_name, film_card, project_facts, project_state, search_box
from flatrender.ui.components.overlay import dialog, dialog_actions, menu, menu_choice, menu_item, menu_rule
from flatrender.ui.components.rows import Rows
from flatrender.ui.components.shell import site_page
from flatrender.ui.state.projects import ProjectsState
from flatrender.ui.text import ago, number, t
from flatrender.ui.vars import as_vars

Projects = as_vars(ProjectsState)
SORTS = ("recent", "name", "created")


def page() -> rx.Component:
    """The page at /projects."""
    return site_page(
        rx.el.div(
            rx.el.h1(t("projects.title"), class_name="h26"),
            rx.el.span(class_name="grow"),
            link_button(t("nav.new_project"), href="/", size="lg", leading="plus"),
            class_name="page-head",
        ),
        rx.cond(
            Projects.loaded,
            rx.cond(_nothing_at_all(), _no_projects(), rx.fragment(_tools(), _list())),
            rx.el.div(class_name="boot"),
        ),
        _rename(),
        _delete(),
        active="projects",
        search=rx.cond(Projects.loaded & ~_nothing_at_all(), _search(), rx.el.span()),
        class_name="projects",
    )


def _nothing_at_all() -> Any:
    return (Projects.active == 0) & (Projects.archived == 0) & ~Projects.narrowed


def _search() -> rx.Component:
    return search_box("project-search", Projects.query, Projects.search, label="projects.search", wait=150)


def _tools() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _shelf(False, t("projects.active"), Projects.active),
            _shelf(True, t("projects.archive"), Projects.archived),
            role="group",
            class_name="shelf-cats",
            custom_attrs={"aria-label": t("projects.shelves")},
        ),
        rx.el.span(class_name="grow"),
        rx.cond(Projects.templates.length() > 1, _by_template(), rx.fragment()),
        _order(),
        rx.el.p(t("projects.count", count=Projects.total), class_name="vh", role="status"),
        class_name="shelf-filters list-tools",
    )


def _shelf(archive: bool, text: Any, count: Any) -> rx.Component:
    return rx.el.button(
        text,
        rx.el.span(number(count), class_name="num list-count"),
        type="button",
        on_click=Projects.show_archive(archive),
        custom_attrs={"aria-pressed": rx.cond(Projects.archive == archive, "true", "false")},
    )


def _by_template() -> rx.Component:
    choices = radix.MenuRadioGroup.create(
        _choice("", t("projects.every_template")),
        rx.foreach(Projects.templates, lambda one: _choice(one.key, name_of(one.name, class_name="trunc"))),
        value=Projects.template,
        on_value_change=Projects.choose_template,
    )
    chosen = rx.cond(Projects.template != "", Projects.template_name, t("projects.every_template"))
    return menu(_opener("layout-template", t("projects.template"), chosen), choices)


def _choice(key: Any, text: Any) -> rx.Component:
    return radix.MenuRadioItem.create(
        rx.el.span(text, class_name="trunc"), icon("check", 14, class_name="tick"), value=key, class_name="item"
    )


def _order() -> rx.Component:
    words = {name: t(f"projects.sort_{name}") for name in SORTS}
    chosen = rx.match(Projects.sort, *words.items(), words["recent"])
    return menu(
        _opener("arrow-down-wide-narrow", t("projects.sort"), chosen),
        menu_choice(list(words.items()), Projects.sort, Projects.choose_sort),
    )


def _opener(name: str, label: Any, chosen: Any) -> rx.Component:
    return rx.el.button(
        icon(name),
        rx.el.span(label, class_name="vh"),
        rx.el.bdi(chosen, class_name="trunc"),
        icon("chevron-down", 14),
        type="button",
        class_name="btn line list-choice",
    )


def _list() -> rx.Component:
    return rx.cond(
        Projects.cards.length() > 0,
        rx.fragment(
            Rows.create(rx.foreach(Projects.cards, _card), label=t("projects.title"), phone_height=190),
            rx.cond(
                Projects.more,
                rx.el.div(_show_more(), class_name="list-more"),
                rx.fragment(),
            ),
        ),
        rx.cond(
            Projects.narrowed,
            empty(
                t("projects.none_heading"),
                rx.cond(Projects.query != "", t("projects.none", query=Projects.query), t("projects.none_template")),
                button(t("projects.show_all"), kind="primary", size="lg", on_click=Projects.show_all),
            ),
            rx.cond(
                Projects.archive,
                empty(t("projects.archive_empty_heading"), t("projects.archive_empty")),
                empty(
                    t("projects.all_archived_heading"),
                    t("projects.all_archived"),
                    button(t("projects.see_archive"), size="lg", on_click=Projects.show_archive(True)),
                ),
            ),
        ),
    )


def _show_more() -> rx.Component:
    return button(t("projects.show_more"), size="lg", on_click=Projects.show_more)


def _no_projects() -> rx.Component:
    return empty(
        t("projects.empty_heading"),
        t("projects.empty"),
        link_button(t("projects.browse"), href="/", kind="primary", size="lg"),
    )


def _card(card: Any) -> rx.Component:
    href = "/studio/" + card.id
    words = rx.el.div(
        rx.el.h2(card_name(card.name, href), class_name="med trunc"),
        rx.el.p(project_facts(card), class_name="t3 fs13 card-facts"),
        rx.el.div(
            rx.cond(card.state != "", project_state(card), rx.fragment()),
            rx.el.span(ago(card.edited), class_name="t3 fs13 trunc"),
            class_name="row g8",
        ),
        class_name="col grow",
    )
    return film_card(card, card_film(card, href), words, _menu(card))


def _menu(card: Any) -> rx.Component:
    download = menu_item(
        t("projects.download"), rx.call_script("location.assign('" + card.preview.to(str) + "')"), leading="download"
    )
    away = menu_item(t("projects.put_in_archive"), Projects.put_away(card.id, card.name), leading="archive")
    back = rx.fragment(
        menu_item(t("projects.bring_back"), Projects.bring_back(card.id, card.name), leading="archive-restore"),
        menu_item(t("projects.delete"), Projects.ask_delete(card.id, card.name), leading="trash-2", tone="danger"),
    )
    return menu(
        icon_button("ellipsis", t("projects.more", name=card.name), tip=False),
        menu_item(t("projects.rename"), Projects.ask_name(card.id, card.name), leading="pencil"),
        menu_item(t("projects.duplicate"), Projects.duplicate(card.id, card.name), leading="copy"),
        rx.cond(card.state == "ready", download, rx.fragment()),
        menu_rule(),
        rx.cond(Projects.archive, back, away),
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


def _delete() -> rx.Component:
    return dialog(
        t("projects.delete_title", name=Projects.deleting_name),
        dialog_actions(button(t("projects.delete"), kind="destroy", on_click=Projects.delete)),
        body=t("projects.delete_body"),
        open=Projects.deleting != "",
        on_close=Projects.close,
    )
