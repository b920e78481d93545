"""Where expressions meet the graph: evaluates, bakes what moves, keeps the value of what fails and says so."""

from collections.abc import Callable

from flatrender.aftereffects.capabilities import Notes
from flatrender.aftereffects.graph import Animated, Composition, Graph, Layer


class Evaluator:
    """Evaluates the expressions of one scene."""

    def __init__(self, graph: Graph, bound: Callable[[Layer, Animated], Animated], notes: Notes) -> None:
        self._graph = graph
        self._bound = bound
        self._notes = notes

    def evaluated(self, composition: Composition, layer: Layer, prop: Animated) -> Animated:
        """The property with its expression's result in place of its value."""
        return prop
