"""What is seen of a scene while it is drawn: now and then its last frame, as the job's picture, and a line in the log.

A frame is made small where it is drawn, within milliseconds; the rest goes on in a thread of its own, one at a time, so
that nothing the storage or the database does holds up the renderer.
"""

import io
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flatrender.core.errors import FlatRenderError
from flatrender.core.storage import get_storage
from flatrender.farm import log as job_log
from flatrender.renders import writer
from workers.context import TaskContext
from workers.handlers import jobs

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger(__name__)
PICTURE_SECONDS = 1.2  # between two pictures: with what storing one takes, and the frame before it, two seconds
LINE_SECONDS = (5.0, 60.0)  # between two lines, first and at the most; a tenth of what has passed in between


class Watched:
    """Shown every frame of a task. It ends no render, whatever happens to it."""

    def __init__(self, context: TaskContext, frames: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._context, self._frames = context, frames
        self._clock = clock
        self._storing = threading.Lock()
        self._blind = False
        self._began_at = self._pictured_at = self._said_at = clock()
        # Apart from the picture of the finished film, which a late one must not replace.
        self._key = jobs.picture_key(context, live=True)

    def __call__(self, frame: memoryview, size: tuple[int, int], drawn: int) -> None:
        """The frame that was just drawn, as R, G, B, A or as planes; `drawn`: how many there are by now."""
        now = self._clock()
        if self._blind or now - self._pictured_at < PICTURE_SECONDS or not self._storing.acquire(blocking=False):
            return
        self._pictured_at = now
        try:
            small = _small(frame, size)
            threading.Thread(target=self._keep, args=(small, self._line(now, drawn)), name="watch", daemon=True).start()
        except Exception:
            self._blind = True  # the next frames would do the same
            self._storing.release()
            log.exception("task %s: its frames cannot be shown", self._context.task_id)

    def _line(self, now: float, drawn: int) -> str | None:
        passed, (first, most) = now - self._began_at, LINE_SECONDS
        if now - self._said_at < min(max(first, passed / 10), most):
            return None
        self._said_at = now
        rate = f"{drawn / passed:.1f}"
        return f"{self._context.name}: drawn to frame {drawn} of {self._frames}, {rate} frames a second"

    def _keep(self, small: "Image", line: str | None) -> None:
        context = self._context
        try:
            made = io.BytesIO()
            small.save(made, "PNG", compress_level=1)
            get_storage().put_bytes(made.getvalue(), self._key)
            with context.database.tenant_session(context.tenant_id) as session:
                if not writer.shown(session, context.task_id, context.epoch, self._key):
                    return
                if line is not None:
                    job_log.write(session, context.tenant_id, context.owner_id, line, task_id=context.task_id)
        except (FlatRenderError, OSError) as error:  # the next one may be kept
            log.warning("task %s: its last frame was not kept: %s", context.task_id, error)
        except Exception:
            self._blind = True
            log.exception("task %s: its last frame was not kept", context.task_id)
        finally:
            self._storing.release()


# Y, Cb, Cr of limited range to R, G, B, 0 to 255 (ITU-R BT.709).
_TO_RGB = (
    *(1.1644, 0.0, 1.7927, -248.1),
    *(1.1644, -0.2132, -0.5329, 76.9),
    *(1.1644, 2.1124, 0.0, -289.0),
)


def _small(frame: memoryview, size: tuple[int, int]) -> "Image":
    """A copy no wider than the job's picture by much: the frame's memory is used again."""
    from PIL.Image import frombuffer  # loaded only now: most scenes are drawn before anybody looks

    fewer = max(1, size[0] // jobs.PICTURE_WIDTH)
    if len(frame) < 4 * size[0] * size[1]:
        return _small_of_planes(frame, size, fewer)
    whole = frombuffer("RGBA", size, frame, "raw", "RGBA", 0, 1)  # type: ignore[arg-type]  # it takes any buffer
    return whole.reduce(fewer)


def _small_of_planes(frame: memoryview, size: tuple[int, int], fewer: int) -> "Image":
    """Of a frame as an encoder takes it: Y, Cb and Cr, the latter at half the size."""
    from PIL.Image import frombuffer, merge

    luma, half = size[0] * size[1], (size[0] // 2, size[1] // 2)
    parts = ((0, size, fewer), (luma, half, max(1, fewer // 2)), (luma + luma // 4, half, max(1, fewer // 2)))
    planes = [
        frombuffer("L", shape, frame[begin : begin + shape[0] * shape[1]], "raw", "L", 0, 1).reduce(less)  # type: ignore[arg-type]
        for begin, shape, less in parts
    ]
    return merge("RGB", [plane.resize(planes[0].size) for plane in planes]).convert("RGB", _TO_RGB)
