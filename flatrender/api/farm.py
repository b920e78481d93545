"""The farm over REST, for those who run it: nodes and their tokens, the queue, limits and shares, emergency stop."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, Field
from sqlmodel import Session

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.api.dependencies import FarmAdmin
from flatrender.api.routes import Route
from flatrender.core.db import database_now, get_database
from flatrender.farm import health_log, log, nodes, operations, service, tokens
from flatrender.farm.models import NodeToken
from flatrender.renders import clearing, task_listing

router = APIRouter(route_class=Route, tags=["Farm"])
Json = dict[str, Any]


def _session(principal: FarmAdmin) -> Iterator[Session]:
    with get_database().system_session() as session:
        yield session


_opened = contextmanager(_session)


def _reader(principal: FarmAdmin) -> Iterator[Session]:
    with get_database().system_session(read_only=True) as session:
        yield session


FarmDb = Annotated[Session, Depends(_session, scope="function")]
FarmDbReader = Annotated[Session, Depends(_reader, scope="function")]


class Reason(BaseModel):
    """Why, for whoever looks at the farm."""

    reason: str = Field(default="", max_length=300)


Given = Annotated[Reason | None, Body()]
"""Whoever stops everything need not say why."""


class Limit(BaseModel):
    """How many tasks may hold the licence at once; null lifts the limit."""

    most: int | None = None


class Share(BaseModel):
    """A tenant's weight; 1 is usual."""

    weight: float


class NewToken(BaseModel):
    """What the token is for."""

    name: str = Field(min_length=1, max_length=120)


@router.get("/nodes")
def browse_nodes(session: FarmDbReader) -> Json:
    """All nodes, those on line first, each with the tasks it runs."""
    running = service.running_by_node(session)
    return {"items": [{**nodes.as_dict(node), "tasks": running.get(node.id, [])} for node in nodes.every(session)]}


@router.get("/nodes/{node_id}")
def one_node(node_id: str, session: FarmDbReader) -> Json:
    """A node."""
    node = nodes.get(session, node_id)
    return {**nodes.as_dict(node), "tasks": service.running_by_node(session).get(node.id, [])}


@router.get("/nodes/{node_id}/health")
def health(node_id: str, session: FarmDbReader, hours: Annotated[float, Query(gt=0, le=24 * 31)] = 24.0) -> Json:
    """How the node felt over the last hours, oldest first."""
    nodes.get(session, node_id)
    since = database_now(session) - timedelta(hours=hours)
    rows = health_log.history(session, node_id, since)
    return {"items": [{**row.model_dump(exclude={"node_id", "at"}), "at": row.at.isoformat()} for row in rows]}


