"""The administrator's page: health, the queue over time, failures by cause, and the acts that concern all."""

# An event's arguments are a call in Reflex's notation, which is no type to the checker.
# mypy: disable-error-code="type-arg, valid-type"

import reflex as rx

from flatrender.ui.components.jobs import Jobs as Jobs  # its task_names.js says what a node does
from flatrender.ui.components.live import LIVE as LIVE  # it hears of the farm through it
from flatrender.ui.components.sites import Sites as Sites  # its dialog is used here
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script

for _module in ("depth.jsx", "update.jsx", "words.js"):
    script(__file__, _module)


class Admin(rx.NoSSRComponent):
    """The whole page. `on_notice`: what an act came to."""

    library = script(__file__, "admin.jsx")
    tag = "Admin"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


admin = Admin.create
