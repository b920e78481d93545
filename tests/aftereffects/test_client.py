"""The engine's client: warm children, limits, errors across the border, and how many processes start."""

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from flatrender.aftereffects import client as client_module
from flatrender.aftereffects.client import EngineClient, default_client, scanning_client
from flatrender.aftereffects.raster.rasteriser import child_environment
from flatrender.aftereffects.server import describe
from flatrender.core.errors import BadFile, NoSpace, NotFound, ProcessFailed, TooLarge, Unavailable
from flatrender.core.process import Limits, run
from tests.deadline import until

SERVER = (sys.executable, "-P", str(Path(__file__).with_name("faulty_server.py")))
MIB = 1024**2
MakeClient = Callable[..., EngineClient]


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    made: list[EngineClient] = []

    def make(size: int = 1, **options: Any) -> EngineClient:
        client = EngineClient(size, command=SERVER, **options)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, words: str = "") -> Path:
        path = tmp_path / name
        path.write_text(words, "utf-8")
        return path

    return write


def text(value: str) -> dict[str, Any]:
    return {"kind": "text", "text": value, "direction": "auto"}


def bake(client: EngineClient, path: Path, value: str = "x") -> dict[str, Any]:
    layer: dict[str, Any] = json.loads(client.bake(path, 1, "1/2", text(value), {}))[0]["layer"]
    return layer


def test_a_process_of_many_tasks_has_room_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_shared", {})
    monkeypatch.setattr(client_module, "_sizes", dict(client_module._sizes))
    client_module.make_room(12)
    client = default_client()
    places = [client.rasteriser.pool.enter() for _ in range(12)]
    assert (client._size, all(places)) == (12, True)
    client_module.make_room(1)
    assert scanning_client()._size == 12, "room is made, not taken away"


