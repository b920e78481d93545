"""A key that moves the focus to an element."""

import reflex as rx


class Hotkey(rx.Component):
    """`press` focuses the element with the id `target`, unless the visitor is typing."""

    library = rx.asset("hotkey.jsx", shared=True).importable_path
    tag = "Hotkey"

    press: rx.Var[str]
    target: rx.Var[str]
