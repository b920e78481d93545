"""What of a measured time was the machine's: how long they stood ready who had work to do, while others had the cores.

A test of a few milliseconds beside a whole suite on two cores would otherwise ask for an idle machine. Waiting for a
lock, a disk, or an answer is none of that, and neither is work.
"""

import threading
from contextlib import suppress
from pathlib import Path


def paused(*pids: int) -> float:
    """Seconds until now, of this thread and of the processes `pids`, which work for it by turns; as Linux counts."""
    files = [f"/proc/self/task/{threading.get_native_id()}/schedstat", *(f"/proc/{pid}/schedstat" for pid in pids)]
    return sum(int(Path(file).read_text().split()[1]) for file in files) / 1e9


def paused_processes(*pids: int) -> float:
    """The same of all threads of other processes that are still there."""
    files = [file for pid in pids for file in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    seconds = 0.0
    for file in files:
        with suppress(OSError):  # it has just ended
            seconds += int(file.read_text().split()[1]) / 1e9
    return seconds
