"""What must hold of the farm's tables whatever happened; every fault test ends with it."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlmodel import col, select

from flatrender.core.db import Database, database_now
from flatrender.core.outbox import OutboxEvent
from flatrender.core.storage import get_storage
from flatrender.farm.lanes import Needs
from flatrender.farm.models import LicenceLimit, Task, TaskAttempt
from flatrender.farm.states import TaskEvent, TaskState
from flatrender.renders.job_kinds import FILM
from flatrender.renders.models import Export, RenderJob
from flatrender.renders.states import LIVE, JobState

BLUR = timedelta(seconds=1)
GRACE_SECONDS = 4.0  # lease + tick and room


def assert_invariants(database: Database, *, submitted: Collection[str] = ()) -> None:
    """Raises AssertionError naming what is wrong. `submitted`: ids of all jobs that were ever sent.

    Nodes may be at work meanwhile: what is looked at is one moment.
    """
    with database.system_session(read_only=database.is_sqlite) as session:
        if not database.is_sqlite:  # one that only reads has no transaction there
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        now = database_now(session)
        jobs = session.exec(select(RenderJob)).all()
        tasks = session.exec(select(Task)).all()
        attempts = session.exec(select(TaskAttempt)).all()
        events = session.exec(select(OutboxEvent)).all()
        exports = session.exec(select(Export)).all()

        # 1. Nothing is lost and nothing comes from nowhere: every row sent is in exactly one state.
        assert all(job.state in JobState.__members__ for job in jobs)
        assert not submitted or {job.id for job in jobs} == set(submitted)

        # 6. At most one live, uncancelled job per project path.
        paths = Counter(
            (job.tenant_id, job.supersede_key)
            for job in jobs
            if job.supersede_key and JobState(job.state) in LIVE and not job.cancel_requested
        )
        assert all(number == 1 for number in paths.values()), paths

        # 5. What was cancelled before it was complete never is.
        assert not [job.id for job in jobs if job.cancel_requested and job.state == JobState.COMPLETED]

        # 10. No licence is held more often than there are.
        held = Counter(
            name for task in tasks if task.state == TaskState.CLAIMED for name in Needs.of(task.lane).licences
        )
        for limit in session.exec(select(LicenceLimit)).all():
            assert held[limit.name] <= limit.most, (limit.name, held)

        _assert_order(tasks, attempts)

        # 2. At most one ending per job, and it says what the row says.
        ended = Counter(
            (event.payload["job_id"], event.kind)
            for event in events
            if event.kind in {"render.completed", "render.failed", "render.cancelled"}
        )
        assert all(number == 1 for number in ended.values()), ended
        endings = {job_id: kind.removeprefix("render.").upper() for job_id, kind in ended}
        for job in jobs:
            if job.id in endings or job.state in {"COMPLETED", "FAILED", "CANCELLED"}:
                assert endings.get(job.id) == job.state, (job.id, job.state, endings.get(job.id))

        # 3. Epochs strictly increase; one live lease per task.
        by_task: dict[str, list[int]] = {}
        completed: dict[str, list[int]] = {}
        for attempt in attempts:
            by_task.setdefault(attempt.task_id, []).append(attempt.epoch)
            if attempt.outcome == TaskEvent.COMPLETE:
                completed.setdefault(attempt.task_id, []).append(attempt.epoch)
        for task in tasks:
            epochs = sorted(by_task.get(task.id, []))
            assert epochs == sorted(set(epochs))
            assert not epochs or epochs[-1] <= task.epoch
            # 11. An end and its attempt are written together, by the claim that holds the task: exactly one.
            ends = [task.epoch] if task.state == TaskState.DONE else []
            assert completed.get(task.id, []) == ends, (task.id, task.state, task.epoch, completed.get(task.id))
            assert (task.lease_until is None) == (task.state != TaskState.CLAIMED), (task.id, task.state)
            # 7. Terminal rows say so; what was cancelled has no result.
            assert (task.finished_at is not None) == (task.state in {"DONE", "FAILED", "CANCELLED"})
            assert task.state != TaskState.CANCELLED or task.result is None
            # 8. Nothing stays claimed without a lease.
            if task.state == TaskState.CLAIMED:
                assert task.lease_until is not None
                assert (now - task.lease_until).total_seconds() < GRACE_SECONDS, f"{task.id} was not reaped"

        # A job is where its tasks are.
        of_owner: dict[str, set[str]] = {}
        for task in tasks:
            of_owner.setdefault(task.owner_id, set()).add(task.state)
        for job in jobs:
            states = of_owner.get(job.id, set())
            if job.state == JobState.COMPLETED:
                assert states == {TaskState.DONE}, (job.id, states)
            elif job.state == JobState.CANCELLED:
                assert not states & {TaskState.WAITING, TaskState.CLAIMED}, (job.id, states)
        # 9. A finished film is there, and is what its row says.
        for export in exports:
            stored = get_storage().local_path(export.key).read_bytes()
            assert hashlib.sha256(stored).hexdigest() == export.sha256, export.key
        films = Counter(export.job_id for export in exports)
        assert films == Counter(job.id for job in jobs if job.state == JobState.COMPLETED and job.kind == FILM)


def crowded(database: Database, slots: Mapping[str, int]) -> dict[str, int]:
    """12. Of these nodes those that hold more tasks than they have slots, and how many: none once things are quiet.

    A claim whose answer was lost is held besides until its lease has run out.
    """
    with database.system_session(read_only=True) as session:
        claimed = select(Task.node_id).where(col(Task.state) == TaskState.CLAIMED)
        held = Counter(session.exec(claimed).all())
    return {node: held[node] for node, most in slots.items() if held[node] > most}


def _assert_order(tasks: Sequence[Task], attempts: Sequence[TaskAttempt]) -> None:
    """4. Of two checks that waited for the same claim, the one of higher priority went first.

    Checks wait for nothing; a boost, a retry and the moment of the commit blur the rest.
    """
    first = {each.task_id: each.started_at for each in attempts if each.epoch == 1}
    checks = [task for task in tasks if task.kind == "validate" and task.epoch == 1 and first.get(task.id)]
    for high in checks:
        for low in checks:
            if high.priority > low.priority and first[low.id] > high.created_at + BLUR:  # type: ignore[operator]
                assert first[high.id] <= first[low.id] + BLUR, (high.id, low.id)  # type: ignore[operator]
