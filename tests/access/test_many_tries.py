"""However many sign-in tries come, they fill no table: from the limit on each leaves what was there."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import func, select

from flatrender.access import passwords, refusals, service, tries
from flatrender.access.models import AuditEntry, SignInTry
from flatrender.core import clock
from flatrender.core.db import Database
from flatrender.core.errors import NotSignedIn, RateLimited
from flatrender.tenants import service as tenants


def rows(database: Database) -> tuple[int, int]:
    with database.system_session(read_only=True) as session:
        kept, told = (session.exec(select(func.count()).select_from(table)).one() for table in (SignInTry, AuditEntry))
    return kept, told


def test_tries_beyond_the_limit_leave_nothing(installation: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one network address at ever other accounts, which costs no more than at one."""
    monkeypatch.setattr(passwords, "verify", lambda stored, given: False)  # the slow hash is not what is looked at
    monkeypatch.setattr(refusals, "MOST", 20)
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)

    def attempt(number: int) -> type[Exception]:
        with pytest.raises((NotSignedIn, RateLimited)) as refused:
            email = f"a{number}@example.com"
            service.sign_in(installation, tenant, email=email, password="wrong", address="192.0.2.1", agent="")
        return refused.type

    answers = [attempt(number) for number in range(tries.PER_ADDRESS + 25)]
    assert answers == [NotSignedIn] * tries.PER_ADDRESS + [RateLimited] * 25
    assert rows(installation) == (3 * tries.PER_ADDRESS, 2 * refusals.MOST)
    assert {attempt(number) for number in range(1000, 1020)} == {RateLimited}
    assert rows(installation) == (3 * tries.PER_ADDRESS, 2 * refusals.MOST), "nor do any more"


def test_a_network_of_ipv6_is_one_address(installation: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "verify", lambda stored, given: False)
    monkeypatch.setattr(tries, "PER_ADDRESS", 3)
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)

    def attempt(number: int, address: str) -> type[Exception]:
        with pytest.raises((NotSignedIn, RateLimited)) as refused:
            email = f"a{number}@example.com"
            service.sign_in(installation, tenant, email=email, password="wrong", address=address, agent="")
        return refused.type

    assert [attempt(number, f"2001:db8::{number}") for number in range(4)] == [NotSignedIn] * 3 + [RateLimited]
    assert attempt(4, "2001:db8:0:1::1") is NotSignedIn, "a neighbour"


def test_tries_at_one_account_from_two_places_do_not_wait_for_each_other(filled_postgres_url: str) -> None:
    """Each waits for the account's name alone, which they take in one order; never for a row that is over."""
    database = Database(filled_postgres_url)
    begun, done = threading.Event(), []

    def from_elsewhere() -> None:
        with database.system_session() as session:
            tries.count(session, "from there", 10)
            begun.set()
            done.append(tries.count(session, "account", 10))

    other = threading.Thread(target=from_elsewhere)
    try:
        with database.system_session() as session:
            tries.count(session, "from here", 10)
            tries.count(session, "account", 10)
            with database.system_session() as before:
                before.add(SignInTry(key="over", at=clock.now() - timedelta(hours=1)))
            other.start()
            assert begun.wait(20)
            assert tries.count(session, "address", 10)
        other.join()
    finally:
        database.dispose()
    assert len(done) == 1
