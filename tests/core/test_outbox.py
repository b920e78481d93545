"""The outbox: an event is there exactly when the change is, and is told after the commit."""

import pytest
from sqlmodel import Session, select

from flatrender.core import bus, outbox
from flatrender.core.db import DEFAULT_TENANT, CrossTenantWrite, Database
from flatrender.core.outbox import OutboxEvent


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    """What goes to the bus."""
    found: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(bus, "publish", lambda topic, payload: found.append((topic, payload)))
    return found


def rows(database: Database) -> list[OutboxEvent]:
    with database.system_session(read_only=True) as session:
        return list(session.exec(select(OutboxEvent)).all())


def record(session: Session, **more: str) -> None:
    outbox.record(session, "render.completed", {"job_id": "j"}, tenant_id=DEFAULT_TENANT, **more)


def test_an_event_is_written_with_the_change_and_told_after_the_commit(
    installation: Database, heard: list[object]
) -> None:
    with installation.tenant_session(DEFAULT_TENANT) as session:
        record(session)
        session.flush()
        assert heard == []
    [event] = rows(installation)
    assert (event.tenant_id, event.kind, event.payload) == (DEFAULT_TENANT, "render.completed", {"job_id": "j"})
    assert event.delivered_at is None
    assert heard == [(f"tenant:{DEFAULT_TENANT}", {"kind": "render.completed", "job_id": "j"})]


def test_what_was_rolled_back_is_neither_written_nor_told(installation: Database, heard: list[object]) -> None:
    with pytest.raises(RuntimeError), installation.tenant_session(DEFAULT_TENANT) as session:
        record(session)
        session.flush()
        raise RuntimeError("no")
    assert rows(installation) == []
    assert heard == []


def test_another_topic(installation: Database, heard: list[tuple[str, object]]) -> None:
    with installation.system_session() as session:
        record(session, topic="farm")
    assert [topic for topic, _ in heard] == ["farm"]


def test_a_bus_that_fails_does_not_undo_the_change(installation: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(topic: str, payload: object) -> None:
        raise OSError("away")

    monkeypatch.setattr(bus, "publish", fail)
    with installation.system_session() as session:
        record(session)
    assert len(rows(installation)) == 1


def test_a_site_records_nothing_in_anothers_name(installation: Database) -> None:
    with pytest.raises(CrossTenantWrite), installation.tenant_session("b" * 32) as session:
        record(session)
    assert rows(installation) == []
