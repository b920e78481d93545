"""A claim and a completion are written in plain SQL: they make of a task what the table of states says."""

import itertools
import sqlite3
import threading
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import col, select, update

from flatrender.core.db import DEFAULT_TENANT, database_now
from flatrender.core.errors import Unavailable
from flatrender.core.ids import new_id
from flatrender.core.plain import Plain, Statement
from flatrender.farm import claims, leases, ripples
from flatrender.farm.models import Claimed, FarmSwitch, Lane, Node, Task, TaskAttempt, TaskLog, TenantShare
from flatrender.farm.ripples import Owner, on_claim
from flatrender.farm.service import NewTask
from flatrender.farm.states import Counters, TaskEvent, TaskState, step
from flatrender.tenants.models import Tenant
from tests.deadline import until
from tests.farm.conftest import Farm, someone_waits
from tests.servers import END_THE_OTHERS

STATE = Statement("SELECT state, epoch FROM farm_task WHERE id = :id")
EVERY = list(itertools.product(TaskState, (False, True)))


def test_every_state_is_claimed_and_completed_as_the_table_says(farm: Farm) -> None:
    farm.node()
    for (state, cancel), event in itertools.product(EVERY, (TaskEvent.CLAIM, TaskEvent.COMPLETE)):
        [task_id] = farm.enqueue()
        with farm.database.system_session() as session:
            now = database_now(session)
            leased = {"lease_until": now, "node_id": "n1", "claimed_at": now} if state is TaskState.CLAIMED else {}
            session.execute(
                update(Task).where(col(Task.id) == task_id).values(state=state, cancel_requested=cancel, **leased)
            )
        with farm.database.plain() as plain:
            if event is TaskEvent.CLAIM:
                changed = claims.claim(plain, "n1", lease_seconds=30) is not None
            else:
                changed = leases.complete(plain, task_id, 0, {"ok": True})
        wanted = step(state, event, Counters(), cancel_requested=cancel)
        task = farm.task(task_id)
        assert task.state == (wanted.state if wanted else state), (state, cancel, event)
        assert changed is (wanted is not None and wanted.state in {TaskState.CLAIMED, TaskState.DONE})
        with farm.database.system_session() as session:  # out of the next one's way
            session.execute(update(Task).values(open_blockers=1))


def test_a_completion_leaves_an_attempt_and_a_line(farm: Farm) -> None:
    farm.node()
    farm.enqueue()
    with farm.database.plain() as plain:
        task = claims.claim(plain, "n1", lease_seconds=30)
    assert task is not None
    assert (task.epoch, task.node_id, task.payload) == (1, "n1", {})
    with farm.database.plain() as plain:
        assert leases.renew(plain, task.id, 1, lease_seconds=30)
        assert not leases.renew(plain, task.id, 2, lease_seconds=30)
        assert leases.complete(plain, task.id, 1, {"words": "سلام :x %s"})
    done = farm.task(task.id)
    assert (done.result, done.lease_until, done.progress) == ({"words": "سلام :x %s"}, None, 1.0)
    with farm.database.system_session(read_only=True) as session:
        attempt = session.exec(select(TaskAttempt)).one()
        line = session.exec(select(TaskLog)).one()
    assert (attempt.outcome, attempt.ended_at, attempt.started_at) == ("complete", done.finished_at, done.claimed_at)
    assert (line.message, line.level, line.at) == ("test: done", "info", done.finished_at)


