"""One thread for the catalogue's drawing, so that an upload is answered before its pictures are made.

What runs here may be lost with the process: pictures are made again by `pictures.make` when they are missing.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

log = logging.getLogger(__name__)
_executor: ThreadPoolExecutor | None = None
_running: set[Future[None]] = set()
_lock = Lock()


def submit(call: Callable[[], object]) -> None:
    """Runs `call` soon. Its errors are logged."""
    global _executor  # noqa: PLW0603
    with _lock:
        if _executor is None:
            _executor = ThreadPoolExecutor(1, thread_name_prefix="catalogue")
        future = _executor.submit(_run, call)
        _running.add(future)
    future.add_done_callback(_running.discard)


def finish(timeout: float = 120.0) -> None:
    """Waits until all that was submitted is done."""
    wait(tuple(_running), timeout)


def _run(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception:
        log.exception("drawing for the catalogue failed")
