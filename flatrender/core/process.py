"""The only place that starts processes. Every child is limited, alone in its own session, and dies with its parent.

On Linux a child first runs a launcher of a few lines (`_LAUNCHER`, about 12 ms) that asks the kernel for
`PR_SET_PDEATHSIG`, sets the resource limits and then becomes the wanted program by `exec`: the pid stays the same.
Nothing of ours runs between fork and exec (no `preexec_fn`, which can deadlock a process with threads), so Python may
use `vfork` and a large parent costs nothing.

The kernel sends the parent-death signal when the *thread* that forked ends, not the process. A request or pool thread
may end long before its child, so one daemon thread (`_Spawner`) that lives as long as the process starts them all.

macOS has resource limits but no parent-death signal, Windows neither: there children are ended by `atexit` and the
wall clock alone.
"""

import atexit
import contextlib
import os
import queue
import select
import shutil
import signal
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Literal

from flatrender.core.errors import Unavailable

PIPE: Final = subprocess.PIPE
DEVNULL: Final = subprocess.DEVNULL
STDOUT: Final = subprocess.STDOUT
TimeoutExpired = subprocess.TimeoutExpired

Reason = Literal["exit", "timeout", "signal"]

_POSIX = os.name == "posix"
_LINUX = sys.platform == "linux"
_CHUNK = 65536

# argv: parent's pid (0: no parent-death signal), memory, cpu, file size (bytes, seconds; -1: unlimited), program…
# Python ignores SIGPIPE and SIGXFSZ, and what is ignored stays so across exec: given back before it.
_LAUNCHER = """
import os, resource, signal, sys
parent, memory, cpu, size = map(int, sys.argv[1:5])
if parent:
    import ctypes
    ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(137)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
def limit(what, soft, hard):
    most = resource.getrlimit(what)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(what, (soft, hard))
try:
    limit(resource.RLIMIT_CORE, 0, 0)
    if cpu >= 0:
        limit(resource.RLIMIT_CPU, cpu, cpu + 2)
    if size >= 0:
        limit(resource.RLIMIT_FSIZE, size, size)
    if memory >= 0:
        limit(resource.RLIMIT_AS, memory, memory)
    os.execv(sys.argv[5], sys.argv[5:])
except (OSError, ValueError) as error:
    os.write(2, f"cannot start {sys.argv[5]}: {error}\\n".encode())
    os._exit(127)
"""


@dataclass(frozen=True)
class Limits:
    """What a child may use; None means no limit of ours.

    `wall_seconds`: time by the wall clock, then the whole group is killed. `cpu_seconds`: processor time of the child
    (SIGXCPU, two seconds later SIGKILL). `memory_bytes`: address space. `file_bytes`: size of any one file it writes.
    """

    wall_seconds: float | None = None
    cpu_seconds: int | None = None
    memory_bytes: int | None = None
    file_bytes: int | None = None


@dataclass(frozen=True)
class Completed:
    """How a child ended. `returncode` is negative for a signal, as in `subprocess`.

    `reason`: "timeout" when its wall or processor time was used up, "signal" when a signal ended it, else "exit".
    `truncated`: an output was longer than the bound (`stdout` keeps its beginning, `stderr` its end).
    """

    returncode: int
    stdout: bytes
    stderr: bytes
    reason: Reason
    truncated: bool = False


