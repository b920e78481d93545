"""What a task needs of a node, as a lane of the queue: engine, pool, tags, licences.

Tasks with the same needs stand in one lane; a claim looks at the top of each lane that its node can serve, so that a
hundred thousand tasks of another kind are never looked at. A lane's id says all of it: `native`,
`aerender@film#gpu,studio-b$aerender`.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlmodel import Session

from flatrender.core.db import put
from flatrender.core.errors import InvalidInput
from flatrender.farm.models import Lane, Node

MOST_TAGS, MOST_LICENCES = 8, 4
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")


@dataclass(frozen=True)
class Needs:
    """`pool`: only nodes of this pool ("" for all); `tags`: the node has every one; `licences`: one of each is taken
    while the task runs."""

    engine: str = "native"
    pool: str = ""
    tags: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()

    @property
    def lane(self) -> str:
        """The id of the lane. Raises InvalidInput for a name that is none."""
        names = [self.engine, *filter(None, [self.pool]), *self.tags, *self.licences]
        for name in names:
            check_name(name)
        if len(self.tags) > MOST_TAGS or len(self.licences) > MOST_LICENCES:
            raise InvalidInput(f"A task has at most {MOST_TAGS} tags and {MOST_LICENCES} licences.", field="tags")
        parts = (("@", [self.pool] if self.pool else []), ("#", self.tags), ("$", self.licences))
        return self.engine + "".join(f"{mark}{','.join(sorted(set(names)))}" for mark, names in parts if names)

    @classmethod
    def of(cls, lane: str) -> "Needs":
        """The needs that a lane's id says."""
        rest, _, licences = lane.partition("$")
        rest, _, tags = rest.partition("#")
        engine, _, pool = rest.partition("@")
        return cls(engine, pool, _names(tags), _names(licences))

    def fit(self, node: Node) -> bool:
        """Whether the node has all of it; whether it is there and well is another question."""
        return self.fit_in(node.engines, node.pools, node.tags)

    def fit_in(self, engines: Collection[str], pools: Collection[str], tags: Collection[str]) -> bool:
        """Whether this is enough."""
        return self.engine in engines and (not self.pool or self.pool in pools) and set(self.tags) <= set(tags)


def check_name(name: str, what: str = "name") -> str:
    """A name of an engine, pool, tag or licence. Raises InvalidInput."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"{name!r} is no {what}: use 1 to 40 letters, digits, “_”, “.” and “-”.", field=what)
    return name


def open_lanes(session: Session, lanes: Iterable[str]) -> None:
    """Before tasks stand in them: every lane has a row."""
    for lane in sorted(set(lanes)):
        put(session, Lane, {"id": lane, "said": "", "told": True}, ["id"])


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
