"""Which task a node gets: the highest priority; among equals the tenant whose turn it is; then the oldest.

Fairness is stride scheduling (Waldspurger and Weihl, 1995): each claim moves its tenant's `vtime` on by the task's
expected seconds over the tenant's weight, and the tenant with the lowest `vtime` is next. Per tenant and lane only the
top of the queue is looked at, through the partial index on waiting tasks: a plain join over all of them is ten times
slower.

All nodes ask this all the time, so it is plain SQL. What a claim makes of a task is that of `states.step`; a test
compares the two.
"""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, literal_column, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.core.db import put
from flatrender.core.plain import Plain, Statement
from flatrender.farm import blocking, ripples
from flatrender.farm.lanes import Needs
from flatrender.farm.models import Claimed, Task, TenantShare, table
from flatrender.farm.ripples import TaskChange, ripple
from flatrender.farm.states import TaskEvent, TaskState

CANDIDATES = 16  # rows looked at beyond the first, for those that other nodes are claiming at this moment
MOST_CANDIDATES = 1024


_PARTS = {
    # Literals, not values: only so do both databases use the partial index.
    "claimable": "top.state = 'WAITING' AND top.open_blockers = 0 AND {unhindered}",
    # The same again, in words that keep PostgreSQL from reading that whole index a second time.
    "still_claimable": "top.state LIKE 'WAITING' AND top.open_blockers + 0 = 0 AND {unhindered}",
    "unhindered": """NOT top.cancel_requested AND (top.not_before IS NULL OR top.not_before <= :now)
AND (top.avoid = '' OR top.avoid NOT LIKE '%,' || :node || ',%')
""",
    "taken": """state = 'CLAIMED', epoch = epoch + 1, node_id = :node, generation = :generation, note = '',
  claimed_at = :now, lease_until = :later, finished_at = NULL, not_before = NULL""",
    "free": "state = 'WAITING' AND NOT cancel_requested",
    "claimed": ", ".join(Claimed._fields),
    # On SQLite nobody else writes meanwhile: the best one is free, and stays as it was read.
    "best": """FROM farm_tenant_share share JOIN json_each(:lanes) lane
JOIN farm_task task ON task.seq = (
  SELECT top.seq FROM farm_task top WHERE top.tenant_id = share.tenant_id AND top.lane = lane.value AND {claimable}
  ORDER BY top.priority DESC, top.seq LIMIT 1)
ORDER BY task.priority DESC, share.vtime, task.seq LIMIT 1""",
    # On PostgreSQL the best of a few that nobody is claiming at this moment.
    "best_unlocked": """FROM farm_task top JOIN farm_tenant_share share ON share.tenant_id = top.tenant_id
WHERE {still_claimable} AND top.seq = ANY(ARRAY(
  SELECT best.seq FROM farm_tenant_share share CROSS JOIN unnest(CAST(:lanes AS text[])) AS lane(id)
  CROSS JOIN LATERAL (
    SELECT top.seq, top.priority FROM farm_task top
    WHERE top.tenant_id = share.tenant_id AND top.lane = lane.id AND {claimable}
    ORDER BY top.priority DESC, top.seq LIMIT :few) best
  ORDER BY best.priority DESC, share.vtime, best.seq LIMIT :few))
ORDER BY top.priority DESC, share.vtime, top.seq LIMIT 1 FOR UPDATE OF top SKIP LOCKED""",
}

_WHO = Statement("""
SELECT lane.id, CAST(node.engines AS text), CAST(node.pools AS text), CAST(node.tags AS text),
  CAST(node.failing AS text), coalesce(switch.generation, 0), {now}, {later}
FROM farm_node node CROSS JOIN farm_lane lane LEFT JOIN farm_switch switch ON true
LEFT JOIN farm_node_token token ON token.id = node.token_id
WHERE node.id = :node AND node.online AND node.healthy AND NOT node.draining AND NOT coalesce(switch.stopped, false)
  AND CASE WHEN node.token_id IS NULL THEN NOT coalesce(switch.tokens_required, false) ELSE token.revoked_at IS NULL END
""")

_PICK = Statement("SELECT task.seq, task.lane {best}", "SELECT top.seq, top.lane {best_unlocked}", **_PARTS)
_HOW_MANY = Statement(
    """
SELECT count(*) FROM farm_tenant_share share CROSS JOIN unnest(CAST(:lanes AS text[])) AS lane(id)
CROSS JOIN LATERAL (
  SELECT 1 FROM farm_task top WHERE top.tenant_id = share.tenant_id AND top.lane = lane.id AND {claimable} LIMIT :few
) waiting""",
    **_PARTS,
)

_TAKE = Statement("UPDATE farm_task SET {taken} WHERE seq = :seq AND {free} RETURNING {claimed}", **_PARTS)
_TAKE_BEST = Statement(  # where no licence is asked for
    "SELECT {read} {best}",
    "UPDATE farm_task SET {taken} WHERE seq = (SELECT top.seq {best_unlocked}) AND {free} RETURNING {claimed}",
    read=", ".join(f"task.{field}" for field in Claimed._fields),
    **_PARTS,
)
_TAKE_READ = Statement("UPDATE farm_task SET {taken} WHERE seq = :seq", **_PARTS)  # twice as fast as RETURNING
_CHARGE = Statement("UPDATE farm_tenant_share SET vtime = vtime + :work / weight WHERE tenant_id = :tenant")

_LIMITS = Statement(
    "SELECT name, most FROM farm_licence_limit ORDER BY name",
    "SELECT name, most FROM farm_licence_limit WHERE name = ANY(:names) ORDER BY name FOR UPDATE",
)
_RUNNING = Statement("SELECT lane FROM farm_task WHERE state = 'CLAIMED'")