def leave_first_process() -> None:
    """Call early. The first process of a container must collect everybody's orphans: goes on in a child of it.

    The first process then only reaps, passes SIGTERM and SIGHUP on (Ctrl+C reaches the child by itself), and ends as
    the child ends. Elsewhere nothing happens.
    """
    if not _POSIX or os.getpid() != 1:
        return
    child = os.fork()
    if child == 0:
        return

    def forward(number: int, frame: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, forward)
    signal.signal(signal.SIGHUP, forward)
    while True:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def begin_anew() -> None:
    """This very command from its beginning, in this process, with the program as it now is on the disk."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os.execv(sys.executable, [sys.executable, "-m", "flatrender", *sys.argv[1:]])  # noqa: S606 (what is meant)


class _Spawner:
    """Starts processes from one thread that lives as long as this process does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], queue.SimpleQueue[Any]]] | None = None

    def call(self, start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._calls is None:
                self._calls = queue.SimpleQueue()
                threading.Thread(target=self._serve, args=(self._calls,), name="spawner", daemon=True).start()
            calls = self._calls
        answer: queue.SimpleQueue[subprocess.Popen[bytes] | BaseException] = queue.SimpleQueue()
        calls.put((start, answer))
        result = answer.get()
        if isinstance(result, BaseException):
            raise result
        return result

    @staticmethod
    def _serve(calls: queue.SimpleQueue[tuple[Callable[[], Any], queue.SimpleQueue[Any]]]) -> None:
        while True:
            start, answer = calls.get()
            try:
                answer.put(start())
            except BaseException as error:
                answer.put(error)
            del start, answer

    def forget(self) -> None:
        """In a forked copy the thread is gone and the lock may be held by nobody."""
        self.__init__()  # type: ignore[misc]  # the same object, as new


_spawner = _Spawner()
_living: weakref.WeakSet["Child"] = weakref.WeakSet()


def _after_fork() -> None:
    _spawner.forget()
    _living.clear()  # a forked copy must not kill its parent's children


if _POSIX:
    os.register_at_fork(after_in_child=_after_fork)


@atexit.register
def _kill_living() -> None:
    for child in list(_living):
        child.kill()


def _program(argv: Sequence[str | os.PathLike[str]], env: Mapping[str, str] | None) -> list[str]:
    """The command line with an absolute program, or Unavailable: the launcher could only fail later and worse."""
    words = [os.fspath(word) for word in argv]
    path = (os.environ if env is None else env).get("PATH")
    found = shutil.which(words[0], path=path)
    if found is None:
        name = os.path.basename(words[0])
        raise Unavailable(f"The program “{name}” was not found; `flatrender doctor` says what is missing.")
    return [os.path.abspath(found), *words[1:]]


def _launched(words: list[str], limits: Limits) -> list[str]:
    rlimits = (limits.memory_bytes, limits.cpu_seconds, limits.file_bytes)
    if not _POSIX or (not _LINUX and all(limit is None for limit in rlimits)):
        return words
    numbers = [os.getpid() if _LINUX else 0, *(-1 if limit is None else int(limit) for limit in rlimits)]
    return [sys.executable, "-I", "-S", "-c", _LAUNCHER, *map(str, numbers), *words]


class Child:
    """A running child process in a session (and process group) of its own, which dies with this process.

    `stdin`, `stdout`, `stderr`: as in `subprocess` (PIPE, DEVNULL, STDOUT, a file, None to inherit). With
    `keep_stderr` bytes the child's stderr is drained by a thread and its end kept for `last_words()`.
    `pass_fds`: descriptors that stay open in the child. As a context manager it is killed, group and all, at the end.

    Raises Unavailable when the program does not exist. Thread-safe but for the pipes themselves.
    """

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        stdin: int | IO[Any] | None = PIPE,
        stdout: int | IO[Any] | None = PIPE,
        stderr: int | IO[Any] | None = None,
        keep_stderr: int = 0,
        bufsize: int = -1,
        pass_fds: Sequence[int] = (),
    ) -> None:
        limits = limits or Limits()
        words = _launched(_program(argv, env), limits)
        options: dict[str, Any] = {
            "env": env,
            "cwd": cwd,
            "stdin": stdin,
            "stdout": stdout,
            "stderr": PIPE if keep_stderr else stderr,
            "bufsize": bufsize,
        }
        if _POSIX:
            options |= {"start_new_session": True, "pass_fds": tuple(pass_fds)}
        else:
            options["creationflags"] = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        self._lock = threading.RLock()
        self._done = False
        self._timer: threading.Timer | None = None
        self._tail: _Tail | None = None
        self._wakeup: int | None = None
        self.timed_out = False
        self.popen: subprocess.Popen[bytes] = _spawner.call(lambda: subprocess.Popen(words, **options))
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self._wakeup = os.pidfd_open(self.popen.pid)
        _living.add(self)
        if keep_stderr and self.popen.stderr is not None:
            self._tail = _Tail(self.popen.stderr, keep_stderr)
        if limits.wall_seconds is not None:
            self._timer = threading.Timer(limits.wall_seconds, self._expire)
            self._timer.daemon = True
            self._timer.start()

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        """Whether the child itself still runs (does not wait)."""
        with self._lock:
            if self._done:
                return False
            if not self._ended(0):
                return True
        self._reap()
        return False

    def wait(self, timeout: float | None = None) -> int:
        """The return code once it has ended, its group swept and reaped; `TimeoutExpired` when it runs on."""
        if not self._done and not self._ended(timeout):
            raise TimeoutExpired(self.popen.args, timeout or 0.0)
        self._reap()
        return int(self.popen.returncode)

    def terminate(self) -> None:
        """Asks the whole group to end (SIGTERM)."""
        self._signal(signal.SIGTERM)

    def stop(self, grace: float = 5.0) -> int:
        """Asks, waits up to `grace` seconds, then kills. The return code."""
        self.terminate()
        with contextlib.suppress(TimeoutExpired):
            return self.wait(grace)
        return self.kill()

    def kill(self) -> int:
        """Kills the whole group at once, and reaps. The return code. May be called again."""
        if not self._done:
            self._signal(signal.SIGKILL if _POSIX else signal.SIGTERM)
            self._ended(None)
            self._reap()
        return int(self.popen.returncode)

    def last_words(self) -> str:
        """The end of the child's stderr (with `keep_stderr`), complete once the child has ended."""
        return self._tail.text(complete=self._done) if self._tail else ""

    def close(self) -> None:
        """Kills the child if it runs, and closes its pipes."""
        self.kill()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()
        if self._tail:
            self._tail.text(complete=True)
        elif self.popen.stderr is not None:
            self.popen.stderr.close()

    def __del__(self) -> None:
        if hasattr(self, "popen"):
            with contextlib.suppress(Exception):
                self.kill()

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _expire(self) -> None:
        self.timed_out = True
        self.kill()

    def _ended(self, timeout: float | None) -> bool:
        """Waits for the end without reaping: as long as the pid is ours nobody else can get the group's number."""
        with self._lock:
            wakeup = None if self._wakeup is None or self._done else os.dup(self._wakeup)
        if wakeup is not None:
            try:
                waiter = select.poll()
                waiter.register(wakeup, select.POLLIN)
                return bool(waiter.poll(None if timeout is None else max(0.0, timeout) * 1000))
            finally:
                os.close(wakeup)
        try:
            self.popen.wait(timeout)
        except TimeoutExpired:
            return False
        return True

    def _reap(self) -> None:
        """After the end: ends what the child left behind in its group, then collects it."""
        with self._lock:
            if self._done:
                return
            self._signal(signal.SIGKILL if _POSIX else signal.SIGTERM)
            self.popen.wait()
            self._done = True
            if self._wakeup is not None:
                os.close(self._wakeup)
                self._wakeup = None
        _living.discard(self)
        if self._timer:
            self._timer.cancel()

    def _signal(self, number: int) -> None:
        with self._lock:
            if self._done:
                return
            if _POSIX:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.popen.pid, number)
            else:
                _end_tree(self.popen.pid)


