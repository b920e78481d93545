"""`flatrender node`: one render node, until Ctrl+C or SIGTERM."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--name", help="its name (default: FLATRENDER_NODE_NAME, else the machine's)")
    parser.add_argument("--slots", type=int, help="how many tasks it runs at once (default: half of the processors)")


def run(arguments: argparse.Namespace) -> int:
    """Runs the node; the database, Redis and storage come from the environment."""
    from flatrender.core.errors import InvalidInput
    from workers import node

    if arguments.slots is not None and not 1 <= arguments.slots <= 256:
        raise InvalidInput(f"--slots {arguments.slots} cannot be used; give a number from 1 to 256.")
    return node.main(name=arguments.name, slots=arguments.slots)
