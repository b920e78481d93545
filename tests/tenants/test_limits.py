"""A site may use so much in a calendar month: minutes of finished film, calls of programs. The house says how much."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, text
from sqlmodel import col, select

from flatrender.access import keys
from flatrender.access.models import AuditEntry, Role
from flatrender.commands import main
from flatrender.core import clock, outbox
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import TooLarge
from flatrender.core.outbox import OutboxEvent
from flatrender.media import quotas, upkeep
from flatrender.media.models import Media
from flatrender.notifications import courier, mails, slack_words
from flatrender.notifications.models import Delivery, Notification
from flatrender.renders import service
from flatrender.settings import get_settings
from flatrender.tenants import limits, usage
from flatrender.ui.state.session import in_words
from tests.api.conftest import SignedIn, client, quick_passwords, signed_in
from tests.api.test_renders import job_of
from tests.deadline import until
from tests.installation import OTHER_TENANT, installed
from tests.renders.job_life import USER, Studio, studio

__all__ = ["client", "quick_passwords", "signed_in", "studio"]
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    clock.use(lambda: NOON)
    keys._calls.clear()  # of other tests in this process
    keys._seen.clear()
    yield
    clock.use(None)


def use(database: Database, tenant_id: str = DEFAULT_TENANT, **used: Any) -> None:
    with database.tenant_session(tenant_id) as session:
        usage.add(session, tenant_id, **used)


def limit(database: Database, tenant_id: str = DEFAULT_TENANT, **wanted: int) -> None:
    with database.tenant_session(tenant_id) as session:
        limits.change(session, tenant_id, wanted)


def test_films_are_refused_when_the_minutes_of_the_month_are_used_up(studio: Studio) -> None:
    database = studio.database
    film = studio.submit()
    studio.cancel(film)

    def again(job_id: str) -> str:
        with database.tenant_session(DEFAULT_TENANT) as session:
            return service.retry(session, USER, job_id).id

    clock.use(lambda: NOON - timedelta(days=30))  # a day of October
    use(database, film_seconds=10_000)
    clock.use(lambda: NOON)
    limit(database, film_minutes=2)
    use(database, film_seconds=119)
    use(database, OTHER_TENANT, film_seconds=10_000)
    studio.cancel(again(film))
    use(database, film_seconds=1)
    with pytest.raises(TooLarge, match=r"minutes of film .* \(2\)\. .* from 1 December on, or when those") as told:
        again(film)
    assert (told.value.code, told.value.status) == ("over-quota", 413)
    assert in_words(told.value, "fa").startswith("این سایت دقیقه‌های فیلم")
    limit(database, film_minutes=3)
    studio.cancel(again(film))
    limit(database, film_minutes=2)
    clock.use(lambda: DECEMBER)
    studio.cancel(again(film))
    limit(database, film_minutes=0)
    use(database, film_seconds=10_000)
    assert again(film)


def test_films_are_refused_when_the_films_of_the_month_are_used_up(studio: Studio) -> None:
    database = studio.database
    film = studio.submit()
    studio.cancel(film)

    def again() -> str:
        with database.tenant_session(DEFAULT_TENANT) as session:
            return service.retry(session, USER, film).id

    use(database, films=2)
    use(database, OTHER_TENANT, films=9)
    limit(database, films=3, film_minutes=1)
    studio.cancel(again())
    use(database, films=1)
    with pytest.raises(TooLarge, match=r"used up its films for this month \(3\)\.") as told:
        again()
    assert (told.value.code, told.value.field) == ("over-quota", "films")
    assert in_words(told.value, "fa").startswith("این سایت فیلم‌های")
    clock.use(lambda: DECEMBER)
    assert again()


def test_a_submit_says_so_over_rest_and_so_do_pages(signed_in: SignedIn, installation: Database) -> None:
    me = signed_in()
    job = job_of(installation)
    assert me.post(f"/api/v1/renders/{job}/cancel").is_success
    assert me.get("/api/v1/usage/over").json() == {"over": [], "ends": "2026-12-01"}
    limit(installation, film_minutes=1, calls=5)
    use(installation, film_seconds=60, calls=5)
    answer = me.post(f"/api/v1/renders/{job}/retry")
    said = {"status": 413, "code": "over-quota", "field": "film_minutes", "title": "Used up"}
    assert said.items() <= answer.json().items()
    assert me.get("/api/v1/usage/over").json()["over"] == ["film_minutes", "calls"]


def test_a_full_site_is_said_to_its_people(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, client: TestClient
) -> None:
    monkeypatch.setenv("FLATRENDER_TENANT_QUOTA_BYTES", "0")
    get_settings.cache_clear()
    assert signed_in().get("/api/v1/usage/over").json()["over"] == ["storage"]
    assert client.get("/api/v1/usage/over").status_code == 401


def test_the_files_of_a_site_are_added_up_once_a_minute_for_its_pages(
    signed_in: SignedIn, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, house = signed_in(), signed_in(Role.PLATFORM_ADMIN)
    asked: list[str] = []
    seen = event.listens_for(installation.engine, "before_cursor_execute")

    @seen
    def _(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    def over() -> tuple[list[str], int]:
        asked.clear()
        told = me.get("/api/v1/usage/over").json()["over"]
        return told, sum("sum(media.size)" in statement for statement in asked)

    with installation.tenant_session(DEFAULT_TENANT) as session:
        session.add(Media(user_id="u", kind="image", name="a", sha256="x", size=9, key="k", content_type="image/png"))
    assert [over(), over()] == [([], 1), ([], 0)]
    assert house.put(f"/api/v1/sites/{DEFAULT_TENANT}/quota", json={"limit": 9}).is_success
    assert over() == (["storage"], 0), "a limit counts at once"

    def told() -> list[int]:
        with installation.system_session(read_only=True) as session:
            query = select(OutboxEvent).where(OutboxEvent.kind == usage.WARNING).order_by(col(OutboxEvent.id))
            return [event.payload["limit"] for event in session.exec(query)]

    for wanted in (10, 100, 11):  # in the same week: one that was far away is told of anew
        assert told() == [9] and house.put(f"/api/v1/sites/{DEFAULT_TENANT}/quota", json={"limit": wanted}).is_success
    assert told() == [9, 11], "when it is set, not an hour later"
    assert house.put(f"/api/v1/sites/{DEFAULT_TENANT}/quota", json={"limit": 9}).is_success
    monkeypatch.setattr(quotas, "_REMEMBERED", 0.0)
    quotas._sums.clear()
    assert [over(), over()] == [(["storage"], 1)] * 2


def test_keys_are_refused_when_the_calls_of_the_month_are_used_up(
    signed_in: SignedIn, client: TestClient, installation: Database
) -> None:
    boss = signed_in(Role.ADMIN)
    headers = {"Authorization": f"Bearer {boss.post('/api/v1/keys', json={'name': 'Batch'}).json()['secret']}"}

    def ask(seconds: float) -> Any:
        clock.use(lambda: NOON + timedelta(seconds=seconds))
        return client.get("/api/v1/auth/me", headers=headers)

    limit(installation, calls=4)
    assert [ask(0).status_code for _ in range(6)] == [200, 200, 200, 200, 403, 403]
    refused = ask(1)
    assert refused.json()["code"] == "over-quota" and "this month (4)" in refused.json()["detail"]
    twice = {**headers, "Idempotency-Key": "one", "If-Match": "*"}  # who asks is asked for by more than the route
    assert client.patch("/api/v1/auth/me", json={"name": "Sara"}, headers=twice).json()["code"] == "over-quota"
    month = boss.get("/api/v1/usage").json()["month"]
    assert month["calls"] == {"used": 4, "limit": 4, "warning": True, "over": True}, "what waited is written"
    assert boss.get("/api/v1/auth/me").status_code == 200, "people go on"
    limit(installation, calls=6)
    assert ask(12).status_code == 200, "raised: seen within ten seconds"
    limit(installation, calls=2)
    assert ask(24).status_code == 403
    clock.use(lambda: DECEMBER)
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 200


def test_administrators_are_warned_once_a_month_of_each(
    signed_in: SignedIn, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(Role.ADMIN)
    signed_in(Role.MEMBER)
    monkeypatch.setenv("FLATRENDER_SMTP_URL", "smtp://127.0.0.1:9")
    monkeypatch.setenv("FLATRENDER_MAIL_FROM", "studio@example.com")
    get_settings.cache_clear()

    def warned() -> list[str]:
        upkeep.run(installation)
        with installation.system_session(read_only=True) as session:
            query = select(OutboxEvent).where(OutboxEvent.kind == usage.WARNING).order_by(col(OutboxEvent.id))
            return [event.payload["of"] for event in session.exec(query)]

    limit(installation, film_minutes=10, calls=100)
    use(installation, film_seconds=479, calls=79)
    assert warned() == []
    use(installation, film_seconds=1)
    assert [warned(), warned()] == [["film_minutes"]] * 2
    clock.use(lambda: NOON + timedelta(days=3))
    use(installation, film_seconds=1, calls=1)
    assert warned() == ["film_minutes", "calls"]
    clock.use(lambda: DECEMBER)
    assert warned() == ["film_minutes", "calls"]
    use(installation, film_seconds=600)
    assert warned() == ["film_minutes", "calls", "film_minutes"]
    with installation.system_session() as session:
        courier.fan_out(session, get_settings())
    with installation.system_session(read_only=True) as session:
        letters, told = session.exec(select(Delivery)).all(), session.exec(select(Notification)).all()
    assert [letter.target for letter in letters] == ["admin@example.com"] * 3
    assert [row.about["of"] for row in told] == ["film_minutes", "calls", "film_minutes"]
    said = [mails.written("x@example.com", letter.payload, "k").text for letter in letters[:2]]
    assert "80 % of the minutes of film" in said[0] and "80 % of the calls with API keys" in said[1]
    persian = mails.written("x@example.com", {**letters[0].payload, "language": "fa"}, "k").text
    assert "۸۰٪ از دقیقه‌های فیلم" in persian
    full = mails.written("x@example.com", letters[2].payload, "k")
    assert full.subject.startswith("Minutes of film are used up") and "those who run this service raise" in full.text
    assert "%" not in full.text and "run out" not in full.text
    other = mails.written("x@example.com", {**letters[2].payload, "language": "fa"}, "k")
    assert other.subject.startswith("دقیقه‌های فیلم تمام شد") and "گردانندگان این سرویس" in other.text
    assert "minutes of film" in slack_words.of_news(usage.WARNING, told[0].about, "https://x.test/usage", "en")


def test_another_limit_is_warned_of_anew(installation: Database) -> None:
    def told() -> list[tuple[int, int]]:
        with installation.system_session(read_only=True) as session:
            query = select(OutboxEvent).where(OutboxEvent.kind == usage.WARNING).order_by(col(OutboxEvent.id))
            return [(event.payload["used"], event.payload["limit"]) for event in session.exec(query)]

    def used(films: int) -> None:
        use(installation, films=films)
        upkeep.run(installation)

    limit(installation, films=10)
    used(10)
    limit(installation, films=100)
    used(60)
    assert told() == [(10, 10)]
    used(20)
    limit(installation, films=100, calls=5)
    used(10)
    assert told() == [(10, 10), (90, 100), (100, 100)], "and once each"


def test_the_house_sets_limits_and_nobody_else(signed_in: SignedIn, installation: Database) -> None:
    house, boss = signed_in(Role.PLATFORM_ADMIN), signed_in(Role.ADMIN)
    other = signed_in(Role.OWNER, email="boss@other.test", tenant=OTHER_TENANT)
    address = f"/api/v1/sites/{OTHER_TENANT}/limits"
    assert (
        boss.put(address, json={"calls": 1}).status_code,
        other.put(address, json={"calls": 1}).status_code,
        other.put("/api/v1/sites/mine/limits", json={"calls": 1}).status_code,
    ) == (404, 403, 403)
    assert house.put(address, json={"film_minutes": -1}).status_code == 422
    assert house.put(address, json={"calls": 10**15 + 1}).status_code == 422
    set_ = house.put(address, json={"film_minutes": 90}).json()
    assert set_["film_minutes"] == {"used": 0, "limit": 90, "warning": False, "over": False}
    assert house.put(address, json={"films": 7}).json()["films"]["limit"] == 7
    assert house.put(address, json={"calls": 2000}).json()["film_minutes"]["limit"] == 90, "what is left out stays"
    assert other.get("/api/v1/sites/mine").json()["limits"] == {"films": 7, "film_minutes": 90, "calls": 2000}
    assert house.get("/api/v1/sites/mine").json()["limits"] == {"films": 0, "film_minutes": 0, "calls": 0}
    house.put(address, json={"calls": 2000})
    with installation.tenant_session(OTHER_TENANT, read_only=True) as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.act == "quota.limits")).all()
    assert [entry.details for entry in entries] == [{"film_minutes": [0, 90]}, {"films": [0, 7]}, {"calls": [0, 2000]}]


def test_the_house_says_how_much_a_site_may_keep(signed_in: SignedIn) -> None:
    house, usual = signed_in(Role.PLATFORM_ADMIN), get_settings().tenant_quota_bytes
    signed_in(Role.OWNER, email="boss@other.test", tenant=OTHER_TENANT)
    address = f"/api/v1/sites/{OTHER_TENANT}"
    shown = {"used": 0, "limit": usual, "warning": False, "set": None, "usual": usual}
    assert house.get(f"{address}/usage").json()["storage"] == shown
    shown |= {"limit": 5_000_000, "set": 5_000_000}
    assert house.put(f"{address}/quota", json={"limit": 5_000_000}).json() == shown
    assert house.get(f"{address}/usage").json()["storage"] == shown
    full = house.put(f"{address}/quota", json={"limit": 0}).json()
    assert (full["set"], full["warning"]) == (0, True), "no room at all is a full one"
    assert house.put(f"{address}/quota", json={"limit": None}).json()["limit"] == usual


def test_the_command_sets_and_shows_them(installation: Database, capsys: pytest.CaptureFixture[str]) -> None:
    use(installation, film_seconds=90, calls=7)
    assert main(["tenant", "limits", "default", "--film-minutes", "1500"]) == 0
    assert (
        capsys.readouterr().out
        == "films: 0 of any number used this month\nminutes of film: 1.5 of 1,500 used this month\n"
        "calls: 7 of any number used this month\n"
    )
    assert main(["tenant", "limits", "default"]) == 0
    assert "of 1,500" in capsys.readouterr().out
    assert main(["tenant", "limits", "default", "--calls=-1"]) == 2
    assert "whole number from 0" in capsys.readouterr().err


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    wanted = request.param == "postgresql"
    more = {"DATABASE_URL": request.getfixturevalue("filled_postgres_url")} if wanted else {}
    with installed(tmp_path / "either", monkeypatch, **more) as database:
        yield database


def test_a_step_is_told_when_it_is_counted(either: Database) -> None:
    """No housekeeping runs here: what counts tells, in its transaction."""

    def told() -> list[tuple[str, float, int]]:
        with either.system_session(read_only=True) as session:
            query = select(OutboxEvent).where(OutboxEvent.kind == usage.WARNING).order_by(col(OutboxEvent.id))
            return [tuple(event.payload.values()) for event in session.exec(query)]

    def film() -> None:
        with either.system_session() as session:
            outbox.record(session, "render.completed", {"job_id": "j", "user_id": "u"}, tenant_id=DEFAULT_TENANT)
        with either.system_session() as session:
            courier.fan_out(session, get_settings())

    def call() -> None:
        keys._check_calls(either, DEFAULT_TENANT, NOON)
        keys.count(DEFAULT_TENANT)
        keys._tell_step(either, DEFAULT_TENANT)

    limit(either, films=5, calls=10)
    for _ in range(3):
        film()
    assert told() == []
    film()
    assert told() == [("films", 4, 5)]
    film()
    film()
    assert told() == (films := [("films", 4, 5), ("films", 5, 5)])
    for _ in range(7):
        call()
    assert told() == films
    call()
    assert told() == (calls := [*films, ("calls", 8, 10)])
    call()
    assert told() == calls
    call()
    assert told() == (calls := [*calls, ("calls", 10, 10)])
    use(either, film_seconds=60)
    limit(either, film_minutes=1)
    assert told() == [*calls, ("film_minutes", 1.0, 1)], "a limit below what is used is told at once"
    limit(either, films=6, calls=9)
    assert len(told()) == 5, "each step once in a month"


def test_a_call_that_warns_nobody_asks_the_database_nothing_more(either: Database) -> None:
    limit(either, calls=1000)
    keys._check_calls(either, DEFAULT_TENANT, NOON)
    asked: list[str] = []
    seen = event.listens_for(either.engine, "before_cursor_execute")

    @seen
    def _(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    for _number in range(799):
        keys._check_calls(either, DEFAULT_TENANT, NOON)
        keys.count(DEFAULT_TENANT)
        keys._tell_step(either, DEFAULT_TENANT)
    assert asked == []


def test_two_housekeepers_warn_once(filled_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second looks while the first has warned and has not committed yet."""
    waiting = text("SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted")
    with installed(tmp_path / "two", monkeypatch, DATABASE_URL=filled_postgres_url) as database:
        limit(database, film_minutes=1)
        use(database, film_seconds=60)

        def measure() -> None:
            with database.tenant_session(DEFAULT_TENANT) as session:
                limits.measure(session, DEFAULT_TENANT)

        def waits() -> bool:
            with database.system_session(read_only=True) as session:
                return bool(session.execute(waiting).scalar_one())

        with ThreadPoolExecutor(1) as threads:
            with database.tenant_session(DEFAULT_TENANT) as session:
                limits.measure(session, DEFAULT_TENANT)
                session.flush()
                second = threads.submit(measure)
                until(waits, 20, "the second waits for the first")
            second.result(20)
        with database.system_session(read_only=True) as session:
            told = session.exec(select(OutboxEvent).where(OutboxEvent.kind == usage.WARNING)).all()
        assert [event.payload["of"] for event in told] == ["film_minutes"]
