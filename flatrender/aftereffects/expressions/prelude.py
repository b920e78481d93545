"""The JavaScript that expressions find: compositions, layers and properties as objects, and After Effects' functions.

It is written in `world/*.js`, which together are the body of one function: what they declare, they share.

The sandbox has no way to call Python (a time limit forbids it). What an expression asks for is looked up in a table;
what is not there yet ends the run with the question, Python writes the answer into the table, and the run begins again.
Several times are run together: their questions are answered together too. Questions and their answers: `answers.py`.
"""

from functools import cache
from pathlib import Path

_PARTS = ("bounds", "asking", "remembering", "chance", "writing", "properties", "layers", "functions", "running")

OWN_LINES = 20_000
"""An expression has at most so many; ours begin after them, so that a line in an error's stack tells whose it is."""


@cache
def prelude() -> str:
    """The source, which defines `__engine`."""
    folder = Path(__file__).with_name("world")
    parts = [(folder / f"{name}.js").read_text("utf-8") for name in _PARTS]
    begin, end = '"use strict";\nObject.defineProperty(globalThis, "__engine", { value: (function () {\n', "})() });\n"
    return "\n" * OWN_LINES + begin + "\n".join(parts) + end
