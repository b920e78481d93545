"""Whether the time that an answer takes tells who has an account: a wrong password against an address that nobody has,
in turns, with the hash as it is."""

import statistics
import time
from collections.abc import Callable

import pytest

from flatrender.access import service, tries
from flatrender.core.db import Database
from flatrender.core.errors import NotSignedIn
from flatrender.tenants import service as tenants
from tests.benchmarks.table import Figure

TURNS = 60


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
