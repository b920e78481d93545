"""The supervisor: order, readiness, crashes with back-off, a clean end."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from flatrender.commands import supervisor as supervisor_module
from flatrender.commands.supervisor import Service, Stopped, Supervisor
from flatrender.core import process
from flatrender.core.errors import ProcessFailed
from tests.deadline import until

# A service that says that it runs, and a child of its own that must not be left behind.
STEADY = """
import os, pathlib, signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()} {child.pid}")
signal.pause()
"""


# A signal at every line of the waiting, its own and whatever it calls.
STORM = """
import signal, sys
from flatrender.commands.supervisor import EndAsked
asked, storms = EndAsked(), 0
signal.signal(signal.SIGINT, lambda *_: asked.set())
def trace(frame, event, argument):
    global storms
    storms += 1
    signal.raise_signal(signal.SIGINT)
    return trace
sys.settrace(trace)
ended = asked.wait(0.01)
sys.settrace(None)
print(ended and storms > 1)
"""


class Clock:
    """Time that passes only when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str], clock: Clock) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path / "logs", said.append, clock=clock)
    yield supervisor
    supervisor.stop_all()


def steady(tmp_path: Path, name: str = "steady", **more: object) -> Service:
    mark = tmp_path / f"{name}.pids"
    mark.unlink(missing_ok=True)
    words = [sys.executable, "-c", STEADY, str(mark)]
    ready = lambda: mark.exists() and bool(mark.read_text())  # noqa: E731
    return Service(name, words, dict(os.environ), tmp_path, ready=ready, **more)  # type: ignore[arg-type]


def pids(tmp_path: Path, name: str = "steady") -> list[int]:
    return [int(word) for word in (tmp_path / f"{name}.pids").read_text().split()]


