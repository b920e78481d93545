"""`/farm`: the nodes and their tasks, for those who run the farm."""

import reflex as rx

from flatrender.ui.components.farm import farm
from flatrender.ui.components.shell import work_page
from flatrender.ui.state.admin import AdminState
from flatrender.ui.text import t


def page() -> rx.Component:
    """Both tables; for everybody else a sentence."""
    return work_page(
        rx.cond(
            AdminState.allowed,
            farm(on_notice=AdminState.notice),
            rx.cond(AdminState.known, rx.el.p(t("admin.not_yours"), class_name="empty-line"), rx.fragment()),
        ),
        title=t("farm.title"),
        active="admin",
        back=(t("admin.title"), "/admin"),
        class_name="farm-page",
    )
