"""Whether the time that an answer takes tells who has an account: a wrong password against an address that nobody has,
in turns, with the hash as it is; and what ten thousand guesses of a password cost."""

import statistics
import time
from collections.abc import Callable

import pytest
from sqlmodel import select

from flatrender.access import passwords, service, tries
from flatrender.access.models import SignInTry
from flatrender.core.db import Database
from flatrender.core.errors import NotSignedIn, RateLimited
from flatrender.tenants import service as tenants
from tests.benchmarks.table import Figure

TURNS = 200
GUESSES = 10_000


def test_no_account_against_a_wrong_password(
    installation: Database, monkeypatch: pytest.MonkeyPatch, figure: Callable[[Figure], None]
) -> None:
    for limit in ("PER_ACCOUNT", "PER_ACCOUNT_ANYWHERE", "PER_ADDRESS"):
        monkeypatch.setattr(tries, limit, 10**6)
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)
        service.create_user(session, tenant.id, email="there@example.com", password="a long password", name="A")
    taken: dict[str, list[float]] = {"there@example.com": [], "gone@example.com": []}
    for number in range(TURNS):
        for email, times in taken.items():
            began = time.perf_counter()
            with pytest.raises(NotSignedIn):
                address = f"10.0.{number}.1"
                service.sign_in(installation, tenant, email=email, password="wrong wrong", address=address, agent="")
            times.append(time.perf_counter() - began)
    there, gone = (statistics.median(times) for times in taken.values())
    how = f"medians of {TURNS} each: {gone * 1000:.1f} ms and {there * 1000:.1f} ms"
    figure(Figure("sign-in: no account / wrong password", gone / there, "", 1.1, how, at_least=0.9))


def test_ten_thousand_guesses(
    installation: Database, monkeypatch: pytest.MonkeyPatch, figure: Callable[[Figure], None]
) -> None:
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)
        service.create_user(session, tenant.id, email="there@example.com", password="a long password", name="A")
    looked_at, verify = [], passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda *said: looked_at.append(said) or verify(*said))

    def enter(password: str, address: str) -> str:
        return service.sign_in(
            installation, tenant, email="there@example.com", password=password, address=address, agent=""
        )

    began, refused = time.perf_counter(), 0
    for number in range(GUESSES):
        with pytest.raises((NotSignedIn, RateLimited)) as said:
            enter(f"guess {number}", f"10.0.{number % 40}.1")
        refused += said.type is RateLimited
    seconds = time.perf_counter() - began
    assert len(looked_at) == GUESSES - refused <= tries.PER_ACCOUNT_ANYWHERE
    with installation.system_session(read_only=True) as session:
        assert len(session.exec(select(SignInTry)).all()) <= 3 * tries.PER_ACCOUNT_ANYWHERE
    how = f"{GUESSES} guesses at one account from 40 addresses; {len(looked_at)} passwords were looked at"
    figure(Figure("a guess of a password, refused", 1000 * seconds / GUESSES, "ms", None, how))
