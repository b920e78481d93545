"""The JavaScript that expressions find: compositions, layers and properties as objects, and After Effects' functions.

It is written in `world/*.js`, which together are the body of one function: what they declare, they share.

The sandbox has no way to call Python (a time limit forbids it). What an expression asks for is looked up in a table;
what is not there yet ends the run with the question, Python writes the answer into the table, and the run begins again.
Several times are run together: their questions are answered together too. Questions and their answers: `answers.py`.
"""

from functools import cache
from pathlib import Path

_PARTS = ("asking", "remembering", "chance", "writing", "properties", "layers", "functions", "running")


@cache
def prelude() -> str:
    """The source, which defines `__engine`."""
    folder = Path(__file__).with_name("world")
    parts = [(folder / f"{name}.js").read_text("utf-8") for name in _PARTS]
    return '"use strict";\nvar __engine = (function () {\n' + "\n".join(parts) + "})();\n"
