"""What floats: menus, dialogs, popovers, toasts."""

from typing import Any

import reflex as rx

from flatrender.ui.components import radix
from flatrender.ui.components.base import Text, classes, icon, kbd
from flatrender.ui.text import t

UNDO_SECONDS = 10


def menu(trigger: rx.Component, *items: rx.Component, align: str = "end", side: str = "bottom") -> rx.Component:
    """A menu under its trigger (any focusable element)."""
    return radix.MenuRoot.create(
        radix.MenuTrigger.create(trigger, as_child=True),
        radix.MenuPortal.create(
            radix.MenuContent.create(
                *items, class_name="menu", align=align, side=side, side_offset=6, collision_padding=8
            )
        ),
        modal=False,
    )


def menu_item(
    text: Any, on_select: Any = None, *, leading: str = "", key: str = "", tone: str = "", href: Any = None
) -> rx.Component:
    """One act; with `href` a link."""
    inside = [icon(leading) if leading else rx.fragment(), rx.el.span(text, class_name="grow")]
    if key:
        inside.append(kbd(key))
    if href is not None:
        from flatrender.ui.components.base import link

        return radix.MenuItem.create(link(*inside, href=href, class_name=classes("item", tone)), as_child=True)
    events = {"on_select": on_select} if on_select is not None else {}
    return radix.MenuItem.create(*inside, class_name=classes("item", tone), **events)


def menu_choice(options: list[tuple[str, Text]], value: Any, on_change: Any) -> rx.Component:
    """Choices of which one is ticked; `on_change` is called with the chosen value."""
    return radix.MenuRadioGroup.create(
        *(
            radix.MenuRadioItem.create(
                rx.el.span(text), icon("check", 14, class_name="tick"), value=key, class_name="item"
            )
            for key, text in options
        ),
        value=value,
        on_value_change=on_change,
    )


def menu_head(text: Any) -> rx.Component:
    """A heading inside a menu."""
    return rx.el.div(text, class_name="head")


def menu_rule() -> rx.Component:
    """A line inside a menu."""
    return radix.MenuSeparator.create(class_name="rule")


def popover(trigger: rx.Component, *children: Any, align: str = "start", **props: Any) -> rx.Component:
    """A box beside its trigger, for more than a list of acts."""
    return radix.PopoverRoot.create(
        radix.PopoverTrigger.create(trigger, as_child=True),
        radix.PopoverPortal.create(
            radix.PopoverContent.create(
                *children, class_name="popover", align=align, side_offset=6, collision_padding=8
            )
        ),
        **props,
    )


def dialog(title: Any, *children: Any, open: Any, on_close: Any, body: Any = None, wide: bool = False) -> rx.Component:
    """A dialog that a state opens; `on_close` is called on Esc, on the scrim and on the close button."""
    described: dict[str, Any] = (
        {} if body is not None else {"custom_attrs": {"aria-describedby": rx.Var(_js_expr="undefined")}}
    )
    return radix.DialogRoot.create(
        radix.DialogPortal.create(
            radix.DialogOverlay.create(class_name="scrim"),
            radix.DialogContent.create(
                radix.DialogTitle.create(title, class_name="h16"),
                radix.DialogDescription.create(body, class_name="t2") if body is not None else rx.fragment(),
                *children,
                class_name=classes("dialog", "wide" if wide else ""),
                **described,
            ),
        ),
        open=open,
        on_open_change=lambda _open: on_close,
    )


def dialog_actions(*children: Any) -> rx.Component:
    """The buttons of a dialog, a way out first."""
    return rx.el.div(
        radix.DialogClose.create(
            rx.el.button(t("states.cancel"), type="button", class_name="btn ghost"), as_child=True
        ),
        *children,
        class_name="acts",
    )
