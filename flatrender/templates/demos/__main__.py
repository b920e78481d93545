"""``python -m flatrender.templates.demos OUT [FONTS]``: write the demo bundles, to open or change them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from flatrender.templates.demos import build_all


def main() -> int:
    """Build all demos into the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m flatrender.templates.demos", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the bundles")
    parser.add_argument("fonts", type=Path, nargs="?", help="folder with the font files to copy in")
    arguments = parser.parse_args()
    for bundle in build_all(arguments.out, arguments.fonts):
        sys.stdout.write(f"{bundle}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
