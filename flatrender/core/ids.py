"""Identifiers: 128 bits, ordered by time, so that an index grows at its end (UUID version 7, RFC 9562)."""

import secrets
import time


def new_id() -> str:
    """A new identifier: 32 lower-case hexadecimal digits; later ones sort after earlier ones by millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    value = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (2**62 - 1)
    return f"{value:032x}"


def is_id(text: str) -> bool:
    """True for what `new_id` could have made; keeps odd strings away from queries and paths."""
    return len(text) == 32 and all(c in "0123456789abcdef" for c in text)