def _end_tree(pid: int) -> None:
    """Where there are no process groups: the descendants, then the process."""
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for member in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.Error):
                member.kill()


class _Tail:
    """Drains a pipe in a thread and keeps its last `limit` bytes."""

    def __init__(self, pipe: IO[bytes], limit: int) -> None:
        self._pipe, self._limit, self._size = pipe, limit, 0
        self._parts: deque[bytes] = deque()
        self._lock = threading.Lock()
        self.truncated = False
        self._thread = threading.Thread(target=self._drain, name="stderr", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        descriptor = self._pipe.fileno()
        with contextlib.suppress(OSError, ValueError), self._pipe:
            while part := os.read(descriptor, _CHUNK):
                with self._lock:
                    self._parts.append(part)
                    self._size += len(part)
                    while self._size - len(self._parts[0]) >= self._limit:
                        self._size -= len(self._parts.popleft())
                        self.truncated = True

    def data(self, *, complete: bool) -> bytes:
        if complete:
            self._thread.join(5)  # a grandchild in another session may hold the pipe open for ever
        with self._lock:
            joined = b"".join(self._parts)
        self.truncated |= len(joined) > self._limit
        return joined[-self._limit :]

    def text(self, *, complete: bool) -> str:
        return self.data(complete=complete).decode("utf-8", "replace").strip()


class _Head:
    """Drains a pipe in a thread and keeps its first `limit` bytes."""

    def __init__(self, pipe: IO[bytes], limit: int) -> None:
        self._pipe, self._limit = pipe, limit
        self.kept = bytearray()
        self.truncated = False
        self._thread = threading.Thread(target=self._drain, name="stdout", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        descriptor = self._pipe.fileno()
        with contextlib.suppress(OSError, ValueError), self._pipe:
            while part := os.read(descriptor, _CHUNK):
                room = self._limit - len(self.kept)
                self.truncated |= len(part) > room
                self.kept += part[:room]

    def data(self) -> bytes:
        self._thread.join(5)
        return bytes(self.kept)


def _feed(pipe: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, OSError, ValueError), pipe:
        pipe.write(data)


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    limits: Limits,
    input: bytes | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    max_output: int = 64 * 1024 * 1024,
) -> Completed:
    """Runs a program to its end and returns what it wrote (each stream bounded by `max_output` bytes).

    Never raises for a bad exit: look at `reason` and `returncode`. Raises Unavailable when the program does not exist.
    """
    with Child(
        argv,
        limits=Limits(None, limits.cpu_seconds, limits.memory_bytes, limits.file_bytes),
        env=env,
        cwd=cwd,
        stdin=DEVNULL if input is None else PIPE,
        stdout=PIPE,
        keep_stderr=max_output,
    ) as child:
        assert child.popen.stdout is not None
        assert child._tail is not None
        head, tail = _Head(child.popen.stdout, max_output), child._tail
        if input is not None and child.popen.stdin is not None:
            threading.Thread(target=_feed, args=(child.popen.stdin, input), name="stdin", daemon=True).start()
        timed_out = False
        try:
            returncode = child.wait(limits.wall_seconds)
        except TimeoutExpired:
            timed_out = True
            returncode = child.kill()
        stdout, stderr = head.data(), tail.data(complete=True)
    spent = _POSIX and returncode == -signal.SIGXCPU
    reason: Reason = "timeout" if timed_out or spent else "signal" if returncode < 0 else "exit"
    return Completed(returncode, stdout, stderr, reason, head.truncated or tail.truncated)
