"""The bell in the shell: what the person is told, live, with what is unread."""

import reflex as rx

from flatrender.ui.components.live import LIVE as LIVE  # bell.jsx hears of news through it
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script


class Bell(rx.NoSSRComponent):
    """A button with the number of what is unread; its panel lists the latest."""

    library = script(__file__, "bell.jsx")
    tag = "Bell"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]


bell = Bell.create
