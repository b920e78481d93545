"""The request log of a site."""

import reflex as rx

from flatrender.ui.components.people import People as People  # its found.js is used here
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script


class Requests(rx.NoSSRComponent):
    """What was asked of the site's API, and how it ended."""

    library = script(__file__, "requests.jsx")
    tag = "Requests"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]


requests = Requests.create
