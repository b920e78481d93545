"""Passwords: argon2id with the library's current defaults (RFC 9106, low-memory profile)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from flatrender.core.errors import InvalidInput

_hasher = PasswordHasher()
# Checked when the account does not exist, so that the answer takes as long as for one that does.
_NOBODY = _hasher.hash("nobody has this password")
SHORTEST, LONGEST = 10, 200


def check_new(password: str) -> None:
    """Raises InvalidInput for a password that is too short or too long."""
    if len(password) < SHORTEST:
        raise InvalidInput(f"Use {SHORTEST} characters or more.", field="password", code="password-short")
    if len(password) > LONGEST:
        raise InvalidInput(f"Use at most {LONGEST} characters.", field="password", code="password-long")


def hash_password(password: str) -> str:
    """The salted hash to store."""
    return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """True when `password` is the stored one; takes the same time when there is none."""
    try:
        return _hasher.verify(stored or _NOBODY, password[:LONGEST]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """True when the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)
