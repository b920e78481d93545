"""All benchmarks with one command: `python -m tests.benchmarks [--table FILE.md] [words for pytest]`.

Prints a table of what was measured beside what is asked for; `--table` writes it as Markdown too. The ordinary test run
leaves the benchmarks out: they need the machine to themselves.
"""

import argparse
import os
import sys

import pytest


def main(words: list[str]) -> int:
    """Runs the benchmarks; the exit status is 0 only when every figure reached its target."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--table", metavar="FILE", help="write the table there as Markdown")
    arguments, rest = parser.parse_known_args(words)
    if arguments.table:
        os.environ["FLATRENDER_BENCHMARK_TABLE"] = os.path.abspath(arguments.table)
    return int(pytest.main([os.path.dirname(__file__), "-q", *rest]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
