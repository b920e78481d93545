"""When something breaks: a lost connection, and a page that could not be drawn. They stand in for Reflex's own."""

from collections.abc import Callable

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary
from reflex_components_core.core.banner import has_connection_errors

from flatrender.ui.components.base import button, spinner
from flatrender.ui.text import t


def _offline() -> rx.Component:
    """A line at the foot while the connection is lost; it goes by itself."""
    return rx.cond(
        has_connection_errors,
        rx.el.div(spinner(14), t("states.offline"), class_name="offline", role="status"),
        rx.fragment(),
    )


def _broken() -> rx.Var[rx.Component]:
    """What is shown instead of a page that failed; the failure is in the server's log."""
    return rx.Var.create(
        rx.el.main(
            rx.el.h1(t("errors.broken"), class_name="h20"),
            rx.el.p(t("errors.unexpected"), class_name="t2"),
            button(t("errors.reload"), kind="primary", size="lg", on_click=rx.call_script("location.reload()")),
            class_name="empty",
        )
    )


def app_wraps() -> dict[tuple[int, str], Callable[[bool], rx.Component | None]]:
    """What Reflex puts around every page."""
    return {
        (55, "ErrorBoundary"): lambda stateful: ErrorBoundary.create(fallback_render=_broken()),
        (5, "Overlay"): lambda stateful: _offline(),
    }
