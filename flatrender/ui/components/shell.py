"""The frame of every page: top bar, rail, phone tabs, account menu, skip link."""

from typing import Any, Literal

import reflex as rx

from flatrender.ui.components import palette, radix
from flatrender.ui.components.base import Text, avatar, classes, icon, icon_button, link, link_button, name_of, tooltip
from flatrender.ui.components.bell import bell
from flatrender.ui.components.brand import foot, mark, wordmark
from flatrender.ui.components.overlay import menu, menu_choice, menu_head, menu_item, menu_rule
from flatrender.ui.components.people import help_ends
from flatrender.ui.components.usage import over_quota
from flatrender.ui.state.session import SessionState
from flatrender.ui.text import direction, t

Section = Literal["home", "templates", "projects", "media", "designer", "jobs", "admin", ""]
# Section -> (address, icon). `designer` shows for those who may publish templates, `admin` for who runs the farm.
SECTIONS: dict[str, tuple[str, str]] = {
    "home": ("/home", "house"),
    "templates": ("/", "layout-template"),
    "projects": ("/projects", "clapperboard"),
    "media": ("/media", "images"),
    "designer": ("/designer", "pen-tool"),
    "jobs": ("/jobs", "list-video"),
    "admin": ("/admin", "gauge"),
}
# Five tabs fit on a phone; these stand in the account menu there.
BEYOND_TABS = ("designer", "admin")
# Where films are begun, rendered, or files sent.
MAKING: tuple[Section, ...] = ("home", "templates", "projects", "media", "jobs")


SPEAKS_BOTH: rx.Var[bool] = rx.Var(_js_expr="(window.flatrender.languages.length > 1)", _var_type=bool)
"""Whether the site offers more than one language."""


def page(*children: Any, roomy: bool = False, class_name: str = "") -> rx.Component:
    """The outermost element of a page. `roomy`: 14 px text, where people choose; else 13 px, where they work."""
    return radix.DirectionProvider.create(
        radix.TooltipProvider.create(
            rx.el.div(
                rx.el.a(t("nav.skip"), href="#main", class_name="skip"),
                *children,
                helping(),
                command_palette(),
                class_name=classes("page", "roomy" if roomy else "", class_name),
            ),
            delay_duration=500,
        ),
        dir=direction(),
    )


def site_page(*children: Any, active: Section = "", search: rx.Component | None = None, **props: Any) -> rx.Component:
    """A page where people choose: a top bar of 60 px with the sections in it. `search` stands in the bar's middle."""
    bar = rx.el.header(
        rx.el.div(
            _brand(wordmark()),
            rx.el.nav(*_links(active), class_name="links", custom_attrs={"aria-label": t("nav.main")}),
            class_name="row g24",
        ),
        search or rx.el.span(),
        rx.el.div(commands_button(), _told(), account(), class_name="row g8 site-end"),
        class_name="site-bar",
    )
    main = rx.el.main(*children, id="main", class_name=classes("site-main", props.pop("class_name", "")), **props)
    return page(bar, main, foot(), phone_tabs(active), used_up(active), roomy=True)


def work_page(
    *children: Any,
    title: Any,
    active: Section = "",
    actions: Any = (),
    back: tuple[Text, Text] | None = None,
    **props: Any,
) -> rx.Component:
    """A page where people work all day: a top bar of 52 px and a rail of 60 px; the rest belongs to the page.

    `back`: the page above it, as (name, address); on a phone its arrow alone.
    """
    above = (
        [link(icon("chevron-left", flip=True), rx.el.span(back[0]), href=back[1], class_name="btn ghost sm bar-above")]
        if back
        else []
    )
    bar = rx.el.header(
        _brand(mark()),
        *above,
        rx.el.h1(title, class_name="h16 trunc"),
        rx.el.span(class_name="grow"),
        *actions,
        commands_button(),
        _told(),
        account(),
        class_name="work-bar",
    )
    main = rx.el.main(*children, id="main", class_name=classes("work-main", props.pop("class_name", "")), **props)
    body = rx.el.div(rail(active), main, class_name="work-body")
    return page(bar, body, phone_tabs(active), used_up(active), class_name="work")


def rail(active: Section = "") -> rx.Component:
    """The sections as icons along the page's start."""
    return rx.el.nav(
        *(_shown(name, _rail_link(name, active)) for name in SECTIONS),
        class_name="rail",
        custom_attrs={"aria-label": t("nav.rail")},
    )


