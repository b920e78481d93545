"""A farm that an update has paused goes on at the next start, however the update ended, and whether or not it began."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.models import AuditEntry
from flatrender.core import update
from flatrender.core.errors import Conflict, NoSpace, Unavailable
from flatrender.core.outbox import OutboxEvent
from flatrender.farm import claims, service, updating
from flatrender.farm.models import FarmSwitch
from flatrender.settings import get_settings
from tests.deadline import until
from tests.farm.conftest import Farm
from tests.renders.job_life import ADMIN


@pytest.fixture
def data(farm: Farm) -> Path:
    return get_settings().data_dir


def paused(farm: Farm) -> bool:
    with farm.database.system_session(read_only=True) as session:
        return bool(service.depth(session)["stopped"])


def started(farm: Farm, data: Path) -> list[str]:
    """What `flatrender up` does of an update at its start; what is told of it."""
    update.answered(data)
    update.interrupted(data)
    with farm.database.system_session() as session:
        updating.finish(session, data)
    with farm.database.system_session(read_only=True) as session:
        events = session.exec(select(OutboxEvent).where(col(OutboxEvent.kind) == "system.error")).all()
    return [str(event.payload["message"]) for event in events]


@pytest.mark.parametrize("earlier", [None, "done", "failed"])
def test_a_pause_whose_request_was_never_written_ends_at_the_next_start(
    farm: Farm, data: Path, earlier: str | None
) -> None:
    """The process ended between the two."""
    if earlier:
        update.note(data, earlier, "of last month")
    with farm.database.system_session() as session:
        service.pause(session, reason=f"{update.PAUSED_FOR_UPDATE}Ada")
    [told] = started(farm, data)
    assert not paused(farm)
    assert told == ("The update failed: of last month" if earlier == "failed" else updating.NEVER_BEGAN)
    assert len(started(farm, data)) == 1  # told once


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def away(*_: object) -> None:
    raise Unavailable("The database did not answer; try again in a moment.")


def not_committed(session: Session, *_: object) -> None:
    event.listen(session, "before_commit", away)


@pytest.mark.parametrize(("fails", "before"), [("note", None), ("request", "for lunch"), ("commit", None)])
def test_a_farm_goes_on_where_the_update_could_not_be_asked_for(
    farm: Farm, data: Path, fails: str, before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(update.SUPERVISED, "1")
    update.note(data, "done")
    if before:
        with farm.database.system_session() as session:
            service.pause(session, reason=before)
    with monkeypatch.context() as patched, pytest.raises((NoSpace, Unavailable)):
        if fails == "request":
            patched.setattr(update, "note", full)  # its second half
        else:
            patched.setattr(audit, "note", away if fails == "note" else not_committed)
        updating.ask(farm.database, data, ADMIN)
    assert (paused_for(farm), update.requested(data)) == (before, False)
    updating.ask(farm.database, data, ADMIN)
    assert update.requested(data)
    with farm.database.system_session(read_only=True) as session:
        assert len(session.exec(select(AuditEntry).where(col(AuditEntry.act) == Act.FARM_UPDATE)).all()) == 1


@pytest.mark.parametrize("far", [False, True])
def test_an_update_that_the_supervisor_has_begun_is_not_withdrawn(
    farm: Farm, data: Path, far: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(update.SUPERVISED, "1")
    assert not update.begin(data)
    lost = iter([True])

    def begun(*_: object) -> None:
        assert update.begin(data)
        if far:  # all has been stopped
            update.answered(data)
        away()

    def noted(session: Session, *given: object) -> None:
        note(session, *given)
        if next(lost, False):
            event.listen(session, "before_commit", begun)

    note = audit.note
    monkeypatch.setattr(audit, "note", noted)
    with pytest.raises(Unavailable):
        updating.ask(farm.database, data, ADMIN)
    assert paused_for(farm) == f"{update.PAUSED_FOR_UPDATE}{ADMIN.name or ADMIN.email}"
    assert (update.state(data) or {})["step"] == "requested"
    with farm.database.system_session(read_only=True) as session:
        assert len(session.exec(select(AuditEntry).where(col(AuditEntry.act) == Act.FARM_UPDATE)).all()) == 1
    assert update.requested(data) is not far  # nor is it asked for once more
    update.answered(data)
    assert not update.requested(data)


def test_of_two_who_ask_at_once_one_is_told_and_the_pause_stays(
    farm: Farm, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(update.SUPERVISED, "1")
    let_claims_end = service.let_claims_end

    def overtaken(session: Session) -> None:
        let_claims_end(session)
        update.request(data, ADMIN.name)

    with monkeypatch.context() as patched, pytest.raises(Conflict, match="already"):
        patched.setattr(service, "let_claims_end", overtaken)
        updating.ask(farm.database, data, ADMIN)
    assert paused(farm)


def test_a_pause_is_taken_back_when_the_database_answers_again(
    farm: Farm, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(update.SUPERVISED, "1")
    monkeypatch.setattr(updating, "UNDO_SECONDS", 0.02)
    whole, asked, back = service.switch, list[Session](), threading.Event()

    def switch(session: Session) -> FarmSwitch:
        asked.append(session)
        if len(asked) > 2 and not back.is_set():  # the pause took two
            away()
        return whole(session)

    monkeypatch.setattr(service, "switch", switch)
    with monkeypatch.context() as patched, pytest.raises(Unavailable, match="did not answer"):
        patched.setattr(service, "let_claims_end", away)
        updating.ask(farm.database, data, ADMIN)
    until(lambda: len(asked) > 3, what="another try")
    assert paused(farm)
    back.set()
    until(lambda: not paused(farm))


@pytest.mark.parametrize("step", ["requested", "stopping", "fetching", "installing", "preparing"])
def test_a_farm_stays_paused_while_the_update_is_under_way(farm: Farm, data: Path, step: str) -> None:
    with farm.database.system_session() as session:
        service.pause(session, reason=f"{update.PAUSED_FOR_UPDATE}Ada")
    update.note(data, step)
    with farm.database.system_session() as session:  # the new version prepares the database
        updating.finish(session, data)
    assert paused(farm)
    assert started(farm, data) == [f"The update failed: It was interrupted ({step}); ask for it again."]
    assert not paused(farm)


def test_an_update_that_went_well_is_done(farm: Farm, data: Path) -> None:
    with farm.database.system_session() as session:
        service.pause(session, reason=f"{update.PAUSED_FOR_UPDATE}Ada")
    update.note(data, "restarting", "abc1234")
    assert started(farm, data) == []
    assert not paused(farm)
    state = update.state(data)
    assert state is not None
    assert (state["step"], state["detail"]) == ("done", "abc1234")


def test_a_persons_pause_stays(farm: Farm, data: Path) -> None:
    with farm.database.system_session() as session:
        service.pause(session, reason="holiday")
    update.note(data, "done")
    assert started(farm, data) == []
    assert paused(farm)


@pytest.mark.parametrize("farm", ["postgres"], indirect=True)  # SQLite has one writer at a time
@pytest.mark.parametrize("stopped", [False, True])
def test_a_claim_that_has_not_seen_the_pause_holds_the_update_up(
    farm: Farm, data: Path, stopped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(update.SUPERVISED, "1")
    farm.node()
    farm.enqueue()
    told: list[BaseException] = []

    def ask() -> None:
        try:
            updating.ask(farm.database, data, ADMIN)
        except Conflict as error:
            told.append(error)

    asking = threading.Thread(target=ask)
    with farm.database.plain() as plain:
        assert claims.claim(plain, "n1", lease_seconds=30) is not None
        if stopped:
            with farm.database.system_session() as session:
                service.pause(session, reason="for lunch")
        asking.start()
        until(lambda: (reason := paused_for(farm)) is not None and reason.startswith(update.PAUSED_FOR_UPDATE))
        asking.join(0.3)
        assert asking.is_alive(), "it waits for the claim"
    asking.join(20)
    [error] = told
    assert "1 task is being rendered" in str(error)
    assert paused_for(farm) == ("for lunch" if stopped else None)
    assert not update.requested(data)


def paused_for(farm: Farm) -> str | None:
    with farm.database.system_session(read_only=True) as session:
        reason: str | None = service.depth(session)["reason"]
        return reason
