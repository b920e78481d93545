"""What must hold of the farm's tables whatever happened; every fault test ends with it.

1. Rows submitted are the sum over the states. 2. A job has at most one ending. 3. Epochs strictly increase, a task has
one live lease. 4. Nothing is claimed while something claimable of higher priority waits. 5. What was cancelled before
never completes. 6. A project path has at most one live job. 7. What has ended stays so. 8. What renders has a lease or
is reaped. 9. A finished film is there and is what its row says. 10. No limit is exceeded. 11. A tenant's share is
within 10 % of its weight where there is more to do than can be done. 12. Each event is delivered at least once, under
one key.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlmodel import Session, col, select

from flatrender.core.db import Database, database_now
from flatrender.core.outbox import OutboxEvent
from flatrender.core.storage import get_storage
from flatrender.farm.lanes import Needs
from flatrender.farm.models import LicenceLimit, Task, TaskAttempt, TenantShare
from flatrender.farm.states import TaskEvent, TaskState
from flatrender.notifications import courier
from flatrender.notifications.letters import SLACK
from flatrender.notifications.models import Delivery, DeliveryState, WebhookEndpoint
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
        messages = session.exec(select(Delivery)).all()
        endpoints = session.exec(select(WebhookEndpoint)).all()

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

        _assert_limits(session, tasks)
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
            # An end and its attempt are written together, by the claim that holds the task: exactly one.
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

        _assert_told(events, messages, endpoints)

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
    """10. Of these nodes those that hold more tasks than they have slots, and how many: none once things are quiet.

    A claim whose answer was lost is held besides until its lease has run out.
    """
    with database.system_session(read_only=True) as session:
        claimed = select(Task.node_id).where(col(Task.state) == TaskState.CLAIMED)
        held = Counter(session.exec(claimed).all())
    return {node: held[node] for node, most in slots.items() if held[node] > most}


def assert_limits(database: Database) -> None:
    """10. At this moment, whatever goes on."""
    with database.system_session(read_only=True) as session:
        _assert_limits(session, session.exec(select(Task).where(col(Task.state) == TaskState.CLAIMED)).all())


def _assert_limits(session: Session, tasks: Sequence[Task]) -> None:
    """10. No licence is held more often than there are."""
    held = Counter(name for task in tasks if task.state == TaskState.CLAIMED for name in Needs.of(task.lane).licences)
    for limit in session.exec(select(LicenceLimit)).all():
        assert held[limit.name] <= limit.most, (limit.name, held)


def assert_fair(database: Database, shares: Mapping[str, int]) -> None:
    """11. Of what was claimed while every tenant had more, each got its part by weight, within 10 %."""
    with database.system_session(read_only=True) as session:
        weights = {share.tenant_id: share.weight for share in session.exec(select(TenantShare)).all()}
    each = sum(shares.values()) / sum(weights.values())
    fair = {tenant: each * weight for tenant, weight in weights.items()}
    assert all(abs(shares[tenant] - due) <= 0.1 * due for tenant, due in fair.items()), (shares, fair)


def _assert_told(
    events: Sequence[OutboxEvent], messages: Sequence[Delivery], endpoints: Sequence[WebhookEndpoint]
) -> None:
    """12. An event that was handed over is a message to each webhook that wants it, one, whose id is the key of all its
    tries; it arrived, is still to be sent, or was tried as often as is promised: to Slack once."""
    places = Counter((each.event_id, each.channel, each.target, each.endpoint_id) for each in messages)
    assert all(number == 1 for number in places.values()), places
    told = {(each.event_id, each.endpoint_id) for each in messages}
    for event in events:
        for endpoint in endpoints:
            wanted = endpoint.active and endpoint.tenant_id == event.tenant_id and event.kind in endpoint.events
            handed_over = event.delivered_at is not None
            assert ((event.id, endpoint.id) in told) == (wanted and handed_over), (event.id, endpoint.id)
    for each in messages:
        assert each.channel != SLACK or each.tries <= 1, (each.id, each.tries)
        all_tries = each.channel == SLACK or each.tries > len(courier.WAITS)
        assert each.state != DeliveryState.FAILED or all_tries, (each.id, each.state, each.tries)


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
