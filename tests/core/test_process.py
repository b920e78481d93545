"""Real processes: limits, groups, parents that die, pipes."""

import os
import select
import signal
import sys
import textwrap
import threading
from pathlib import Path

import psutil
import pytest

from flatrender.core.errors import Unavailable
from flatrender.core.process import DEVNULL, PIPE, Child, Limits, TimeoutExpired, run

FREE = Limits(wall_seconds=60)
posix = pytest.mark.skipif(os.name != "posix", reason="groups and signals are POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux")


def python(source: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-c", textwrap.dedent(source), *arguments]


def ended_within(pid: int, seconds: float) -> bool:
    """Waits for a process that need not be ours, without sleeping."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def test_input_goes_in_and_both_outputs_come_back() -> None:
    done = run(
        python("import sys; d = sys.stdin.buffer.read(); print(len(d)); print('bad', file=sys.stderr); sys.exit(3)"),
        limits=FREE,
        input=b"x" * 1_000_000,
    )
    assert (done.returncode, done.reason, done.stdout.strip(), done.stderr.strip()) == (3, "exit", b"1000000", b"bad")
    assert not done.truncated


def test_captured_output_is_bounded_head_of_stdout_tail_of_stderr() -> None:
    source = """
        import sys
        sys.stdout.write("HEAD" + "o" * 3_000_000); sys.stdout.flush()
        sys.stderr.write("e" * 3_000_000 + "TAIL")
    """
    done = run(python(source), limits=FREE, max_output=1000)
    assert done.truncated
    assert len(done.stdout) == len(done.stderr) == 1000
    assert done.stdout.startswith(b"HEAD")
    assert done.stderr.endswith(b"TAIL")


def test_a_missing_program_is_one_sentence() -> None:
    with pytest.raises(Unavailable, match="no-such-program"):
        run(["no-such-program"], limits=FREE)


def test_environment_and_folder_are_the_given_ones(tmp_path: Path) -> None:
    done = run(python("import os; print(os.environ.get('A'), os.getcwd())"), limits=FREE, env={"A": "1"}, cwd=tmp_path)
    assert done.stdout.decode().split() == ["1", str(tmp_path.resolve())]


@posix
def test_wall_time_ends_the_whole_group() -> None:
    # A shell: on a busy machine two of Python may take longer to begin than they are given.
    done = run(["/bin/sh", "-c", "sleep 300 & echo $!; sleep 300"], limits=Limits(wall_seconds=1.0))
    assert done.reason == "timeout"
    assert done.returncode == -signal.SIGKILL
    assert ended_within(int(done.stdout), 5)


@posix
def test_what_a_child_leaves_behind_ends_with_it() -> None:
    source = """
        import subprocess, sys
        print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"]).pid, flush=True)
    """
    done = run(python(source), limits=FREE)
    assert done.reason == "exit"
    assert ended_within(int(done.stdout), 5)


@posix
def test_memory_limit() -> None:
    done = run(python("bytearray(2_000_000_000)"), limits=Limits(wall_seconds=60, memory_bytes=500_000_000))
    assert done.returncode == 1
    assert b"MemoryError" in done.stderr


@posix
def test_processor_time_limit() -> None:
    done = run(python("while True: pass"), limits=Limits(wall_seconds=60, cpu_seconds=1))
    assert done.reason == "timeout"
    assert done.returncode == -signal.SIGXCPU


@posix
def test_file_size_limit(tmp_path: Path) -> None:
    source = "import sys; open(sys.argv[1], 'wb').write(b'x' * 100_000)"
    out = tmp_path / "big"
    done = run(python(source, str(out)), limits=Limits(wall_seconds=60, file_bytes=5000))
    assert done.returncode != 0
    assert out.stat().st_size <= 5000


@posix
def test_a_signal_is_told_from_an_exit_and_pipes_break_as_usual() -> None:
    assert run(python("import os; os.kill(os.getpid(), 9)"), limits=FREE).reason == "signal"
    shown = run(["/bin/sh", "-c", "grep SigIgn /proc/self/status || true"], limits=FREE).stdout.split()
    ignored = int(shown[1], 16) if shown else 0
    assert not ignored >> (signal.SIGPIPE - 1) & 1


@linux
def test_a_child_outlives_the_thread_that_started_it_and_dies_with_the_process() -> None:
    """The parent-death signal belongs to the forking thread: a thread pool's thread may end long before its child."""
    source = """
        import sys, threading
        from flatrender.core.process import Child
        children = []
        def start():
            children.append(Child(["sleep", "300"], stdin=None, stdout=None))
        thread = threading.Thread(target=start); thread.start(); thread.join()
        print(children[0].pid, children[0].alive, flush=True)
        sys.stdin.readline()
        print(children[0].alive, flush=True)
        sys.stdin.readline()
    """
    with Child([sys.executable, "-c", textwrap.dedent(source)], stdin=PIPE, stdout=PIPE) as parent:
        stdin, stdout = parent.popen.stdin, parent.popen.stdout
        assert stdin is not None
        assert stdout is not None
        pid, alive = stdout.readline().split()
        assert alive == b"True"
        assert not ended_within(int(pid), 0.3), "the child died with its thread"
        stdin.write(b"\n")
        stdin.flush()
        assert stdout.readline().strip() == b"True"
        os.kill(parent.pid, signal.SIGKILL)
        assert ended_within(int(pid), 5), "the child outlived its parent"


@posix
def test_ordinary_end_of_the_parent_ends_its_children() -> None:
    source = """
        from flatrender.core.process import Child
        print(Child(["sleep", "300"], stdin=None, stdout=None).pid)
        kept = Child(["sleep", "300"], stdin=None, stdout=None)
        print(kept.pid)
    """
    done = run([sys.executable, "-c", textwrap.dedent(source)], limits=FREE)
    assert done.reason == "exit", done.stderr
    assert all(ended_within(int(pid), 5) for pid in done.stdout.split())


def test_a_child_talks_over_pipes_and_is_collected() -> None:
    before = {child.pid for child in psutil.Process().children()}
    source = """
        import sys
        for line in sys.stdin:
            print(line.strip().upper(), flush=True)
        print("gone", file=sys.stderr)
    """
    with Child(python(source), stdin=PIPE, stdout=PIPE, keep_stderr=1000) as child:
        assert child.popen.stdin is not None
        assert child.popen.stdout is not None
        for word in (b"one", b"two"):
            child.popen.stdin.write(word + b"\n")
            child.popen.stdin.flush()
            assert child.popen.stdout.readline().strip() == word.upper()
        child.popen.stdin.close()
        assert child.wait(20) == 0
        assert child.last_words() == "gone"
        assert not child.alive
    assert {child.pid for child in psutil.Process().children()} <= before, "a zombie was left"


@posix
def test_wait_gives_up_stop_asks_first_and_kill_may_come_twice() -> None:
    stubborn = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("ready", flush=True)
        time.sleep(300)
    """
    with Child(python(stubborn), stdin=DEVNULL) as child:
        assert child.popen.stdout is not None
        child.popen.stdout.readline()
        with pytest.raises(TimeoutExpired):
            child.wait(0.05)
        assert child.alive
        assert child.stop(grace=0.1) == -signal.SIGKILL
        assert child.kill() == -signal.SIGKILL
    with Child(["sleep", "300"], stdin=DEVNULL) as polite:
        assert polite.stop(grace=10) == -signal.SIGTERM


@posix
def test_wall_limit_of_a_child() -> None:
    with Child(["sleep", "300"], limits=Limits(wall_seconds=0.2), stdin=DEVNULL) as child:
        assert child.wait(10) == -signal.SIGKILL
        assert child.timed_out


def test_threads_may_start_children_at_once() -> None:
    codes: list[int] = []

    def one(number: int) -> None:
        codes.append(run(python(f"raise SystemExit({number})"), limits=FREE).returncode)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == list(range(6))


@posix
def test_descriptors_pass_only_when_asked() -> None:
    read, write = os.pipe()
    try:
        done = run(python("import os, sys; print(os.path.exists(f'/dev/fd/{sys.argv[1]}'))", str(write)), limits=FREE)
        assert done.stdout.strip() == b"False"
        with Child(python("import os, sys; os.write(int(sys.argv[1]), b'hi')", str(write)), pass_fds=[write]) as child:
            assert child.wait(20) == 0
        assert os.read(read, 2) == b"hi"
    finally:
        os.close(read)
        os.close(write)


@posix
def test_a_forked_copy_starts_its_own_children() -> None:
    """After os.fork the spawner's thread is gone: the copy makes a new one instead of waiting for ever."""
    assert run(["true"], limits=FREE).returncode == 0
    source = """
        import os
        from flatrender.core.process import Limits, run
        run(["true"], limits=Limits(30))
        pid = os.fork()
        if pid == 0:
            os._exit(run(["true"], limits=Limits(30)).returncode)
        raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """
    done = run([sys.executable, "-W", "ignore", "-c", textwrap.dedent(source)], limits=Limits(wall_seconds=60))
    assert (done.returncode, done.reason) == (0, "exit"), done.stderr
