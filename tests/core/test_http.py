"""Requests to strangers' addresses: public ones alone, by every spelling and on every redirect; bounded in time."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from flatrender.core import http
from flatrender.core.errors import InvalidInput, ProcessFailed, Unavailable
from tests.http_server import Answering, LocalServer

LOCAL = (ip_network("127.0.0.1/32"),)


class Server(LocalServer):
    """Answers as its `answers` say, path by path; remembers what it was sent."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.heard: list[tuple[str, dict[str, str], Any]] = []
        outer = self

        class Handler(Answering):
            def do_POST(self) -> None:
                outer.heard.append((self.path, dict(self.headers), json.loads(self.body())))
                status, headers, answer = outer.answers.get(self.path, (200, {}, b"{}"))
                self.answer(status, answer, **headers)

        super().__init__(Handler)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::c000:c0", False),
        ("64:ff9b:1::808:808", False),
        ("192.0.1.1", True),
        ("192.0.0.8", False),
        ("192.0.0.192", False),
        ("::ffff:192.0.0.192", False),
        ("168.63.129.15", True),
        ("168.63.129.16", False),
        ("192.88.99.1", False),
        ("198.19.255.255", False),
        ("240.0.0.1", False),
        ("::", False),
        ("::8.8.8.8", False),
        ("100::1", False),
        ("2001:0:808:808::", False),
        ("2001:200::1", True),
        ("2001:db8::1", False),
        ("2002:808:808::1", False),
        ("3fff::1", False),
        ("3fff:fff:ffff::1", False),
        ("4000::1", False),
        ("5f00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert http.is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1/x", "private-address"),
        ("http://localhost:8000/", "private-address"),
        ("http://[::1]/", "private-address"),
        ("http://[fec0::1]/", "private-address"),
        ("http://2130706433/", "private-address"),
        ("http://0x7f.1/", "private-address"),
        ("http://169.254.169.254/latest/meta-data", "private-address"),
        ("http://user:secret@8.8.8.8/", "link-account"),
        ("ftp://8.8.8.8/", "link-invalid"),
        ("file:///etc/passwd", "link-invalid"),
        ("http:///x", "link-invalid"),
        ("http://8.8.8.8:99999/", "link-invalid"),
        ("http://8.8.8.8/a b", "link-invalid"),
        ("http://8.8.8.8/\r\nHost: x", "link-invalid"),
        ("https://" + "a" * 3000, "link-invalid"),
        ("", "link-invalid"),
    ],
)
def test_what_is_not_called(url: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        http.check_address(url, field="callbackUrl")
    assert (caught.value.code, caught.value.field) == (code, "callbackUrl")


def test_a_name_with_one_private_address_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **more: found)
    with pytest.raises(InvalidInput, match="private network"):
        http.check_address("https://rebinding.example/")


def test_a_name_that_nobody_can_look_up_just_now_passes_where_it_is_called_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*words: object, **more: object) -> list[object]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", away)
    http.check_address("https://films.example/done", later=True)
    with pytest.raises(InvalidInput, match=r"There is no host films\.example"):
        http.check_address("https://films.example/done")
    monkeypatch.undo()
    for url, code in (("http://127.0.0.1/x", "private-address"), (f"https://{'a' * 70}.example/", "link-invalid")):
        with pytest.raises(InvalidInput) as caught:
            http.check_address(url, later=True)
        assert caught.value.code == code, url


def test_json_is_posted(server: Server) -> None:
    answer = http.post_json(f"{server.url}/hook?a=1", {"film": "نوروز"}, headers={"X-Mine": "1"}, allowed=LOCAL)
    assert (answer.status, answer.fine, answer.body) == (200, True, b"{}")
    path, headers, body = server.heard[0]
    assert (path, headers["X-Mine"], body) == ("/hook?a=1", "1", {"film": "نوروز"})
    assert headers["Host"] == server.url.removeprefix("http://")


def test_a_redirect_passes_the_same_gate(server: Server) -> None:
    server.answers["/away"] = (307, {"Location": "http://127.0.0.2/secret"}, b"")
    with pytest.raises(InvalidInput, match="private network"):
        http.post_json(f"{server.url}/away", {}, allowed=LOCAL)
    server.answers["/on"] = (308, {"Location": "/hook"}, b"")
    assert http.post_json(f"{server.url}/on", {"a": 1}, allowed=LOCAL).fine
    assert server.heard[-1][0] == "/hook"
    server.answers["/round"] = (308, {"Location": "/round"}, b"")
    with pytest.raises(ProcessFailed, match="redirects"):
        http.post_json(f"{server.url}/round", {}, allowed=LOCAL)
    server.answers["/nowhere"] = (308, {"Location": "http://["}, b"")
    with pytest.raises(ProcessFailed, match="to nowhere"):
        http.post_json(f"{server.url}/nowhere", {}, allowed=LOCAL)


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_asks_for_no_second_post_is_the_answer(server: Server, status: int) -> None:
    server.answers["/moved"] = (status, {"Location": "/hook"}, b"")
    assert http.post_json(f"{server.url}/moved", {}, allowed=LOCAL).status == status
    assert [path for path, _, _ in server.heard] == ["/moved"]


def test_no_redirect_leaves_https(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def exchange(parts: Any, *words: Any) -> tuple[http.Answer, str]:
        asked.append(parts.scheme)
        return http.Answer(308, b""), "http://8.8.8.8/plain"

    monkeypatch.setattr(http, "_exchange", exchange)
    with pytest.raises(ProcessFailed, match="from https to http"):
        http.post_json("https://8.8.8.8/", {})
    assert asked == ["https"]


def test_a_name_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **more: answered.wait(30) and [])
    with pytest.raises(Unavailable, match="did not answer in time"):
        http.post_json("https://slow.example/", {}, seconds=0.2)
    answered.set()


def test_an_endless_answer_is_cut(server: Server) -> None:
    server.answers["/long"] = (200, {}, b"x" * 1_000_000)
    assert len(http.post_json(f"{server.url}/long", {}, allowed=LOCAL).body) == http.MOST_ANSWER


@pytest.fixture
def listener() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """`listener(serve)` is the address of a host that treats its one connection as `serve` does."""
    sockets: list[socket.socket] = []

    def listen(serve: Callable[[socket.socket], None]) -> str:
        bound = socket.create_server(("127.0.0.1", 0))
        sockets.append(bound)

        def accept() -> None:
            connection, _ = bound.accept()
            sockets.append(connection)
            serve(connection)

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{bound.getsockname()[1]}/"

    yield listen
    for each in sockets:
        each.close()


def test_a_host_that_says_nothing_is_given_up(listener: Any) -> None:
    url = listener(lambda connection: None)
    with pytest.raises(Unavailable, match="did not answer"):
        http.post_json(url, {}, allowed=LOCAL, seconds=0.2)


def test_a_host_that_answers_byte_by_byte_is_given_up(listener: Any) -> None:
    stopped = threading.Event()

    def drip(connection: socket.socket) -> None:
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not stopped.wait(0.05):
                connection.sendall(b"X: y\r\n")
        except OSError:
            return

    url = listener(drip)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        http.post_json(url, {}, allowed=LOCAL, seconds=0.4)
    stopped.set()
    assert time.monotonic() - began < 5


def test_nobody_there(server: Server) -> None:
    server.close()
    with pytest.raises(Unavailable, match="did not answer"):
        http.post_json(server.url, {}, allowed=LOCAL, seconds=2)
