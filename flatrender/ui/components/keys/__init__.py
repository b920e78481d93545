"""API keys: what one's programs sign in with."""

# An event's arguments are a call in Reflex's notation, which is no type to the checker.
# mypy: disable-error-code="type-arg, valid-type"

import reflex as rx

from flatrender.ui.components.sites import Sites as Sites  # its inputs are used here
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script

script(__file__, "words.js")


class ApiKeys(rx.NoSSRComponent):
    """The keys of the person, or of the whole site for its administrators."""

    library = script(__file__, "keys.jsx")
    tag = "ApiKeys"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


api_keys = ApiKeys.create
