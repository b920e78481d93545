"""A template's page: its film, its scenes, and "Use template"."""

from typing import Any

import reflex as rx

from flatrender.ui.components.base import button, empty, icon, link, link_button, name_of
from flatrender.ui.components.film import Player
from flatrender.ui.components.shell import site_page
from flatrender.ui.state.session import SessionState
from flatrender.ui.state.template import TemplateState
from flatrender.ui.state.use import UseState
from flatrender.ui.text import clock, number, t
from flatrender.ui.vars import as_vars

Shown = as_vars(TemplateState)
Visitor = as_vars(SessionState)
Use = as_vars(UseState)

_PAGE = Shown.page
_CARD = Shown.page.card


def page() -> rx.Component:
    """The page at /templates/[template_id]."""
    return site_page(
        rx.cond(
            Shown.loaded,
            rx.cond(Shown.missing, _missing(), _template()),
            rx.el.div(class_name="boot"),
        ),
        active="templates",
        class_name="template",
    )


def _missing() -> rx.Component:
    way = link_button(t("template.to_gallery"), href="/", kind="primary", size="lg")
    return empty(t("template.missing_heading"), t("template.missing"), way)


def _template() -> rx.Component:
    return rx.fragment(
        link(icon("arrow-left", 16, flip=True), t("template.to_gallery"), href="/", class_name="back"),
        rx.el.div(
            Player.create(
                src=_CARD.preview,
                poster=_CARD.poster,
                duration=_CARD.duration,
                parts=_CARD.parts,
                titles=_PAGE.titles,
                color=_CARD.color,
                ratio=_CARD.ratio,
                name=_CARD.name,
            ),
            _facts(),
            class_name="template-top",
        ),
        rx.el.section(
            rx.el.h2(
                t("template.by_scene"),
                " ",
                rx.el.span(number(_PAGE.scenes.length()), class_name="t3 num"),
                class_name="h20",
            ),
            rx.el.ol(rx.foreach(_PAGE.scenes, _scene), class_name="scenes"),
            class_name="template-scenes",
        ),
    )


def _facts() -> rx.Component:
    return rx.el.aside(
        rx.cond(_CARD.label != "", rx.el.p(_CARD.label, class_name="t3 fs13"), rx.fragment()),
        rx.el.h1(name_of(_CARD.name), class_name="h26"),
        rx.cond(_PAGE.description != "", rx.el.p(_PAGE.description, class_name="t2", dir="auto"), rx.fragment()),
        button(
            rx.cond(Visitor.signed_in, t("template.use"), t("template.sign_in_to_use")),
            kind="primary",
            size="xl",
            busy=Use.busy != "",
            on_click=Use.use(_CARD.id),
            class_name="wide",
        ),
        rx.el.dl(
            _fact("shape", rx.el.span(_PAGE.shape, class_name="num ltr")),
            _fact("length", rx.el.span(clock(_CARD.duration), class_name="num ltr")),
            _fact("size", rx.el.span(_PAGE.size, class_name="num ltr")),
            _fact("frame_rate", t("template.fps", rate=_PAGE.rate)),
            _fact(
                "kind",
                rx.match(
                    _PAGE.kind,
                    ("fixed", t("template.kind_fixed")),
                    ("flexible", t("template.kind_flexible")),
                    t("template.kind_free"),
                ),
            ),
            class_name="facts",
        ),
        rx.cond(
            _PAGE.colors.length() > 0,
            rx.el.div(
                rx.el.h2(t("template.colors"), class_name="med"),
                rx.el.ul(rx.foreach(_PAGE.colors, _swatch), class_name="swatches"),
                class_name="col g8",
            ),
            rx.fragment(),
        ),
        rx.cond(
            _PAGE.presets.length() > 0,
            rx.el.div(
                rx.el.h2(t("template.presets"), class_name="med"),
                rx.el.ul(rx.foreach(_PAGE.presets, _preset), class_name="presets"),
                class_name="col g8",
            ),
            rx.fragment(),
        ),
        class_name="template-facts",
    )


def _fact(key: str, value: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(t(f"template.{key}")), rx.el.dd(value))


def _swatch(swatch: Any) -> rx.Component:
    return rx.el.li(rx.el.i(style={"background": swatch.value}), rx.el.span(name_of(swatch.name), class_name="trunc"))


def _preset(preset: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.foreach(preset.colors, lambda color: rx.el.i(style={"background": color})), class_name="preset-strip"
        ),
        rx.el.span(name_of(preset.name), class_name="trunc"),
    )


def _scene(scene: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.cond(scene.picture != "", rx.el.img(src=scene.picture, alt="", loading="lazy"), rx.fragment()),
            rx.el.span(clock(scene.seconds), class_name="film-length num ltr"),
            class_name="film",
            style={"aspectRatio": _CARD.ratio, "background": _CARD.color},
        ),
        rx.el.h3(name_of(scene.name), class_name="med trunc"),
        rx.el.p(
            rx.cond(scene.elements > 0, t("template.elements", count=scene.elements), t("template.no_elements")),
            class_name="t3 fs13",
        ),
        key=scene.key,
    )
