"""What a node tells of itself: processor, memory, disk, as psutil measures them."""

from pathlib import Path
from typing import Any

import psutil

LEAST_FREE = 256 * 1024**2


def measure(folder: Path) -> dict[str, Any]:
    """Percentages, and bytes where the name says so. `folder`: where the node keeps its files."""
    memory = psutil.virtual_memory()
    disk = psutil.disk_usage(str(folder))
    return {
        "cpu_percent": psutil.cpu_percent(interval=None),
        "cpu_count": psutil.cpu_count() or 1,
        "memory_percent": memory.percent,
        "memory_bytes": memory.total,
        "disk_percent": disk.percent,
        "disk_free_bytes": disk.free,
        "process_bytes": psutil.Process().memory_info().rss,
    }


def problem(health: dict[str, Any]) -> str | None:
    """Why the node should not take work, in one sentence; None when it may."""
    if health["disk_free_bytes"] < LEAST_FREE:
        return f"No space: only {health['disk_free_bytes'] // 10**6} MB are free on the node's disk."
    return None