def phone_tabs(active: Section = "") -> rx.Component:
    """The sections along the bottom of a phone, for those who have more than one."""
    tabs = rx.el.nav(
        *(
            _shown(
                name,
                link(
                    icon(SECTIONS[name][1], 20),
                    rx.el.span(_label(name), class_name="trunc"),
                    href=SECTIONS[name][0],
                    **_current(name, active),
                ),
            )
            for name in SECTIONS
            if name not in BEYOND_TABS
        ),
        class_name="tabs",
        custom_attrs={"aria-label": t("nav.main")},
    )
    return rx.cond(SessionState.signed_in, tabs, rx.fragment())


def command_palette(*, studio: bool = False) -> rx.Component:
    """The command palette, and outside the studio the sheet of shortcuts; once on every page."""
    return palette.Palette.create(
        signed_in=SessionState.signed_in,
        designs=SessionState.designs,
        runs_farm=SessionState.runs_farm,
        runs_site=SessionState.runs_site,
        runs_house=SessionState.runs_house,
        studio=studio,
    )


def commands_button() -> rx.Component:
    """Opens the palette, for whom no key is at hand."""
    opens = rx.call_script(palette.OPEN)
    # By its name look.js knows it, before the page answers.
    named = {"data-opens": "palette"}
    return icon_button("command", t("palette.title"), key="Ctrl K", class_name="lg", on_click=opens, custom_attrs=named)


def helping() -> rx.Component:
    """As whom an administrator acts, and the way back; on every page while it lasts."""
    end = rx.call_script(
        'fetch("/api/v1/auth/help", {method: "DELETE"}).then((answer) => answer.json())'
        ".then(({ next }) => location.assign(next), () => location.reload())"
    )
    banner = rx.el.div(
        icon("user-round-cog"),
        rx.el.span(t("helping.acting"), " ", name_of(SessionState.name, class_name="strong"), class_name="trunc"),
        rx.el.button(t("helping.end"), type="button", class_name="btn line sm", on_click=end),
        help_ends(seconds=SessionState.helping_left),
        class_name="helping",
        role="status",
    )
    return rx.cond(SessionState.helping, banner, rx.fragment())


def used_up(active: Section) -> rx.Component:
    """What the site has used up, on pages where one would render or upload."""
    return rx.cond(SessionState.signed_in, over_quota(), rx.fragment()) if active in MAKING else rx.fragment()


def _told() -> rx.Component:
    """The bell, for who is signed in."""
    return rx.cond(SessionState.signed_in, bell(), rx.fragment())


def _brand(look: rx.Component) -> rx.Component:
    """The site's sign: leads to the first page of who is signed in, else to the gallery."""
    href = rx.cond(SessionState.signed_in, SECTIONS["home"][0], "/")
    return link(look, href=href, class_name="home", custom_attrs={"aria-label": t("nav.brand")})


def account() -> rx.Component:
    """The account menu, or the way in. Theme and language are in both."""
    trigger = rx.el.button(
        rx.cond(
            SessionState.signed_in,
            avatar(SessionState.initials, SessionState.picture, class_name="lg"),
            icon("settings-2", 18),
        ),
        type="button",
        class_name="account",
        custom_attrs={"aria-label": t("account.menu")},
    )
    return rx.el.div(
        rx.cond(
            SessionState.known & ~SessionState.signed_in,
            link_button(t("account.sign_in"), href="/sign-in", kind="line"),
            rx.fragment(),
        ),
        menu(
            trigger,
            rx.cond(SessionState.signed_in, _who(), rx.fragment()),
            rx.cond(SessionState.designs | SessionState.runs_farm, _beyond_tabs(), rx.fragment()),
            *look_choices(),
            menu_rule(),
            menu_item(t("palette.shortcuts"), rx.call_script(palette.SHORTCUTS), leading="keyboard", key="?"),
            rx.cond(SessionState.signed_in, _own_pages(), rx.fragment()),
            rx.cond(SessionState.signed_in, _way_out(), rx.fragment()),
        ),
        class_name="row g8",
    )


