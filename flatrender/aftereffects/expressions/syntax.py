"""JavaScript's syntax tree, by tree-sitter's grammar (MIT), loaded when the first expression needs it."""

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


_LOOPS = {"for_statement", "for_in_statement", "while_statement", "do_statement"}
_FUNCTIONS = {"function_declaration", "function_expression", "arrow_function", "method_definition"}


# The grammar's search for a way past errors takes time by the square of their number: seconds for 20 kB of them.
_MOST_COMPLETED = 4_000  # bytes of an expression


class NotParsed(Exception):
    """The source is no JavaScript that the grammar knows."""


@cache
def _parser() -> "Parser":
    import tree_sitter_javascript
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_javascript.language()))


def parse_script(source: bytes) -> "Node":
    """The program's node; places are in bytes of `source` (UTF-8). Raises NotParsed."""
    root = _parser().parse(source).root_node
    if root.has_error:
        raise NotParsed("a syntax error")
    return root


@lru_cache(maxsize=512)
def completed(source: str) -> str:
    """An expression for ExtendScript as JavaScript: there `if (a) 1 else 2` needs no semicolon before its `else`.

    What is JavaScript already, and what is none with the semicolons either, comes back as it was; long ones too.
    """
    if "else" not in source:
        return source
    text = source.encode("utf-8", "replace")
    if len(text) > _MOST_COMPLETED:
        return source
    root = _parser().parse(text).root_node
    if not root.has_error:
        return source
    places = [0, *_ends_before_else(root), len(text)]
    made = b";".join(text[start:stop] for start, stop in pairwise(places))
    try:
        parse_script(made)
    except NotParsed:
        return source
    return made.decode()


def _ends_before_else(root: "Node") -> Iterator[int]:
    """Where the statements end that run into an `else` without a semicolon."""
    waiting, stop, closed = [root], 0, True
    while waiting:
        node = waiting.pop()
        waiting += reversed(node.children)
        if node.children or node.type == "comment":
            continue
        if node.is_missing:
            closed = False
            continue
        # The word is an identifier to a grammar that did not expect it; names of properties are of another type.
        if node.type in ("else", "identifier") and node.text == b"else" and not closed:
            yield stop
        ends = node.type == ";" or (node.type == "}" and (node.parent is None or node.parent.type != "object"))
        stop, closed = node.end_byte, ends


def result_line(source: str) -> int:
    """The line of the last statement, whose value is the script's; 1 where the source cannot be parsed."""
    try:
        statements = [node for node in parse_script(source.encode()).named_children if node.type != "comment"]
    except NotParsed:
        return 1
    return statements[-1].start_point[0] + 1 if statements else 1


def loop_lines(source: str, function: tuple[int, int] | None) -> list[int]:
    """The lines of the loops, outermost ones, of the function that begins at (line, column); None: of none."""
    try:
        waiting: list[tuple[Node, tuple[int, int] | None, bool]] = [(parse_script(source.encode()), None, False)]
    except NotParsed:
        return []
    found = []
    while waiting:
        node, owner, inside = waiting.pop()
        if node.type in _FUNCTIONS:
            owner, inside = (node.start_point[0] + 1, node.start_point[1] + 1), False
        elif node.type in _LOOPS:
            if not inside and owner == function:
                found.append(node.start_point[0] + 1)
            inside = True
        waiting += [(below, owner, inside) for below in node.named_children]
    return found
