"""The audit log of a site."""

# An event's arguments are a call in Reflex's notation, which is no type to the checker.
# mypy: disable-error-code="type-arg, valid-type"

import reflex as rx

from flatrender.ui.components.days import DAYS as DAYS  # days are chosen with it
from flatrender.ui.components.people import People as People  # its words.js and found.js are used here
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script

script(__file__, "details.js")


class AuditLog(rx.NoSSRComponent):
    """Who did what, when and from where: searched, paged, exported."""

    library = script(__file__, "audit.jsx")
    tag = "AuditLog"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


audit_log = AuditLog.create
