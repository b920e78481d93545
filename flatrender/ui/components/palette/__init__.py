"""The command palette and the sheet of shortcuts: on every page, with the keyboard or a finger."""

import reflex as rx

from flatrender.ui.scripts import script

# `offers.js` is what pages offer it; studio.jsx does, and its `api.js` is what the palette asks the server with.
for _module in ("matching.js", "places.js", "shortcuts.jsx", "shown.jsx", "words.js"):
    script(__file__, _module)
OFFERS = script(__file__, "offers.js")

OPEN = "window.dispatchEvent(new CustomEvent('flatrender:palette'))"
SHORTCUTS = "window.dispatchEvent(new CustomEvent('flatrender:shortcuts'))"


class Palette(rx.NoSSRComponent):
    """Opens on Ctrl K. In the studio, where Ctrl K splits a clip, on Ctrl Shift K alone, and the sheet is its own.

    The flags say which places are the visitor's; what they may really do is decided where it is done."""

    library = script(__file__, "palette.jsx")
    tag = "Palette"

    signed_in: rx.Var[bool]
    designs: rx.Var[bool]
    runs_farm: rx.Var[bool]
    runs_site: rx.Var[bool]
    runs_house: rx.Var[bool]
    studio: rx.Var[bool]
