"""JavaScript's syntax tree, by tree-sitter's grammar (MIT), loaded when the first expression needs it."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


_LOOPS = {"for_statement", "for_in_statement", "while_statement", "do_statement"}
_FUNCTIONS = {"function_declaration", "function_expression", "arrow_function", "method_definition"}


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
