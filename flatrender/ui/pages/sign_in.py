"""Sign-in and sign-up: a form beside a wall of the site's own templates."""

from typing import Any

import reflex as rx

from flatrender.access.passwords import SHORTEST
from flatrender.ui.components.base import icon, link
from flatrender.ui.components.brand import door_mark, small_print
from flatrender.ui.components.forms import ApiField, ApiForm, ApiLeave, ApiSubmit, DoorHead
from flatrender.ui.components.rows import Rows
from flatrender.ui.components.shell import language_button, page
from flatrender.ui.state.door import DoorState
from flatrender.ui.text import t
from flatrender.ui.vars import as_vars

Door = as_vars(DoorState)


def sign_in() -> rx.Component:
    """The page at /sign-in."""
    form = ApiForm.create(
        ApiField.create(
            name="email", label=t("sign_in.email"), type="email", auto_complete="username", auto_focus=True
        ),
        ApiField.create(
            name="password", label=t("sign_in.password"), type="password", auto_complete="current-password"
        ),
        ApiField.create(name="code", label=t("sign_in.code"), auto_complete="one-time-code", reveal="second-factor"),
        ApiSubmit.create(label=t("sign_in.submit"), busy_label=t("sign_in.busy")),
        action="/api/v1/auth/sign-in",
        label=t("sign_in.title"),
        class_name="door-form",
    )
    return _door(
        t("sign_in.heading"),
        t("sign_in.lead"),
        form,
        rx.foreach(Door.others, _other),
        rx.cond(
            Door.sends_mail,
            rx.el.p(_link(t("sign_in.forgotten"), "/forgot")),
            rx.el.p(t("sign_in.reset_hint"), class_name="t3 fs13"),
        ),
        rx.cond(
            Door.sign_up_open,
            rx.el.p(t("sign_in.new_here"), " ", _link(t("sign_in.create"), "/sign-up"), class_name="t2"),
            rx.fragment(),
        ),
    )


def sign_up() -> rx.Component:
    """The page at /sign-up."""
    form = ApiForm.create(
        ApiField.create(name="name", label=t("sign_up.name"), auto_complete="name", auto_focus=True, optional=True),
        ApiField.create(name="email", label=t("sign_in.email"), type="email", auto_complete="username"),
        _new_password(t("sign_in.password")),
        ApiSubmit.create(label=t("sign_up.submit"), busy_label=t("sign_up.busy")),
        action="/api/v1/auth/sign-up",
        label=t("sign_up.title"),
        class_name="door-form",
    )
    have = rx.el.p(t("sign_up.have_one"), " ", _link(t("account.sign_in"), "/sign-in"), class_name="t2")
    return rx.cond(
        Door.sign_up_open,
        _door(t("sign_up.heading"), t("sign_up.lead"), form, rx.foreach(Door.others, _other), have),
        _door(t("sign_up.closed_heading"), t("sign_up.closed"), have),
    )


def forgot() -> rx.Component:
    """The page at /forgot: asks for a link to a new password."""
    form = ApiForm.create(
        ApiField.create(
            name="email", label=t("sign_in.email"), type="email", auto_complete="username", auto_focus=True
        ),
        ApiSubmit.create(label=t("doors.send"), busy_label=t("doors.busy")),
        action="/api/v1/auth/forgot",
        label=t("doors.forgot_title"),
        class_name="door-form",
    )
    return _door(t("doors.forgot_heading"), t("doors.forgot"), form, _back())


def reset() -> rx.Component:
    """The page at /reset, where a letter leads: chooses a password."""
    form = ApiForm.create(
        _new_password(t("doors.new_password"), auto_focus=True),
        ApiSubmit.create(label=t("doors.choose"), busy_label=t("doors.busy")),
        action="/api/v1/auth/reset",
        label=t("doors.reset_title"),
        class_name="door-form",
    )
    return _door(t("doors.reset_heading"), t("doors.reset"), form, _back())


