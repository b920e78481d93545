"""What the farm is doing, in figures for a monitoring system: what is now, and what ended within the last hour.

Everything comes from the database, so every web process tells the same and a restart changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import case, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from flatrender.core.db import database_now
from flatrender.farm import nodes, service
from flatrender.farm.models import Task, TaskAttempt
from flatrender.farm.states import TaskState
from flatrender.farm.writer import IS_LIVE

WINDOW = timedelta(hours=1)
BOUNDS = (1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)  # seconds that attempts are counted by


@dataclass(frozen=True)
class Series:
    """One figure: its name, what it is for people, and its value for each combination of labels."""

    name: str
    help: str
    values: tuple[tuple[dict[str, str], float], ...]


def series(name: str, help_: str, values: Iterable[tuple[dict[str, str], float]]) -> Series:
    """Sorted, so that two answers differ only where the figures do."""
    return Series(name, help_, tuple(sorted(values, key=lambda each: sorted(each[0].items()))))


def figures(session: Session) -> list[Series]:
    """All of them."""
    depth = service.depth(session)
    every = nodes.every(session)
    return [
        series("flatrender_tasks", "Tasks by state and kind.", _tasks(session)),
        series("flatrender_farm_stopped", "1 while nothing is claimed.", [({}, float(depth["stopped"]))]),
        series("flatrender_node_up", "1 for a node on line.", [(_of(node), float(node.online)) for node in every]),
        series("flatrender_node_healthy", "1 for a node that gets work.", [(_of(n), float(n.healthy)) for n in every]),
        series("flatrender_node_draining", "1 for a draining node.", [(_of(n), float(n.draining)) for n in every]),
        series("flatrender_node_slots", "Tasks at once.", [(_of(node), float(node.slots)) for node in every]),
        *(
            series(
                f"flatrender_node_{name}",
                what,
                [(_of(node), float(node.health[name])) for node in every if node.online and name in node.health],
            )
            for name, what in (
                ("cpu_percent", "Processor time used."),
                ("memory_percent", "Memory used."),
                ("disk_free_bytes", "Free on the node's disk."),
            )
        ),
        *_attempts(session),
    ]


def _of(node: Any) -> dict[str, str]:
    return {"node": node.name}


def _tasks(session: Session) -> list[tuple[dict[str, str], float]]:
    query = sa_select(col(Task.state), col(Task.kind), func.count()).where(IS_LIVE)
    found = [
        ({"state": str(state).lower(), "kind": kind}, float(number))
        for state, kind, number in session.execute(query.group_by(col(Task.state), col(Task.kind)))
    ]
    return found or [
        ({"state": str(state).lower(), "kind": ""}, 0.0) for state in (TaskState.WAITING, TaskState.CLAIMED)
    ]


def _attempts(session: Session) -> list[Series]:
    """Claims that ended within the last hour: how many, how they ended, how long they took."""
    seconds = _seconds(session)
    columns = [func.sum(case((seconds <= bound, 1), else_=0)) for bound in BOUNDS]
    query = (
        sa_select(col(Task.kind), col(TaskAttempt.outcome), func.count(), func.sum(seconds), *columns)
        .join(Task, col(Task.id) == col(TaskAttempt.task_id))
        .where(col(TaskAttempt.ended_at) >= database_now(session) - WINDOW)
        .group_by(col(Task.kind), col(TaskAttempt.outcome))
    )
    counts, sums, buckets = [], [], []
    for kind, outcome, number, total, *within in session.execute(query):
        labels = {"kind": str(kind), "outcome": str(outcome)}
        counts.append((labels, float(number)))
        sums.append((labels, float(total or 0)))
        buckets += [
            ({**labels, "le": f"{bound:g}"}, float(inside or 0)) for bound, inside in zip(BOUNDS, within, strict=True)
        ]
    hour = "that ended within the last hour"
    return [
        series("flatrender_claims_hour", f"Claims {hour}, by how they ended.", counts),
        series("flatrender_claim_seconds_hour", f"Seconds spent on claims {hour}.", sums),
        series("flatrender_claims_hour_within", f"Claims {hour} and took at most `le` seconds.", buckets),
    ]


def _seconds(session: Session) -> Any:
    began, ended = col(TaskAttempt.started_at), col(TaskAttempt.ended_at)
    if session.get_bind().dialect.name == "postgresql":
        return func.extract("epoch", ended - began)
    return (func.julianday(ended) - func.julianday(began)) * 86400.0
