"""`flatrender backup FILE`: the database in one checked file, while everything runs."""

import argparse
from pathlib import Path

from flatrender.commands import destination, here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", metavar="FILE", help="where to write it, such as flatrender.backup")
    parser.add_argument("--force", action="store_true", help="replace a file that is there already")
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes and checks it; exit status 2 when the file is there already."""
    here.use_folder(arguments)
    from flatrender.core.backup import backup
    from flatrender.settings import get_settings

    out, url = destination.file(arguments.file), get_settings().database_url
    if arguments.force:
        here_is = Path(url.removeprefix("sqlite:///"))
        own = [here_is.with_name(here_is.name + ending) for ending in ("", "-wal", "-shm")]
        destination.writable_file(out, make_folder=False, own=own if url.startswith("sqlite") else ())
    else:
        destination.new_file(out, "choose another name, or --force to replace it", make_folder=False)
    made = backup(url, out.absolute(), force=arguments.force)
    size = out.stat().st_size
    print(f"{out}: {made.rows} rows of {len(made.counts)} tables, {size / 10**6:.1f} MB, read again")
    return 0
