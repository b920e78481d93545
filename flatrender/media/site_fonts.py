"""A site's own fonts: what a stranger sent is parsed in a limited child and written anew as WOFF2."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from flatrender.aftereffects.client import scanning_client
from flatrender.core.errors import TooLarge
from flatrender.core.storage import get_storage
from flatrender.tenants.typefaces import SCRIPTS

MAX_BYTES = 2_000_000


def keep(tenant_id: str, script: str, data: bytes) -> dict[str, Any]:
    """Keeps a font for a script; `{"digest", "family", "weights"}`.

    Raises BadFile for what is no font or lacks letters of the script, TooLarge.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge("A font of a site has at most 2 MB.", field="file")
    with tempfile.TemporaryDirectory(prefix="flatrender-font-") as folder:
        given = Path(folder) / "given"
        given.write_bytes(data)
        facts, written = scanning_client().web_font(given, "This file", SCRIPTS[script].letters)
    digest = hashlib.sha256(written).hexdigest()
    get_storage().put_bytes(written, key(tenant_id, digest))
    return {"digest": digest, **facts}


def key(tenant_id: str, digest: str) -> str:
    """Where a font lies in the storage."""
    return f"brand/{tenant_id}/{digest}.woff2"
