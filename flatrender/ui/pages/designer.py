"""`/designer` and `/designer/[template_id]`: for those who may publish templates."""

import reflex as rx

from flatrender.ui.components.base import link_button
from flatrender.ui.components.designer import designer_templates, template_editor
from flatrender.ui.components.shell import work_page
from flatrender.ui.state.designer import DesignerState
from flatrender.ui.text import t


def page() -> rx.Component:
    """All templates of the site, and the place to upload one."""
    return work_page(
        _for_designers(designer_templates(on_notice=DesignerState.notice)),
        title=t("nav.designer"),
        active="designer",
        class_name="designer-page",
    )


def one() -> rx.Component:
    """One template."""
    return work_page(
        _for_designers(
            template_editor(
                id=rx.State.template_id,  # type: ignore[attr-defined]  # the address's own part
                on_notice=DesignerState.notice,
            )
        ),
        title=t("nav.designer"),
        active="designer",
        class_name="review-page",
    )


def _for_designers(content: rx.Component) -> rx.Component:
    refused = rx.el.div(rx.el.p(t("errors.forbidden")), link_button(t("missing.home"), href="/"), class_name="empty")
    return rx.cond(DesignerState.known, rx.cond(DesignerState.allowed, content, refused), rx.fragment())
