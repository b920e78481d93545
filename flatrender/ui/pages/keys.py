"""`/keys`: the API keys of the person who is signed in."""

import reflex as rx

from flatrender.ui.components.keys import api_keys
from flatrender.ui.components.shell import work_page
from flatrender.ui.state.sites import SitesState
from flatrender.ui.text import t


def page() -> rx.Component:
    """Keys are made, shown once, rotated and revoked."""
    return work_page(api_keys(on_notice=SitesState.notice), title=t("keys.title"))
