"""`/developers`: the API's description, to read and to try."""

import reflex as rx

from flatrender.ui.components.reference import reference
from flatrender.ui.components.shell import work_page
from flatrender.ui.text import t


def page() -> rx.Component:
    """Every route with its examples; calls are made as the person who is signed in, or with a key."""
    return work_page(reference(), title=t("reference.title"))
