"""Results of expressions kept from one scene to the next: typing into one text must not run what it does not touch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flatrender.aftereffects.graph import Animated
from flatrender.aftereffects.values import Value


@dataclass(frozen=True)
class _Kept:
    prop: Animated
    """Held so that its identity stays its own."""
    bound: Animated
    read: frozenset[str]
    values: dict[str, Mapping[str, Value] | None]
    result: Animated


@dataclass
class Memory:
    """What a project remembers of its expressions. `readers`: layer → layers that its expressions read."""

    results: dict[int, _Kept] = field(default_factory=dict)
    readers: dict[str, set[str]] = field(default_factory=dict)


class KeptResults:
    """One scene's view of the memory: a result holds as long as every layer that it came from has the same values.

    `values`: by layer address, then by the path of the property that is set.
    """

    def __init__(self, values: Mapping[str, Mapping[str, Value]], memory: Memory | None = None) -> None:
        self._values = values
        self._memory = memory if memory is not None else Memory()

    def find(self, prop: Animated, bound: Animated) -> Animated | None:
        """The property's result of an earlier scene, if nothing that it depends on has changed since."""
        kept = self._memory.results.get(id(prop))
        if kept is None or kept.bound is not bound:
            return None
        if any(self._values.get(place) != value for place, value in kept.values.items()):
            return None
        return kept.result

    def reads(self, prop: Animated) -> Iterable[str]:
        """The layers that the kept result was read from directly."""
        return self._memory.results[id(prop)].read

    def keep(
        self,
        prop: Animated,
        bound: Animated,
        read: set[str],
        readers: Mapping[str, set[str]],
        result: Animated,
    ) -> None:
        """Keeps a result. `read`: layers it was read from; `readers`: what this scene has read so far."""
        for owner, places in readers.items():
            self._memory.readers.setdefault(owner, set()).update(places)
        reached, fresh = set(read), set(read)
        while fresh:
            fresh = {place for owner in fresh for place in self._memory.readers.get(owner, ())} - reached
            reached |= fresh
        values = {place: self._values.get(place) for place in reached}
        self._memory.results[id(prop)] = _Kept(prop, bound, frozenset(read), values, result)
