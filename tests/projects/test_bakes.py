"""Bakes over a web socket: the answers of POST …/bake, for whom that would answer."""

import asyncio
import json
import time

import pytest
from starlette.websockets import WebSocketDisconnect

from flatrender.api import bakes, places
from flatrender.core.errors import Unavailable
from flatrender.core.shared import SharedCounts
from tests.deadline import until
from tests.installation import OTHER_TENANT


@pytest.fixture
def opened(me, promo):
    project = me.post("/api/v1/projects", json={"template_id": promo}).json()
    return me.get(f"/api/v1/projects/{project['id']}").json()


@pytest.fixture
def address(opened) -> str:
    return f"/api/v1/projects/{opened['project']['id']}/bakes"


def _title(opened, value, number: int = 7) -> str:
    clip = opened["document"]["tracks"][0]["items"][0]["id"]
    return json.dumps({"id": number, "clip": clip, "key": "title", "value": value})


def _closing(client, address: str, *said: str, **headers: str) -> int:
    """The code with which a socket is closed, at once or after what is said."""
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(address, headers=headers) as socket:
        for text in said:
            socket.send_text(text)
        socket.receive_text()
    return closed.value.code


def test_a_socket_answers_what_the_request_does(me, opened, address) -> None:
    body = json.loads(_title(opened, "سلام"))
    with me.websocket_connect(address) as socket:
        for number in (3, 4):
            socket.send_text(json.dumps({**body, "id": number}))
            answer = socket.receive_json()
            assert answer["id"] == number
            assert answer["patches"] == me.post(address.removesuffix("s"), json=body).json()["patches"] != []


def test_what_cannot_be_baked_is_said_and_the_socket_stays(me, opened, address) -> None:
    wrong = [
        ("no JSON", 0, "invalid-input"),
        ("[1]", 0, "invalid-input"),
        (_title(opened, 1e999), 0, "invalid-input"),
        (_title(opened, "far more than twelve characters"), 7, "invalid-input"),
        (json.dumps({"id": 8, "clip": "nothing", "key": "title", "value": ""}), 8, "clip-gone"),
    ]
    with me.websocket_connect(address) as socket:
        for said, number, code in wrong:
            socket.send_text(said)
            answer = socket.receive_json()
            assert (answer["id"], answer["problem"]["code"]) == (number, code), said
        socket.send_bytes(b"\0\1")
        assert socket.receive_json()["problem"]["status"] == 422
        socket.send_text(_title(opened, "Half \ud83d"))
        assert socket.receive_json()["patches"]


def test_who_has_too_much_under_way_is_told_and_the_socket_stays(me, opened, address, monkeypatch) -> None:
    async def busy(*_: object) -> None:
        raise Unavailable("Your earlier changes are still being drawn.", code="busy")

    with me.websocket_connect(address) as socket:
        with monkeypatch.context() as patch:
            patch.setattr(bakes.DRAWINGS, "run", busy)
            socket.send_text(_title(opened, "Quick", 5))
            answer = socket.receive_json()
        assert (answer["id"], answer["problem"]["code"]) == (5, "busy")
        socket.send_text(_title(opened, "Quick", 6))
        assert socket.receive_json()["patches"]


def test_a_socket_is_for_those_who_may_edit_the_project(me, opened, address, client, signed_in) -> None:
    assert _closing(client, address) == bakes.SIGNED_OUT
    assert _closing(me, address, origin="https://elsewhere.test") == 4403
    secret = me.post("/api/v1/keys", json={"name": "Mine"}).json()["secret"]
    assert _closing(client, address, authorization=f"Bearer {secret}") == bakes.SIGNED_OUT
    stranger = signed_in(email="c@example.com", tenant=OTHER_TENANT)
    assert _closing(stranger, address) == bakes.SIGNED_OUT, "another site's host"
    for other, host in ((signed_in(email="b@example.com"), "testserver"), (stranger, "other.test")):
        with other.websocket_connect(f"ws://{host}{address}") as socket:
            socket.send_text(_title(opened, "Mine"))
            assert socket.receive_json()["problem"]["status"] == 404
    with me.websocket_connect(address, headers={"origin": "http://testserver"}) as socket:
        socket.send_text(_title(opened, "Mine"))
        assert socket.receive_json()["patches"]


