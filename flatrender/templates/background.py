"""One thread for the catalogue's drawing, so that an upload is answered before its pictures are made.

What waits here is lost with the process, which does not wait for it: a node makes missing pictures with the preview.
"""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger(__name__)
_queue: SimpleQueue[Callable[[], object]] = SimpleQueue()
_lock = threading.Lock()
_thread: threading.Thread | None = None


def submit(call: Callable[[], object]) -> None:
    """Runs `call` soon, after those submitted before. Its errors are logged."""
    global _thread  # noqa: PLW0603
    _queue.put(call)
    with _lock:
        if _thread is None:
            _thread = threading.Thread(target=_run, name="catalogue", daemon=True)
            _thread.start()


def finish(timeout: float = 120.0) -> bool:
    """Waits until all that was submitted before is done; False when `timeout` seconds were not enough."""
    done = threading.Event()
    submit(done.set)
    return done.wait(timeout)


def _run() -> None:
    while True:
        call = _queue.get()
        try:
            call()
        except Exception:
            log.exception("drawing for the catalogue failed")
