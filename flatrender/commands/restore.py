"""`flatrender restore FILE`: a backup put back into the database, while nothing runs."""

import argparse
import sys
from pathlib import Path

from flatrender.commands import here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what `flatrender backup` wrote")
    parser.add_argument("--force", action="store_true", help="replace what the database holds")
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Restores and counts. Refuses while the studio runs, and where the database holds something without --force."""
    here.use_folder(arguments)
    from flatrender.core.backup import restore
    from flatrender.core.errors import Conflict
    from flatrender.settings import get_settings

    settings = get_settings()
    if _runs(settings.data_dir / "run" / "up.lock"):
        raise Conflict(f"The studio runs on {settings.data_dir}; stop it first.")
    found = restore(settings.database_url, arguments.file.absolute(), force=arguments.force)
    print(f"{arguments.file}: {found.rows} rows of {len(found.counts)} tables restored, as of {found.created_at}")
    print("Start the studio: it brings an older schema to the newest by itself.")
    return 0


def _runs(lock: Path) -> bool:
    """Whether `flatrender up` holds the data folder."""
    if sys.platform == "win32" or not lock.exists():
        return False
    import fcntl

    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
