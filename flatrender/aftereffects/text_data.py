"""After Effects keeps a text's styles as COS objects, the notation of PDF files (ISO 32000-1, 7.2 and 7.3).

py_aep reads them a byte at a time, which was a quarter of the time from a project to its Lottie. This reads what After
Effects writes with one regular expression, into the same Python values; anything else is left to py_aep's own parser.
"""

import re
from typing import Any, Final

from py_aep.cos.cos import CosName, CosParser, CosString

_TOKEN: Final = re.compile(
    rb"[\t\n\x0b\x0c\r ]*"
    rb"(?:/([!\"$&'*-.0-;=?-Z\\^-z|~]*)"  # 1: a name without escapes
    rb"|([+-]?[0-9]+(?![0-9.]))"  # 2: a whole number
    rb"|([+-]?[0-9]*\.[0-9]+)"  # 3: another number
    rb"|\(([^)\\]*(?:\\(?:[nrbf()\\]|[0-7]{1,3})[^)\\]*)*)\)"  # 4: a string
    rb"|(<<|>>|\[|\])"  # 5
    rb"|(true|false|null)(?![A-Za-z])"  # 6
    rb"|(\Z))"  # 7: the end
)
_ESCAPE: Final = re.compile(rb"\\([nrbf()\\]|[0-7]{1,3})")
_ESCAPED: Final = {b"n": b"\n", b"r": b"\r", b"b": b"\b", b"f": b"\f"}
_WORDS: Final[dict[bytes, Any]] = {b"true": True, b"false": False, b"null": None}
_DEEPEST: Final = 100


class TextDataParser(CosParser):
    """py_aep's parser with a faster way for what texts hold."""

    def parse(self) -> Any:
        """The value, as py_aep's parser gives it."""
        start = self.file.tell()
        data = self.file.read() if self.max_pos is None else self.file.read(max(self.max_pos, 0))
        try:
            return read_text_data(data)
        except NotPlain:
            self.file.seek(start)
            return super().parse()


class NotPlain(Exception):
    """There is more in the data than dictionaries, lists, names, numbers and strings."""


def read_text_data(data: bytes) -> dict[str, Any]:
    """Pairs of names and values, without the brackets of a dictionary around them. Raises NotPlain."""
    top: dict[str, Any] = {}
    holder: dict[str, Any] | list[Any] = top
    outer: list[tuple[dict[str, Any] | list[Any], str | None]] = []
    key: str | None = None  # of the dictionary at hand, still without a value
    place, match = 0, _TOKEN.match
    while True:
        found = match(data, place)
        if found is None:
            raise NotPlain
        place = found.end()
        kind, token = found.lastindex, found[found.lastindex or 0]
        value: Any
        if kind == 1:
            name = token.decode("ascii")
            if key is None and isinstance(holder, dict):
                key = name
                continue
            value = CosName(name)
        elif kind == 2:
            value = int(token)
        elif kind == 3:
            value = float(token)
        elif kind == 4:
            value = _string(token)
        elif kind == 6:
            value = _WORDS[token]
        elif kind == 7:
            if outer or key is not None or not top:
                raise NotPlain
            return top
        elif token in (b"<<", b"["):
            if len(outer) >= _DEEPEST or (key is None and isinstance(holder, dict)):
                raise NotPlain
            outer.append((holder, key))
            holder, key = ({} if token == b"<<" else []), None
            continue
        else:
            if not outer or key is not None or isinstance(holder, dict) != (token == b">>"):
                raise NotPlain
            value = holder
            holder, key = outer.pop()
        if isinstance(holder, list):
            holder.append(value)
        elif key is None:
            raise NotPlain
        else:
            holder[key] = value
            key = None


def _string(raw: bytes) -> Any:
    if b"\\" in raw:
        raw = _ESCAPE.sub(_unescape, raw)
    try:
        if raw.startswith(b"\xfe\xff"):
            return CosString(raw[2:].decode("utf-16-be"), utf16=True)
        if raw.startswith((b"\xff\xfe", b"\xef\xbb\xbf")):
            raise NotPlain
        return CosString(raw.decode(), utf16=False, raw=raw)
    except UnicodeDecodeError:
        return raw[2:] if raw.startswith(b"\xfe\xff") else raw


def _unescape(found: re.Match[bytes]) -> bytes:
    what = found[1]
    if what.isdigit():
        if int(what, 8) > 255:
            raise NotPlain
        return bytes([int(what, 8)])
    return _ESCAPED.get(what, what)
