"""`flatrender housekeeping`: one pass, for farms whose nodes are all on other machines (a timer runs it every hour)."""

import argparse

from flatrender.commands import here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Removes what nobody needs any more, and makes the next months' partitions."""
    from flatrender.core.db import get_database
    from flatrender.settings import get_settings
    from workers import housekeeping

    here.choose_folder(arguments)
    housekeeping.run(get_database(), get_settings().data_dir, "")
    return 0
