"""`flatrender up` as a person meets it: first start, crash, Ctrl+C, and what is left afterwards (nothing)."""

import signal
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import takewhile
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import Browser, expect

from flatrender.commands.prepare import ADMIN_FILE
from tests.built_pages import build
from tests.deadline import until
from tests.e2e.conftest import knows_the_studio
from tests.e2e.running import PASSWORD, Studio
from tests.e2e.timeline_pages import upload
from tests.media.files import picture
from tests.servers import RedisServer, find_redis_server

GENERATED: dict[str, str] = {"FLATRENDER_ADMIN_EMAIL": "", "FLATRENDER_ADMIN_PASSWORD": ""}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, built_pages: Path) -> Path:
    """A data folder for several starts, and the pages that all of them show."""
    assert build(built_pages)
    return tmp_path_factory.mktemp("up")


def _family(studio: Studio) -> list[psutil.Process]:
    up = psutil.Process(studio.child.pid)
    return [up, *up.children(recursive=True)]


def _words(process: psutil.Process) -> list[str]:
    """Of its command; none of one that has ended meanwhile."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _ended(pid: int) -> bool:
    """A zombie has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _answers(studio: Studio, within: float = 5) -> bool:
    """Over a connection of its own: of several web processes the kernel chooses who accepts it."""
    try:
        return httpx.get(f"{studio.url}/health", timeout=within).status_code == 200
    except httpx.TransportError:
        return False


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_the_first_admins_sign_in_is_printed_once_and_a_crashed_part_is_started_again(data: Path) -> None:
    """It is kept over the end of a studio that was killed, of which no process is left."""
    with Studio(data, "--no-demos", env=GENERATED) as studio:
        email, password = (data / ADMIN_FILE).read_text().split()
        assert stat.S_IMODE((data / ADMIN_FILE).stat().st_mode) == 0o600
        until(lambda: any("Ctrl+C" in line for line in studio.said), 60)
        assert [line for line in studio.said if password in line and email in line]
        answer = httpx.post(f"{studio.url}/api/v1/auth/sign-in", json={"email": email, "password": password})
        assert answer.status_code == 200
        assert httpx.get(studio.url).headers["content-type"].startswith("text/html")
        _ends_and_leaves_nothing(studio, signal.SIGKILL)
    with Studio(data, "--no-demos", env={**GENERATED, "FLATRENDER_NODE_NICENESS": "7"}) as studio:
        until(lambda: any("Ctrl+C" in line for line in studio.said), 60)
        assert not [line for line in studio.said if password in line]
        assert [line for line in studio.said if str(data / ADMIN_FILE) in line]
        assert not [line for line in studio.said if line.startswith("pages")], "nothing was built again"
        _a_crashed_part_is_started_again(studio)
        _ends_and_leaves_nothing(studio, signal.SIGINT)


def _a_crashed_part_is_started_again(studio: Studio) -> None:
    node, web = (
        next(process for process in _family(studio) if _words(process)[-2:] == ["flatrender", name])
        for name in ("node", "web")
    )
    assert node.nice() == web.nice() + 7
    web.kill()
    until(lambda: any("web was started again" in line for line in studio.said), 60)
    until(lambda: _answers(studio), 60)
    assert [line for line in studio.said if line.startswith("web ended unexpectedly")]


def _ends_and_leaves_nothing(studio: Studio, number: signal.Signals, *, given_redis: bool = False) -> None:
    """At the end of a test that needs a running studio: each start takes seconds."""
    family = _family(studio)
    names = {" ".join(_words(process)) for process in family}
    for part in ("flatrender web", "flatrender node", *(() if given_redis else ("redis-server",))):
        assert [name for name in names if part in name], f"{part} does not run: {names}"
    family[0].send_signal(number)
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive
    assert _port_is_free(studio.port)
    if number != signal.SIGKILL:
        assert studio.child.wait(10) == 0
        until(lambda: studio.said[-1].startswith("stopped"), what="its last line")


