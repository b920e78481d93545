"""JavaScript's syntax tree, by tree-sitter's grammar (MIT), loaded when the first expression needs it."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


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
