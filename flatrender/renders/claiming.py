"""What a claim makes of its job, in plain SQL: nodes claim all the time, also while a hundred thousand jobs wait.

The job's state is that of `states.follow`, as for every other change of a task, which `writer.follow_task` hears.
"""

from typing import NamedTuple

from flatrender.core import outbox
from flatrender.core.plain import Plain, Statement, moment
from flatrender.farm import log
from flatrender.farm.models import Claimed
from flatrender.farm.ripples import Owner, on_claim
from flatrender.farm.states import TaskEvent, TaskState
from flatrender.renders import kinds, views
from flatrender.renders.models import later
from flatrender.renders.states import TERMINAL, JobState, Others, follow

STARTED = "render.started"


class Pace(NamedTuple):
    """How far a job is, 0 to 1, and the seconds that are left at the pace so far."""

    progress: float
    seconds_left: float


_WORK = Statement(
    "SELECT sum(weight), sum(weight * progress) FROM farm_task WHERE owner_id = :owner AND kind NOT IN ({validating})",
    validating=", ".join(f"'{kind}'" for kind in kinds.VALIDATING),
)
_WRITE = Statement("""
UPDATE render_job SET state = :state, started_at = coalesce(started_at, :now), node_name = :node, note = :note,
  progress = :progress, seconds_left = :left, updated_at = :changed
WHERE id = :owner""")


def pace(work: float, done: float, elapsed: float) -> Pace | None:
    """From the sums over a job's tasks in expected seconds, and the seconds since it began."""
    if not work:
        return None
    slowness = elapsed / done if done > 0.05 * work and elapsed > 0 else 1.0
    return Pace(min(done / work, 0.999), (work - done) * slowness)


@on_claim(*kinds.JOB_KINDS, owner=Owner("render_job", views.Line._fields))
def claimed(plain: Plain, task: Claimed) -> None:
    """The job is checked or rendered from now on, and says where."""
    if task.owner is None:
        return
    line, node, at = views.Line(*task.owner), task.node_name, moment(task.claimed_at)
    log.write_plainly(plain, task.tenant_id, task.owner_id, f"{task.name}: started on {node}", task_id=task.id)
    if JobState(line.state) in TERMINAL:
        return
    validating = task.kind in kinds.VALIDATING
    new = follow(
        JobState(line.state), validating=validating, event=TaskEvent.CLAIM, after=TaskState.CLAIMED, others=Others()
    )
    line = line._replace(
        state=str(new or line.state),
        node_name=node,
        note="" if validating else task.name[:200],
        cancel_requested=bool(line.cancel_requested),
        created_at=line.created_at and moment(line.created_at),
        started_at=moment(line.started_at) if line.started_at else at,
        finished_at=line.finished_at and moment(line.finished_at),
        updated_at=later(at, line.updated_at and moment(line.updated_at)),
    )
    if not validating:
        [(work, done)] = plain.rows(_WORK, {"owner": task.owner_id})
        elapsed = (at - (line.started_at or at)).total_seconds()
        if going := pace(float(work or 0.0), float(done or 0.0), elapsed):
            line = line._replace(progress=going.progress, seconds_left=going.seconds_left)
    plain.write(
        _WRITE,
        {
            "owner": task.owner_id,
            "state": line.state,
            "node": node,
            "note": line.note,
            "progress": line.progress,
            "left": line.seconds_left,
            "now": task.claimed_at,
            "changed": line.updated_at and plain.stored(line.updated_at),
        },
    )
    plain.go_on()
    if new is JobState.RENDERING and task.epoch == 1:  # nobody is told a second time that the job has begun
        outbox.record_plainly(plain, STARTED, views.event(line), tenant_id=line.tenant_id)
    views.publish_plainly(plain, line, views.claimed_step(task))
