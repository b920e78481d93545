"""What a site uses, day by day."""

from typing import Any

import reflex as rx

from flatrender.ui.components.people import People as People  # its words.js is used here
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script


class Usage(rx.NoSSRComponent):
    """Films, minutes, calls and stored bytes as bars, a warning when the room runs out. `site`: the id of one of the
    house's sites; without it the visited one."""

    library = script(__file__, "usage.jsx")
    tag = "Usage"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    site: rx.Var[Any]


usage = Usage.create