def test_fifty_bakes_start_one_process_and_parse_once(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client(2)
    path = project("a.aep")
    layers = [bake(client, path, f"سلام {number}") for number in range(50)]
    assert [layer["nm"] for layer in layers] == [f"سلام {number}" for number in range(50)]
    assert client.started == 1
    assert client.rasteriser.started == 0
    assert layers[-1]["opened"] == ["a.aep"]
    assert len({layer["pid"] for layer in layers}) == 1


WORKS = """
import signal, sys
from flatrender.aftereffects.server import limit_processor_time
def work(share):
    while signal.getitimer(signal.ITIMER_PROF)[0] > (1 - share) * 0.2:
        pass
for _ in range(4):
    limit_processor_time(0.2)
    work(0.6)
print("lives", flush=True)
while True:
    pass
"""


def test_processor_time_is_counted_from_each_request_on() -> None:
    """However much a warm child has worked before: by the kernel's own count, which no other agrees with for long."""
    done = run([sys.executable, "-c", WORKS], limits=Limits(wall_seconds=60), env=child_environment())
    assert done.stdout == b"lives\n"
    assert done.returncode == -signal.SIGPROF


def test_a_changed_file_is_parsed_anew(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client()
    path = project("a.aep", "one")
    bake(client, path)
    path.write_text("another", "utf-8")
    assert bake(client, path)["opened"] == ["a.aep", "a.aep"]


def test_least_used_projects_make_room(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client()
    paths = [project(f"{number}.aep", str(number)) for number in range(9)]
    for path in paths:
        bake(client, path)
    assert bake(client, paths[8])["opened"].count("8.aep") == 1
    assert bake(client, paths[0])["opened"].count("0.aep") == 2
    assert list(client._idle[0].paths) == [str(path) for path in [*paths[2:], paths[0]]], "what the child holds"


def test_a_project_goes_to_the_child_that_holds_it(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client(2)
    one, two = project("1.aep", "bake-slow"), project("2.aep")
    first = bake(client, one)["pid"]
    with client._turn:  # another child is busy
        held = client._idle.pop()
        client._busy += 1
    second = bake(client, two)["pid"]
    with client._turn:
        client._busy -= 1
        client._idle.append(held)
    assert first != second
    assert [bake(client, one)["pid"], bake(client, two)["pid"]] == [first, second]
    assert client.started == 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("open-segfault", "crashed (SIGSEGV)"),
        ("bake-segfault", "crashed (SIGSEGV)"),
        ("open-exit", "ended with status 3"),
        ("open-hang", "took longer than 0.5 s"),
    ],
)
def test_a_failing_child_is_replaced(
    make_client: MakeClient, project: Callable[..., Path], fault: str, words: str
) -> None:
    client = make_client(seconds={"bake": 0.5 if "hang" in fault else 20})
    good = project("good.aep")
    client.warm()
    with pytest.raises(ProcessFailed) as failure:
        bake(client, project("bad.aep", fault))
    assert words in failure.value.message
    assert "bad.aep" in failure.value.message
    assert failure.value.code == "engine-crashed"
    client._seconds["bake"] = 20
    assert bake(client, good)["nm"] == "x"
    assert client.started == 2


def test_processor_time_is_limited(make_client: MakeClient, project: Callable[..., Path]) -> None:
    """The wall clock is given a long time, so that it is the processor's that ends the child."""
    from flatrender.aftereffects import client as module

    client = make_client()
    server = module._Server(SERVER, client._limits)
    try:
        server.ask({"do": "warm"}, 20)
        server.channel.send(
            {"do": "bake", "path": str(project("a.aep", "bake-spin")), "comp_id": 1, "cpu_seconds": 0}
            | {"address": "", "value": text(""), "values": {}}
        )
        with pytest.raises(module.Closed):
            server.channel.receive(20)
        assert "processor time" in server._why(module.Closed(), 20, "a.aep").message
    finally:
        server.child.close()


def test_memory_is_limited(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client(memory_bytes=512 * MIB)
    with pytest.raises(TooLarge, match="memory"):
        bake(client, project("a.aep", "bake-memory"))
    assert bake(client, project("b.aep"))["nm"] == "x"


def test_a_project_that_finds_no_room_gets_a_child_of_its_own(
    make_client: MakeClient, project: Callable[..., Path]
) -> None:
    client = make_client(memory_bytes=512 * MIB)
    bake(client, project("a.aep", "open-large a"))
    assert bake(client, project("b.aep", "open-large b"))["opened"] == ["b.aep"]
    assert client.started == 2


def test_core_errors_cross_the_border(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client()
    with pytest.raises(BadFile) as bad:
        bake(client, project("a.aep", "open-bad"))
    assert (bad.value.message, bad.value.field) == ("This file is damaged; save it again.", "file")
    assert bad.value.details == {"offset": 12}
    assert bad.value.exit_status == 2
    with pytest.raises(NotFound, match="#7"):
        client.lottie(project("b.aep"), 7, {})
    with pytest.raises(NotFound, match="not found"):
        bake(client, Path("/nowhere/c.aep"))
    assert client.started == 1


def test_details_that_are_no_json_are_left_behind() -> None:
    assert describe(NoSpace("Full.", path=Path("/x"), size=3))["details"] == {"size": 3}


def test_a_bug_of_ours_is_told_with_its_traceback(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client()
    with pytest.raises(ProcessFailed, match="KeyError") as failure:
        bake(client, project("a.aep", "bake-bug"))
    assert "Traceback" in str(failure.value.details["log"])
    assert bake(client, project("b.aep"))["nm"] == "x"
    assert client.started == 1


def test_a_child_that_died_while_idle_is_replaced(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client()
    path = project("a.aep")
    bake(client, path)
    client._idle[0].child.kill()
    assert bake(client, path)["nm"] == "x"
    assert client.started == 2


def test_many_threads_share_a_small_pool(
    make_client: MakeClient, project: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client_module._WAITS, "bake", 60.0)  # children take long to start on a busy machine
    client = make_client(2)
    paths = [project(f"{number}.aep") for number in range(2)]
    answers: list[str] = []
    lock = threading.Lock()

    def work(number: int) -> None:
        for turn in range(5):
            layer = bake(client, paths[number % 2], f"{number}.{turn}")
            with lock:
                answers.append(layer["nm"])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == sorted(f"{number}.{turn}" for number in range(8) for turn in range(5))
    assert client.started <= 2


def test_snapshot_and_frames(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client()
    path = project("a.aep")
    clear, blue = (client.snapshot(path, 1, [0], {}, background=color)[0] for color in (None, "#0000FF"))
    assert Image.open(BytesIO(clear)).size == (40, 20)
    assert Image.open(BytesIO(clear)).getpixel((5, 5)) == (0, 0, 0, 0)
    assert Image.open(BytesIO(blue)).getpixel((5, 5)) == (0, 0, 255)
    assert Image.open(BytesIO(client.snapshot(path, 1, [0], {}, width=20)[0])).size == (20, 10)
    frames = [bytes(frame) for frame in client.frames(path, 1, {}, 1, 3, size=(8, 4), background="#FF0000")]
    assert frames == [b"\xff\x00\x00\xff" * 32] * 3


def test_values_and_save(make_client: MakeClient, project: Callable[..., Path], tmp_path: Path) -> None:
    client = make_client()
    values = {"1/2": text("سلام")}
    assert client.lottie(project("a.aep"), 1, values)["values"] == values
    client.save(project("a.aep"), values, tmp_path / "out.aep")
    assert "سلام" in (tmp_path / "out.aep").read_text()


def test_the_child_that_was_used_last_is_asked_again(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client(2)
    path = project("a.aep")
    bake(client, path)
    held = client._take(str(path), 0)
    other = bake(client, path)["pid"]
    client._give_back(held)
    last = bake(client, path)["pid"]
    assert client.started == 2
    assert last != other, "it came back last"
    assert {bake(client, path)["pid"] for _ in range(4)} == {last}


def test_a_bake_waits_but_a_moment_for_a_free_child(
    make_client: MakeClient, project: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client_module._WAITS, "bake", 0.2)
    client = make_client(1)
    path = project("a.aep")
    bake(client, path)
    held = client._take(str(path), 0)  # another request has it
    began = time.monotonic()
    with pytest.raises(Unavailable, match="busy"):
        bake(client, path)
    assert time.monotonic() - began < 5
    client._give_back(held)
    assert bake(client, path)["nm"] == "x"


def test_scans_have_children_of_their_own() -> None:
    from flatrender.templates import pictures, scanning

    assert scanning_client() is scanning_client()
    assert scanning_client() is not default_client()
    assert scanning.scanning_client is pictures.scanning_client is scanning_client


def test_closing_ends_the_children(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client()
    pid = bake(client, project("a.aep"))["pid"]
    client.close()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(Unavailable):
        bake(client, project("a.aep"))


def test_closing_at_once_ends_what_is_at_work(make_client: MakeClient, project: Callable[..., Path]) -> None:
    client = make_client()
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            bake(client, project("a.aep", "bake-hang"))
        except ProcessFailed as error:
            failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: client._working)
    client.close(at_once=True)
    asking.join(10)
    assert [error.code for error in failed] == ["engine-crashed"]  # type: ignore[attr-defined]


def test_one_client_per_process() -> None:
    assert default_client() is default_client()
