"""What a process prints: every line says what it is about."""

import json
import logging
import sys

from flatrender.core import logs


def record(message: str) -> logging.LogRecord:
    try:
        raise ValueError("odd")
    except ValueError:
        return logging.LogRecord("farm", logging.WARNING, "x.py", 1, message, ("سلام",), sys.exc_info())


def test_lines_carry_what_they_are_about() -> None:
    with logs.about(task="t1"), logs.about(job="j1"):
        told = json.loads(logs.Machines().format(record("said %s")))
        read = logs.People().format(record("said %s"))
    assert (told["message"], told["level"], told["task"], told["job"]) == ("said سلام", "warning", "t1", "j1")
    assert told["error"].endswith("ValueError: odd")
    assert read.splitlines()[0].endswith("WARNING farm: said سلام [task=t1 job=j1]")
    assert "task" not in json.loads(logs.Machines().format(record("said %s")))
