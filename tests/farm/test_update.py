"""A farm that an update has paused goes on at the next start, however the update ended, and whether or not it began."""

import threading
from pathlib import Path

import pytest
from sqlmodel import col, select

from flatrender.core import update
from flatrender.core.errors import Conflict
from flatrender.core.outbox import OutboxEvent
from flatrender.farm import claims, service, updating
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
    farm: Farm, data: Path, earlier: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(update.SUPERVISED, "1")
    if earlier:
        update.note(data, earlier, "of last month")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(update, "request", full)
        updating.ask(farm.database, data, ADMIN)
    assert paused(farm)
    assert not update.requested(data)
    [told] = started(farm, data)
    assert not paused(farm)
    assert told == ("The update failed: of last month" if earlier == "failed" else updating.NEVER_BEGAN)
    assert len(started(farm, data)) == 1  # told once


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
