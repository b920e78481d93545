"""What commands on the studio's machine have in common: its data folder, its messages, its administrator, tables."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from unicodedata import category

if TYPE_CHECKING:
    from flatrender.access.permissions import Principal

_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # embeddings, overrides and isolates of direction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--data` and `--json`."""
    add_folder(parser)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def add_folder(parser: argparse.ArgumentParser, **more: Any) -> None:
    """`--data` alone; `more`: for argparse."""
    said = "the data folder (default: FLATRENDER_DATA, else the user's own)"
    parser.add_argument("--data", metavar="DIR", help=said, **more)


def use_folder(arguments: argparse.Namespace) -> Path:
    """Makes the folder that `--data` names this process's and its children's. Returns the data folder, which may not be
    there yet. Raises InvalidInput for what can be no folder."""
    from flatrender.core.errors import InvalidInput
    from flatrender.settings import default_data_dir, get_settings

    if arguments.data is not None:
        if not arguments.data.strip():
            raise InvalidInput("--data names no folder; give one, or leave it out.", field="data")
        try:
            os.environ["FLATRENDER_DATA"] = str(Path(arguments.data).expanduser().resolve())
        except (OSError, RuntimeError):  # links in a ring, the home of nobody
            raise InvalidInput(f"--data {arguments.data} is no folder; give another.", field="data") from None
        get_settings.cache_clear()
    return default_data_dir(os.environ)


def look_into_folder(arguments: argparse.Namespace) -> None:
    """The same for commands that need no studio: they take fonts from there, and keep there what they have read. Raises
    NotFound for a folder that is named and is not there: its fonts would be missed without a word."""
    from flatrender.core.errors import NotFound

    folder = use_folder(arguments)
    if arguments.data is not None and not folder.is_dir():
        raise NotFound(f"There is no folder {folder}; give --data as `flatrender up` was given it, or leave it out.")


def choose_folder(arguments: argparse.Namespace) -> None:
    """The same for commands that need a studio. Raises NotFound when none keeps its data there."""
    from flatrender.core.errors import NotFound

    folder = use_folder(arguments)
    if not os.environ.get("DATABASE_URL") and not (folder / "flatrender.db").is_file():
        raise NotFound(
            f"No studio keeps its data in {folder}; give the folder that `flatrender up` was given (--data DIR), or "
            "its database in DATABASE_URL."
        )


def enter(arguments: argparse.Namespace) -> None:
    """Chooses the folder, and makes its studio's Redis, where that runs, ours. Raises NotFound."""
    choose_folder(arguments)
    if not os.environ.get("REDIS_URL"):
        from flatrender.commands import redis_service
        from flatrender.settings import default_data_dir

        socket = default_data_dir(os.environ) / "run" / "redis.sock"
        if Path(socket).is_socket() and redis_service.answers(socket):
            os.environ["REDIS_URL"] = redis_service.url_of(socket)


def administrator() -> "Principal":
    """Whoever may run this command may do all: the database lies open before them."""
    from flatrender.access.models import Role
    from flatrender.access.permissions import Principal
    from flatrender.core.db import DEFAULT_TENANT

    return Principal("0" * 32, DEFAULT_TENANT, Role.PLATFORM_ADMIN, "", "the command line")


def leave() -> None:
    """Sends the messages that are on their way to browsers and nodes."""
    from flatrender.core.bus import get_bus

    get_bus().close()


def say_json(found: Any) -> None:
    """Prints it as JSON."""
    print(json.dumps(found, ensure_ascii=False, indent=2))


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows below each other, columns as wide as what is in them."""
    cells = [[column.upper() for column in columns]]
    cells += [["" if row[column] is None else printable(str(row[column])) for column in columns] for row in rows]
    widths = [max(len(line[number]) for line in cells) for number in range(len(columns))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)


def printable(text: str) -> str:
    """Words that others wrote, on one line and without what would steer a terminal or turn the words around them."""
    return "".join(sign for sign in text if category(sign) not in {"Cc", "Zl", "Zp"} and sign not in _TURNS)


def say(text: str, file: TextIO | None = None, end: str = "\n") -> None:
    """Prints lines in which others' words are."""
    print("\n".join(map(printable, text.split("\n"))), file=file, end=end)


def warn(text: str) -> None:
    """The same on stderr, as the program's."""
    say(f"flatrender: {text}", sys.stderr)
