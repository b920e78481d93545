"""The description of the API as a page where every call can be tried."""

import reflex as rx

from flatrender.ui.scripts import script


class Reference(rx.NoSSRComponent):
    """RapiDoc on the site's own description, in the site's own look; it calls this site alone."""

    library = script(__file__, "reference.jsx")
    tag = "Reference"
    lib_dependencies: list[str] = ["rapidoc@9.3.8"]


reference = Reference.create