def test_nothing_is_left_after_the_end(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(steady(tmp_path))
    both = [psutil.Process(pid) for pid in pids(tmp_path)]
    assert all(one.is_running() for one in both)
    supervisor.stop_all()
    _, alive = psutil.wait_procs(both, timeout=5)
    assert not alive
    assert supervisor.pids() == {}


def test_a_service_that_ends_while_starting_is_quoted(supervisor: Supervisor, tmp_path: Path) -> None:
    words = [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"]
    with pytest.raises(ProcessFailed, match=r"exit status 3[\s\S]*the reason"):
        supervisor.start(Service("broken", words, dict(os.environ), tmp_path, ready=lambda: False))


def test_a_service_that_is_never_ready_is_given_up(supervisor: Supervisor, tmp_path: Path, clock: Clock) -> None:
    def ready() -> bool:
        clock.now += 30
        return False

    service = Service("slow", [sys.executable, "-c", STEADY, str(tmp_path / "x")], dict(os.environ), tmp_path, ready)
    with pytest.raises(ProcessFailed, match="not ready after 180 seconds"):
        supervisor.start(service)


def test_a_crash_is_said_and_started_again_later_each_time(
    supervisor: Supervisor, said: list[str], tmp_path: Path, clock: Clock
) -> None:
    supervisor.start(Service("brief", [sys.executable, "-c", "print('last words')"], dict(os.environ), tmp_path))
    pauses = []
    for _ in range(7):
        supervisor._running[0].child.wait(10)
        supervisor.look()
        again_at = supervisor._running[0].again_at
        assert again_at is not None
        pauses.append(again_at - clock.now)
        supervisor.look()  # too early: nothing happens
        assert supervisor.pids() == {}
        clock.now = again_at
        supervisor.look()
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert said.count("brief was started again") == 7
    assert "  last words" in said
    clock.now += 61
    supervisor._running[0].child.wait(10)
    supervisor.look()
    assert supervisor._running[0].again_at == clock.now + 1


def test_a_signal_in_the_middle_of_the_waiting_locks_nothing() -> None:
    done = process.run([sys.executable, "-c", STORM], limits=process.Limits(wall_seconds=60))
    assert done.stdout.split() == [b"True"], done.stderr


def test_waiting_ends_when_the_end_is_asked_for(supervisor: Supervisor, tmp_path: Path) -> None:
    child = process.Child([sys.executable, "-c", "import signal; signal.pause()"])
    supervisor.stop.set()
    with pytest.raises(Stopped):
        supervisor.finish(child)
    assert not child.alive
    with pytest.raises(Stopped):
        supervisor.wait(60)


def test_foundations_end_last(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    words = (
        "import pathlib, signal, sys\n"
        "def end(*_):\n"
        f"    open({str(order)!r}, 'a').write(sys.argv[1] + ' ')\n"
        "    raise SystemExit\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path(sys.argv[2]).touch()\n"
        "signal.pause()\n"
    )
    for name, foundation in (("redis", True), ("web", False)):
        mark = tmp_path / f"{name}.ready"
        argv = [sys.executable, "-c", words, name, str(mark)]
        supervisor.start(Service(name, argv, dict(os.environ), tmp_path, ready=mark.exists, foundation=foundation))
    supervisor.stop_all()
    assert order.read_text() == "web redis "


def test_an_end_that_takes_long_is_said_and_a_second_ctrl_c_cuts_it_short(
    supervisor: Supervisor, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "QUIET_SECONDS", 0.05)
    mark = tmp_path / "ready"
    deaf = "import pathlib, signal, sys; signal.signal(15, signal.SIG_IGN); pathlib.Path(sys.argv[1]).touch()"
    argv = [sys.executable, "-c", f"{deaf}; signal.pause()", str(mark)]
    with supervisor.signals():
        supervisor.start(Service("deaf", argv, dict(os.environ), tmp_path, ready=mark.exists, stop_seconds=60))
        os.kill(os.getpid(), signal.SIGINT)
        monkeypatch.setattr(supervisor, "_say", lambda line: (said.append(line), os.kill(os.getpid(), signal.SIGINT)))
        supervisor.stop_all()
    assert said == ["deaf takes a moment to end (at most 60 s)"]
    assert supervisor.pids() == {}


def test_a_long_log_makes_room(supervisor: Supervisor) -> None:
    supervisor.log_of("web").write_bytes(b"x" * 5_000_001)
    assert not supervisor.open_log("web").exists()
    assert supervisor.log_of("web").with_suffix(".log.1").stat().st_size == 5_000_001


def test_the_log_of_a_service_that_runs_for_months_stays_short(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "LONGEST_LOG", 1000)
    words = "import pathlib, signal, sys\nsignal.signal(10, lambda *_: print('more ' * 100, flush=True))\n"
    mark = tmp_path / "ready"
    argv = [sys.executable, "-c", f"{words}pathlib.Path(sys.argv[1]).touch()\nwhile True: signal.pause()", str(mark)]
    supervisor.start(Service("web", argv, dict(os.environ), tmp_path, ready=mark.exists))
    log, old = supervisor.log_of("web"), supervisor.log_of("web").with_suffix(".log.1")
    for size in (501, 1002, 1503):
        os.kill(supervisor.pids()["web"], signal.SIGUSR1)
        until(lambda size=size: log.stat().st_size == size)
        if size < 1000:
            supervisor.look()
            assert not old.exists()
    supervisor.look()
    assert (log.stat().st_size, old.stat().st_size) == (0, 1503)
    os.kill(supervisor.pids()["web"], signal.SIGUSR1)
    until(lambda: log.stat().st_size == 501)
    assert log.read_text().startswith("more "), "it goes on at the start, not behind a hole"


def test_last_words_are_read_from_the_end_alone(supervisor: Supervisor) -> None:
    with supervisor.log_of("web").open("wb") as log:
        log.truncate(10**11)  # a hole: whoever reads it all has no room for it
        log.seek(0, os.SEEK_END)
        log.write(b"the last words\n")
    assert supervisor.last_words("web", 15) == "the last words"
    assert supervisor.last_words("nobody") == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="a new process namespace needs root's rights")
def test_the_first_process_of_a_container_goes_on_in_a_child() -> None:
    words = (
        "import os\n"
        "from flatrender.core.process import leave_first_process\n"
        "leave_first_process()\n"
        "print(os.getpid(), os.getppid())\n"
        "raise SystemExit(7)\n"
    )
    program = ["unshare", "--pid", "--fork", "--kill-child", sys.executable, "-c", words]
    done = process.run(program, limits=process.Limits(wall_seconds=60))
    assert (done.returncode, done.stdout.decode().split()) == (7, ["2", "1"]), done.stderr.decode()
