"""What a site uses is counted once, by day, for itself alone; and it is told before its room is full."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from starlette.requests import Request

from flatrender.access import keys
from flatrender.access.models import Role
from flatrender.api.dependencies import optional_principal, still_signed_in
from flatrender.core import clock, outbox
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import Unavailable
from flatrender.core.outbox import OutboxEvent
from flatrender.media import quotas, upkeep
from flatrender.media.models import Media
from flatrender.notifications import courier, mails
from flatrender.notifications.models import Delivery
from flatrender.renders.models import Export
from flatrender.settings import get_settings
from flatrender.tenants import usage
from tests.api.conftest import SignedIn, client, quick_passwords, signed_in
from tests.installation import OTHER_TENANT

__all__ = ["client", "quick_passwords", "signed_in"]
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    clock.use(lambda: NOON)
    keys._calls.clear()  # of other tests in this process
    yield
    clock.use(None)


def read(boss: TestClient, **dates: str) -> dict[str, Any]:
    answer = boss.get("/api/v1/usage", params=dates)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_films_are_counted_once_on_their_day(signed_in: SignedIn, installation: Database) -> None:
    boss = signed_in(Role.ADMIN)
    other = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    told = {"kind_of_job": "film", "user_id": "", "title": "Film", "state": "COMPLETED"}
    with installation.system_session() as session:
        for job in ("one", "two"):
            for seconds in (60.0, 30.0):
                film = Export(
                    tenant_id=DEFAULT_TENANT, job_id=job, user_id="u", name="f", key="k", format="mp4", size=1,
                    sha256="x", frames=1, duration=seconds, width=1, height=1,
                )  # fmt: skip
                session.add(film)
            outbox.record(session, "render.completed", {**told, "job_id": job}, tenant_id=DEFAULT_TENANT)
        outbox.record(session, "render.failed", {**told, "job_id": "three"}, tenant_id=DEFAULT_TENANT)
    for _ in range(2):
        courier.deliver(installation)
    found = read(boss)
    assert found["totals"] == {"films": 2, "film_minutes": 3.0, "calls": 0}
    assert len(found["items"]) == 30 and found["items"][-1]["day"] == "2026-11-26"
    assert found["items"][-1]["films"] == 2
    assert read(boss, since="2026-11-01", until="2026-11-25")["totals"]["films"] == 0
    assert read(other)["totals"]["films"] == 0
    assert boss.get("/api/v1/usage?since=2020-01-01").json()["code"] == "too-many-days"
    assert signed_in(Role.MEMBER).get("/api/v1/usage").status_code == 403


def test_the_house_sees_what_each_site_uses_and_a_site_itself_alone(
    signed_in: SignedIn, installation: Database
) -> None:
    house, boss = signed_in(Role.PLATFORM_ADMIN), signed_in(Role.ADMIN)
    other = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    with installation.tenant_session(OTHER_TENANT) as session:
        usage.add(session, OTHER_TENANT, films=3, film_seconds=90.0)
    address = f"/api/v1/sites/{OTHER_TENANT}/usage"
    for browser, path in ((house, address), (other, "/api/v1/sites/mine/usage"), (other, "/api/v1/usage")):
        assert browser.get(path).json()["totals"] == {"films": 3, "film_minutes": 1.5, "calls": 0}
    assert read(house)["totals"]["films"] == 0
    assert boss.get(address).status_code == 404


def test_calls_with_keys_are_counted(signed_in: SignedIn, client: TestClient) -> None:
    boss = signed_in(Role.ADMIN)
    headers = {"Authorization": f"Bearer {boss.post('/api/v1/keys', json={'name': 'Batch'}).json()['secret']}"}
    client.get("/api/v1/auth/me", headers=headers)
    assert read(boss)["totals"]["calls"] == 1
    for _ in range(4):
        client.get("/api/v1/auth/me", headers=headers)
    assert read(boss)["totals"]["calls"] == 1, "written once in a minute"
    clock.use(lambda: NOON + timedelta(minutes=2))
    client.get("/api/v1/auth/me", headers=headers)
    assert read(boss)["totals"]["calls"] == 6


def test_a_request_is_one_call_however_often_it_is_asked_whose_it_is(
    signed_in: SignedIn, client: TestClient, installation: Database
) -> None:
    boss = signed_in(Role.ADMIN)
    program = {"Authorization": f"Bearer {boss.post('/api/v1/keys', json={'name': 'Batch'}).json()['secret']}"}
    folders = "/api/v1/media/folders"
    made = client.post(folders, json={"name": "A"}, headers=program).json()["id"]

    def calls(headers: dict[str, str]) -> tuple[int, int]:
        before = keys._calls.total()
        answer = client.patch(f"{folders}/{made}", json={"name": "B"}, headers={**program, **headers})
        return answer.status_code, keys._calls.total() - before

    named = {"Idempotency-Key": "one"}
    assert [calls({}), calls(named), calls(named)] == [(200, 1)] * 3
    tag = client.get(folders, headers=program).headers["etag"]
    assert [calls({"If-Match": tag}), calls({"If-Match": tag, "Idempotency-Key": "two"})] == [(200, 1)] * 2
    assert calls({"If-Match": '"another"', "Idempotency-Key": "three"}) == (412, 1)

    fields = {"host": "testserver", "authorization": program["Authorization"]}
    stream = Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/api/v1/events",
            "query_string": b"",
            "client": ("192.0.2.1", 1),
            "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
        }
    )
    before = keys._calls.total()
    principal = optional_principal(stream)
    assert principal is not None and [still_signed_in(stream, principal) for _ in range(3)] == [True] * 3
    assert keys._calls.total() == before + 1


def test_calls_wait_for_a_transaction_that_holds(
    signed_in: SignedIn, client: TestClient, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = signed_in(Role.ADMIN)
    headers = {"Authorization": f"Bearer {boss.post('/api/v1/keys', json={'name': 'Batch'}).json()['secret']}"}

    def away(*given: Any, **named: Any) -> None:
        raise Unavailable("The database did not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(usage, "add", away)
        assert client.get("/api/v1/auth/me", headers=headers).status_code == 503
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 200
    assert read(boss)["totals"]["calls"] == 2
    for _ in range(3):
        client.get("/api/v1/auth/me", headers=headers)
    keys.write_calls(installation)
    assert read(boss)["totals"]["calls"] == 5, "as at the end of the process"
    keys.write_calls(installation)
    assert read(boss)["totals"]["calls"] == 5


def test_administrators_are_told_at_four_fifths_once(
    signed_in: SignedIn, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = signed_in(Role.ADMIN)
    signed_in(Role.MEMBER)
    monkeypatch.setenv("FLATRENDER_SMTP_URL", "smtp://127.0.0.1:9")
    monkeypatch.setenv("FLATRENDER_MAIL_FROM", "studio@example.com")
    monkeypatch.setenv("FLATRENDER_TENANT_QUOTA_BYTES", "1000")
    get_settings.cache_clear()

    def hold(size: int) -> None:
        with installation.tenant_session(DEFAULT_TENANT) as session:
            media = session.exec(select(Media)).first() or Media(
                user_id="u", kind="image", name="a", sha256="x", size=0, key="k", content_type="image/png"
            )
            media.size = size
            session.add(media)

    def warnings() -> int:
        upkeep.run(installation)
        with installation.system_session(read_only=True) as session:
            return len(session.exec(select(OutboxEvent).where(OutboxEvent.kind == usage.WARNING)).all())

    hold(799)
    quiet = {"used": 799, "limit": 1000, "warning": False, "set": None, "usual": 1000}
    assert (warnings(), read(boss)["storage"]) == (0, quiet)
    hold(800)
    assert (warnings(), warnings()) == (1, 1)
    assert read(boss)["storage"]["warning"] and read(boss)["items"][-1]["storage"] == 800
    clock.use(lambda: NOON + timedelta(days=8))
    assert warnings() == 2, "and again after a week"
    with installation.system_session() as session:
        courier.fan_out(session, get_settings())
    with installation.system_session(read_only=True) as session:
        letters = session.exec(select(Delivery)).all()
    assert [letter.target for letter in letters] == ["admin@example.com"] * 2
    assert "80 % of the room" in mails.written("x@example.com", letters[0].payload, "k").text
    persian = mails.written("x@example.com", {**letters[0].payload, "language": "fa"}, "k")
    assert "۸۰٪" in persian.text and "/usage" in persian.text
    with installation.tenant_session(DEFAULT_TENANT, read_only=True) as session:
        assert quotas.room_of_tenant(session).left == 200
