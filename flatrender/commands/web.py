"""`flatrender web`: the pages and the API alone, on one port, for installations that start each service themselves."""

import argparse
import gc
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flatrender.commands import here
from flatrender.core import process
from flatrender.core.errors import InvalidInput, ProcessFailed

if TYPE_CHECKING:
    from flatrender.settings import Settings

COUNTS = "_FLATRENDER_COUNTS"  # see api.limits
THREADS = 8  # of each of several web processes, for what would hold its event loop up


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--host", help="the address to listen on (default: FLATRENDER_HOST, else 127.0.0.1)")
    parser.add_argument("--port", type=int, help="the port (default: FLATRENDER_PORT, else 8000)")
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Builds the pages if their sources have changed, then serves until stopped."""
    if arguments.port:
        os.environ["FLATRENDER_PORT"] = str(arguments.port)  # addresses of sites name it
    here.use_folder(arguments)
    from flatrender.settings import get_settings
    from flatrender.ui import build

    settings = get_settings()
    workdir = work_folder(settings.data_dir)
    if not build.is_built(workdir):
        print("web: building the pages…", file=sys.stderr, flush=True)
        done = process.run(
            build.build_command(workdir), limits=process.Limits(wall_seconds=900), env=build_environment(workdir)
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
            raise ProcessFailed(f"The pages could not be built.\n{said[-3000:]}")
    serve(workdir, arguments.host or settings.host, arguments.port or settings.port)
    return 0


def work_folder(data: Path) -> Path:
    """Where the built pages lie: below the data folder, or FLATRENDER_WEB_BUILD for several data folders."""
    given = os.environ.get("FLATRENDER_WEB_BUILD")
    return Path(given).resolve() if given else data / "web"


def build_environment(workdir: Path) -> dict[str, str]:
    """The environment of a build: ours, with the Node that was found first on the PATH."""
    from flatrender.core.runtime import find_node, path_with
    from flatrender.ui import build

    env = {**os.environ, **build.environment(workdir)}
    if node := find_node():
        env["PATH"] = path_with(node, os.environ)
    return env


def check_processes(settings: "Settings", redis_url: str | None) -> None:
    """Raises InvalidInput where several web processes would not find what each other knows, or a node would find it."""
    if settings.web_processes == 1:
        return
    if redis_url is None or settings.database_url.startswith("sqlite"):
        raise InvalidInput("FLATRENDER_WEB_PROCESSES above 1 needs PostgreSQL (DATABASE_URL) and a Redis (REDIS_URL).")
    if settings.pages_redis_url is None:
        raise InvalidInput(
            "FLATRENDER_WEB_PROCESSES above 1 keeps open pages in a Redis of their own: start a second one, which no "
            "node reaches, and give its address as FLATRENDER_PAGES_REDIS_URL."
        )
    if _redis_server(settings.pages_redis_url) == _redis_server(redis_url):
        raise InvalidInput(
            "FLATRENDER_PAGES_REDIS_URL is the Redis of REDIS_URL, which nodes reach; start a second one for the pages."
        )


def _redis_server(url: str) -> tuple[str, int]:
    """Which server an address names: host and port, or its socket's path. Another database of it is no other server."""
    try:
        read = urlsplit(url)
        host, port = (read.hostname or "localhost").rstrip("."), read.port or 6379
    except ValueError:
        read = None
    if read is None or read.scheme not in {"redis", "rediss", "unix"}:
        raise InvalidInput("A Redis address is no redis://, rediss:// or unix://; see REDIS_URL and _PAGES_REDIS_URL.")
    if read.scheme == "unix":
        return str(Path(read.path).resolve()), 0
    return ("localhost" if host == "::1" or host.startswith("127.") else host), port


def several(settings: "Settings") -> dict[str, str]:
    """What the environment says to web processes that serve one port together. Raises InvalidInput."""
    check_processes(settings, settings.redis_url)
    if settings.web_processes == 1 or settings.pages_redis_url is None:
        return {}
    counts = settings.data_dir / "run" / "counts"
    counts.unlink(missing_ok=True)
    # A page's state lies in Redis then: a browser that connects anew may meet another process. It lies there as a
    # pickle, so that this Redis is the web processes' alone. A handler may take as long as the database does; with
    # Reflex's own ten seconds it would lose what it does.
    state = {"REFLEX_REDIS_URL": settings.pages_redis_url, "REFLEX_STATE_MANAGER_MODE": "redis"}
    locks = {"REFLEX_REDIS_LOCK_EXPIRATION": "60000", "REFLEX_REDIS_LOCK_WARNING_THRESHOLD": "30000"}
    return {**state, **locks, **({COUNTS: str(counts)} if sys.platform != "win32" else {})}


def serve(workdir: Path, host: str, port: int) -> None:
    """Serves in one or several workers of granian, which share the port; returns after SIGTERM or Ctrl+C."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from flatrender.settings import get_settings
    from flatrender.ui import build

    settings = get_settings()
    os.environ.update({**build.start_environment(workdir), **several(settings)})
    os.chdir(build.site(workdir))
    sys.path.insert(0, str(build.site(workdir)))
    Server(
        target="flatrender.commands.web:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=settings.web_processes,
        workers_kill_timeout=3,
        # One alone is the supervisor's to start again, who waits longer each time. Of several the others go on.
        respawn_failed_workers=settings.web_processes > 1,
        log_level=LogLevels.warning,
    ).serve()


def application() -> Callable[..., Any]:
    """The ASGI application, made inside granian's worker. The worker ends with its parent, however that ends."""
    _end_with_parent()
    import anyio.to_thread

    from flatrender.flatrender import api, app
    from flatrender.settings import get_settings

    # A request goes through several threads: with Python's own 5 ms each waits its turn behind the work of others, and
    # at 75 requests a second the slowest took five times as long.
    sys.setswitchinterval(0.0005)
    made: Callable[..., Any] = app()
    _rest_the_collector()

    threads = THREADS if get_settings().web_processes > 1 else 0

    async def serve_one(scope: Any, receive: Any, send: Any) -> None:
        if threads and scope["type"] == "lifespan":
            # Several processes fill the cores: more threads in each only wait for each other, and for connections that
            # the database opens beyond those that are kept.
            anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        # What is around the API for the pages' sake (Reflex's contexts, three more layers) is a tenth of a request.
        straight = scope["type"] == "http" and scope["path"].startswith("/api/")
        await (api if straight else made)(scope, receive, send)

    return serve_one


def _rest_the_collector() -> None:
    # Nobody is answered while Python looks for garbage in cycles. What the start has made stays, and was looked through
    # every few seconds (half a second each time); what lives longer than a request is now looked through seldom.
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 100)


def _end_with_parent() -> None:
    # granian forks this worker; a supervisor that is killed takes granian along (core.process), and granian us.
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
