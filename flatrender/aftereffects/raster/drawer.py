"""One child process that draws, and the memory shared with it."""

import contextlib
import mmap
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from typing import Final

from flatrender.aftereffects.messages import Channel, Closed, TimedOut
from flatrender.core.errors import ProcessFailed
from flatrender.core.process import PIPE, Child, Limits, TimeoutExpired

KEPT_BYTES: Final = 4 * 3840 * 2160 * 4
"""Of its shared memory; a child that drew larger frames ends after them."""


class Drawer:
    """One child process and the memory shared with it."""

    def __init__(self, command: Sequence[str], limits: Limits, env: Mapping[str, str]) -> None:
        self._fd = _shared_file()
        self._memory: mmap.mmap | None = None
        self._size = 0
        self.is_plain = False
        """Whether what it loaded last is of plain outlines."""
        self.fills = False
        """Whether it is ready to fill such, in half of ThorVG's time."""
        try:
            self.child = Child(
                [*command, str(self._fd)],
                limits=limits,
                env=env,
                stdin=PIPE,
                stdout=PIPE,
                keep_stderr=4096,
                pass_fds=(self._fd,),
            )
        except BaseException:
            os.close(self._fd)
            raise
        popen = self.child.popen
        assert popen.stdin is not None
        assert popen.stdout is not None
        self.channel = Channel(popen.stdout.fileno(), popen.stdin.fileno())

    def view(self, size: int) -> memoryview:
        """The shared memory, at least `size` bytes. A frame still held by a caller keeps its own mapping alive."""
        if self._memory is None or self._size < size:
            os.ftruncate(self._fd, size)
            self._memory = mmap.mmap(self._fd, size)
            self._size = size
        return memoryview(self._memory)

    def why(self, frame: float | None, error: Exception) -> ProcessFailed:
        """Ends the child and says how it failed, and at which frame."""
        hung = isinstance(error, TimedOut)
        if not hung:  # it closed its pipe: let it end by itself, so that the reason is its own
            try:
                self.child.wait(2)
            except TimeoutExpired:
                hung = True
        code = self.child.kill()
        words = self.child.last_words()
        where = "before the first frame" if frame is None else f"at frame {frame:g}"
        if code == -signal.SIGKILL and not hung and not self.child.timed_out:  # no fault of what it drew
            self.close()
            return ProcessFailed(
                f"The renderer was ended from outside {where}, as it is where the memory runs out; try again.",
                frame=frame,
                log=words,
            )
        if hung or self.child.timed_out:
            how = "took too long"
        elif code == -signal.SIGXCPU:
            how = "used up its processor time"
        elif code < 0:
            how = f"crashed ({signal.Signals(-code).name})"
        else:
            how = f"ended with status {code}"
        self.close()
        return ProcessFailed(
            f"The renderer {how} {where}; this composition cannot be drawn as it is.",
            code="renderer-failed",
            frame=frame,
            log=words,
        )

    @property
    def is_large(self) -> bool:
        """Whether its shared memory, which only grows, is more than a warm child may hold."""
        return self._size > KEPT_BYTES

    def rest(self) -> None:
        """While nobody waits it gets ready to fill, if what it has drawn could have been filled."""
        if self.is_plain and not self.fills:
            self.fills = True
            with contextlib.suppress(Closed):  # whoever takes it next will notice
                self.channel.send({"do": "rest"})

    def stop(self, seconds: float) -> bool:
        """Stops a drawing in the middle; whether the child is ready for the next one."""
        try:
            self.channel.send({"do": "stop"})
            while not self.channel.receive(seconds)[0].get("done"):
                pass
        except (Closed, TimedOut):
            return False
        return True

    def close(self) -> None:
        self.child.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _shared_file() -> int:
    """Anonymous shared memory: a memfd, else an unlinked temporary file."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("flatrender-frames", os.MFD_CLOEXEC)
    handle, name = tempfile.mkstemp(prefix="flatrender-frames-")
    os.unlink(name)
    return handle
