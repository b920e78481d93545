"""Which task a node gets: the highest priority; among equals the tenant whose turn it is; then the oldest.

Fairness is stride scheduling (Waldspurger and Weihl, 1995): each claim moves its tenant's `vtime` on by the task's
expected seconds over the tenant's weight, and the tenant with the lowest `vtime` is next. Per tenant and lane only the
top of the queue is looked at, through the partial index on waiting tasks: a plain join over all of them is ten times
slower.

All nodes ask this all the time, so it is plain SQL. What a claim makes of a task is that of `states.step`; a test
compares the two.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, literal_column, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.core.db import put
from flatrender.core.plain import Plain, Statement, moment
from flatrender.farm import blocking, nodes, ripples
from flatrender.farm.lanes import Needs
from flatrender.farm.models import Claimed, Task, TenantShare, table
from flatrender.farm.ripples import Owner, TaskChange, ripple
from flatrender.farm.states import TaskEvent, TaskState

CANDIDATES = 3  # rows looked at first, for the best of them that no other node is claiming at this moment
MOST_CANDIDATES = 1024


_COLUMNS = Claimed._fields[:-2]
_PARTS = {
    # Literals, not values: only so do both databases use the partial index.
    "claimable": "top.state = 'WAITING' AND top.open_blockers = 0 AND {unhindered}",
    # The same again, in words that keep PostgreSQL from reading that whole index a second time.
    "still_claimable": "top.state LIKE 'WAITING' AND top.open_blockers + 0 = 0 AND {unhindered}",
    "unhindered": """NOT top.cancel_requested AND (top.not_before IS NULL OR top.not_before <= {now})
AND (top.avoid = '' OR top.avoid NOT LIKE '%,' || :node || ',%')
""",
    "columns": ", ".join(f"top.{field}" for field in _COLUMNS),
    # On SQLite nobody else writes meanwhile: the best one is free, and stays as it was read.
    "best": """FROM farm_tenant_share share JOIN json_each(:lanes) lane
JOIN farm_task task ON task.seq = (
  SELECT top.seq FROM farm_task top WHERE top.tenant_id = share.tenant_id AND top.lane = lane.value AND {claimable}
  ORDER BY top.priority DESC, top.seq LIMIT 1)
ORDER BY task.priority DESC, share.vtime, task.seq LIMIT 1""",
    # On PostgreSQL the best of a few that nobody is claiming at this moment. Until the commit it is ours.
    "best_unlocked": """FROM (
  SELECT best.seq, best.priority, share.vtime
  FROM farm_tenant_share share CROSS JOIN unnest(CAST({wanted} AS text[])) AS lane(id)
  CROSS JOIN LATERAL (
    SELECT top.seq, top.priority FROM farm_task top
    WHERE top.tenant_id = share.tenant_id AND top.lane = lane.id AND {claimable}
    ORDER BY top.priority DESC, top.seq LIMIT {few}) best
  ORDER BY best.priority DESC, share.vtime, best.seq LIMIT {few}) best
JOIN farm_task top ON top.seq = best.seq AND {still_claimable}
ORDER BY best.priority DESC, best.vtime, best.seq LIMIT 1 FOR UPDATE OF top SKIP LOCKED""",
    "says": """CAST(node.engines AS text) || '\n' || CAST(node.pools AS text) || '\n' || CAST(node.tags AS text)
  || '\n' || CAST(node.failing AS text)""",
    "generation": "coalesce(switch.generation, 0)",
    "there": """LEFT JOIN farm_switch switch ON true LEFT JOIN farm_node_token token ON token.id = node.token_id""",
    "may_claim": """node.id = :node AND node.online AND node.healthy AND NOT node.draining
AND NOT coalesce(switch.stopped, false) AND CASE WHEN node.token_id IS NULL
  THEN NOT coalesce(switch.tokens_required, false) ELSE token.revoked_at IS NULL END""",
}

# Who the node is, and the best task of `:lanes`, in one question: no row for a node that may not claim, and no task
# (NULL) where none waits. `:lanes` is a guess: what the node served when it said `:known` of itself. When it says
# something else now, PostgreSQL looks at no task and locks none; SQLite, which locks none, leaves it to us to compare.
# PostgreSQL reads the row of the task's owner as well, and locks it behind the task's, as everybody does; after a wrong
# guess, and with licences, it is read by itself, as on SQLite. What it answers it also leaves to `_TAKE_AND_CHARGE`, in
# a setting of this transaction.
_ASK = """
SELECT node.name, {generation} || '|' || {now},
  {says} || '\n' || coalesce((SELECT group_concat(id, ' ') FROM farm_lane), ''), {columns}
