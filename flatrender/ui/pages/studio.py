"""`/studio/[project_id]`: the editor of one project."""

import reflex as rx

from flatrender.ui.components.base import Text, link_button
from flatrender.ui.components.shell import command_palette, helping, used_up
from flatrender.ui.components.studio import studio
from flatrender.ui.state.studio import StudioState
from flatrender.ui.text import t


def page() -> rx.Component:
    """The editor, or what stands in for it while the project loads or when it cannot be had."""
    return rx.fragment(_editor(), helping(), used_up("projects"), command_palette(studio=True))


def _editor() -> rx.Component:
    return rx.cond(
        StudioState.ready,
        studio(
            given=StudioState.given,
            on_notice=StudioState.notice,
            on_rename=StudioState.rename,
        ),
        rx.el.main(
            rx.match(
                StudioState.problem,
                ("", rx.el.p(t("studio.opening"), class_name="t2", role="status")),
                ("missing", _cannot(t("studio.missing"))),
                _cannot(StudioState.problem),
            ),
            class_name="studio-empty",
            id="main",
        ),
    )


def _cannot(sentence: Text) -> rx.Component:
    return rx.el.div(
        rx.el.p(sentence),
        link_button(t("studio.to_projects"), href="/projects"),
        class_name="empty",
    )
