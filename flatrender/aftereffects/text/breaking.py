"""Where a line may break: the part of UAX #14 that titles and paragraphs in Latin, Persian, Arabic and CJK need."""

import unicodedata
from typing import Final

_NO_BREAK: Final = frozenset("\u00a0\u202f\u2007\u2060\ufeff")
_AFTER: Final = frozenset("-\u2010\u2012\u2013\u2014\u00ad\u200b/")
_JOINERS: Final = frozenset("\u200c\u200d\u2060")
_NOT_AT_START: Final = frozenset("!%),.:;?]}¢°’”‰′″℃、。〉》」』】〕！），．：；？］｝،؛؟»›…")
_NOT_AT_END: Final = frozenset("([{‘“〈《「『【〔（［｛«‹£¥$")


def is_space(character: str) -> bool:
    """White space that hangs over a line's end."""
    return character not in _NO_BREAK and (character.isspace() or character == "\u200b")


def break_opportunities(text: str) -> list[bool]:
    """For each index whether a line may begin there (never at 0)."""
    allowed = [False] * len(text)
    for index in range(1, len(text)):
        before, here = text[index - 1], text[index]
        if (
            is_space(here)
            or here in _JOINERS
            or unicodedata.combining(here)
            or here in _NO_BREAK
            or before in _NO_BREAK
        ):
            continue
        if is_space(before):
            allowed[index] = True
        elif here in _NOT_AT_START or before in _NOT_AT_END:
            continue
        elif before in _AFTER:
            # A hyphen before a digit is a sign or a range; one at a word's beginning belongs to the word.
            allowed[index] = not (here.isdigit() and before in "-/") and index > 1 and not is_space(text[index - 2])
        elif _ideographic(here) or _ideographic(before):
            allowed[index] = True
    return allowed


def _ideographic(character: str) -> bool:
    code = ord(character)
    return (
        0x2E80 <= code <= 0x9FFF
        or 0xAC00 <= code <= 0xD7A3
        or 0xF900 <= code <= 0xFAFF
        or 0xFF00 <= code <= 0xFFEF
        or 0x20000 <= code <= 0x3FFFF
    )
