"""Names and paths as an After Effects project stores them, turned into valid Unicode.

Projects before CC 2018 hold names in the code page of the computer that saved them, and name it in their head. Names
that another computer wrote stayed as they were: what reads badly in that page is guessed. The parser keeps such bytes
as lone surrogates (PEP 383); one of them in a Lottie blanks the whole picture, and JSON cannot carry it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeVar

T = TypeVar("T")

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
_MACINTOSH: Final = {
    0: "mac_roman", 1: "cp932", 2: "cp950", 3: "cp949", 4: "mac_arabic", 6: "mac_greek", 7: "mac_cyrillic", 25: "cp936",
    29: "mac_latin2", 35: "mac_turkish", 36: "mac_croatian", 37: "mac_iceland",
}  # fmt: skip
_ELSEWHERE: Final = 1.4  # how odd a name may be in the project's page before one of another is believed
_page: ContextVar[str | None] = ContextVar("page", default=None)
_LOOKED_AT: Final = 200  # letters, from the first that is not ASCII on: an expression may have a million
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]")
_IDEOGRAPHS: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL"})


def page_of(number: int, macintosh: bool) -> str | None:
    """The code page that a project says it was saved under; None for one that is not known."""
    page = _MACINTOSH.get(number) if macintosh else f"cp{number}"
    try:
        return page if page is not None and b" ".decode(page) == " " else None
    except (LookupError, UnicodeDecodeError):
        return None


@contextmanager
def stored_in(page: str | None) -> Iterator[None]:
    """Within, names are read as those of a project that was saved under `page`."""
    before = _page.set(page)
    try:
        yield
    finally:
        _page.reset(before)


def as_now(work: Callable[[], T]) -> Callable[[], T]:
    """`work` for later, when names are to be read as they are now."""
    page = _page.get()

    def later() -> T:
        with stored_in(page):
            return work()

    return later


def clean(text: str) -> str:
    """`text` without lone surrogates and control characters: undecoded bytes get the code page that reads best."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = _decode(text, _page.get())
    return "".join(letter for letter in text if letter >= " " or letter in "\n\r\t\x03")


@lru_cache(maxsize=4096)
def _decode(text: str, saved: str | None) -> str:
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
    for page in dict.fromkeys((saved or _CODE_PAGES[0], *_CODE_PAGES)):
        try:
            name = raw.decode(page)
        except UnicodeDecodeError:
            continue
        found.append((_oddness(name) + (_ELSEWHERE if saved not in (None, page) else 0), name))
    return min(found, key=lambda one: one[0], default=(0.0, raw.decode("latin-1")))[1]


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
