"""`flatrender backup FILE`: the database in one checked file, while everything runs."""

import argparse
from pathlib import Path

from flatrender.commands import here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", metavar="FILE", type=Path, help="where to write it, such as flatrender.backup")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there already")
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes and checks it; exit status 1 when the file is there already."""
    here.use_folder(arguments)
    from flatrender.core.backup import backup
    from flatrender.settings import get_settings

    made = backup(get_settings().database_url, arguments.file.absolute(), force=arguments.force)
    size = arguments.file.stat().st_size
    print(f"{arguments.file}: {made.rows} rows of {len(made.counts)} tables, {size / 10**6:.1f} MB, read again")
    return 0
