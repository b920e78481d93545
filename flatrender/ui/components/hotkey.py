"""A key that moves the focus to an element."""

import reflex as rx

from flatrender.ui.scripts import script


class Hotkey(rx.Component):
    """`press` focuses the element with the id `target`, unless the visitor is typing."""

    library = script(__file__, "hotkey.jsx")
    tag = "Hotkey"

    press: rx.Var[str]
    target: rx.Var[str]
