"""The block list: a node on which an engine fails for several owners in a row gets no more of its tasks for a while.

One owner's crashes say something about its project, those of several say something about the node. The only node that
could do the work is never blocked, also when the others leave later: a claim asks for them. A finished task, an
administrator or the time forgives.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from flatrender.farm import log
from flatrender.farm.models import Node, Task

OWNERS = 3  # whose tasks crashed since the last one that ended well
MINUTES = 10
_NOTHING: dict[str, Any] = {"owners": [], "until": None}


def crashed(session: Session, node: Node, task: Task, now: datetime, *, others: bool) -> None:
    """Notes a crash of `task` on `node`. `others`: whether another node could take over."""
    failing = dict(node.failing)
    noted: dict[str, Any] = dict(failing.get(task.engine) or _NOTHING)
    if noted["until"] is not None and not blocked(node, task.engine, now):
        noted = dict(_NOTHING)  # the time has forgiven: it takes as many owners again
    noted["owners"] = [*dict.fromkeys([*noted["owners"], task.owner_id])][-OWNERS:]
    if len(noted["owners"]) >= OWNERS and others:
        noted["until"] = (now + timedelta(minutes=MINUTES)).isoformat()
        said = f"{node.name} gets no more {task.engine} tasks for {MINUTES} minutes: it failed {OWNERS} owners in a row"
        log.write(session, task.tenant_id, task.owner_id, said, level="warning", task_id=task.id)
    failing[task.engine] = noted
    node.failing = failing
    session.add(node)


def succeeded(session: Session, node_id: str | None, engine: str) -> None:
    """A task ended well: what was noted of the engine there is forgiven."""
    node = session.get(Node, node_id) if node_id else None
    if node is not None and engine in node.failing:
        forgive(session, node, engine)


def forgive(session: Session, node: Node, engine: str | None = None) -> None:
    """Forgets an engine's crashes, or those of all engines."""
    node.failing = {name: noted for name, noted in node.failing.items() if engine is not None and name != engine}
    session.add(node)


def blocked(node: Node, engine: str, now: datetime) -> bool:
    """Whether the node gets no tasks of `engine` now."""
    return is_blocked(node.failing, engine, now)


def is_blocked(failing: Mapping[str, Any], engine: str, now: datetime) -> bool:
    """The same of what was noted of a node."""
    until = (failing.get(engine) or {}).get("until")
    return until is not None and datetime.fromisoformat(until) > now


def locked(session: Session, node_id: str) -> Node | None:
    """The node's row, locked and read afresh."""
    query = select(Node).where(col(Node.id) == node_id).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).first()
