"""Names that people give, as they may stand in anybody's sentence, row or letter."""

import unicodedata

# A sign that turns what follows round, and is closed by nobody, turns the rest of a letter's subject as well.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


_JOINERS = "\u200c\u200d"  # which Persian and Indic words are written with, and emoji of several signs


def printable(text: str) -> str:
    """The text without control and format characters, but for those that letters need."""
    return "".join(sign for sign in text if sign.isprintable() or sign in _JOINERS)


def one_line(text: str) -> str:
    """The text on one line, without signs that set a direction; empty where nothing of it can be seen."""
    line = " ".join(text.translate(_TURNING).split())
    return line if any(unicodedata.category(sign)[0] in "LNPS" for sign in line) else ""
