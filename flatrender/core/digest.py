"""The content of files as hashes: what has the same one is the same file."""

import hashlib
from pathlib import Path


def file_sha256(path: Path) -> str:
    """The content's SHA-256 as 64 hexadecimal digits, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
