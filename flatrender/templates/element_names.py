"""Names for people out of names for machines, and the small notations in layer texts and comments. Pure."""

import re

_RGBA = re.compile(r"\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,\s*(\d{1,3}))?\s*")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def people_name(key: str) -> str:
    """A key as people read it: "main_title2" → "Main title 2", "logoImage" → "Logo image". Other scripts are kept."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key.strip())
    text = re.sub(r"[_\-.]+", " ", text)
    text = re.sub(r"(?<=[A-Za-z])(?=\d)", " ", text)
    words = text.split()
    if not words:
        return key
    rest = [word if word.isupper() and len(word) > 1 else word.lower() for word in words]
    rest[0] = rest[0][:1].upper() + rest[0][1:]
    return " ".join(rest)


def comment_name(comment: str) -> str | None:
    """The first line of a comment that is no setting, as the name that its author gave."""
    for line in comment.splitlines():
        if line.strip() and not re.match(r"\s*[a-z]+\s*:", line):
            return line.strip()[:120]
    return None


def comment_options(comment: str) -> tuple[tuple[str, str], ...]:
    """The (value, name) pairs of a comment's line "options: 0=Left, 1=Right"."""
    for line in comment.splitlines():
        key, colon, rest = line.partition(":")
        if colon and key.strip().lower() == "options":
            pairs = [part.partition("=") for part in rest.split(",") if part.strip()]
            return tuple((value.strip(), name.strip() or people_name(value)) for value, _, name in pairs)
    return ()


def color_text(text: str) -> str | None:
    """A layer's colour text, "253,226,228,255" (or "#FDE2E4"), as "#RRGGBB"; None for another text."""
    if _HEX.fullmatch(text.strip()):
        return text.strip().upper()
    match = _RGBA.fullmatch(text)
    if match is None:
        return None
    parts = [int(match[index]) for index in (1, 2, 3)]
    if any(part > 255 for part in parts) or int(match[4] or 255) > 255:
        return None
    return "#" + "".join(f"{part:02X}" for part in parts)


def rgba_text(color: str) -> str:
    """ "#RRGGBB" or "#RRGGBBAA" as a colour layer's text, "r,g,b,a"."""
    parts = [int(color[index : index + 2], 16) for index in range(1, len(color), 2)]
    return ",".join(str(part) for part in [*parts, 255][:4])