def claim(plain: Plain, node_id: str, *, lease_seconds: float) -> Claimed | None:
    """Claims the best task that `node_id` may run, for `lease_seconds` by the database's clock; None for none.

    One transaction: on SQLite under BEGIN IMMEDIATE, on PostgreSQL with SKIP LOCKED. The claim's epoch fences off every
    earlier one.
    """
    found = plain.rows(_WHO, {"node": node_id, "seconds": lease_seconds})
    lanes = [
        lane
        for lane, engines, pools, tags, failing, _, now, _ in found
        if _serves(lane, (engines, pools, tags), failing, now)
    ]
    if not lanes:
        return None
    *_, generation, now, later = found[0]
    given = {"node": node_id, "generation": generation, "now": now, "later": later}
    licensed = any("$" in lane for lane in lanes)
    row = None
    if not licensed:
        given["lanes"], given["few"] = _listed(*lanes) if plain.is_sqlite else lanes, CANDIDATES
        row = plain.row(_TAKE_BEST, given)
        if plain.is_sqlite and row is not None:
            plain.change(_TAKE_READ, {**given, "seq": row[0]})
            row = (*row[:-2], row[-2] + 1, node_id)
    if row is None and (licensed or not plain.is_sqlite):
        seq = _pick(plain, lanes, given, few=CANDIDATES if licensed else 4 * CANDIDATES)
        row = None if seq is None else plain.row(_TAKE, {**given, "seq": seq})
    if row is None:
        return None
    task = Claimed(*row)
    if plain.is_sqlite:
        task = task._replace(payload=json.loads(row[8]))
    if plainly := ripples.of_claims(task.kind):
        for listener in plainly:
            listener(plain, task)
    elif ripples.heard(task.kind):
        changed = plain.session.exec(select(Task).where(col(Task.seq) == task.seq)).one()
        ripple(plain.session, changed, TaskChange(TaskEvent.CLAIM, TaskState.WAITING, TaskState.CLAIMED))
        plain.session.flush()
    plain.write(_CHARGE, {"tenant": task.tenant_id, "work": max(task.weight, 0.01)})
    return task


def admit(session: Session, tenant_id: str) -> None:
    """Before a tenant's tasks are inserted: a tenant that was idle joins at the others' time, with no saved-up turns.

    Goes through the connection: the queues of all tenants matter here, whatever the session is scoped to.
    """
    connection = session.connection()
    share, task = table(TenantShare), table(Task).alias("waiting")
    put(session, TenantShare, {"tenant_id": tenant_id, "weight": 1.0, "vtime": 0.0}, ["tenant_id"])
    has_work = (
        sa_select(literal_column("1"))
        .where(
            task.c.tenant_id == share.c.tenant_id,
            task.c.state == literal_column("'WAITING'"),
            task.c.open_blockers == literal_column("0"),
        )
        .correlate(share)
        .exists()
    )
    floor = connection.execute(sa_select(func.min(share.c.vtime)).where(has_work)).scalar_one_or_none()
    if floor is None:
        return
    connection.execute(
        update(share).where(share.c.tenant_id == tenant_id, share.c.vtime < floor, ~has_work).values(vtime=floor)
    )


def _serves(lane: str, has: tuple[str, str, str], failing: str, now: str | datetime) -> bool:
    """Whether a node that has these engines, pools and tags may run tasks of a lane now."""
    if not _fits(lane, *has):
        return False
    if failing in {"{}", ""}:
        return True
    at = datetime.fromisoformat(now).replace(tzinfo=UTC) if isinstance(now, str) else now
    return not blocking.is_blocked(json.loads(failing), Needs.of(lane).engine, at)


@lru_cache(maxsize=256)
def _listed(*lanes: str) -> str:
    return json.dumps(lanes)


@lru_cache(maxsize=4096)
def _fits(lane: str, engines: str, pools: str, tags: str) -> bool:
    return Needs.of(lane).fit_in(json.loads(engines), json.loads(pools), json.loads(tags))


def _pick(plain: Plain, lanes: list[str], given: dict[str, Any], few: int) -> int | None:
    """The best task whose licences are free; its row and those of its licences are locked."""
    while lanes:
        found = _best(plain, lanes, given, few)
        if found is None:
            return None
        seq, lane = found
        full = _used_up(plain, Needs.of(lane).licences) if "$" in lane else set()
        if not full:
            return int(seq)
        lanes = [lane for lane in lanes if not full & set(Needs.of(lane).licences)]
    return None


def _best(plain: Plain, lanes: list[str], given: dict[str, Any], few: int) -> tuple[Any, ...] | None:
    """Looks at the best few, then at more when all of them are being claimed by others at this moment."""
    if plain.is_sqlite:
        return plain.row(_PICK, {**given, "lanes": _listed(*lanes)})
    while True:
        wanted = {**given, "lanes": lanes, "few": few}
        found = plain.row(_PICK, wanted)
        if found is not None or few >= MOST_CANDIDATES or plain.rows(_HOW_MANY, wanted)[0][0] < few:
            return found
        few *= 4


def _used_up(plain: Plain, licences: tuple[str, ...]) -> set[str]:
    """Those of the licences of which none is free. Their rows stay locked until the commit, so that two claims never
    take the last one."""
    limits = {name: most for name, most in plain.rows(_LIMITS, {"names": list(licences)}) if name in licences}
    if not limits:
        return set()
    used: dict[str, int] = {}
    for (lane,) in plain.rows(_RUNNING):
        for name in Needs.of(lane).licences:
            used[name] = used.get(name, 0) + 1
    return {name for name, most in limits.items() if used.get(name, 0) >= most}
