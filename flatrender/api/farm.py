"""The farm over REST, for those who run it: nodes, drain, how full it is, pause, emergency stop."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlmodel import Session

from flatrender.api.dependencies import FarmAdmin
from flatrender.core.db import get_database
from flatrender.farm import nodes, service

router = APIRouter(tags=["Farm"])
Json = dict[str, Any]


def _session(principal: FarmAdmin) -> Iterator[Session]:
    with get_database().system_session() as session:
        yield session


def _reader(principal: FarmAdmin) -> Iterator[Session]:
    with get_database().system_session(read_only=True) as session:
        yield session


FarmDb = Annotated[Session, Depends(_session, scope="function")]
FarmDbReader = Annotated[Session, Depends(_reader, scope="function")]


class Reason(BaseModel):
    """Why, for whoever looks at the farm."""

    reason: str = Field(default="", max_length=300)


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


@router.post("/nodes/{node_id}/drain")
def drain(node_id: str, session: FarmDb) -> Json:
    """The node ends what it runs and claims nothing more."""
    return nodes.as_dict(nodes.drain(session, node_id))


@router.post("/nodes/{node_id}/resume")
def undrain(node_id: str, session: FarmDb) -> Json:
    """The node claims tasks again."""
    return nodes.as_dict(nodes.drain(session, node_id, False))


@router.get("/farm")
def depth(session: FarmDbReader) -> Json:
    """How full the farm is, and whether it is stopped."""
    return service.depth(session)


@router.post("/farm/pause")
def pause(wanted: Reason, principal: FarmAdmin, session: FarmDb) -> Json:
    """Nothing more is claimed until `resume`; what runs goes on."""
    service.pause(session, reason=wanted.reason or f"paused by {principal.name or principal.email}")
    return service.depth(session)


@router.post("/farm/resume")
def resume(session: FarmDb) -> Json:
    """Tasks are claimed again."""
    service.resume(session)
    return service.depth(session)


@router.post("/farm/emergency-stop")
def emergency_stop(wanted: Reason, principal: FarmAdmin, session: FarmDb) -> Json:
    """Ends everything that runs, at once, and pauses the farm. `ended`: how many tasks."""
    reason = wanted.reason or f"emergency stop by {principal.name or principal.email}"
    ended = service.emergency_stop(session, reason=reason)
    return {"ended": ended, **service.depth(session)}
