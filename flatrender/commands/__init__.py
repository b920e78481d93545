"""The command line: `flatrender COMMAND`. Each command lives in a module of its own, loaded only when it is called."""

import argparse
import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from flatrender.commands import here
from flatrender.core.errors import FlatRenderError

# Command -> one-line help. The module of the same name (“_” for “-”) holds `add_arguments(parser)` and
# `run(arguments) -> int`.
COMMANDS = {
    "up": "start the studio: web, one render node, Redis",
    "prepare": "bring the database to the newest schema, make the first admin, add the demo templates",
    "web": "serve the pages and the API alone",
    "node": "run a render node alone",
    "housekeeping": "remove what nobody needs any more, once",
    "jobs": "render a project of the studio; list, show, cancel, retry and boost jobs",
    "nodes": "list, show, drain and forgive render nodes",
    "node-token": "make, list and revoke the tokens of render nodes",
    "tenant": "open, list and suspend sites, and prove their domains",
    "user": "give an account another role or a new password",
    "backup": "write the database to one file",
    "restore": "put a backup back into the database",
    "doctor": "say what was found on this machine, and what to do when something is missing",
    "scan": "read a project's compositions, scenes, elements, fonts, footage and capabilities",
    "lottie": "write a composition as Lottie, its texts baked to outlines",
    "snapshot": "draw frames of a composition as PNG",
    "render": "make a film of a composition",
    "bind": "write the customer's values into a copy of the project",
}
_GIVEN_WRONG = (PermissionError, FileNotFoundError, NotADirectoryError, IsADirectoryError)
SERVICES = {"up", "web", "node"}  # which have signals of their own


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 1 refused or failed, 2 given wrong or not there, 130
    interrupted (docs/operations.md has all of them). One sentence on stderr says why."""
    words = list(sys.argv[1:] if argv is None else argv)
    if argv is None:  # a name that the terminal cannot show is no reason to end
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="flatrender", description="Template-video studio and render farm.")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = words[0] if words and words[0] in COMMANDS else None
    for name, help_text in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=help_text, description=help_text)
        if name == chosen:
            _module(name).add_arguments(subparser)
    arguments = parser.parse_args(words)
    if os.getpid() == 1:  # in a container
        from flatrender.core.process import leave_first_process

        leave_first_process()
    if argv is None and arguments.command not in SERVICES:
        _end_in_order()
    try:
        return int(_module(arguments.command).run(arguments))
    except FlatRenderError as error:
        here.warn(error.message)
        return error.exit_status
    except BrokenPipeError:
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        here.warn(
            f"{error.filename2 or error.filename} cannot be used ({error.strerror}); look at the path and its rights."
        )
        return 2 if isinstance(error, _GIVEN_WRONG) else 1  # such as a disk that is taken away meanwhile
    except KeyboardInterrupt:
        return 130


def _end_in_order() -> None:
    """What is stopped from outside removes what is half made, as after Ctrl+C; not where the caller ignores that."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _stopped)


def _stopped(number: int, _frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # the tidying up is not to be stopped
    raise SystemExit(128 + number)


def _module(command: str) -> Any:
    return importlib.import_module(f"{__name__}.{command.replace('-', '_')}")
