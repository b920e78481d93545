"""Where a line may break: Unicode's line breaking algorithm (UAX #14) as ICU has it, with its dictionaries for Thai,
Lao, Khmer and Burmese.
"""

from itertools import accumulate
from typing import Final

_NO_BREAK: Final = frozenset("\u00a0\u202f\u2007\u2060\ufeff")


def is_space(character: str) -> bool:
    """White space that hangs over a line's end."""
    return character not in _NO_BREAK and (character.isspace() or character == "\u200b")


def break_opportunities(text: str) -> list[bool]:
    """For each index whether a line may begin there (never at 0)."""
    from icu4py.breakers import LineBreaker  # 30 ms, for box text alone

    starts = {start for start, _ in LineBreaker(text, "en").segments() if start}
    units = accumulate((2 if ord(character) > 0xFFFF else 1 for character in text), initial=0)  # ICU counts UTF-16
    return [unit in starts for unit, _ in zip(units, text, strict=False)]
