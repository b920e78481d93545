"""Tasks that no node can run now: they say so, and wait or fail as the farm is set.

A node that drains, is unwell or has failed too often comes back: nothing fails because of that. A task has waited in
vain since it could run (the last that it waited for is done, or it came back to the queue), or since a node that could
run it was last heard of.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, literal_column, or_
from sqlmodel import Session, col, select

from flatrender.farm import writer
from flatrender.farm.lanes import Needs
from flatrender.farm.models import Lane, Node, Task
from flatrender.farm.ripples import TaskChange, ripple
from flatrender.farm.states import TaskEvent, TaskState

BATCH = 100  # tasks of a lane in one round
LOOK_SECONDS = 5.0  # between two looks at what waits in a lane that no node takes, whichever node looks
LONGEST = 200  # characters of a note


def sentence(needs: Needs, *, resting: bool = False) -> str:
    """What is missing, for people. `resting`: there are such nodes, but none takes work now."""
    place = f" in the pool {needs.pool}" if needs.pool else ""
    tags = f" with {', '.join(needs.tags)}" if needs.tags else ""
    which = "that takes work now" if resting else "on line"
    return f"No node {which}{place}{tags} offers the engine {needs.engine}"


def of_lane(session: Session, lane: str) -> str:
    """The sentence for a lane's tasks; empty where a node takes them."""
    return _of(Needs.of(lane), session.exec(select(Node).where(col(Node.online))).all())


def news(session: Session, now: datetime) -> list[tuple[str, str]]:
    """Lanes whose waiting tasks are to be looked through, and what they are to be told. Those of a lane that nodes take
    are, however many, when that has changed; of one that no node takes, now and then: new ones come."""
    online = session.exec(select(Node).where(col(Node.online))).all()
    found = []
    for lane in session.exec(select(Lane)).all():
        said = _of(Needs.of(lane.id), online)
        if not _is_done(lane, said, now):
            found.append((lane.id, said))
    return found


def take(session: Session, lane_id: str, said: str, now: datetime) -> bool:
    """Whether this look at a lane is the caller's: all nodes look, one of them each time."""
    lane = session.get(Lane, lane_id, with_for_update=True, populate_existing=True)
    if lane is None or _is_done(lane, said, now):
        return False
    lane.said, lane.told, lane.looked_at = said, False, now
    session.add(lane)
    return True


def settle(session: Session, lane_id: str, said: str, found: int) -> None:
    """After a look that found so many owners."""
    lane = session.get(Lane, lane_id, with_for_update=True, populate_existing=True)
    if lane is None or lane.said != said:
        return
    if not said and not found:
        lane.told = True
    elif found >= BATCH:
        lane.looked_at = None  # there are more
    session.add(lane)


def owners(session: Session, lane: str, said: str, now: datetime, give_up_seconds: float | None) -> list[str]:
    """Whose waiting tasks of a lane are to be told something, or to end."""
    news: list[ColumnElement[bool]] = [col(Task.note) != said] if said else [col(Task.note).in_(_sentences(lane))]
    if (late := _late(session, lane, now, give_up_seconds)) is not None:
        news.append(func.coalesce(col(Task.waits_since), col(Task.created_at)) < late)
    waiting = select(Task.owner_id).where(
        col(Task.state) == literal_column("'WAITING'"),
        col(Task.open_blockers) == literal_column("0"),
        or_(col(Task.not_before).is_(None), col(Task.not_before) <= now),
        col(Task.lane) == lane,
        or_(*news),
    )
    return list(dict.fromkeys(session.exec(waiting.order_by(col(Task.seq)).limit(BATCH)).all()))


def tell(session: Session, owner_id: str, now: datetime, give_up_seconds: float | None) -> int:
    """Tells an owner's waiting tasks what is so, or fails those that have waited too long; how many."""
    told = 0
    for task in writer.lock_live(session, owner_id):
        if task.state != TaskState.WAITING or task.open_blockers or (task.not_before and task.not_before > now):
            continue
        said, late = of_lane(session, task.lane), _late(session, task.lane, now, give_up_seconds)
        since = task.waits_since or task.created_at
        if late is not None and max(since, task.not_before or since) < late:
            writer.move(session, task, TaskEvent.REFUSE, now, reason=f"{said}.", code="no-node")
            return told + 1  # the rest of its owner's tasks may have ended with it
        if task.note == said or (not said and task.note not in _sentences(task.lane)):
            continue
        told += 1
        task.note = said
        session.add(task)
        session.flush()
        ripple(session, task, TaskChange(TaskEvent.PROGRESS, TaskState.WAITING, TaskState.WAITING))
    return told


def _of(needs: Needs, online: Sequence[Node]) -> str:
    fitting = [node for node in online if needs.fit(node)]
    if any(node.healthy and not node.draining for node in fitting):  # the only one is never blocked: see `claims`
        return ""
    return sentence(needs, resting=bool(fitting))[:LONGEST]


def _is_done(lane: Lane, said: str, now: datetime) -> bool:
    if lane.said != said:
        return False
    if not said:
        return lane.told
    return lane.looked_at is not None and now - lane.looked_at < timedelta(seconds=LOOK_SECONDS)


def _sentences(lane: str) -> Sequence[str]:
    return [sentence(Needs.of(lane), resting=resting)[:LONGEST] for resting in (False, True)]


def _late(session: Session, lane: str, now: datetime, give_up_seconds: float | None) -> datetime | None:
    """Tasks of the lane that have waited since before this end; None where none does: a node is there, or was just now.

    Nodes off line are asked when they were last heard of.
    """
    if give_up_seconds is None:
        return None
    late, needs = now - timedelta(seconds=give_up_seconds), Needs.of(lane)
    for node in session.exec(select(Node)).all():
        if needs.fit(node) and (node.online or (node.last_seen is not None and node.last_seen >= late)):
            return None
    return late
