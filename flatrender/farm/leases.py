"""A node's hold on what it claimed: renewed, and ended by its result. Plain SQL, as in `claims`.

Both carry the epoch of the claim: with an older one they change no row and say so.
"""

import json
from typing import Any

from sqlmodel import col, select

from flatrender.core.db import database_now
from flatrender.core.plain import Plain, Statement
from flatrender.farm import blocking, ripples, writer
from flatrender.farm.models import Task
from flatrender.farm.ripples import TaskChange, ripple
from flatrender.farm.states import TaskEvent, TaskState

_HELD = """id = :id AND epoch = :epoch AND state = 'CLAIMED'
AND generation >= coalesce((SELECT max(generation) FROM farm_switch), 0)"""

_RENEW = Statement(
    """
UPDATE farm_task SET lease_until = {later} WHERE {held} AND node_id NOT IN (
  SELECT node.id FROM farm_node node JOIN farm_node_token token ON token.id = node.token_id
  WHERE token.revoked_at IS NOT NULL)""",
    held=_HELD,
)

# What `states.step` makes of a completion; a test compares the two. SQLite takes it in four statements: with RETURNING
# the first two together take twice as long.
_PARTS = {
    "held": _HELD,
    "what": "tenant_id, owner_id, node_id, claimed_at, finished_at, seq, kind, name, engine",
    "attempt": "farm_task_attempt (tenant_id, task_id, epoch, owner_id, node_id, started_at, ended_at, outcome)",
    "line": "farm_task_log (tenant_id, owner_id, task_id, at, level, message)",
}
_COMPLETE = Statement(
    """
SELECT tenant_id, owner_id, node_id, claimed_at, {now}, seq, kind, name, engine,
  (SELECT failing FROM farm_node WHERE farm_node.id = farm_task.node_id),
  EXISTS (SELECT 1 FROM farm_task_blocker WHERE blocker_id = farm_task.id)
FROM farm_task WHERE {held} AND NOT cancel_requested""",
    """
WITH done AS (
  UPDATE farm_task SET state = 'DONE', progress = 1.0, error = NULL, error_code = NULL,
    result = CAST(:result AS jsonb), lease_until = NULL, finished_at = {now}
  WHERE {held} AND NOT cancel_requested
  RETURNING id, epoch, {what}),
attempt AS (
  INSERT INTO {attempt}
  SELECT tenant_id, id, epoch, owner_id, node_id, claimed_at, finished_at, 'complete' FROM done),
line AS (
  INSERT INTO {line}
  SELECT tenant_id, owner_id, id, finished_at, 'info', CASE name WHEN '' THEN kind ELSE name END || ': done' FROM done)
SELECT {what}, (SELECT CAST(failing AS text) FROM farm_node WHERE farm_node.id = done.node_id),
  EXISTS (SELECT 1 FROM farm_task_blocker WHERE blocker_id = done.id) FROM done""",
    **_PARTS,
)
_END = Statement("""
UPDATE farm_task SET state = 'DONE', progress = 1.0, error = NULL, error_code = NULL, result = :result,
  lease_until = NULL, finished_at = :ended
WHERE seq = :seq""")
_NOTE_ATTEMPT = Statement(
    "INSERT INTO {attempt} VALUES (:tenant, :id, :epoch, :owner, :node, :began, :ended, 'complete')", **_PARTS
)
_NOTE_LINE = Statement("INSERT INTO {line} VALUES (:tenant, :owner, :id, :ended, 'info', :said)", **_PARTS)

_COMPLETED = Statement(
    "SELECT 1 FROM farm_task_attempt WHERE task_id = :id AND epoch = :epoch AND outcome = 'complete'"
)


def renew(plain: Plain, task_id: str, epoch: int, *, lease_seconds: float) -> bool:
    """Prolongs a lease. False: the claim is no longer this node's, its renderer must be killed."""
    return plain.change(_RENEW, {"id": task_id, "epoch": epoch, "seconds": lease_seconds}) > 0


def complete(plain: Plain, task_id: str, epoch: int, result: dict[str, Any]) -> bool:
    """The handler's result. False: fenced off, or cancelled before; the output must be dropped."""
    given = {"id": task_id, "epoch": epoch, "result": json.dumps(result)}
    row = plain.row(_COMPLETE, given)
    if row is None:
        return _by_the_table(plain, task_id, epoch, result)
    tenant, owner, node_id, began, ended, seq, kind, name, engine, failing, blocks = row
    if plain.is_sqlite:
        noted = {**given, "tenant": tenant, "owner": owner, "node": node_id, "began": began, "ended": ended, "seq": seq}
        plain.change(_END, noted)
        plain.change(_NOTE_ATTEMPT, noted)
        plain.change(_NOTE_LINE, {**noted, "said": f"{name or kind}: done"})
    if blocks:
        writer.release(plain.session, task_id)
    if failing and failing != "{}" and engine in json.loads(failing):
        blocking.succeeded(plain.session, node_id, engine)
    if ripples.heard(kind):
        task = plain.session.exec(select(Task).where(col(Task.seq) == seq)).one()
        ripple(plain.session, task, TaskChange(TaskEvent.COMPLETE, TaskState.CLAIMED, TaskState.DONE))
    return True


def was_completed(plain: Plain, task_id: str, epoch: int) -> bool:
    """Whether this claim ended well: for a node whose completion was committed while its connection broke."""
    return bool(plain.rows(_COMPLETED, {"id": task_id, "epoch": epoch}))


def _by_the_table(plain: Plain, task_id: str, epoch: int, result: dict[str, Any]) -> bool:
    """It was cancelled, or is no longer this node's."""
    task = writer.held(plain.session, task_id, epoch)
    if task is None:
        return False
    now = database_now(plain.session)
    change = writer.move(plain.session, task, TaskEvent.COMPLETE, now, result=result)
    return change is not None and change.after is TaskState.DONE
