"""Names and paths as an After Effects project stores them, turned into valid Unicode.

Projects before CC 2018 hold names in the code page of the author's computer and do not say which. The parser keeps such
bytes as lone surrogates (PEP 383); one of them in a Lottie blanks the whole picture, and JSON cannot carry it.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Final

# Western, Arabic and Persian, Cyrillic, Hebrew, Central European, Japanese, Korean, Chinese. Of two that read a name
# equally well the first is taken: Hebrew without vowel points reads as Cyrillic.
_CODE_PAGES: Final = ("cp1252", "cp1256", "cp1251", "cp1255", "cp1250", "cp932", "cp949", "cp936")
# Letters of few languages that stand where other pages have frequent ones: Serbian and Macedonian, Urdu, Yiddish.
_SELDOM: Final = frozenset("ЂЃЅЈЉЊЋЌЏہھڈڑںےװױײ")
_USUAL: Final = frozenset("©®™–—…‘’“”\u200c")
# Of Arabic letters, those that begin a word and those that end it.
_FIRST, _LAST = frozenset("آإ"), frozenset("ةى")
# The second halves of Japanese and Chinese letters, which hardly ever stand behind a letter themselves.
_HALVES: Final = frozenset("@\\^`{|}~")
_LOOKED_AT: Final = 200  # letters, from the first that is not ASCII on: an expression may have a million
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]")
_IDEOGRAPHS: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL"})


def clean(text: str) -> str:
    """`text` without lone surrogates and control characters: undecoded bytes get the code page that reads best."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = _decode(text)
    return "".join(letter for letter in text if letter >= " " or letter in "\n\r\t\x03")


@lru_cache(maxsize=4096)
def _decode(text: str) -> str:
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a real half of a surrogate pair, not an escaped byte
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and not raw[: error.start].isascii():
            return raw[: error.start].decode("utf-8")  # a long name, cut within a letter
    found = []
    for page in _CODE_PAGES:
        try:
            found.append(raw.decode(page))
        except UnicodeDecodeError:
            continue
    return min(found, key=_oddness, default=raw.decode("latin-1"))


def _oddness(text: str) -> float:
    """How unlike a name `text` is: what stands beside each other in the wrong code page seldom does in a language."""
    foreign = _FOREIGN.search(text)
    begin = max(foreign.start() - 1, 0) if foreign else 0
    text = f" {text[begin : begin + _LOOKED_AT]}"
    odd = sum(_oddness_alone(letter) for letter in text)
    for left, right in pairwise(text):
        if unicodedata.combining(right) and not _is_word(left):
            odd += 1
        elif right in _HALVES and _is_word(left) and not left.isascii():
            odd += 0.5
        if not (_is_word(left) and _is_word(right)) or (left.isascii() and right.isascii()):
            continue
        scripts = {_script(left), _script(right)}
        if len(scripts) > 1 and not scripts <= _IDEOGRAPHS:
            odd += 0.6 if scripts & _IDEOGRAPHS else 1.5
        elif scripts == {"CJK", "HANGUL"}:
            odd += 0.6
        elif left.islower() and right.isupper():
            odd += 1
        elif scripts == {"LATIN"} and not left.isascii() and not right.isascii():
            odd += 0.5  # accents in a row
        elif (unicodedata.combining(left) and unicodedata.combining(right)) or right in _FIRST or left in _LAST:
            odd += 0.5
    return odd


def _oddness_alone(letter: str) -> float:
    if letter.isascii() or letter in _USUAL:
        return 0
    kind = unicodedata.category(letter)
    if kind in ("Cn", "Co", "Cc"):
        return 3
    if kind[0] in "SC" or kind in ("No", "Po"):
        return 1
    if _script(letter) == "HALFWIDTH":
        return 0.3
    return 0.5 if kind[0] == "P" or letter.upper() in _SELDOM else 0


def _is_word(letter: str) -> bool:
    return letter.isalpha() or unicodedata.combining(letter) > 0


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ", 1)[0]
