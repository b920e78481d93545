"""Feature switches: of the house, and of each site."""

# An event's arguments are a call in Reflex's notation, which is no type to the checker.
# mypy: disable-error-code="type-arg, valid-type"

import reflex as rx

from flatrender.ui.components.people import People as People  # its words.js is used here
from flatrender.ui.components.sites import Sites as Sites  # its inputs are used here
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script


class Features(rx.NoSSRComponent):
    """What is offered everywhere, and what on one site."""

    library = script(__file__, "features.jsx")
    tag = "Features"

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


features = Features.create