def test_a_socket_ends_with_its_session_and_with_a_message_that_is_too_large(me, opened, address, monkeypatch) -> None:
    assert _closing(me, address, "x" * (bakes.MOST_BYTES + 1)) == bakes.TOO_LARGE
    monkeypatch.setattr(bakes, "CHECK_SECONDS", -1.0)
    user = me.get("/api/v1/auth/me").json()["id"]
    with me.websocket_connect(address) as socket:
        socket.send_text(_title(opened, "Here"))
        assert socket.receive_json()["patches"]
        assert me.post("/api/v1/auth/sign-out", follow_redirects=False).status_code < 400
        socket.send_text(_title(opened, "Gone"))
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == bakes.SIGNED_OUT
    assert ("bakes", user) not in places._open


def test_one_person_has_so_many_sockets_and_so_many_changes_a_minute(me, opened, address, monkeypatch) -> None:
    asked = bakes.Counts(lambda: 0.0)
    monkeypatch.setattr(bakes, "MOST_OPEN", 1)
    monkeypatch.setattr(bakes, "_asked", lambda: asked)
    monkeypatch.setenv("FLATRENDER_REQUESTS_PER_MINUTE", "2")
    bakes.get_settings.cache_clear()
    with me.websocket_connect(address) as socket:
        assert _closing(me, address) == bakes.TRY_LATER
        for _ in range(2):
            socket.send_text(_title(opened, "Quick"))
            assert "patches" in socket.receive_json()
        socket.send_text(_title(opened, "Quick"))
        assert socket.receive_json()["problem"]["code"] == "rate-limited"
    bakes.get_settings.cache_clear()


def test_sockets_of_all_web_processes_are_counted_together(me, opened, address, monkeypatch, tmp_path) -> None:
    """The other process is a second view of their file."""
    mine, other = (SharedCounts(tmp_path / "counts") for _ in range(2))
    asked = bakes.CountsOfAll(mine, "bake", time.monotonic)
    monkeypatch.setattr(bakes, "MOST_OPEN", 1)
    monkeypatch.setattr(places, "together", lambda: mine)
    monkeypatch.setattr(places, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(bakes, "_asked", lambda: asked)
    monkeypatch.setenv("FLATRENDER_REQUESTS_PER_MINUTE", "3")
    bakes.get_settings.cache_clear()
    user = me.get("/api/v1/auth/me").json()["id"]
    place = f"bakes {user} 0"
    with me.websocket_connect(address) as socket:
        first = other.add(place, 0, time.monotonic(), 30.0)[1]
        until(lambda: other.add(place, 0, time.monotonic(), 30.0)[1] > first, 60, "the place is renewed")
        assert other.has(place, time.monotonic() + 60), "longer than what requests count"
        assert _closing(me, address) == bakes.TRY_LATER
        other.add(f"bake {user}", 3, time.monotonic(), 60.0)
        socket.send_text(_title(opened, "Quick"))
        assert socket.receive_json()["problem"]["code"] == "rate-limited", "the others' changes count as well"
    assert not other.has(place, time.monotonic()), "left"


async def test_a_place_that_went_to_another_is_theirs(monkeypatch, tmp_path) -> None:
    """A process that was stopped for longer than a place lasts neither leaves nor renews what another has since."""
    shared = SharedCounts(tmp_path / "counts")
    monkeypatch.setattr(places, "together", lambda: shared)
    monkeypatch.setattr(places, "RENEW_SECONDS", 0.0)
    stopped = places.Place("bakes", "somebody", 2)
    name = "bakes somebody 0"
    shared.release(name, stopped._mine)  # its time is over
    their = places.Place("bakes", "somebody", 2)
    stopped.leave()
    assert shared.has(name, time.monotonic()), "it is theirs"
    keeping = asyncio.create_task(stopped.keep())
    async with asyncio.timeout(10):
        while stopped._name == name:
            await asyncio.sleep(0)
    keeping.cancel()
    with pytest.raises(LookupError):
        places.Place("bakes", "somebody", 2)
    their.leave()
    places.Place("bakes", "somebody", 2)
    with pytest.raises(LookupError):
        places.Place("bakes", "somebody", 2)
