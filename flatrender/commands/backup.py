"""`flatrender backup FILE`: the database in one checked file, while everything runs."""

import argparse
import os
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", metavar="FILE", type=Path, help="where to write it, such as flatrender.backup")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there already")
    parser.add_argument("--data", metavar="DIR", help="the data folder (default: FLATRENDER_DATA, else the user's own)")


def run(arguments: argparse.Namespace) -> int:
    """Writes and checks it; exit status 1 when the file is there already."""
    if arguments.data:
        os.environ["FLATRENDER_DATA"] = arguments.data
    from flatrender.core.backup import backup
    from flatrender.settings import get_settings

    made = backup(get_settings().database_url, arguments.file.absolute(), force=arguments.force)
    size = arguments.file.stat().st_size
    print(f"{arguments.file}: {made.rows} rows of {len(made.counts)} tables, {size / 10**6:.1f} MB, read again")
    return 0
