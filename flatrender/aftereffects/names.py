"""Names and paths as an After Effects project stores them, turned into valid Unicode.

Projects before CC 2018 hold names in the code page of the author's computer. The parser keeps such bytes as lone
surrogates (PEP 383); one of them in a Lottie blanks the whole picture, and JSON cannot carry it.
"""

_CODE_PAGES = ("utf-8", "cp1252", "cp932", "cp1256", "latin-1")


def clean(text: str) -> str:
    """`text` without lone surrogates and control characters: undecoded bytes get the first fitting code page."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = _decode(text)
    return "".join(letter for letter in text if letter >= " " or letter in "\n\r\t\x03")


def _decode(text: str) -> str:
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a real half of a surrogate pair, not an escaped byte
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    for page in _CODE_PAGES:
        try:
            return raw.decode(page)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")
