"""Arrays in expressions add, subtract and scale with the plain operators; JavaScript's do not, so they become calls.

`value + [0, 10]` becomes `__add(value, [0, 10])`. What cannot be parsed stays as it is.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from flatrender.aftereffects.expressions.syntax import NotParsed, parse_script

if TYPE_CHECKING:
    from tree_sitter import Node

_CALLS = {"+": "__add", "-": "__sub", "*": "__mul", "/": "__div"}
# Of edits at one place a call closes first, then its operator becomes a comma, then the next call opens.
_CLOSE, _COMMA, _OPEN = range(3)
_Edit = tuple[int, int, int, str]  # from, which of the three, to, text instead


@lru_cache(maxsize=512)
def overloaded(source: str) -> str:
    """The expression with its arithmetic as calls that know arrays."""
    if not any(sign in source for sign in _CALLS):
        return source
    text = source.encode("utf-8", "replace")
    try:
        edits = sorted(_edits(parse_script(text)), key=lambda edit: edit[:2])  # stable: the outer call opens first
    except NotParsed:
        return source
    written, place = [], 0
    for start, _, stop, instead in edits:
        written += [text[place:start], instead.encode()]
        place = max(place, stop)
    return (b"".join(written) + text[place:]).decode()


def _edits(program: "Node") -> Iterator[_Edit]:
    """The edits of every operation, outer ones before inner ones. No recursion: a stranger may nest at will."""
    waiting = [program]
    while waiting:
        node = waiting.pop()
        yield from _edits_of(node)
        waiting += reversed(node.named_children)


def _edits_of(node: "Node") -> Iterator[_Edit]:
    operator = node.child_by_field_name("operator")
    sign = operator.type if operator is not None else ""
    if operator is None:
        return
    if node.type == "binary_expression" and sign in _CALLS:
        yield node.start_byte, _OPEN, node.start_byte, f"{_CALLS[sign]}("
        yield operator.start_byte, _COMMA, operator.end_byte, ","
        yield node.end_byte, _CLOSE, node.end_byte, ")"
    elif node.type == "unary_expression" and sign == "-":
        argument = node.child_by_field_name("argument")
        if argument is not None and argument.type != "number":
            yield node.start_byte, _OPEN, operator.end_byte, "__neg("
            yield node.end_byte, _CLOSE, node.end_byte, ")"
    elif node.type == "augmented_assignment_expression" and sign[:-1] in _CALLS:
        left = node.child_by_field_name("left")
        if left is not None and left.type == "identifier" and left.text is not None:
            name = left.text.decode()
            yield operator.start_byte, _COMMA, operator.end_byte, f"={_CALLS[sign[:-1]]}({name},"
            yield node.end_byte, _CLOSE, node.end_byte, ")"
