"""The two sides of a state: plain values in its handlers, Vars and events on pages."""

from typing import Any

import reflex as rx


def as_vars(state: type[rx.State]) -> Any:
    """The state as pages see it: attributes are Vars, handlers give events. A matter of types alone."""
    return state