def _taken(studio: Studio) -> dict[int, set[int]]:
    """Of each web process the connections that it has: the ports of their other ends."""
    parts = psutil.Process(studio.child.pid).children()
    [web] = [part for part in parts if _words(part)[-2:] == ["flatrender", "web"]]
    taken = {}
    for worker in web.children():
        ours = [each for each in worker.net_connections("tcp") if each.laddr.port == studio.port]
        if any(each.status == psutil.CONN_LISTEN for each in ours):  # another keeps what they share
            taken[worker.pid] = {each.raddr.port for each in ours if each.raddr}
    return taken


def test_two_web_processes_are_one_studio(
    data: Path, postgres_url: str, redis_url: str, browser: Browser, tmp_path: Path
) -> None:
    """Who signed in at one is signed in at the other, both tell of what either does, and when one ends the pages that
    it served go on at the other, and a third takes its place."""
    binary = find_redis_server()
    assert binary is not None, "the other one runs"
    with ExitStack() as stack:
        pages_redis = stack.enter_context(RedisServer(binary, append_only=False))
        env = {
            "FLATRENDER_ADMIN_EMAIL": "admin@example.com",
            "FLATRENDER_ADMIN_PASSWORD": PASSWORD,
            "DATABASE_URL": postgres_url,
            "REDIS_URL": redis_url,
            "FLATRENDER_PAGES_REDIS_URL": pages_redis.url,
            "FLATRENDER_WEB_PROCESSES": "2",
        }
        studio = stack.enter_context(Studio(tmp_path / "several", "--no-demos", env=env))
        api = stack.enter_context(closing(studio.client()))
        streams: dict[int, tuple[int, Iterator[str]]] = {}  # of each process: a port, and what is heard there

        def both_are_heard() -> bool:
            opened = stack.enter_context(api.stream("GET", "/api/v1/events"))
            port = opened.extensions["network_stream"].get_extra_info("client_addr")[1]
            lines = opened.iter_lines()
            assert any("hello" in line for line in lines)
            [served_by] = [pid for pid, ports in _taken(studio).items() if port in ports]
            streams.setdefault(served_by, (port, lines))
            return len(streams) == 2

        until(both_are_heard, 30, "a stream at both")
        context = browser.new_context(base_url=studio.url)
        stack.callback(context.close)
        knows_the_studio(context, studio)
        context.add_cookies([{"name": "fr_session", "value": api.cookies["fr_session"], "url": studio.url}])
        page = context.new_page()
        page.goto("/media")
        first = upload(api, picture(tmp_path / "first.png"))
        ends = time.monotonic() + 15  # a stream says something every ten seconds
        for _, lines in streams.values():
            assert any(first in line for line in takewhile(lambda _: time.monotonic() < ends, lines)), "not told"
        expect(page.locator(f'[data-media="{first}"]')).to_be_visible()
        of_tests = {port for port, _ in streams.values()}
        killed = max(_taken(studio).items(), key=lambda item: len(item[1] - of_tests))[0]
        psutil.Process(killed).kill()
        until(lambda: _ended(killed), 20, "its end")  # nothing more is sent to it
        until(lambda: _answers(studio), 60)
        second = upload(api, picture(tmp_path / "second.png", color="teal"))
        expect(page.locator(f'[data-media="{second}"]')).to_be_visible()
        page.goto("/profile")
        expect(page.get_by_text(studio.email).first).to_be_visible()
        [other] = streams.keys() - {killed}
        psutil.Process(other).suspend()
        with ExitStack() as asleep:
            asleep.callback(psutil.Process(other).resume)
            until(lambda: _answers(studio, within=2), 60, "an answer of the third")
        _ends_and_leaves_nothing(studio, signal.SIGTERM, given_redis=True)


def test_ctrl_c_while_the_pages_are_built(tmp_path: Path) -> None:
    env = {**GENERATED, "FLATRENDER_WEB_BUILD": str(tmp_path / "pages")}
    studio = Studio(tmp_path / "data", "--no-demos", env=env)
    try:
        until(lambda: any(line.startswith("database") for line in studio.said), 60)
        family = _family(studio)
        assert [process for process in family if "flatrender.ui.build" in _words(process)], studio.said
        family[0].send_signal(signal.SIGINT)
        _, alive = psutil.wait_procs(family, timeout=20)
        assert not alive
        assert studio.child.wait(10) == 0
    finally:
        studio.stop()
        studio.child.close()