@router.get("/nodes/{node_id}/log")
def node_log(node_id: str, session: FarmDbReader, limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> Json:
    """The last lines of what the node did lately, each with its task and its job (`owner_id`)."""
    nodes.get(session, node_id)
    found = task_listing.log_of_node(session, node_id, limit)
    return {"lines": [{**log.as_dict(line), "owner_id": line.owner_id} for line in found]}


@router.get("/tasks")
def browse_tasks(
    session: FarmDbReader,
    state: Annotated[list[str] | None, Query()] = None,
    kind: Annotated[str | None, Query(max_length=32)] = None,
    node: Annotated[str | None, Query(max_length=32)] = None,
    q: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[int | None, Query(ge=0)] = None,
    limit: Annotated[int, Query(ge=1, le=task_listing.MOST)] = 100,
) -> Json:
    """A page of tasks, newest first; `next` is the `before` of the next one. Counts are of live tasks."""
    wanted = task_listing.TaskFilter(tuple(state or ()), kind, node, q)
    return task_listing.browse(session, wanted, before=before, limit=limit)


@router.post("/nodes/{node_id}/drain")
def drain(node_id: str, principal: FarmAdmin, session: FarmDb) -> Json:
    """The node ends what it runs and claims nothing more."""
    return nodes.as_dict(operations.drain(session, principal, node_id))


@router.post("/nodes/{node_id}/resume")
def undrain(node_id: str, principal: FarmAdmin, session: FarmDb) -> Json:
    """The node claims tasks again."""
    return nodes.as_dict(operations.drain(session, principal, node_id, False))


@router.get("/farm")
def depth(session: FarmDbReader) -> Json:
    """How full the farm is, and whether it is stopped."""
    return service.depth(session)


@router.post("/farm/pause")
def pause(principal: FarmAdmin, session: FarmDb, wanted: Given = None) -> Json:
    """Nothing more is claimed until `resume`; what runs goes on."""
    operations.pause(session, principal, wanted.reason if wanted else "")
    return service.depth(session)


@router.post("/farm/resume")
def resume(principal: FarmAdmin, session: FarmDb) -> Json:
    """Tasks are claimed again."""
    operations.resume(session, principal)
    return service.depth(session)


@router.post("/farm/emergency-stop")
def emergency_stop(principal: FarmAdmin, session: FarmDb, wanted: Given = None) -> Json:
    """Ends everything that runs, at once, and pauses the farm. `ended`: how many tasks."""
    ended = operations.emergency_stop(session, principal, wanted.reason if wanted else "")
    return {"ended": ended, **service.depth(session)}


@router.post("/farm/clear-queue")
def clear_queue(principal: FarmAdmin) -> Json:
    """Cancels every job that nobody works on; what runs goes on. `cancelled`: how many jobs."""
    cancelled = 0
    while True:
        with _opened(principal) as session:
            found = clearing.clear(session, principal)
        cancelled += found
        if not found:
            return {"cancelled": cancelled}


@router.post("/tasks/{task_id}/requeue")
def requeue(task_id: str, principal: FarmAdmin, session: FarmDb) -> Json:
    """Takes a task from its node and puts it back into the queue; no try is counted."""
    task = operations.requeue(session, principal, task_id)
    return {"id": task.id, "state": task.state}


@router.post("/nodes/{node_id}/forgive")
def forgive(node_id: str, principal: FarmAdmin, session: FarmDb) -> Json:
    """The node gets tasks of the engines that failed there again."""
    return nodes.as_dict(operations.forgive(session, principal, node_id))


@router.get("/farm/limits")
def limits(session: FarmDbReader) -> Json:
    """Licence → how many tasks may hold it at once."""
    return operations.limits(session)


@router.put("/farm/limits/{name}")
def set_limit(name: str, wanted: Limit, principal: FarmAdmin, session: FarmDb) -> Json:
    """Limits a licence, or lifts its limit."""
    operations.set_limit(session, principal, name, wanted.most)
    session.flush()
    return operations.limits(session)


@router.put("/farm/shares/{tenant_id}", status_code=204)
def set_share(tenant_id: str, wanted: Share, principal: FarmAdmin, session: FarmDb) -> None:
    """A tenant's part of the farm while all want it."""
    operations.set_share(session, principal, tenant_id, wanted.weight)


@router.get("/node-tokens")
def browse_tokens(session: FarmDbReader) -> Json:
    """Tokens of nodes, newest first; never the tokens themselves."""
    return {"items": [_token(row) for row in tokens.every(session)]}


@router.post("/node-tokens", status_code=201)
def make_token(wanted: NewToken, principal: FarmAdmin, session: FarmDb) -> Json:
    """A new token; `token` is shown this once."""
    row, token = tokens.make(session, wanted.name)
    audit.note(session, principal, Act.TOKEN_MADE, row.id, row.name)
    return {**_token(row), "token": token}


@router.delete("/node-tokens/{token_id}")
def revoke_token(token_id: str, principal: FarmAdmin, session: FarmDb) -> Json:
    """Its nodes claim nothing more, and end what they run within a second."""
    row = tokens.revoke(session, token_id)
    audit.note(session, principal, Act.TOKEN_REVOKED, row.id, row.name)
    return _token(row)


def _token(row: NodeToken) -> Json:
    revoked = row.revoked_at.isoformat() if row.revoked_at else None
    return {"id": row.id, "name": row.name, "created_at": row.created_at.isoformat(), "revoked_at": revoked}