def test_who_hears_of_a_claim_gets_its_owner_as_it_is_once_it_is_locked(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, heard = new_id(), list[object]()
    monkeypatch.setitem(ripples.owners, kind, Owner("tenant", ("id", "name")))

    @on_claim(kind)
    def hear(plain: Plain, task: Claimed) -> None:
        heard.append((task.owner, plain.row(STATE, {"id": task.id})))

    def claim() -> None:
        with farm.database.plain() as plain:
            task = claims.claim(plain, "n1", lease_seconds=30)
        assert task is not None
        assert task.epoch == 1

    farm.node()
    licensed = NewTask(kind, licences=("plugin",))
    for new, owner in ((licensed, DEFAULT_TENANT), (NewTask(kind), DEFAULT_TENANT), (NewTask(kind), "nobody")):
        farm.enqueue(new, owner=owner)
        claim()
    with farm.database.system_session() as session:
        name = session.exec(select(Tenant.name).where(col(Tenant.id) == DEFAULT_TENANT)).one()
    whole = ((DEFAULT_TENANT, name), ("CLAIMED", 1))
    assert heard == [whole, whole, (None, ("CLAIMED", 1))]
    with farm.database.system_session(read_only=True) as session:
        assert session.get_one(TenantShare, DEFAULT_TENANT).vtime == 3.0
    if farm.database.is_sqlite:
        return  # one writer at a time there
    farm.enqueue(NewTask(kind), owner=DEFAULT_TENANT)
    with farm.database.system_session() as other:
        other.execute(update(Tenant).where(col(Tenant.id) == DEFAULT_TENANT).values(name="Another name"))
        claiming = threading.Thread(target=claim)
        claiming.start()
        until(lambda: someone_waits(farm), what="a claim that waits for the owner")
    claiming.join(10)
    assert heard[3:] == [((DEFAULT_TENANT, "Another name"), ("CLAIMED", 1))]


@pytest.mark.parametrize("farm", ["postgres"], indirect=True)  # SQLite has one writer at a time
def test_a_node_whose_guess_was_wrong_has_locked_nothing(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it could hold one job and want that of a better task, while another node has it the other way round."""
    kind = new_id()
    monkeypatch.setitem(ripples.owners, kind, Owner("tenant", ("id",)))
    on_claim(kind)(lambda plain, task: None)
    farm.node()
    farm.enqueue(NewTask(kind), owner=DEFAULT_TENANT)
    assert claim_of(farm, "n1") is not None  # so that it knows the lane
    farm.enqueue(NewTask(kind), owner=DEFAULT_TENANT)
    [better] = farm.enqueue(NewTask(kind, engine="ffmpeg"), owner=DEFAULT_TENANT, priority=60)
    serves, seen = claims._serves, list[int]()

    def look(*of: str) -> claims.Lanes:
        with farm.database.system_session() as other:
            rows = (select(Task.id).where(col(Task.state) == "WAITING"), select(Tenant.id))
            seen.extend(len(other.exec(query.with_for_update(skip_locked=True)).all()) for query in rows)
        return serves(*of)

    monkeypatch.setattr(claims, "_serves", look)
    task = claim_of(farm, "n1")
    assert task is not None
    assert (task.id, task.owner, task.epoch) == (better, (DEFAULT_TENANT,), 1)
    assert seen == [2, 1]
    monkeypatch.setattr(claims, "_serves", serves)
    assert claim_of(farm, "n1") is not None
    assert claim_of(farm, "n1") is None
    with farm.database.system_session(read_only=True) as session:
        assert session.get_one(TenantShare, DEFAULT_TENANT).vtime == 3.0


def test_a_claim_leaves_the_same_row_whichever_way_it_was_taken(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind its question, where the guess is right and the owner there; by itself without a guess, an owner, or where
    licences are asked for."""
    kind = new_id()
    monkeypatch.setitem(ripples.owners, kind, Owner("tenant", ("id",)))
    on_claim(kind)(lambda plain, task: None)
    farm.node()
    with farm.database.system_session() as session:
        session.merge(FarmSwitch(id=1, generation=7))
    here, licensed = (kind, (), DEFAULT_TENANT), (kind, ("plugin",), DEFAULT_TENANT)
    for its, licences, owner in (here, here, (kind, (), "nobody"), ("test", (), "job"), licensed):
        [task_id] = farm.enqueue(NewTask(its, licences=licences), owner=owner)
        with farm.database.system_session() as session:
            now = database_now(session)
            before = {"note": "waits", "finished_at": now, "not_before": now, "epoch": 4, "weight": 0.0}
            session.execute(update(Task).where(col(Task.id) == task_id).values(**before))
            session.execute(update(TenantShare).values(weight=2.0, vtime=0.0))
        task = claim_of(farm, "n1")
        row = farm.task(task_id)
        assert task is not None
        assert (task.id, task.epoch, row.epoch, row.generation) == (task_id, 5, 5, 7)
        assert (row.state, row.node_id, row.note, row.finished_at, row.not_before) == ("CLAIMED", "n1", "", None, None)
        assert row.claimed_at is not None
        assert row.lease_until is not None
        assert 30 <= (row.lease_until - row.claimed_at).total_seconds() < 60
        with farm.database.system_session(read_only=True) as session:
            assert session.get_one(TenantShare, DEFAULT_TENANT).vtime == 0.005


def test_claims_of_one_transaction_take_what_each_says(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = new_id()
    monkeypatch.setitem(ripples.owners, kind, Owner("tenant", ("id",)))
    on_claim(kind)(lambda plain, task: None)
    farm.node()
    farm.enqueue(NewTask(kind), owner=DEFAULT_TENANT)
    assert claim_of(farm, "n1") is not None  # so that it knows the lane
    first, second = (farm.enqueue(NewTask(kind), owner=DEFAULT_TENANT)[0] for _ in range(2))
    with farm.database.plain() as plain:
        taken = [claims.claim(plain, "n1", lease_seconds=30) for _ in range(2)]
        plain.write(Statement("UPDATE farm_task SET state = 'WAITING' WHERE id = :id"), {"id": second})
        plain.write(Statement("UPDATE farm_node SET draining = true"), {})
        assert claims.claim(plain, "n1", lease_seconds=30) is None
    assert [task and task.id for task in taken] == [first, second]
    assert (farm.task(first).state, farm.task(second).state) == ("CLAIMED", "WAITING")


def test_a_node_is_known_again_while_nothing_that_counts_has_changed(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the order of the lanes' rows, nor while a crash is noted that blocks nothing."""
    farm.node()
    lanes, asked = claims._lanes, list[str]()

    def counted(plain: Plain, node_id: str, says: str, now: str | datetime) -> claims.Lanes:
        asked.append(node_id)
        return lanes(plain, node_id, says, now)

    monkeypatch.setattr(claims, "_lanes", counted)
    for engine in ("native", "ffmpeg", "native", "ffmpeg"):
        farm.enqueue(NewTask("test", engine=engine))
    noted = {"ffmpeg": {"owners": ["job"], "until": None}}
    with farm.database.system_session() as session:
        session.execute(update(Node).values(failing=noted))
    for lane in ("native", "ffmpeg", "native", "ffmpeg"):
        assert claim_of(farm, "n1") is not None
        with farm.database.system_session() as session:
            session.execute(update(Lane).where(col(Lane.id) == lane).values(looked_at=database_now(session)))
    assert asked == ["n1"]


GATE = Statement("""CREATE TEMPORARY VIEW farm_node AS
SELECT node.* FROM public.farm_node node CROSS JOIN (SELECT pg_advisory_xact_lock_shared(40)) gate""")


@pytest.mark.parametrize("farm", ["postgres"], indirect=True)  # SQLite has one writer at a time
def test_what_others_commit_between_a_look_at_the_queue_and_the_lock_counts(farm: Farm) -> None:
    """The question has its snapshot and waits, at the node's row, before it comes to the tasks."""
    farm.node()
    got = list[Claimed | None]()

    def claim() -> None:
        with farm.database.plain() as plain:
            plain.change(GATE)
            got.append(claims.claim(plain, "n1", lease_seconds=30))
            plain.change(Statement("DROP VIEW pg_temp.farm_node"))

    def claimed_while(**changes: object) -> tuple[list[str], Claimed | None]:
        """Five tasks, and what is claimed of them when the best three change meanwhile."""
        with farm.database.system_session() as session:
            session.execute(update(Task).values(open_blockers=1))  # those of before are out of the way
        tasks = [farm.enqueue()[0] for _ in range(5)]
        claiming = threading.Thread(target=claim)
        with farm.database.system_session() as gate:
            gate.execute(text("SELECT pg_advisory_xact_lock(40)"))
            claiming.start()
            until(lambda: someone_waits(farm), what="a claim that has begun to look")
            with farm.database.system_session() as session:
                session.execute(update(Task).where(col(Task.id).in_(tasks[:3])).values(**changes))
        claiming.join(10)
        return tasks, got.pop()

    with farm.database.system_session() as session:
        later = database_now(session) + timedelta(hours=1)
    assert claims.CANDIDATES == 3
    for gone in (
        {"state": TaskState.CANCELLED},
        {"state": TaskState.CLAIMED, "epoch": 1, "node_id": "n2", "lease_until": later},
        {"cancel_requested": True},
        {"not_before": later},
        {"avoid": ",n1,"},
        {"open_blockers": 1},
    ):
        tasks, task = claimed_while(**gone)
        assert task is not None
        assert (task.id, task.epoch) == (tasks[3], 1), gone
        assert farm.task(tasks[0]).epoch == gone.get("epoch", 0)
    # Claimed by another node meanwhile, and given back: no two claims have the same epoch.
    tasks, task = claimed_while(epoch=7, crashes=1, priority=10, name="another name")
    assert task is not None
    assert (task.id, task.epoch, task.crashes, task.name) == (tasks[0], 8, 1, "another name")
    assert farm.task(tasks[0]).epoch == 8


def claim_of(farm: Farm, node: str) -> Claimed | None:
    with farm.database.plain() as plain:
        return claims.claim(plain, node, lease_seconds=30)


def test_what_is_raised_undoes_all_of_it_and_an_absent_database_says_so(farm: Farm) -> None:
    farm.node()
    [task_id] = farm.enqueue()

    def interrupted() -> None:
        with farm.database.plain() as plain:
            assert claims.claim(plain, "n1", lease_seconds=30) is not None
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert farm.task(task_id).state == TaskState.WAITING
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.NotNullViolation)), farm.database.plain() as plain:
        assert claims.claim(plain, "n1", lease_seconds=30) is not None
        plain.write(Statement("UPDATE farm_task SET kind = NULL"), {})  # sent with the commit on PostgreSQL
    assert farm.task(task_id).state == TaskState.WAITING
    with farm.database.plain():
        pass  # its connection is kept
    if farm.database.is_sqlite:
        return
    with farm.database.engine.connect() as connection:
        connection.exec_driver_sql(END_THE_OTHERS)
    with pytest.raises(Unavailable), farm.database.plain() as plain:
        claims.claim(plain, "n1", lease_seconds=30)
    with farm.database.plain() as plain:
        assert claims.claim(plain, "n1", lease_seconds=30) is not None
