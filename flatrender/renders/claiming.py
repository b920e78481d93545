"""What a claim makes of its job, in plain SQL: nodes claim all the time, also while a hundred thousand jobs wait.

The job's state is that of `states.follow`, as for every other change of a task, which `writer.follow_task` hears.
"""

from typing import NamedTuple

from flatrender.core import outbox
from flatrender.core.plain import Plain, Statement, moment
from flatrender.farm import log
from flatrender.farm.models import Claimed
from flatrender.farm.ripples import on_claim
from flatrender.farm.states import TaskEvent, TaskState
from flatrender.renders import kinds, views
from flatrender.renders.states import TERMINAL, JobState, Others, follow

STARTED = "render.started"


class Pace(NamedTuple):
    """How far a job is, 0 to 1, and the seconds that are left at the pace so far."""

    progress: float
    seconds_left: float


_READ = Statement(
    """
SELECT job.state, job.started_at, node.name, task.claimed_at, task.frames, task.crashes, task.lost_leases, task.error
FROM render_job job JOIN farm_task task ON task.seq = :seq LEFT JOIN farm_node node ON node.id = :node
WHERE job.id = :owner""",
    """
SELECT job.state, job.started_at, node.name, task.claimed_at, task.frames, task.crashes, task.lost_leases, task.error
FROM render_job job JOIN farm_task task ON task.seq = :seq LEFT JOIN farm_node node ON node.id = :node
WHERE job.id = :owner FOR UPDATE OF job""",
)
_WORK = Statement(
    "SELECT sum(weight), sum(weight * progress) FROM farm_task WHERE owner_id = :owner AND kind NOT IN ({validating})",
    validating=", ".join(f"'{kind}'" for kind in kinds.VALIDATING),
)
_WRITE = Statement(
    """
UPDATE render_job SET state = :state, started_at = coalesce(started_at, :now), node_name = :node, note = :note,
  progress = coalesce(CAST(:progress AS float), progress),
  seconds_left = coalesce(CAST(:left AS float), seconds_left), updated_at = :now
WHERE id = :owner RETURNING {line}""",
    line=", ".join(views.Line._fields),
)


def pace(work: float, done: float, elapsed: float) -> Pace | None:
    """From the sums over a job's tasks in expected seconds, and the seconds since it began."""
    if not work:
        return None
    slowness = elapsed / done if done > 0.05 * work and elapsed > 0 else 1.0
    return Pace(min(done / work, 0.999), (work - done) * slowness)


@on_claim(*kinds.JOB_KINDS)
def claimed(plain: Plain, task: Claimed) -> None:
    """The job is checked or rendered from now on, and says where."""
    found = plain.row(_READ, {"seq": task.seq, "node": task.node_id, "owner": task.owner_id})
    if found is None:
        return
    state, started_at, node, now, frames, crashes, lost_leases, error = found
    at = moment(now)
    log.write_plainly(
        plain, task.tenant_id, task.owner_id, f"{task.name}: started on {node or 'a node'}", task_id=task.id
    )
    if JobState(state) in TERMINAL:
        return
    validating = task.kind in kinds.VALIDATING
    new = follow(
        JobState(state), validating=validating, event=TaskEvent.CLAIM, after=TaskState.CLAIMED, others=Others()
    )
    going = None
    if not validating:
        elapsed = (at - moment(started_at)).total_seconds() if started_at else 0.0
        [(work, done)] = plain.rows(_WORK, {"owner": task.owner_id})
        going = pace(float(work or 0.0), float(done or 0.0), elapsed)
    written = plain.row(
        _WRITE,
        {
            "owner": task.owner_id,
            "state": str(new or state),
            "node": node,
            "now": now,
            "note": "" if validating else task.name[:200],
            "progress": going and going.progress,
            "left": going and going.seconds_left,
        },
    )
    assert written is not None, "the job was read in this transaction"
    line = views.Line(*written)
    line = line._replace(
        cancel_requested=bool(line.cancel_requested),
        created_at=line.created_at and moment(line.created_at),
        started_at=line.started_at and moment(line.started_at),
        finished_at=line.finished_at and moment(line.finished_at),
        updated_at=line.updated_at and moment(line.updated_at),
    )
    if new is JobState.RENDERING and task.epoch == 1:  # nobody is told a second time that the job has begun
        outbox.record_plainly(plain, STARTED, views.event(line), tenant_id=line.tenant_id)
    tried = {"frames": frames, "crashes": crashes, "lost_leases": lost_leases, "error": error}
    views.publish_plainly(plain, line, views.claimed_step(task, node, at, tried))
