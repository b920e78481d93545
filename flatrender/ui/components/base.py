"""Base components: one function each, dressed by the classes of `assets/look/base.css`. Texts come from `t(...)`."""

from typing import Any, Literal

import reflex as rx

from flatrender.ui.components import radix

Text = str | rx.Var[str]
Kind = Literal["", "primary", "line", "ghost", "danger", "destroy"]
Size = Literal["", "xs", "sm", "lg", "xl"]


def classes(*names: Any) -> Any:
    """Joins class names; Vars and conditions (`rx.cond`) may be among them."""
    if all(isinstance(name, str) for name in names):
        return " ".join(name for name in names if name)
    joined: Any = rx.Var.create(names[0])
    for name in names[1:]:
        joined = joined + " " + name
    return joined


def icon(name: str, size: int = 16, *, flip: bool = False, **props: Any) -> rx.Component:
    """A Lucide outline, hidden from screen readers. `flip` mirrors it on right-to-left pages (back, next)."""
    extra = props.pop("class_name", "")
    return rx.icon(
        name,
        size=size,
        class_name=classes("ic", "" if size == 16 else f"s{size}", "flip" if flip else "", extra),
        custom_attrs={"aria-hidden": "true"},
        **props,
    )


def spinner(size: int = 16) -> rx.Component:
    """A running spinner."""
    return icon("loader-circle", size, class_name="spin")


def button(
    *children: Any,
    kind: Kind = "",
    size: Size = "",
    leading: str = "",
    trailing: str = "",
    busy: Any = None,
    **props: Any,
) -> rx.Component:
    """A button. `leading` and `trailing` are icon names; while `busy` (a Var) the spinner replaces the leading icon."""
    before: list[Any] = []
    if busy is not None:
        before = [rx.cond(busy, spinner(), icon(leading) if leading else rx.fragment())]
        props["custom_attrs"] = {**props.pop("custom_attrs", {}), "aria-busy": busy}
    elif leading:
        before = [icon(leading)]
    after = [icon(trailing)] if trailing else []
    extra = props.pop("class_name", "")
    props.setdefault("type", "button")
    return rx.el.button(*before, *children, *after, class_name=classes("btn", kind, size, extra), **props)


def link_button(
    *children: Any, href: Text, kind: Kind = "", size: Size = "", leading: str = "", **props: Any
) -> rx.Component:
    """A link that looks like a button; stays in the page (client-side navigation)."""
    before = [icon(leading)] if leading else []
    extra = props.pop("class_name", "")
    return link(*before, *children, href=href, class_name=classes("btn", kind, size, extra), **props)


def link(*children: Any, href: Text, **props: Any) -> rx.Component:
    """A link inside the site, without loading the page anew and without a look of its own."""
    return RouterLink.create(*children, to=href, **props)


class RouterLink(rx.el.A):
    """React Router's link."""

    library = "react-router"
    tag = "Link"

    to: rx.Var[str]


def icon_button(
    name: str, label: Text, *, flip: bool = False, size: int = 16, key: str = "", tip: bool = True, **props: Any
) -> rx.Component:
    """A button with an icon alone: its label is read out and shown as a tooltip, with its key."""
    extra = props.pop("class_name", "")
    attributes = {**props.pop("custom_attrs", {}), "aria-label": label}
    element = rx.el.button(
        icon(name, size, flip=flip),
        type=props.pop("type", "button"),
        class_name=classes("ib", extra),
        custom_attrs=attributes,
        **props,
    )
    return tooltip(element, label, key=key) if tip else element


def tooltip(element: rx.Component, label: Text, *, key: str = "", side: str = "bottom") -> rx.Component:
    """Explains an element after half a second."""
    return radix.TooltipRoot.create(
        radix.TooltipTrigger.create(element, as_child=True),
        radix.TooltipPortal.create(
            radix.TooltipContent.create(
                label, kbd(key) if key else rx.fragment(), class_name="tip", side=side, side_offset=6
            )
        ),
    )


def kbd(key: str, **props: Any) -> rx.Component:
    """A key of the keyboard."""
    return rx.el.kbd(key, class_name="kbd", **props)


