"""Arrays in expressions add, subtract and scale with the plain operators; JavaScript's do not, so they become calls.

`value + [0, 10]` becomes `__add(value, [0, 10])`. What cannot be parsed (newer syntax) stays as it is.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from flatrender.aftereffects.expressions.syntax import NotParsed, parse_script

_CALLS = {"+": "__add", "-": "__sub", "*": "__mul", "/": "__div"}
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_Edit = tuple[int, int, str]  # from, to, text instead


@lru_cache(maxsize=512)
def overloaded(source: str) -> str:
    """The expression with its arithmetic as calls that know arrays."""
    if not any(sign in source for sign in _CALLS):
        return source
    try:
        program = parse_script(source)
        edits = list(_edits(program, source))
    except (NotParsed, RecursionError, AttributeError, ValueError):
        return source
    edits.sort(key=lambda edit: edit[0])  # stable: of two that begin together the outer one stays first
    written, place = [], 0
    for start, stop, text in edits:
        written.append(source[place:start])
        written.append(text)
        place = max(place, stop)
    return "".join(written) + source[place:]


def _edits(node: Any, source: str) -> Iterator[_Edit]:
    if isinstance(node, list):
        for part in node:
            yield from _edits(part, source)
        return
    if not isinstance(getattr(node, "type", None), str):
        return
    start, stop = node.range or (0, 0)
    closing: list[_Edit] = []
    if node.type == "BinaryExpression" and node.operator in _CALLS:
        place = _operator(source, node.left.range[1], node.right.range[0], node.operator)
        yield start, start, f"{_CALLS[node.operator]}("
        yield place, place + 1, ","
        closing.append((stop, stop, ")"))
    elif node.type == "UnaryExpression" and node.operator == "-" and node.argument.type != "Literal":
        yield start, start + 1, "__neg("
        closing.append((stop, stop, ")"))
    elif node.type == "AssignmentExpression" and node.operator[:-1] in _CALLS and node.left.type == "Identifier":
        place = _operator(source, node.left.range[1], node.right.range[0], node.operator)
        yield place, place + 2, f"={_CALLS[node.operator[:-1]]}({node.left.name},"
        closing.append((stop, stop, ")"))
    for key, value in vars(node).items():
        if key not in ("range", "type", "operator", "regex", "raw"):
            yield from _edits(value, source)
    yield from closing


def _operator(source: str, start: int, stop: int, sign: str) -> int:
    """Where the operator stands between its operands, comments apart."""
    between = _COMMENT.sub(lambda match: " " * len(match[0]), source[start:stop])
    return start + between.index(sign)
