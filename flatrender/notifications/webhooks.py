"""A site's webhooks: where its events are posted, signed with which secret, and what became of each message.

Endpoints are told by the courier as everything else, at least once; a message that fails is tried again for an hour and
a half, and kept for a week, within which it can be sent again. Takes a tenant session.

An endpoint has one message on its way at a time (`lent_until`), and one that fails is asked less and less often
(`failures`, `next_at`), whatever waits for it: one that hangs costs the others nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func, tuple_
from sqlmodel import Session, col, select

from flatrender.core import bus, clock, http, outbox
from flatrender.core.db import database_now
from flatrender.core.errors import Conflict, InvalidInput, NotFound, RateLimited
from flatrender.core.names import one_line
from flatrender.core.outbox import OutboxEvent
from flatrender.core.sealing import seal, unseal
from flatrender.notifications import signing
from flatrender.notifications.models import Delivery, DeliveryState, WebhookEndpoint
from flatrender.settings import get_settings
from flatrender.tenants import features, usage

CHANNEL = "endpoint"  # of deliveries
SEALED = "webhook secret"
TEST = "webhook.test"
EVENTS = (
    *("render.submitted", "render.started", "render.completed", "render.failed", "render.cancelled"),
    *("media.ready", "media.failed", usage.WARNING),
)
MOST = 20
TEST_SECONDS = 10  # between two tests of an endpoint
LONGEST_GRACE = timedelta(days=7)
LONGEST_TOLD = 20  # characters of the first part of an address's path, in the audit log
_NUDGE = "letters"  # a topic of the bus that couriers hear


@dataclass(frozen=True)
class Made:
    """An endpoint and its secret, which is told once."""

    endpoint: WebhookEndpoint
    secret: str


def check(wish: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what `wish` names; asks a name server, so call it outside of a transaction.

    Raises InvalidInput beside the field; for an address that may not be called, its reason.
    """
    found: dict[str, Any] = {}
    for name, value in wish.items():
        match name:
            case "url":
                found[name] = value.strip()
                http.check_address(found[name], get_settings().manager.callback_networks)
            case "name":
                found[name] = one_line(value)[:80]
            case "events":
                if not value or not set(value) <= set(EVENTS):
                    raise InvalidInput("Choose at least one of the events.", field="events", code="webhook-events")
                found[name] = [event for event in EVENTS if event in value]
            case "active":
                found[name] = bool(value)
    return found


def shown(url: str) -> str:
    """An endpoint's address as the audit log tells it: its host and the path's first part. Programs prove themselves
    with what stands in the rest (chats and automation services take the path for that), or in a long first part."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    first, _, rest = parts.path.removeprefix("/").partition("/")
    short = first if len(first) <= LONGEST_TOLD else ""
    more = "/…" if rest or parts.query or first != short else ""
    return f"{parts.scheme}://{host}{f'/{short}' if short else ''}{more}"


def create(session: Session, columns: Mapping[str, Any]) -> Made:
    """A new endpoint. Raises Conflict when there are too many, Forbidden where webhooks are switched off."""
    features.require(session, str(session.info["tenant_id"]), features.WEBHOOKS)
    if session.scalars(select(func.count()).select_from(WebhookEndpoint)).one() >= MOST:
        raise Conflict(f"A site has at most {MOST} webhooks.", code="too-many-webhooks")
    secret, now = signing.new_secret(), database_now(session)
    endpoint = WebhookEndpoint(**columns, secret=seal(SEALED, secret), next_at=now, lent_until=now)
    session.add(endpoint)
    session.flush()
    return Made(endpoint, secret)


def change(session: Session, endpoint_id: str, columns: Mapping[str, Any]) -> WebhookEndpoint:
    """Changes what is given, and asks it anew; switched off, what waits for it is dropped. Raises NotFound."""
    endpoint = get(session, endpoint_id)
    for name, value in columns.items():
        setattr(endpoint, name, value)
    endpoint.next_at = database_now(session)
    session.add(endpoint)
    session.flush()
    return endpoint


def rotate(session: Session, endpoint_id: str, grace: timedelta) -> Made:
    """A new secret; for `grace` messages are signed with the old one as well. Raises NotFound."""
    endpoint = get(session, endpoint_id)
    secret = signing.new_secret()
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, clock.now() + min(grace, LONGEST_GRACE)
    endpoint.secret = seal(SEALED, secret)
    session.add(endpoint)
    session.flush()
    return Made(endpoint, secret)


def remove(session: Session, endpoint_id: str) -> WebhookEndpoint:
    """Forgets an endpoint and its messages. Raises NotFound."""
    endpoint = get(session, endpoint_id)
    session.execute(delete(Delivery).where(col(Delivery.endpoint_id) == endpoint.id))
    session.delete(endpoint)
    session.flush()
    return endpoint


def listed(session: Session) -> list[WebhookEndpoint]:
    """The site's endpoints, oldest first."""
    return list(session.scalars(select(WebhookEndpoint).order_by(col(WebhookEndpoint.id)).limit(MOST)).all())


