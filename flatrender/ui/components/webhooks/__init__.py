"""Webhooks of a site: where its events are posted, and what became of each message."""

# An event's arguments are a call in Reflex's notation, which is no type to the checker.
# mypy: disable-error-code="type-arg, valid-type"

import reflex as rx

from flatrender.ui.components.sites import Sites as Sites  # its inputs are used here
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script

for _module in ("log.jsx", "words.js"):
    script(__file__, _module)


class Webhooks(rx.NoSSRComponent):
    """Endpoints made, tested, switched, their secrets renewed; messages seen and sent again."""

    library = script(__file__, "webhooks.jsx")
    tag = "Webhooks"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


webhooks = Webhooks.create
