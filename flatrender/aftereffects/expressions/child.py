"""The child in which strangers' JavaScript runs: worlds of QuickJS by their numbers, until the parent closes the pipe.

A script of its own, `python -I -S child.py FOLDER SECONDS MEMORY STACK` (FOLDER: where `_quickjs` lies), that loads
nothing else: so it starts in 30 ms. A request is what is wanted (one byte), the world's number, the length of the code,
and the code (UTF-8); an answer how it ended (one byte), the child's processor time so far in seconds, the length of the
text, and the text.
"""

import os
import struct
import sys
import time
from importlib import import_module

TYPE_CHECKING = False  # `typing` takes as long to load as all the rest
if TYPE_CHECKING:
    from typing import Any

REQUEST = struct.Struct("<BII")
ANSWER = struct.Struct("<BdI")
BEGIN, RUN, DROP = range(3)
SAID, TOO_DEEP, FAILED, OLD = range(4)  # OLD: the package `quickjs`, which never stops some regular expressions


def serve(seconds: float, memory: int, stack: int) -> None:
    """Answers one request after the other. `seconds`: of processor time for each; `memory`, `stack`: bytes a world."""
    engine = import_module("_quickjs")
    worlds: dict[int, Any] = {}
    while True:
        wanted, number, size = REQUEST.unpack(_read(REQUEST.size))
        code = _read(size).decode("utf-8")
        if wanted == DROP:
            worlds.pop(number, None)
            continue
        try:
            if wanted == BEGIN:
                world = engine.Context()
                if world.eval("typeof Array.prototype.toSorted") != "function":
                    _answer(OLD, "")
                    continue
                world.set_memory_limit(memory)
                world.set_max_stack_size(stack)
                world.set_time_limit(seconds)
                worlds[number] = world
            kind, text = SAID, str(worlds[number].eval(code))
        except engine.StackOverflow as error:
            kind, text = TOO_DEEP, str(error)
        except (engine.JSException, ValueError, TypeError, MemoryError) as error:
            kind, text = FAILED, str(error) or type(error).__name__
        _answer(kind, text)


def _read(size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = os.read(0, min(size - len(parts), 1 << 20))
        if not part:
            os._exit(0)
        parts += part
    return bytes(parts)


def _answer(kind: int, text: str) -> None:
    data = text.encode("utf-8", "replace")
    rest = memoryview(ANSWER.pack(kind, time.process_time(), len(data)) + data)
    while rest:
        rest = rest[os.write(1, rest) :]


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    serve(float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
