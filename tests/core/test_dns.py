"""Text records, asked of a real name server."""

import pytest

from flatrender.core.dns import NameServers
from flatrender.core.errors import InvalidInput, Unavailable
from tests.dns_server import name_server


def test_records_of_a_name() -> None:
    with name_server({"_flatrender.north.example": ["one", "two words"], "bare.example": []}) as server:
        asked = NameServers([server])
        assert sorted(asked.of("_flatrender.north.example")) == ["one", "two words"]
        assert asked.of("bare.example") == []
        assert asked.of("nobody.example") == []


def test_a_server_that_is_away_is_told_apart_from_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flatrender.core.dns.SECONDS", 0.2)
    with name_server({}) as server:
        pass  # closed again
    with pytest.raises(Unavailable):
        NameServers([server]).of("north.example")


def test_a_server_without_an_address_is_refused() -> None:
    with pytest.raises(InvalidInput):
        NameServers(["nonsense"]).of("north.example")