FROM farm_node node {there}
LEFT JOIN farm_task top ON top.seq = (SELECT task.seq {best}) WHERE {may_claim}"""
_ASK_POSTGRES = """
SELECT node.name,
  set_config('flatrender.claim', concat_ws('|', {generation}, {now},
    CASE WHEN {found} THEN top.seq END, CASE WHEN {found} THEN top.epoch END), true),
  nullif(says.it, :known), top.*{owners}
FROM farm_node node {there} CROSS JOIN LATERAL (
  SELECT {says} || '\n' || (SELECT coalesce(string_agg(id, ' ' ORDER BY id), '') FROM farm_lane) AS it OFFSET 0
) says
LEFT JOIN LATERAL (SELECT {columns} {best_unlocked}) top ON true{joined} WHERE {may_claim}"""
_GUESS = "CASE WHEN says.it = :known THEN :lanes ELSE :none END"
_OWNER = "SELECT {columns} FROM {table} {name} WHERE {name}.id = "
_JOINED = """
LEFT JOIN LATERAL ({owner}top.owner_id AND top.kind IN ({kinds}) FOR UPDATE) {name} ON true"""
_PATIENCE = Statement("SELECT 1", "SELECT set_config('lock_timeout', :patience, true)")
_HOW_MANY = Statement(
    """
SELECT count(*) FROM farm_tenant_share share CROSS JOIN unnest(CAST(:lanes AS text[])) AS lane(id)
CROSS JOIN LATERAL (
  SELECT 1 FROM farm_task top WHERE top.tenant_id = share.tenant_id AND top.lane = lane.id AND {claimable} LIMIT :few
) waiting""",
    **_PARTS,
)
_TAKE = Statement("""
UPDATE farm_task SET state = 'CLAIMED', epoch = epoch + 1, node_id = :node, generation = :generation, note = '',
  claimed_at = :now, lease_until = {later}, finished_at = NULL, not_before = NULL
WHERE seq = :seq""")
_CHARGE = Statement("UPDATE farm_tenant_share SET vtime = vtime + :work / weight WHERE tenant_id = :tenant")
# PostgreSQL goes on with this while we make up the rest: both of them, where its answer names a task and its owner. The
# epoch fences off what an earlier question of the same transaction has left, where this one had no answer.
_TAKE_AND_CHARGE = Statement(
    "SELECT 1",
    """
