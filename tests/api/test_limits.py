"""Limits of requests: nobody gets more by making up who they are, and nobody pays for what others make up."""

from pathlib import Path

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.api import limits
from flatrender.api.limits import Limits
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.shared import SharedCounts
from flatrender.settings import get_settings

TRUE = "fr_true"
SOMEBODY = Principal("u" * 32, DEFAULT_TENANT, Role.MEMBER, "u@example.com", "U")


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


class Asker:
    """Asks an API that knows one key, from any address."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.limits = Limits(self._route, self.clock)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        if dict(scope["headers"]).get(b"authorization") == f"Bearer {TRUE}".encode():
            scope["state"]["principal"] = SOMEBODY
        await Response()(scope, receive, send)

    async def ask(self, key: str = "", address: str = "192.0.2.1") -> httpx.Response:
        transport = httpx.ASGITransport(self.limits, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as program:
            return await program.get("/api/v1/x", headers={"Authorization": f"Bearer {key}"} if key else {})


@pytest.fixture
def asker(monkeypatch: pytest.MonkeyPatch) -> Asker:
    monkeypatch.setenv("FLATRENDER_REQUESTS_PER_MINUTE", "10")
    get_settings.cache_clear()
    return Asker()


async def test_made_up_keys_are_a_strangers_all_together(asker: Asker) -> None:
    answers = [(await asker.ask(f"fr_{number}")).status_code for number in range(4)]
    assert answers == [200, 200, 429, 429]
    assert (await asker.ask(address="192.0.2.2")).status_code == 200, "others are no part of it"


async def test_a_key_that_proved_to_be_one_has_its_own(asker: Asker) -> None:
    told = [(await asker.ask(TRUE)).headers["ratelimit-remaining"] for _ in range(10)]
    assert told == [str(left) for left in range(9, -1, -1)]
    assert (await asker.ask(TRUE)).status_code == 429
    assert (await asker.ask()).headers["ratelimit-remaining"] == "1", "it left the strangers theirs"
    asker.clock.time += 60
    for _ in range(3):
        await asker.ask("fr_other")
    assert (await asker.ask(TRUE)).status_code == 200, "strangers at its address do not hold it up"
    asker.clock.time += limits.PROVED_SECONDS
    assert (await asker.ask(TRUE)).headers["ratelimit-limit"] == "10"


async def test_an_address_has_an_end_whatever_it_shows(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SHARE_OF_ADDRESS", 0.5)
    answers = [(await asker.ask(TRUE)).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    assert (await asker.ask(TRUE, "192.0.2.2")).status_code == 200


async def test_addresses_of_one_network_are_one_callers(asker: Asker) -> None:
    answers = [(await asker.ask(address=f"2001:db8::{number}")).status_code for number in range(1, 4)]
    assert answers == [200, 200, 429]
    assert (await asker.ask(address="2001:db8:0:1::1")).status_code == 200


async def test_a_crowd_makes_the_oldest_forgotten_and_nobody_else(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST", 3)
    for _ in range(3):
        refused = await asker.ask(address="192.0.2.9")
    assert refused.status_code == 429
    for number in range(2):
        await asker.ask(address=f"192.0.2.{number}")
    assert (await asker.ask(address="192.0.2.9")).status_code == 429, "two others came, three are remembered"
    await asker.ask(address="192.0.2.2")
    assert (await asker.ask(address="192.0.2.9")).status_code == 200


async def test_web_processes_of_a_machine_count_together(
    asker: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(limits.COUNTS, str(tmp_path / "run" / "counts"))
    first, second = Asker(), Asker()  # as two processes: what they have in common is the file
    for which in (first, second) * 5:
        assert (await which.ask(TRUE)).status_code == 200
    assert {(await which.ask(TRUE)).status_code for which in (first, second)} == {429}
    assert (await first.ask()).status_code == 200, "the key was no stranger's, in neither"
    second.clock.time = first.clock.time = first.clock.time + limits.WINDOW
    for number in range(3):
        await first.ask(f"fr_{number}")
    assert (await second.ask("fr_3")).status_code == 429
    third = Asker()
    third.clock.time = first.clock.time
    assert (await third.ask(TRUE)).status_code == 200, "proved elsewhere, whatever strangers of its address do"


async def test_a_key_in_use_stays_known_to_all_web_processes(
    asker: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def keep(counts: SharedCounts, name: str, until: float) -> bool:
        written.append(name)
        return kept(counts, name, until)

    kept = SharedCounts.keep
    monkeypatch.setattr(SharedCounts, "keep", keep)
    monkeypatch.setenv(limits.COUNTS, str(tmp_path / "run" / "counts"))
    first, second = Asker(), Asker()
    for _ in range(7):
        assert (await first.ask(TRUE)).status_code == 200
        first.clock.time += 100
    assert first.clock.time - second.clock.time > limits.PROVED_SECONDS and len(written) == 2
    second.clock.time = first.clock.time
    for number in range(3):
        refused = await second.ask(f"fr_{number}")
    assert refused.status_code == 429, "strangers have asked for all that is theirs"
    assert (await second.ask(TRUE)).status_code == 200
    assert len(written) == 3, "who learned it from another tells it in turn"
