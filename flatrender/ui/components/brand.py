"""The mark and the name of the site."""

import reflex as rx

from flatrender.ui.text import t


def mark(size: int = 24) -> rx.Component:
    """The mark, in the brand's own colours."""
    return rx.el.svg(
        rx.el.rect(width="24", height="24", rx="6", fill="var(--brand-solid)"),
        rx.el.path(d="M7 6h11.2l-3.6 4.1h-3.9V12h5.2l-3.6 4.1h-1.6V19H7z", fill="var(--brand-on-solid)"),
        view_box="0 0 24 24",
        width=str(size),
        height=str(size),
        custom_attrs={"aria-hidden": "true"},
    )


def wordmark() -> rx.Component:
    """The mark with the name."""
    return rx.el.span(mark(), rx.el.span(t("app.name"), class_name="word"), class_name="row g8")
