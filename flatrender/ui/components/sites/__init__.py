"""Sites: one's own set up by its administrators, all of them by those who run the house."""

# An event's arguments are a call in Reflex's notation, which is no type to the checker.
# mypy: disable-error-code="type-arg, valid-type"

from typing import Any

import reflex as rx

from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script

for _module in (
    "catalogue.jsx",
    "colors.jsx",
    "copy.jsx",
    "domains.jsx",
    "fonts.jsx",
    "inputs.jsx",
    "landing.jsx",
    "pictures.jsx",
    "providers.jsx",
    "sure.jsx",
    "waiting.jsx",
    "wizard.jsx",
    "words.js",
):
    script(__file__, _module)


class SiteSettings(rx.NoSSRComponent):
    """A site's name, look, rules, own pages and domains. `site`: its id, or `mine`."""

    library = script(__file__, "settings.jsx")
    tag = "SiteSettings"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    site: rx.Var[Any]
    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class Sites(rx.NoSSRComponent):
    """All sites, and the way to a new one."""

    library = script(__file__, "sites.jsx")
    tag = "Sites"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    on_notice: rx.EventHandler[rx.event.passthrough_event_spec(str)]


site_settings = SiteSettings.create
all_sites = Sites.create
