"""Justified rows of things with true shapes."""

import reflex as rx

from flatrender.ui.scripts import script

script(__file__, "row_heights.js")


class Rows(rx.Component):
    """Lays its children (each with the CSS variable `--ratio`) in rows of about `height` px that fill the width.

    `fill` chooses the height so that full rows fill the box itself."""

    library = script(__file__, "rows.jsx")
    tag = "Rows"

    height: rx.Var[int]
    phone_height: rx.Var[int]
    label: rx.Var[str]
    fill: rx.Var[bool]
