"""JavaScript's syntax tree, by esprima, loaded when the first expression needs it.

esprima makes a table of every Unicode character as it loads: a third of a second and a hundred megabytes in each
engine child. The same questions are answered here by Python's own `str.isidentifier` (Unicode's ID_Start and
ID_Continue, which ECMA-262 12.7 asks for), in the table's place.
"""

import sys
from functools import cache
from types import ModuleType
from typing import Any, Final

_SPACES: Final = frozenset("\t\v\f \xa0\u1680\u180e\u202f\u205f\u3000\ufeff") | {chr(n) for n in range(0x2000, 0x200B)}
_LINE_ENDS: Final = frozenset("\n\r\u2028\u2029")
_OCTAL: Final = {digit: value for value, digit in enumerate("01234567")}
_HEX: Final = {digit: int(digit, 16) for digit in "0123456789abcdefABCDEF"}


class Character:
    """What esprima's scanner asks about a character (in its own names); never true of no character at all."""

    fromCodePoint = staticmethod(chr)
    isWhiteSpace = staticmethod(_SPACES.__contains__)
    isLineTerminator = staticmethod(_LINE_ENDS.__contains__)
    isDecimalDigit = staticmethod(frozenset("0123456789").__contains__)
    isHexDigit = staticmethod(_HEX.__contains__)
    isOctalDigit = staticmethod(_OCTAL.__contains__)

    @staticmethod
    def isIdentifierStart(character: str | None) -> bool:
        return bool(character) and (character in ("$", "_", "\\") or str(character).isidentifier())

    @staticmethod
    def isIdentifierPart(character: str | None) -> bool:
        return bool(character) and (character in ("$", "\\", "\u200c", "\u200d") or f"a{character}".isidentifier())


class NotParsed(Exception):
    """The source is not JavaScript as esprima knows it (ECMAScript 2017)."""


@cache
def _esprima() -> Any:
    table = ModuleType("esprima.character")
    vars(table).update(Character=Character, HEX_CONV=_HEX, OCTAL_CONV=_OCTAL)
    sys.modules.setdefault("esprima.character", table)
    import esprima  # type: ignore[import-untyped]

    return esprima


def parse_script(source: str) -> Any:
    """The script as ESTree nodes with `range`. Raises NotParsed."""
    esprima = _esprima()
    try:
        return esprima.parseScript(source, {"range": True})
    except (esprima.Error, RecursionError, AttributeError, ValueError) as error:
        raise NotParsed(str(error)) from None
