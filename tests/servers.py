"""Real servers for tests: PostgreSQL and Redis on temporary folders and free ports."""

import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import TracebackType

import psycopg
import redis

from flatrender.core import process
from flatrender.core.runtime import find_redis

QUICK = process.Limits(wall_seconds=60)

# Waits until each has ended: the signal alone may arrive after the next statement.
END_THE_OTHERS = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


# Below those that the system gives to outgoing connections (Linux from 32,768 on, others from 49,152): one of the many
# that tests make would have the port by the time a server begins to listen, up to a minute later for a studio.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A TCP port on localhost that nobody listens on at this moment."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def find_redis_server() -> Path | None:
    """A Redis server's program as `flatrender up` would find it."""
    found = find_redis()
    return found.path if found else None


class PostgresServer:
    """A PostgreSQL server of its own. It refuses to run as root, so root starts it as `nobody`.

    `listen`: the address it answers at; `before`: words before each command, for one that stands in a network of its
    own. Its socket file is reached from any network: `at` says how.
    """

    def __init__(self, binaries: Path, listen: str = "127.0.0.1", before: Sequence[str] = ()) -> None:
        self._binaries, self._listen, self._before = binaries, listen, before
        self._names = count(1)
        self.folder = Path(tempfile.mkdtemp(prefix="fr-postgres-"))
        self.port = free_port()

    def __enter__(self) -> "PostgresServer":
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody")
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Starts it and waits until it accepts connections."""
        options = f"-c listen_addresses={self._listen} -c port={self.port} -c unix_socket_directories={self.folder} -F"
        # With a log file of its own; it would otherwise hold our pipe open for ever.
        log = self.folder / "log"
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", str(log), "-o", options, "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stops it: `fast` ends the sessions, `immediate` is a crash."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop", check=False)

    def process_id(self) -> int:
        """Of the process above those of the connections."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def reload(self) -> None:
        """Reads its configuration again."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "reload")

    @contextmanager
    def database(self, owner: str = "postgres", *, like: str = "template1") -> Iterator[str]:
        """The URL of a new database, dropped at the end: empty, or a copy of another to which nobody is connected.
        Another `owner` than the server's is no superuser."""
        name = f"test_{next(self._names)}"
        admin = self.at("postgres")
        with psycopg.connect(admin, autocommit=True) as connection:
            if owner != "postgres":
                connection.execute(f'CREATE ROLE "{owner}" LOGIN'.encode())
            connection.execute(f'CREATE DATABASE "{name}" OWNER "{owner}" TEMPLATE "{like}"'.encode())
        yield self.at(name) if self._before else f"postgresql://{owner}@{self._listen}:{self.port}/{name}"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            if owner != "postgres":
                connection.execute(f'DROP ROLE "{owner}"'.encode())

    def at(self, database: str) -> str:
        """The URL of a database by the server's socket file."""
        return f"postgresql://postgres@/{database}?host={self.folder}&port={self.port}"

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        words = [str(self._binaries / program), *arguments]
        if os.geteuid() == 0:
            words = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", *words]
        words = [*self._before, *words]
        done = process.run(words, limits=QUICK, env={**os.environ, "LC_ALL": "C.UTF-8"}, cwd=self.folder)
        if check and done.returncode != 0:
            log = self.folder / "log"
            said = (done.stdout + done.stderr).decode("utf-8", "replace")
            raise RuntimeError(f"{program} failed: {said}\n{log.read_text() if log.exists() else ''}")


class RedisServer:
    """A Redis server of its own, with an append-only file so that it can be killed and started again."""

    def __init__(self, binary: Path, *, append_only: bool = True) -> None:
        self._binary, self._append_only = binary, append_only
        self._child: process.Child | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="fr-redis-"))
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> "RedisServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Starts it and waits until it says that it accepts connections."""
        words = [str(self._binary), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        words += [
            "--appendonly",
            "yes" if self._append_only else "no",
            "--appendfsync",
            "always",
            "--save",
            "",
            "--daemonize",
            "no",
        ]
        child = process.Child(words, stdin=process.DEVNULL, stderr=process.STDOUT)
        assert child.popen.stdout is not None
        said = b""
        for line in child.popen.stdout:
            said += line
            if b"eady to accept connections" in line:
                self._child = child
                threading.Thread(target=child.popen.stdout.read, name="redis log", daemon=True).start()
                return
        child.close()
        raise RuntimeError(f"Redis did not start: {said.decode('utf-8', 'replace')}")

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        if self._child is not None:
            self._child.close()
            self._child = None

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It takes connections and answers nothing, as where the network to it drops packets."""
        assert self._child is not None
        os.kill(self._child.popen.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._child.popen.pid, signal.SIGCONT)

    def flush(self) -> None:
        """Removes every key."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