def look_choices() -> list[rx.Component]:
    """Theme and language as choices of a menu."""
    return [
        menu_head(t("account.theme")),
        menu_choice(
            [("auto", t("account.theme_auto")), ("dark", t("account.theme_dark")), ("light", t("account.theme_light"))],
            rx.Var(_js_expr="window.flatrender.chosenTheme()", _var_type=str),
            lambda value: rx.call_script(
                "window.flatrender.setTheme(" + rx.Var.create(value).to(str).to_string() + ")"
            ),
        ),
        rx.cond(
            SPEAKS_BOTH,
            rx.fragment(
                menu_rule(),
                menu_head(t("account.language")),
                menu_choice(
                    [("en", "English"), ("fa", "فارسی")],
                    rx.Var(_js_expr="window.flatrender.language", _var_type=str),
                    lambda value: rx.call_script(
                        "window.flatrender.setLanguage(" + rx.Var.create(value).to(str).to_string() + ")"
                    ),
                ),
            ),
            rx.fragment(),
        ),
    ]


def language_button() -> rx.Component:
    """The other language, named in itself."""
    other: rx.Var[str] = rx.Var(_js_expr='(window.flatrender.language === "fa" ? "English" : "فارسی")', _var_type=str)
    button = rx.el.button(
        icon("globe", 14),
        other,
        type="button",
        class_name="btn ghost sm language",
        on_click=rx.call_script('window.flatrender.setLanguage(window.flatrender.language === "fa" ? "en" : "fa")'),
    )
    return rx.cond(SPEAKS_BOTH, button, rx.fragment())


def _who() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            name_of(SessionState.name, class_name="med trunc"),
            rx.el.span(SessionState.email, class_name="fs12 t3 ltr trunc"),
            class_name="col who",
        ),
        menu_rule(),
    )


def _own_pages() -> rx.Component:
    of_site = (
        menu_item(t("people.title"), href="/people", leading="users"),
        menu_item(t("roles.title"), href="/roles", leading="shield"),
        menu_item(t("usage.title"), href="/usage", leading="chart-column"),
        menu_item(t("webhooks.title"), href="/webhooks", leading="webhook"),
        menu_item(t("requests.title"), href="/requests", leading="activity"),
        menu_item(t("audit.title"), href="/audit", leading="scroll-text"),
        menu_item(t("site.settings"), href="/site", leading="palette"),
    )
    of_house = (
        menu_item(t("site.sites"), href="/sites", leading="globe"),
        menu_item(t("features.title"), href="/features", leading="toggle-right"),
    )
    return rx.fragment(
        menu_rule(),
        menu_item(t("profile.title"), href="/profile", leading="user-round"),
        menu_item(t("keys.title"), href="/keys", leading="key-round"),
        menu_item(t("reference.title"), href="/developers", leading="braces"),
        rx.cond(SessionState.runs_site, rx.fragment(*of_site), rx.fragment()),
        rx.cond(SessionState.runs_house, rx.fragment(*of_house), rx.fragment()),
    )


def _beyond_tabs() -> rx.Component:
    """On a phone the sections that have no room in the tabs."""
    items = [
        _shown(name, menu_item(_label(name), href=SECTIONS[name][0], leading=SECTIONS[name][1])) for name in BEYOND_TABS
    ]
    return rx.el.div(
        *items,
        menu_rule(),
        class_name="beyond-tabs",
    )


def _way_out() -> rx.Component:
    leave = rx.call_script(
        'fetch("/api/v1/auth/sign-out", {method: "POST", redirect: "manual"}).then(() => location.assign("/sign-in"))'
    )
    return rx.fragment(menu_rule(), menu_item(t("account.sign_out"), leave, leading="log-out"))


def _label(name: str) -> rx.Var[str]:
    return t(f"nav.{name}")


def _current(name: str, active: str) -> dict[str, Any]:
    on = name == active
    return {"class_name": "on" if on else "", "custom_attrs": {"aria-current": "page"} if on else {}}


def _shown(name: str, element: rx.Component) -> rx.Component:
    if name == "designer":
        return rx.cond(SessionState.designs, element, rx.fragment())
    if name == "admin":
        return rx.cond(SessionState.runs_farm, element, rx.fragment())
    if name in {"home", "projects", "media", "jobs"}:
        return rx.cond(SessionState.signed_in, element, rx.fragment())
    return element


def _links(active: str) -> list[rx.Component]:
    return [_shown(name, link(_label(name), href=SECTIONS[name][0], **_current(name, active))) for name in SECTIONS]


def _rail_link(name: str, active: str) -> rx.Component:
    attributes = _current(name, active)
    attributes["custom_attrs"] = {**attributes["custom_attrs"], "aria-label": _label(name)}
    return tooltip(link(icon(SECTIONS[name][1], 18), href=SECTIONS[name][0], **attributes), _label(name), side="right")
