"""`/media`: all files of the person who is signed in."""

import reflex as rx

from flatrender.ui.components import studio as _studio  # noqa: F401 (its api.js speaks to the server)
from flatrender.ui.components.media import media_page
from flatrender.ui.components.shell import work_page
from flatrender.ui.text import t


def page() -> rx.Component:
    """Folders, files, room and cleanup."""
    return work_page(media_page(), title=t("media.title"), active="media", class_name="media-frame-page")
