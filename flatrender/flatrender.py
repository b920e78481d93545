"""The web process: pages (Reflex), the REST API (FastAPI) and what runs beside them, on one port."""

import reflex as rx

from flatrender.api.app import create_api
from flatrender.ui import look
from flatrender.ui.pages import missing
from flatrender.ui.state.session import SessionState, report
from flatrender.ui.text import t
from flatrender.ui.tokens import STYLESHEETS


def _head() -> list[rx.Component]:
    # Blocking, in this order: the tenant's look, then language, direction and theme, before the first paint.
    return [
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        rx.el.link(rel="stylesheet", href="/tenant.css"),
        rx.el.script(src="/tenant.js"),
        rx.el.script(src="/look.js"),
    ]


api = create_api()
api.include_router(look.router)

app = rx.App(
    stylesheets=list(STYLESHEETS),
    reset_style=False,
    head_components=_head(),
    toaster=rx.toast.provider(position="bottom-center", close_button=False),
    hydrate_fallback=lambda: rx.el.div(class_name="boot"),
    api_transformer=api,
    backend_exception_handler=report,
)
app.add_page(missing.page, route="404", title=t("missing.title"), on_load=SessionState.load)
app.add_page(missing.page, route="/", title=t("gallery.title"), on_load=SessionState.load)