def get(session: Session, endpoint_id: str, *, lock: bool = False) -> WebhookEndpoint:
    """Raises NotFound."""
    query = select(WebhookEndpoint).where(col(WebhookEndpoint.id) == endpoint_id)
    found = session.scalars(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound("There is no such webhook here.", code="no-webhook")
    return found


def test(session: Session, endpoint_id: str) -> None:
    """Sends an endpoint something that means nothing, also to one that fails. Raises NotFound, RateLimited."""
    endpoint, now = get(session, endpoint_id, lock=True), database_now(session)
    if endpoint.tested_at is not None and now - endpoint.tested_at < timedelta(seconds=TEST_SECONDS):
        raise RateLimited(f"A test was sent just now; wait {TEST_SECONDS} seconds.", retry_after=TEST_SECONDS)
    endpoint.tested_at = endpoint.next_at = now
    session.add(endpoint)
    told = {"endpoint_id": endpoint.id}
    outbox.record(session, TEST, told, tenant_id=endpoint.tenant_id, topic=_NUDGE)


def log(session: Session, endpoint_id: str, *, after: str = "", limit: int = 50) -> list[Delivery]:
    """An endpoint's messages, newest first; `after`: the last of the page before. Raises NotFound."""
    query = select(Delivery).where(col(Delivery.endpoint_id) == get(session, endpoint_id).id)
    if after:
        last = session.scalars(query.where(col(Delivery.id) == after)).first()
        if last is None:  # it went with its week, and so did what came before it
            return []
        place = tuple_(col(Delivery.event_id), col(Delivery.id))
        query = query.where(place < tuple_(last.event_id, last.id))
    query = query.order_by(col(Delivery.event_id).desc(), col(Delivery.id).desc())
    return list(session.scalars(query.limit(limit)).all())


def resend(session: Session, endpoint_id: str, delivery_id: str) -> Delivery:
    """Sends a message again, now, with the same id. Raises NotFound, Conflict for one that is on its way."""
    endpoint = get(session, endpoint_id)
    query = select(Delivery).where(col(Delivery.id) == delivery_id, col(Delivery.endpoint_id) == endpoint.id)
    row = session.scalars(query.with_for_update()).first()
    if row is None:
        raise NotFound("There is no such message here.", code="no-delivery")
    if row.state == DeliveryState.WAITING:
        raise Conflict("This message is on its way already.", code="on-its-way")
    row.state, row.tries, row.next_at, row.error = DeliveryState.WAITING, 0, database_now(session), None
    endpoint.next_at = row.next_at
    session.add_all((row, endpoint))
    session.flush()
    return row


def wanting(session: Session, event: OutboxEvent) -> Sequence[WebhookEndpoint]:
    """The endpoints that an event is told to. Takes a system session."""
    if event.tenant_id is None or not features.is_on(session, event.tenant_id, features.WEBHOOKS):
        return ()
    query = select(WebhookEndpoint).where(col(WebhookEndpoint.tenant_id) == event.tenant_id)
    query = query.where(col(WebhookEndpoint.active))
    if event.kind == TEST:
        return session.scalars(query.where(col(WebhookEndpoint.id) == event.payload["endpoint_id"])).all()
    if event.kind not in EVENTS:
        return ()
    return [each for each in session.scalars(query).all() if event.kind in each.events]


def message(event: OutboxEvent) -> dict[str, Any]:
    """What is posted for an event."""
    return {"type": event.kind, "timestamp": event.created_at.isoformat(), "data": event.payload}


def lend(session: Session, endpoint_id: str, until: datetime) -> None:
    """For as long no other message goes to the endpoint."""
    endpoint = session.get_one(WebhookEndpoint, endpoint_id)
    endpoint.lent_until = until
    session.add(endpoint)


def give_back(session: Session, endpoint_id: str, now: datetime, waits: Sequence[int], *, failed: bool) -> None:
    """Notes that a try has ended; whoever fails again and again waits for longer and longer (`waits`, in seconds)."""
    query = select(WebhookEndpoint).where(col(WebhookEndpoint.id) == endpoint_id)
    endpoint = session.scalars(query.with_for_update()).first()
    if endpoint is None:
        return
    endpoint.lent_until = endpoint.next_at = now
    endpoint.failures = endpoint.failures + 1 if failed and endpoint.active else 0
    if endpoint.failures:
        endpoint.next_at += timedelta(seconds=waits[min(endpoint.failures, len(waits)) - 1])
    session.add(endpoint)


def nudge() -> None:
    """Wakes couriers everywhere: there may be messages for endpoints."""
    bus.publish(_NUDGE, {"kind": "webhook.due"})


def post(session: Session, row: Delivery) -> tuple[str, bytes, dict[str, str]] | None:
    """Where a message goes, its body and the headers that prove it; None where nobody wants it any more."""
    endpoint = session.get(WebhookEndpoint, row.endpoint_id)
    if endpoint is None or not endpoint.active:
        return None
    now = clock.now()
    kept = [endpoint.secret]
    if endpoint.previous_until is not None and endpoint.previous_until > now:
        kept.append(endpoint.previous_secret)
    holding = [secret for secret in (unseal(SEALED, text) for text in kept) if secret is not None]
    body = http.as_json(row.payload)
    return endpoint.url, body, signing.headers(row.id, int(now.timestamp()), body, holding)
