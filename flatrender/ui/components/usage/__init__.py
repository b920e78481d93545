"""What a site uses, day by day, and of its limits; the note where it has used something up."""

from typing import Any

import reflex as rx

from flatrender.ui.components.people import People as People  # its words.js is used here
from flatrender.ui.components.sites import SiteSettings as SiteSettings  # its inputs.jsx are used here
from flatrender.ui.components.studio import Studio as Studio  # its api.js speaks to the server
from flatrender.ui.scripts import script

script(__file__, "limits.jsx")


class Usage(rx.NoSSRComponent):
    """Films, minutes, calls and stored bytes as bars, a warning when the room runs out, meters of the month's limits.
    `site`: the id of one of the house's sites, whose limits and room are set here; without it the visited one."""

    library = script(__file__, "usage.jsx")
    tag = "Usage"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    site: rx.Var[Any]


class OverQuota(rx.NoSSRComponent):
    """What the site has used up, once it has; for all its people."""

    library = script(__file__, "over.jsx")
    tag = "OverQuota"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]


usage = Usage.create
over_quota = OverQuota.create
