"""A site's own roles: made, changed and removed."""

# An event's arguments are a call in Reflex's notation, which is no type to the checker.
# mypy: disable-error-code="type-arg, valid-type"

import reflex as rx

from flatrender.ui.components.people import People as People  # its words.js is used here
from flatrender.ui.components.sites import Sites as Sites  # its inputs are used here
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script


class Roles(rx.NoSSRComponent):
    """What each role opens, and what may be done with which things."""

    library = script(__file__, "roles.jsx")
    tag = "Roles"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


roles = Roles.create
