"""Tokens of nodes: made once, shown once, revoked at any time. Claims and renewals ask whether they still hold."""

import hashlib
import secrets

from sqlmodel import Session, col, select

from flatrender.core.db import database_now
from flatrender.core.errors import Forbidden, NotFound
from flatrender.farm.models import FarmSwitch, Node, NodeToken

PREFIX = "frn_"


def make(session: Session, name: str) -> tuple[NodeToken, str]:
    """A new token's row and the token itself, which is stored nowhere."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = NodeToken(name=name.strip()[:120] or "node", digest=_digest(token), created_at=database_now(session))
    session.add(row)
    session.flush()
    return row, token


def revoke(session: Session, token_id: str) -> NodeToken:
    """From now on its nodes claim nothing, and end what they run at their next look. Raises NotFound."""
    row = session.get(NodeToken, token_id)
    if row is None:
        raise NotFound("There is no such node token.")
    row.revoked_at = row.revoked_at or database_now(session)
    session.add(row)
    return row


def every(session: Session) -> list[NodeToken]:
    """All tokens, newest first."""
    return list(session.exec(select(NodeToken).order_by(col(NodeToken.id).desc())).all())


def admit(session: Session, token: str | None, shown_before: str | None = None) -> str | None:
    """The id of the token that a node shows, or showed before where it shows none: a node does not get rid of a token
    by leaving it out. Raises Forbidden for an unknown or revoked one, or none where one is asked for."""
    if not token:
        switch = session.exec(select(FarmSwitch)).first()
        if switch is not None and switch.tokens_required:
            raise Forbidden("This farm asks its nodes for a token; set FLATRENDER_NODE_TOKEN.", code="no-node-token")
        before = session.get(NodeToken, shown_before, populate_existing=True) if shown_before else None
        if before is not None and before.revoked_at is not None:
            raise _revoked()
        return before.id if before is not None else None
    row = session.exec(select(NodeToken).where(col(NodeToken.digest) == _digest(token))).first()
    if row is None:
        raise Forbidden("This farm does not know the node's token; make another one.", code="unknown-node-token")
    if row.revoked_at is not None:
        raise _revoked()
    return row.id


def _revoked() -> Forbidden:
    return Forbidden("The node's token was revoked; ask for another one.", code="node-token-revoked")


def holds(session: Session, node: Node) -> bool:
    """Whether the node may still work."""
    switch = session.exec(select(FarmSwitch)).first()
    if node.token_id is None:
        return switch is None or not switch.tokens_required
    row = session.get(NodeToken, node.token_id, populate_existing=True)
    return row is not None and row.revoked_at is None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
