"""Secrets that must be read again: kept encrypted under the installation's key, a key of its own for each purpose.

Fernet: AES-128-CBC and HMAC-SHA-256 with the time of sealing, so that what is sealed can also end.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from flatrender.core import clock
from flatrender.settings import get_settings


def seal(purpose: str, text: str) -> str:
    """`text`, unreadable without the installation's key."""
    return _box(purpose).encrypt_at_time(text.encode(), int(clock.now().timestamp())).decode()


def unseal(purpose: str, sealed: str, *, seconds: int | None = None) -> str | None:
    """What was sealed for this purpose, at most `seconds` ago; None for anything else."""
    box = _box(purpose)
    try:
        if seconds is None:
            return box.decrypt(sealed.encode()).decode()
        return box.decrypt_at_time(sealed.encode(), seconds, int(clock.now().timestamp())).decode()
    except (InvalidToken, UnicodeError):
        return None


def _box(purpose: str) -> Fernet:
    key = hashlib.sha256(f"{purpose}\0{get_settings().secret_key}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
