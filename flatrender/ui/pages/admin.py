"""`/admin`: for those who run the farm."""

import reflex as rx

from flatrender.ui.components.admin import admin
from flatrender.ui.components.shell import work_page
from flatrender.ui.state.admin import AdminState
from flatrender.ui.text import t


def page() -> rx.Component:
    """The administrator's page; for everybody else a sentence."""
    return work_page(
        rx.cond(
            AdminState.allowed,
            admin(on_notice=AdminState.notice),
            rx.cond(AdminState.known, rx.el.p(t("admin.not_yours"), class_name="empty-line"), rx.fragment()),
        ),
        title=t("admin.title"),
        active="admin",
        class_name="admin-page",
    )
