"""Justified rows of things with true shapes."""

import reflex as rx

rx.asset("row_heights.js", shared=True)


class Rows(rx.Component):
    """Lays its children (each with the CSS variable `--ratio`) in rows of about `height` px that fill the width.

    `fill` chooses the height so that full rows fill the box itself."""

    library = rx.asset("rows.jsx", shared=True).importable_path
    tag = "Rows"

    height: rx.Var[int]
    phone_height: rx.Var[int]
    label: rx.Var[str]
    fill: rx.Var[bool]
