"""What a kept graph is made of (`kept_graphs`)."""

from sys import intern
from typing import Any


class Stored:
    """Base of the graph's classes without slots; those with slots have a `__setstate__` by themselves.

    A pickle that gives a state to the class in place of an object fails at it (the state is missing); without it such a
    pickle would set the class's own attributes, for all that follows in the process.
    """

    __slots__ = ()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({intern(name): value for name, value in state.items()})
