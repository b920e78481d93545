"""`flatrender node`: one render node, until Ctrl+C or SIGTERM."""

import argparse
import logging

from flatrender.commands import here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--name", help="its name (default: FLATRENDER_NODE_NAME, else the machine's)")
    parser.add_argument("--slots", type=int, help="how many tasks it runs at once (default: half of the processors)")
    here.add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the node; the database, Redis and storage come from the environment. In a folder where no studio keeps its
    data nothing is made."""
    from flatrender.core import logs
    from flatrender.core.errors import InvalidInput

    if arguments.slots is not None and not 1 <= arguments.slots <= 256:
        raise InvalidInput(f"--slots {arguments.slots} cannot be used; give a number from 1 to 256.")
    here.choose_folder(arguments)
    logs.begin()
    logging.getLogger(__name__).info("a render node starts; it says when it is on line")
    from workers import node  # with all its engines: on a busy machine that takes a while

    return node.main(name=arguments.name, slots=arguments.slots)
