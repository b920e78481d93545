"""What of a measured time was the machine's: how long they stood ready who had work to do, while others had the cores.

A test of a few milliseconds beside a whole suite on two cores would otherwise ask for an idle machine. Waiting for a
lock, a disk, or an answer is none of that, and neither is work.
"""

import threading
from pathlib import Path


def paused(*pids: int) -> float:
    """Seconds until now, of this thread and of the processes `pids`, which work for it by turns; as Linux counts."""
    files = [f"/proc/self/task/{threading.get_native_id()}/schedstat", *(f"/proc/{pid}/schedstat" for pid in pids)]
    return sum(int(Path(file).read_text().split()[1]) for file in files) / 1e9
