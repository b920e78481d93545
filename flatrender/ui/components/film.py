"""A template's film on a card: poster, moving preview, scrubbing, scenes as segments."""

# An event's arguments are a call in Reflex's notation, which is no type to the checker.
# mypy: disable-error-code="type-arg, valid-type"

import reflex as rx

from flatrender.ui.scripts import script


class Film(rx.Component):
    """Plays `src` muted while the pointer rests on it. `parts`: where each scene ends, 0 to 1. `ratio`: width/height.

    `href` makes the whole card a link; `on_use` puts "Use template" over a playing film."""

    library = script(__file__, "film.jsx")
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
    badge: rx.Var[str]
    eager: rx.Var[bool]
    on_use: rx.EventHandler[rx.event.no_args_event_spec]


class Player(rx.Component):
    """A template's film, large: plays muted at once; shows its scenes and the place in the time."""

    library = script(__file__, "film.jsx")
    tag = "Player"
    lib_dependencies: list[str] = ["lucide-react@1.26.0"]

    src: rx.Var[str]
    poster: rx.Var[str]
    duration: rx.Var[float]
    parts: rx.Var[list[float]]
    titles: rx.Var[list[str]]
    color: rx.Var[str]
    ratio: rx.Var[float]
    name: rx.Var[str]
