"""Carries messages from the outbox to their places: at least once for callbacks, one try for Slack.

Any process may run a courier, several may run at once: an event becomes messages in one transaction, and a message is
lent to one courier for a while before it is sent, outside of any transaction.
"""

import logging
import threading
from datetime import timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session, col, select

from flatrender.core import bus as bus_port
from flatrender.core.db import Database, database_now
from flatrender.core.errors import FlatRenderError, InvalidInput
from flatrender.core.outbox import OutboxEvent
from flatrender.notifications import webhooks
from flatrender.notifications.channels import CHANNELS, Refused, endpoint
from flatrender.notifications.letters import SLACK, letters
from flatrender.notifications.models import Delivery, DeliveryState
from flatrender.renders.models import Export
from flatrender.settings import Settings, get_settings
from flatrender.tenants import usage

log = logging.getLogger(__name__)
LOOK_SECONDS = 2.0
LEASE = timedelta(seconds=60)  # longer than any sending takes
WAITS = (5, 30, 120, 600, 3600)  # seconds before each further try of a callback
BATCH = 50


def fan_out(session: Session, settings: Settings) -> int:
    """Turns events that nobody has looked at into messages. How many events."""
    query = (
        select(OutboxEvent)
        .where(col(OutboxEvent.delivered_at).is_(None))
        .order_by(col(OutboxEvent.id))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    events = session.exec(query).all()
    now = database_now(session) if events else None
    for event in events:
        assert now is not None
        assert event.id is not None
        try:
            with session.begin_nested():
                _count(session, event)
                session.add_all(
                    Delivery(
                        tenant_id=event.tenant_id,
                        event_id=event.id,
                        channel=letter.channel,
                        target=letter.target,
                        payload=letter.payload,
                        endpoint_id=letter.endpoint_id,
                        next_at=now,
                    )
                    for letter in letters(session, event, settings)
                )
        except (OperationalError, InterfaceError):
            raise  # the database is away: all of them are looked at again
        except Exception:  # one that nobody understands does not keep the others from being told
            log.exception("event %d (%s) became no messages", event.id, event.kind)
        event.delivered_at = now
        session.add(event)
    return len(events)


def _count(session: Session, event: OutboxEvent) -> None:
    """A finished film counts for its site, with all its exports' seconds."""
    if event.kind == "render.completed":
        films = select(func.sum(Export.duration)).where(col(Export.job_id) == event.payload["job_id"])
        usage.add(session, event.tenant_id, films=1, film_seconds=session.scalars(films).one() or 0.0)


def take(session: Session) -> Delivery | None:
    """The message that has been due for longest, lent to the caller; its try is counted before it is made."""
    now = database_now(session)
    query = (
        select(Delivery)
        .where(col(Delivery.state) == DeliveryState.WAITING, col(Delivery.next_at) <= now)
        .order_by(col(Delivery.next_at), col(Delivery.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = session.exec(query).first()
    if found is None:
        return None
    if found.channel == SLACK and found.tries:  # its courier died while sending: it may have arrived
        found.state, found.error = DeliveryState.FAILED, "not known whether it arrived"
    else:
        found.tries, found.next_at = found.tries + 1, now + LEASE
    session.add(found)
    session.flush()
    return found


def settle(session: Session, delivery_id: str, error: FlatRenderError | None) -> None:
    """Notes how a try ended."""
    row = session.exec(select(Delivery).where(col(Delivery.id) == delivery_id).with_for_update()).first()
    if row is None:
        return
    if error is None:
        row.state, row.error = DeliveryState.SENT, None
    else:
        row.error = error.message[:500]
        final = row.channel == SLACK or isinstance(error, Refused | InvalidInput) or row.tries > len(WAITS)
        if final:
            row.state = DeliveryState.FAILED
        else:
            row.next_at = database_now(session) + timedelta(seconds=WAITS[row.tries - 1])
            if row.endpoint_id:
                webhooks.postpone(session, row)
    session.add(row)


def deliver(database: Database, settings: Settings | None = None) -> int:
    """Sends all that is due. How many messages were tried."""
    settings = settings or get_settings()
    while True:
        with database.system_session() as session:
            if fan_out(session, settings) < BATCH:
                break
    tried = 0
    while True:
        with database.system_session() as session:
            letter = take(session)
        if letter is None:
            return tried
        if letter.state != DeliveryState.WAITING:
            continue
        error = _send(database, letter, settings)
        with database.system_session() as session:
            settle(session, letter.id, error)
        tried += 1


def _send(database: Database, letter: Delivery, settings: Settings) -> FlatRenderError | None:
    try:
        if letter.channel != webhooks.CHANNEL:
            CHANNELS[letter.channel](settings, letter.target, letter.payload, letter.id)
            return None
        with database.system_session(read_only=True) as session:
            signed = webhooks.post(session, letter)
        if signed is None:
            raise Refused("This webhook was switched off.")
        endpoint(settings, *signed)
    except FlatRenderError as error:
        log.warning("%s message of event %d: %s", letter.channel, letter.event_id, error.message)
        return error
    except Exception as error:
        log.exception("%s message of event %d", letter.channel, letter.event_id)
        return Refused(f"{type(error).__name__}: {error}")
    return None


class Courier:
    """A thread that delivers as soon as something happened, and looks by itself every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._nudge, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def __enter__(self) -> "Courier":
        bus_port.get_bus().listen(self._hear)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._nudge.set()
        self._thread.join(timeout=5)

    def _hear(self, topic: str, payload: dict[str, Any]) -> None:
        if str(payload.get("kind", "")).startswith(("render.", "system.", "account.", "media.", "webhook.", "quota.")):
            self._nudge.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                deliver(self._database)
            except FlatRenderError as error:
                log.warning("nothing was delivered: %s", error.message)
            except Exception:
                log.exception("the courier stumbled")
            self._nudge.wait(LOOK_SECONDS)
            self._nudge.clear()
