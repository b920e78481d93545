"""A site's logo, icon and the picture of its first page: what a stranger sent is decoded in a limited child and written
anew, as PNG or WebP."""

import hashlib
import tempfile
from pathlib import Path

from flatrender.core.errors import BadFile, InvalidInput, TooLarge
from flatrender.core.storage import get_storage
from flatrender.media import decoder

MAX_BYTES = 2_000_000
MAX_PIXELS = 16_000_000
SIZES = {"logo": (640, 160), "icon": (256, 256), "landing": (1920, 1440)}  # at most, in px
_SQUARE = 1.05  # of an icon's longer side to the shorter one: what a hand that cropped it misses is not seen
FORMATS = {"logo": "png", "icon": "png", "landing": "webp"}


def keep(tenant_id: str, kind: str, data: bytes) -> str:
    """Keeps a picture as the site's `logo`, `icon` or `landing`; its SHA-256, by which `key` finds it.

    Raises BadFile for an SVG (it may hold scripts) and for what is no picture, TooLarge, InvalidInput for an icon that
    is no square.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge("A picture of a site has at most 2 MB.", field="file")
    refuse_drawings(data)
    with tempfile.TemporaryDirectory(prefix="flatrender-logo-") as folder:
        given, out = Path(folder) / "given", Path(folder) / f"out.{FORMATS[kind]}"
        given.write_bytes(data)
        found = decoder.shrink(given, f"This {kind}", out, SIZES[kind])
        if found.width * found.height > MAX_PIXELS:
            raise TooLarge("A picture of a site has at most 16 million pixels.", field="file")
        if kind == "icon" and max(found.width, found.height) > min(found.width, found.height) * _SQUARE:
            said = f"This icon has {found.width} × {found.height} pixels; crop it to a square."
            raise InvalidInput(said, field="file", code="icon-not-square")
        written = out.read_bytes()
    digest = hashlib.sha256(written).hexdigest()
    get_storage().put_bytes(written, key(tenant_id, digest, kind))
    return digest


def key(tenant_id: str, digest: str, kind: str = "logo") -> str:
    """Where a picture lies in the storage."""
    return f"brand/{tenant_id}/{digest}.{FORMATS[kind]}"


def refuse_drawings(data: bytes) -> None:
    """Raises BadFile for an SVG."""
    if data.lstrip()[:1] == b"<" or b"<svg" in data[:2000].lower():
        raise BadFile("An SVG may hold scripts and is not accepted; use a PNG, JPEG or WebP.", field="file", code="svg")
