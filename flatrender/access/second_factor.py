"""The second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes for when it is lost.

The app's secret is kept encrypted under the installation's key; recovery codes are kept hashed and work once.
"""

import base64
import hashlib
import hmac
import secrets
import struct
import unicodedata
from urllib.parse import quote

import segno
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from flatrender.access.models import RecoveryCode, User
from flatrender.core import clock
from flatrender.core.errors import Conflict, InvalidInput
from flatrender.core.sealing import seal, unseal
from flatrender.settings import get_settings

PURPOSE = "second factor"  # of sealing
STEP = 30  # seconds
DIGITS = 6
DRIFT = 1  # steps that a phone's clock may be off
CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


def new_secret() -> str:
    """A secret for an app: 160 bits in base 32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    """The code of a time step (RFC 4226, 5.3, over HMAC-SHA-1)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    place = digest[-1] & 15
    value = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{value % 10**DIGITS:0{DIGITS}d}"


def address(secret: str, site: str, email: str) -> str:
    """What an app reads from the picture."""
    return f"otpauth://totp/{quote(site)}:{quote(email)}?secret={secret}&issuer={quote(site)}&digits={DIGITS}&period={STEP}"


def picture(text: str) -> str:
    """A QR code as SVG."""
    return str(segno.make(text, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff"))


def begin(user: User) -> str:
    """A secret for the user's app, which counts once a code of it was given (`finish`). Raises Conflict when on."""
    if user.second_factor:
        raise Conflict("A second factor is on already; turn it off first.", code="second-factor-on")
    secret = new_secret()
    user.totp_secret = seal(PURPOSE, secret)
    return secret


def finish(session: Session, user: User, code: str) -> list[str]:
    """Turns the second factor on; the recovery codes, told once. Raises InvalidInput for a wrong code."""
    if user.second_factor or not user.totp_secret:
        raise Conflict("Begin again with a new picture.", code="second-factor-on")
    if not _totp(user, code):
        raise InvalidInput("This code does not fit; check the phone's clock.", field="code", code="wrong-code")
    user.second_factor = True
    session.add(user)
    return renew_codes(session, user)


def renew_codes(session: Session, user: User) -> list[str]:
    """New recovery codes in place of the old ones. Raises Conflict where there is no second factor."""
    if not user.second_factor:
        raise Conflict("Turn the second factor on first; its codes come with it.", code="second-factor-off")
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    made = ["".join(secrets.choice(_ALPHABET) for _ in range(12)) for _ in range(CODES)]
    session.add_all(RecoveryCode(tenant_id=user.tenant_id, user_id=user.id, code_hash=_hash(code)) for code in made)
    session.flush()
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in made]


def codes_left(session: Session, user: User) -> int:
    """How many recovery codes of theirs were not used yet."""
    return session.scalars(select(func.count()).where(col(RecoveryCode.user_id) == user.id)).one()


def turn_off(session: Session, user: User) -> None:
    """Back to the password alone."""
    user.second_factor, user.totp_secret, user.totp_step = False, "", 0
    session.add(user)
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))


def accept(session: Session, user: User, given: str) -> bool:
    """Whether a code of the app or a recovery code is right; either works once."""
    code = _plain(given)
    if len(code) == DIGITS and code.isdecimal():
        right = _totp(user, code)
        session.add(user)
        return right
    query = select(RecoveryCode).where(col(RecoveryCode.user_id) == user.id, col(RecoveryCode.code_hash) == _hash(code))
    found = session.exec(query.with_for_update()).first()
    if found is None:
        return False
    session.delete(found)
    return True


def _plain(given: str) -> str:
    """A code as it is compared: Persian keyboards write digits of their own."""
    code = "".join(str(unicodedata.decimal(sign, sign)) for sign in given)
    return "".join(code.split()).replace("-", "").lower()


def _totp(user: User, code: str) -> bool:
    secret = unseal(PURPOSE, user.totp_secret)
    if secret is None:
        return False
    given = _plain(code).encode()
    now = int(clock.now().timestamp()) // STEP
    for step in range(now - DRIFT, now + DRIFT + 1):
        if step > user.totp_step and hmac.compare_digest(code_at(secret, step).encode(), given):
            user.totp_step = step  # a code that was seen over a shoulder works no second time
            return True
    return False


def _hash(code: str) -> str:
    secret = get_settings().secret_key.encode()
    return hmac.new(secret, f"recovery\0{code}".encode(), hashlib.sha256).hexdigest()
