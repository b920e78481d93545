"""Nodes: registration, heartbeat, drain, sign-off, and who could run a task."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from flatrender.core import bus, outbox
from flatrender.core import wake as wake_port
from flatrender.core.db import DEFAULT_TENANT, database_now, on_commit
from flatrender.core.errors import NotFound
from flatrender.farm import blocking, tokens
from flatrender.farm.lanes import Needs
from flatrender.farm.models import Node


@dataclass(frozen=True)
class NodeInfo:
    """What an agent says of itself. `engines`: name to versions; `instance`: of this process."""

    id: str
    name: str
    host: str
    instance: str
    version: str
    pid: int
    slots: int
    engines: dict[str, Any]
    health: dict[str, Any] = field(default_factory=dict)
    pools: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    token: str | None = None


def register(session: Session, info: NodeInfo) -> Node:
    """Puts a node on line. What an earlier process of the same node held is the caller's to reap (`reaper.forsake`).

    Raises Forbidden for a token that does not hold, also where the node showed it before and shows none now, or none
    where the farm asks for one.
    """
    node = session.get(Node, info.id) or Node(id=info.id, name=info.name)
    token_id = tokens.admit(session, info.token, node.token_id)
    now = database_now(session)
    node.name, node.host, node.instance = info.name, info.host, info.instance
    node.version, node.pid, node.slots, node.engines = info.version, info.pid, info.slots, dict(info.engines)
    node.pools, node.tags, node.token_id, node.failing = list(info.pools), list(info.tags), token_id, {}
    node.health, node.healthy, node.problem = info.health, True, None
    node.online, node.draining, node.started_at, node.last_seen = True, False, now, now
    session.add(node)
    _tell(session, node)
    return node


def heartbeat(
    session: Session, node_id: str, instance: str, health: dict[str, Any], problem: str | None
) -> Node | None:
    """Notes that a node lives. None when another process has taken its place: the caller must stop."""
    # Locked: the node's keeper and the thread whose task found no room may say the same at once, and it is told once.
    node = session.get(Node, node_id, with_for_update=True, populate_existing=True)
    if node is None or node.instance != instance:
        return None
    if not tokens.holds(session, node):
        problem = "Its token was revoked: it gets no work until it shows another one."
        if node.token_id is None:
            problem = "It has no token, and nodes need one here: it gets no work until it shows one."
    was_well, recovered = node.healthy, problem is None and not (node.healthy and node.online)
    node.last_seen, node.online = database_now(session), True
    node.health, node.problem, node.healthy = health, problem, problem is None
    session.add(node)
    _tell(session, node)
    if recovered:
        wake(session)
    elif was_well and problem is not None:  # once, however the sentence changes while it lasts
        _alarm(session, f"Node {node.name}: {problem}")
    return node


def drain(session: Session, node_id: str, draining: bool = True) -> Node:
    """A draining node ends what it runs and claims nothing more. Raises NotFound."""
    node = get(session, node_id)
    node.draining = draining
    session.add(node)
    _tell(session, node)
    if not draining:
        wake(session)
    return node


def sign_off(session: Session, node_id: str, instance: str) -> None:
    """The node's process is ending."""
    node = session.get(Node, node_id)
    if node is not None and node.instance == instance:
        node.online = False
        session.add(node)
        _tell(session, node)


def get(session: Session, node_id: str) -> Node:
    """The node with this id. Raises NotFound."""
    node = session.get(Node, node_id)
    if node is None:
        raise NotFound("There is no such node.")
    return node


def every(session: Session) -> list[Node]:
    """All nodes, those on line first."""
    return list(session.exec(select(Node).order_by(col(Node.online).desc(), col(Node.name))).all())


def able(session: Session, lane: str, *, but: frozenset[str] = frozenset()) -> list[Node]:
    """Nodes that could claim a task of `lane` now, without those in `but`."""
    needs, now = Needs.of(lane), database_now(session)
    query = select(Node).where(col(Node.online), col(Node.healthy), ~col(Node.draining))
    return [
        node
        for node in session.exec(query).all()
        if node.id not in but and needs.fit(node) and not blocking.blocked(node, needs.engine, now)
    ]


def lost(session: Session, now: datetime, silence: timedelta) -> list[Node]:
    """Takes nodes off line that have been silent for longer than `silence`."""
    query = select(Node).where(col(Node.online), col(Node.last_seen) < now - silence).with_for_update(skip_locked=True)
    gone = list(session.exec(query).all())
    for node in gone:
        node.online = False
        session.add(node)
        _tell(session, node)
        _alarm(session, f"Node {node.name} stopped answering.")
    return gone


def wake(session: Session) -> None:
    """After the commit, wakes the nodes that could take work; once per transaction."""
    if session.info.get("farm_wake"):
        return
    session.info["farm_wake"] = True

    query = select(Node.id).where(col(Node.online), col(Node.healthy), ~col(Node.draining))
    ids = list(session.exec(query).all())
    if ids:
        # The bus is heard at once; the queue keeps what a node that is just starting would miss.
        on_commit(session, lambda: wake_port.wake_nodes(ids))
        on_commit(session, lambda: bus.publish("nodes", {"kind": "work"}))


def as_dict(node: Node) -> dict[str, Any]:
    """A node as JSON for the tables of the farm."""
    return {
        "id": node.id,
        "name": node.name,
        "host": node.host,
        "version": node.version,
        "slots": node.slots,
        "engines": node.engines,
        "pools": node.pools,
        "tags": node.tags,
        "failing": node.failing,
        "online": node.online,
        "draining": node.draining,
        "healthy": node.healthy,
        "problem": node.problem,
        "health": node.health,
        "started_at": node.started_at.isoformat() if node.started_at else None,
        "last_seen": node.last_seen.isoformat() if node.last_seen else None,
    }


def _alarm(session: Session, message: str) -> None:
    """Those who run the farm are told, wherever they are."""
    outbox.record(session, "system.error", {"message": message}, tenant_id=DEFAULT_TENANT, topic="farm")


def _tell(session: Session, node: Node) -> None:
    on_commit(session, lambda: bus.publish("farm", {"kind": "node", "node": as_dict(node)}))