def pill(text: Any, tone: Any = "", *, icon_name: str = "", spin: bool = False) -> rx.Component:
    """A state: icon, word and colour. Tones: info, ok, warn, danger, brand, or none."""
    mark = spinner(12) if spin else icon(icon_name, 12) if icon_name else rx.fragment()
    return rx.el.span(mark, text, class_name=classes("pill", tone, "num"))


def field(
    name: str,
    label: Text,
    *,
    error: Any = None,
    hint: Any = None,
    leading: str = "",
    size: Size = "",
    trailing: rx.Component | None = None,
    beside_label: rx.Component | None = None,
    **props: Any,
) -> rx.Component:
    """A labelled input. `error` is a Var of text: empty while all is well, else shown under the field."""
    ident = props.pop("id", f"field-{name}")
    attributes: dict[str, Any] = dict(props.pop("custom_attrs", {}))
    says: list[rx.Component] = []
    if error is not None:
        attributes |= {"aria-invalid": rx.cond(error != "", "true", "false"), "aria-describedby": f"{ident}-says"}
        says = [
            rx.el.p(
                rx.cond(error != "", rx.el.span(icon("circle-alert", 14), error, class_name="says"), rx.fragment()),
                id=f"{ident}-says",
                role="alert",
            )
        ]
    return rx.el.div(
        rx.el.div(rx.el.label(label, html_for=ident), beside_label or rx.fragment(), class_name="label"),
        rx.el.div(
            icon(leading) if leading else rx.fragment(),
            rx.el.input(id=ident, name=name, custom_attrs=attributes, **props),
            trailing or rx.fragment(),
            class_name=classes("field", size),
        ),
        *says,
        rx.el.p(hint, class_name="hint") if hint is not None else rx.fragment(),
        class_name="fieldset",
    )


def switch(checked: Any, on_change: Any, label: Text, **props: Any) -> rx.Component:
    """A switch; `on_change` is called with the new value."""
    return rx.el.button(
        type="button",
        role="switch",
        class_name="sw",
        on_click=on_change(~checked),
        custom_attrs={"aria-checked": rx.cond(checked, "true", "false"), "aria-label": label},
        **props,
    )


def checkbox(checked: Any, on_change: Any, label: Text, **props: Any) -> rx.Component:
    """A tick box; `on_change` is called with the new value."""
    return rx.el.button(
        icon("check", 12),
        type="button",
        role="checkbox",
        class_name="cb",
        on_click=on_change(~checked),
        custom_attrs={"aria-checked": rx.cond(checked, "true", "false"), "aria-label": label},
        **props,
    )


def slider(
    value: Any, on_change: Any, label: Text, *, least: float = 0, most: float = 100, **props: Any
) -> rx.Component:
    """A slider of one value, left to right in both directions; `on_change` gets a list with one number."""
    return radix.SliderRoot.create(
        radix.SliderTrack.create(radix.SliderRange.create(class_name="range"), class_name="track"),
        radix.SliderThumb.create(class_name="thumb", custom_attrs={"aria-label": label}),
        value=[value],
        min=least,
        max=most,
        dir="ltr",
        class_name="slider",
        on_value_change=on_change,
        **props,
    )


def progress(percent: Any, label: Text) -> rx.Component:
    """A thin bar; 0 to 100."""
    return rx.el.div(
        rx.el.i(style={"inlineSize": f"{percent}%"}),
        class_name="bar",
        role="progressbar",
        custom_attrs={"aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": label},
    )


def avatar(initials: Any, picture: Any, **props: Any) -> rx.Component:
    """A user's picture on a disc, or the initials where its address is empty."""
    shown = rx.cond(picture != "", rx.el.img(src=picture, alt=""), initials)
    return rx.el.span(shown, class_name=classes("av", props.pop("class_name", "")), **props)


def name_of(text: Any, **props: Any) -> rx.Component:
    """A name that a user gave: isolated, in its own direction."""
    return rx.el.bdi(text, dir="auto", **props)


def empty(heading: Text, body: Any, *actions: rx.Component, shot: rx.Component | None = None) -> rx.Component:
    """Nothing here yet: one sentence, one action, a real frame where there is one."""
    return rx.el.section(
        rx.el.div(shot, class_name="shot") if shot is not None else rx.fragment(),
        rx.el.h2(heading, class_name="h20"),
        rx.el.p(body),
        *actions,
        class_name="empty",
    )
