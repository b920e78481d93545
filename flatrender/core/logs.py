"""What a process prints: lines for people, or with `FLATRENDER_LOG=json` one JSON object a line, for machines.

Whoever works on something says so with `about(task=…, job=…)`: every line printed meanwhile carries it.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})
_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=_NOTHING)


@contextmanager
def about(**what: str) -> Iterator[None]:
    """Lines of this thread (or coroutine) carry these names and values until the end of the block."""
    before = _about.set({**_about.get(), **what})
    try:
        yield
    finally:
        _about.reset(before)


class People(logging.Formatter):
    """A line with what it is about at its end."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        what = " ".join(f"{name}={value}" for name, value in _about.get().items())
        return super().formatMessage(record) + (f" [{what}]" if what else "")


class Machines(logging.Formatter):
    """`{"time", "level", "logger", "message", "task"?, "job"?, …, "error"?}`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_about.get(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def begin(env: Mapping[str, str] = os.environ) -> None:
    """From now on this process prints its log to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Machines() if env.get("FLATRENDER_LOG") == "json" else People())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
