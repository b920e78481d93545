"""Tries are counted, so that nobody guesses for long: by account, by network address, in a window of time."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from flatrender.access.models import SignInTry
from flatrender.core import clock
from flatrender.core.db import alone
from flatrender.core.errors import RateLimited
from flatrender.settings import get_settings

WINDOW = timedelta(minutes=15)
# In the window: for one account from one address, for one account from anywhere, from one address.
PER_ACCOUNT = 10
PER_ACCOUNT_ANYWHERE = 100
PER_ADDRESS = 50
SIGN_UPS_PER_ADDRESS = 20


def count(session: Session, name: str, most: int) -> int:
    """Counts a try under `name`; its id. Raises RateLimited when there were `most` in the window already."""
    alone(session, name)  # many at once are counted too
    # Older ones are housekeeping's to remove: who did it here held others' rows beside the names that they wait for.
    since = clock.now() - WINDOW
    recent = select(func.count()).where(col(SignInTry.key) == name, col(SignInTry.at) >= since)
    tries = session.exec(recent).one()
    if tries >= most:
        minutes = int(WINDOW.total_seconds() // 60)
        raise RateLimited(f"Too many tries; wait {minutes} minutes and try again.", retry_after=minutes * 60)
    row = SignInTry(key=name)
    session.add(row)
    session.flush()
    return int(row.id or 0)


def take_back(session: Session, counted: Sequence[int]) -> None:
    """What `count` gave an id for was no guess."""
    session.execute(delete(SignInTry).where(col(SignInTry.id).in_(counted)))


def network(address: str) -> str:
    """Whose an address is: whoever has one of IPv6 has the 2^64 beside it."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((read, 64), strict=False)) if isinstance(read, IPv6Address) else address


def key(kind: str, tenant_id: str, value: str) -> str:
    """The name of what is counted: hashed, for tables must not list who tried what."""
    secret = get_settings().secret_key.encode()
    return hmac.new(secret, f"{kind}\0{tenant_id}\0{value}".encode(), hashlib.sha256).hexdigest()
