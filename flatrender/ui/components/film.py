"""A template's film on a card: poster, moving preview, scrubbing, scenes as segments."""

import reflex as rx


class Film(rx.Component):
    """Plays `src` muted while the pointer rests on it. `parts`: where each scene ends, 0 to 1. `ratio`: width by height.

    `href` makes the whole card a link; `use_href` shows "Use template" over a playing film."""

    library = rx.asset("film.jsx", shared=True).importable_path
    tag = "Film"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    src: rx.Var[str]
    poster: rx.Var[str]
    duration: rx.Var[float]
    parts: rx.Var[list[float]]
    color: rx.Var[str]
    ratio: rx.Var[float]
    name: rx.Var[str]
    href: rx.Var[str]
    use_href: rx.Var[str]
    badge: rx.Var[str]
    has_sound: rx.Var[bool]
    eager: rx.Var[bool]