WITH asked AS (
  SELECT CAST(part[1] AS integer) AS generation, CAST(part[2] AS timestamptz) AS now, CAST(part[3] AS bigint) AS seq,
    CAST(part[4] AS integer) AS epoch
  FROM (SELECT string_to_array(nullif(current_setting('flatrender.claim', true), ''), '|') AS part) said
), taken AS (
  UPDATE farm_task task SET state = 'CLAIMED', epoch = task.epoch + 1, node_id = :node, note = '',
    generation = asked.generation, claimed_at = asked.now, lease_until = {later}, finished_at = NULL, not_before = NULL
  FROM asked WHERE task.seq = asked.seq AND task.epoch = asked.epoch AND task.state = 'WAITING'
  RETURNING task.tenant_id, task.weight
)
UPDATE farm_tenant_share share SET vtime = share.vtime + greatest(taken.weight, 0.01) / share.weight
FROM taken WHERE share.tenant_id = taken.tenant_id""",
)

_LIMITS = Statement(
    "SELECT name, most FROM farm_licence_limit ORDER BY name",
    "SELECT name, most FROM farm_licence_limit WHERE name = ANY(:names) ORDER BY name FOR UPDATE",
)
_RUNNING = Statement("SELECT lane FROM farm_task WHERE state = 'CLAIMED'")
_WHO = 3
_OWNER_ID, _KIND, _LANE, _PAYLOAD = map(Claimed._fields.index, ("owner_id", "kind", "lane", "payload"))
Lanes = tuple[str, ...]
Row = tuple[Any, ...]
_UNKNOWN: tuple[str, Lanes] = ("", ())
_guesses: dict[str, tuple[str, Lanes]] = {}  # what a node said when it last asked, and the lanes that it served


class _Question:
    """The question, with what listeners want to know of owners."""

    def __init__(self, owners: Mapping[str, Owner]) -> None:
        self._places: dict[str, slice] = {}
        self._alone: dict[str, Statement] = {}
        joins, columns, found = "", list[str](), list[str]()
        for number, owner in enumerate(dict.fromkeys(owners.values())):
            kinds = [kind for kind, its in owners.items() if its == owner]
            name = f"owner_{number}"
            own = [f"{name}.{column}" for column in owner.columns]
            read = _OWNER.format(columns=", ".join(own), table=owner.table, name=name)
            joins += _JOINED.format(owner=read, kinds=", ".join(f"'{kind}'" for kind in kinds), name=name)
            self._alone |= dict.fromkeys(kinds, Statement(f"{read}:owner", f"{read}:owner FOR UPDATE"))
            first = len(_COLUMNS) + len(columns)
            self._places |= dict.fromkeys(kinds, slice(first, first + len(own)))
            columns += own
            found.append(f"{own[0]} IS NOT NULL")
        parts = {
            **_PARTS,
            "few": str(CANDIDATES),
            "found": " OR ".join(found) or "false",
            "owners": "".join(f", {column}" for column in columns),
            "joined": joins,
        }
        self.ask = Statement(_ASK, _ASK_POSTGRES, **parts, wanted=_GUESS)

    def owner(self, plain: Plain, kind: str, row: Row) -> Row | None:
        """What is wanted of the owner of a task of this kind, whose row this is; None where it has none."""
        if kind not in self._places:
            return None
        if len(row) == len(_COLUMNS) or plain.is_sqlite:
            return plain.row(self._alone[kind], {"owner": row[_OWNER_ID]})
        found = row[self._places[kind]]
        return None if found[0] is None else found


@lru_cache(maxsize=1)
def _question(kinds: tuple[str, ...]) -> _Question:
    """With what is wanted of the owners of tasks of these kinds."""
    return _Question({kind: ripples.owners[kind] for kind in kinds})


def claim(plain: Plain, node_id: str, *, lease_seconds: float, patience_ms: int = 0) -> Claimed | None:
    """Claims the best task that `node_id` may run, for `lease_seconds` by the database's clock; None for none.

    `patience_ms`: how long it waits for a lock on PostgreSQL, and what the transaction does after it; 0: as others do.

    One transaction: on SQLite under BEGIN IMMEDIATE, on PostgreSQL with SKIP LOCKED. The claim's epoch fences off every
    earlier one.
    """
    given: dict[str, Any] = {"node": node_id, "seconds": lease_seconds, "few": CANDIDATES}
    if patience_ms and not plain.is_sqlite:
        plain.write(_PATIENCE, {"patience": f"{patience_ms}ms"})
    question, (known, lanes) = _question(tuple(ripples.owners)), _guesses.get(node_id, _UNKNOWN)
    guess = {**given, "known": known, "lanes": _listed(lanes, plain.is_sqlite), "none": _listed((), plain.is_sqlite)}
    found = plain.row(question.ask, guess, ahead=() if plain.is_sqlite else [(_TAKE_AND_CHARGE, given)])
    if found is None:
        return None
    name, said, says = found[:_WHO]
    generation, at, *taken = said.split("|")
    now = at if plain.is_sqlite else datetime.fromisoformat(at)
    row: Row | None = found[_WHO:]
    if says is not None and says != known:  # SQLite, where nobody else waits, looks at the tasks of a wrong guess too
        row = _licensed(plain, _lanes(plain, node_id, says, now), given)
    elif found[_WHO] is None:
        row = _look(plain, lanes, {**given, "few": 4 * CANDIDATES}) if lanes and not plain.is_sqlite else None
    if row is None:
        return None
    task = Claimed._make((*row[: len(_COLUMNS)], name, question.owner(plain, row[_KIND], row)))
    payload = json.loads(row[_PAYLOAD]) if plain.is_sqlite else task.payload
    task = task._replace(epoch=task.epoch + 1, node_id=node_id, claimed_at=now, payload=payload)
    if not taken:
        plain.write(_TAKE, {**given, "generation": int(generation), "now": now, "seq": task.seq})
        if task.owner is not None:  # whose row is locked
            _charge(plain, task)
    plainly = ripples.of_claims(task.kind)
    for listener in plainly:
        listener(plain, task)
    if not plainly and ripples.heard(task.kind):
        query = select(Task).where(col(Task.seq) == task.seq).execution_options(populate_existing=True)
        changed = plain.session.exec(query).one()
        ripple(plain.session, changed, TaskChange(TaskEvent.CLAIM, TaskState.WAITING, TaskState.CLAIMED))
        plain.session.flush()
    if task.owner is None:
        _charge(plain, task)
    return task


def _charge(plain: Plain, task: Claimed) -> None:
    plain.write(_CHARGE, {"tenant": task.tenant_id, "work": max(task.weight, 0.01)})


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


def _lanes(plain: Plain, node_id: str, says: str, now: str | datetime) -> Lanes:
    """The lanes that a node serves which says this of itself, and of all lanes; kept as a guess for its next question
    where they are the same then, and need not be looked at one by one."""
    engines, pools, tags, failing, every = says.split("\n")
    lanes = _serves(every, engines, pools, tags)
    if failing not in {"{}", ""}:
        noted, at = json.loads(failing), moment(now)
        if any(blocking.is_blocked(noted, engine, at) for engine in noted):
            return _unblocked(plain, node_id, lanes, noted, at)
    if not any("$" in lane for lane in lanes):
        _guesses[node_id] = says, lanes
    return lanes


@lru_cache(maxsize=1024)
def _serves(every: str, engines: str, pools: str, tags: str) -> Lanes:
    """Those of the lanes that a node with these engines, pools and tags can serve."""
    has = json.loads(engines), json.loads(pools), json.loads(tags)
    return tuple(lane for lane in sorted(every.split()) if Needs.of(lane).fit_in(*has))


def _unblocked(plain: Plain, node_id: str, lanes: Lanes, noted: dict[str, Any], at: datetime) -> Lanes:
    """Without those whose engine the node gets no tasks of now, while another node can take them."""
    return tuple(
        lane
        for lane in lanes
        if not blocking.is_blocked(noted, Needs.of(lane).engine, at)
        or not nodes.able(plain.session, lane, but=frozenset({node_id}))
    )


@lru_cache(maxsize=256)
def _listed(lanes: Lanes, is_sqlite: bool) -> str:
    """Lanes as one value: JSON, or an array of PostgreSQL. Their names have no signs that mean anything there."""
    return json.dumps(lanes) if is_sqlite else "{{{}}}".format(",".join(f'"{lane}"' for lane in lanes))


def _licensed(plain: Plain, lanes: Lanes, given: dict[str, Any]) -> Row | None:
    """The best task, its licences free where it needs any; its row and those of its licences are locked."""
    while lanes and (row := _look(plain, lanes, given)) is not None:
        full = _used_up(plain, Needs.of(row[_LANE]).licences) if "$" in row[_LANE] else set()
        if not full:
            return row
        lanes = tuple(lane for lane in lanes if not full & set(Needs.of(lane).licences))
    return None


@lru_cache(maxsize=16)
def _best_of(few: int) -> Statement:
    """The best task of so many that are looked at: a number in its words, for PostgreSQL plans badly without it."""
    return Statement(
        "SELECT {columns} FROM farm_task top WHERE top.seq = (SELECT task.seq {best})",
        "SELECT {columns} {best_unlocked}",
        **_PARTS,
        wanted=":lanes",
        few=str(few),
    )


def _look(plain: Plain, lanes: Lanes, given: dict[str, Any]) -> Row | None:
    """The best task of the lanes: of a few, and of more when all of them are being claimed by others at this moment."""
    wanted = {**given, "lanes": _listed(lanes, plain.is_sqlite)}
    while True:
        found = plain.row(_best_of(wanted["few"]), wanted)
        few = wanted["few"]
        if plain.is_sqlite or found or few >= MOST_CANDIDATES or plain.rows(_HOW_MANY, wanted)[0][0] < few:
            return found
        wanted["few"] = 4 * few


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