def join() -> rx.Component:
    """The page at /join, where an invitation leads: says who invites, takes a name and a password."""
    form = ApiForm.create(
        ApiField.create(
            name="name", label=t("doors.your_name"), auto_complete="name", auto_focus=True, start=Door.invited_name
        ),
        _new_password(t("sign_in.password")),
        ApiSubmit.create(label=t("doors.join"), busy_label=t("doors.busy")),
        action="/api/v1/auth/reset",
        label=t("doors.join_title"),
        class_name="door-form",
    )
    lead = t("doors.join_lead", email=Door.invited_email)
    by = t("doors.join_by", by=Door.invited_by, email=Door.invited_email)
    return rx.match(
        Door.invitation,
        ("open", _door(t("doors.join_heading"), rx.cond(Door.invited_by != "", by, lead), form, _back())),
        ("over", _door(t("doors.join_over"), t("doors.join_over_lead"), _back())),
        _door(t("doors.join_heading"), t("doors.join_wait")),
    )


def verify() -> rx.Component:
    """The page at /verify, where a letter leads. A press, not the visit, confirms: mail scanners visit every link."""
    form = ApiForm.create(
        ApiSubmit.create(label=t("doors.confirm"), busy_label=t("doors.busy")),
        action="/api/v1/auth/verify",
        label=t("doors.verify_title"),
        class_name="door-form",
    )
    return _door(t("doors.verify_heading"), t("doors.verify"), form, _back())


def sent() -> rx.Component:
    """The page at /sent: a letter is on its way, where there is somebody to get it."""
    return _door(t("doors.sent_heading"), t("doors.sent"), _back())


def _new_password(label: rx.Var[str], **more: Any) -> rx.Component:
    return ApiField.create(
        name="password",
        label=label,
        type="password",
        auto_complete="new-password",
        hint=t("sign_up.password_hint", count=SHORTEST),
        **more,
    )


def _back() -> rx.Component:
    return rx.el.p(_link(t("doors.back"), "/sign-in"))


def _door(heading: rx.Var[str], lead: rx.Var[str], *children: rx.Component) -> rx.Component:
    return page(
        rx.el.div(
            rx.el.main(
                link(
                    door_mark(),
                    href="/",
                    class_name="door-brand",
                    custom_attrs={"aria-label": t("nav.brand")},
                ),
                rx.el.div(
                    DoorHead.create(heading=heading, lead=lead),
                    *children,
                    class_name="door-box",
                ),
                rx.el.div(language_button(), _theme_button(), class_name="door-foot"),
                small_print(),
                id="main",
                class_name="door-main",
            ),
            _wall(),
            class_name="door",
        ),
        roomy=True,
    )


def _wall() -> rx.Component:
    return rx.el.aside(
        Rows.create(rx.foreach(Door.frames, _frame), fill=True, class_name="wall-frames"),
        rx.el.div(
            rx.el.p(t("sign_in.wall_line"), class_name="h26"),
            rx.cond(
                Door.total > 0,
                rx.el.p(t("sign_in.wall_count", count=Door.total), class_name="num"),
                rx.fragment(),
            ),
            class_name="wall-words",
        ),
        class_name="wall dark",
        custom_attrs={"aria-label": t("sign_in.wall")},
    )


def _frame(frame: Any) -> rx.Component:
    return rx.el.img(
        src=frame.poster,
        alt=frame.name,
        loading="eager",
        style={"--ratio": frame.ratio.to(str), "aspectRatio": frame.ratio, "background": frame.color},
    )


def _other(door: Any) -> rx.Component:
    return ApiLeave.create(href=door.href, label=t("sign_in.other", name=door.name))


def _link(text: rx.Var[str], href: str) -> rx.Component:
    return link(text, href=href, class_name="link brand")


def _theme_button() -> rx.Component:
    return rx.el.button(
        icon("sun-moon", 14),
        t("account.theme"),
        type="button",
        class_name="btn ghost sm",
        on_click=rx.call_script("window.flatrender.toggleTheme()"),
    )
