"""People's own pictures: what was sent is decoded in a limited child and written anew as a square WebP."""

import hashlib
import tempfile
from pathlib import Path

from sqlmodel import Session, col, select

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.models import User
from flatrender.access.permissions import SITE, Principal
from flatrender.core.errors import NotFound, TooLarge
from flatrender.core.storage import get_storage
from flatrender.media import decoder
from flatrender.media.site_pictures import MAX_BYTES, MAX_PIXELS, refuse_drawings

SIDE = 256  # px
FOLDER = "people"


def keep(principal: Principal, data: bytes) -> str:
    """Keeps what will be the caller's picture; its key, for `choose`. Holds no transaction meanwhile.

    Raises BadFile for an SVG (it may hold scripts) and for what is no picture, TooLarge.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge("A picture of a person has at most 2 MB.", field="file")
    refuse_drawings(data)
    with tempfile.TemporaryDirectory(prefix="flatrender-face-") as folder:
        given, out = Path(folder) / "given", Path(folder) / "out"
        given.write_bytes(data)
        found = decoder.square(given, "This picture", out, SIDE)
        if found.width * found.height > MAX_PIXELS:
            raise TooLarge("A picture of a person has at most 16 million pixels.", field="file")
        written = out.read_bytes()
    key = f"{FOLDER}/{principal.tenant_id}/{principal.user_id}/{hashlib.sha256(written).hexdigest()}.webp"
    get_storage().put_bytes(written, key)
    return key


def choose(session: Session, principal: Principal, key: str) -> User:
    """Makes it the caller's picture, empty for none. What no account names is removed by housekeeping."""
    user = session.exec(select(User).where(col(User.id) == principal.user_id)).first()
    if user is None:
        raise NotFound("This account is gone.")
    if key != user.picture_key:
        told = [bool(user.picture_key), bool(key)]  # which one is for nobody to read
        audit.note(session, principal, Act.ACCOUNT_CHANGED, user.id, user.email, picture=told)
    user.picture_key = key
    session.add(user)
    session.flush()
    return user


def find(session: Session, principal: Principal, user_id: str) -> str:
    """The key of somebody's picture: one's own, for administrators of the site everybody's there. Raises NotFound."""
    user = session.exec(select(User).where(col(User.id) == user_id)).first()
    allowed = user_id == principal.user_id or principal.can(SITE)
    if user is None or not allowed or not user.picture_key:
        raise NotFound("There is no such picture.")
    return user.picture_key
