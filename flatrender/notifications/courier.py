"""Carries messages from the outbox to their places: at least once for callbacks, one try for Slack.

Any process may run a courier, several may run at once: an event becomes messages in one transaction, and a message is
lent to one courier for a while before it is sent, outside of any transaction. What goes to people, to callbacks and to
webhooks of sites is carried apart: a program that hangs keeps no letter waiting.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from flatrender.core import bus as bus_port
from flatrender.core.db import Database, database_now, on_commit
from flatrender.core.errors import FlatRenderError, InvalidInput
from flatrender.core.http import UNKNOWN_HOST
from flatrender.core.outbox import OutboxEvent
from flatrender.notifications import inbox, webhooks
from flatrender.notifications.channels import CHANNELS, Refused, endpoint
from flatrender.notifications.letters import EMAIL, SLACK, WEBHOOK, letters
from flatrender.notifications.models import Delivery, DeliveryState, WebhookEndpoint
from flatrender.renders.models import Export
from flatrender.settings import Settings, get_settings
from flatrender.tenants import limits, usage

log = logging.getLogger(__name__)
LOOK_SECONDS = 2.0
LEASE = timedelta(seconds=60)  # longer than any sending takes
WAITS = (5, 30, 120, 600, 3600)  # seconds before each further try of a callback
BATCH = 50
LETTERS, CALLBACKS, ENDPOINTS = (EMAIL, SLACK), (WEBHOOK,), (webhooks.CHANNEL,)
# A thread each. Several endpoints are told at once, fewer of them of one site, each one message at a time; so are
# callbacks, one at a time to each program: one that is slow keeps no other waiting.
ROUNDS: Sequence[Sequence[str]] = (LETTERS, *[CALLBACKS] * 3, *[ENDPOINTS] * 3)
OF_A_SITE = 2
Step = Callable[[Session, OutboxEvent, Settings, datetime], None]
HEARD = ("render.", "system.", "account.", "media.", "webhook.", "quota.", "template.", "domain.")  # kinds of events


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
    if not events:
        return 0
    now = database_now(session)
    for event in events:
        _do(_write_down, session, event, settings, now)
        _do(_address, session, event, settings, now)
        event.delivered_at = now
        session.add(event)
    # Sites' counts stay locked until the end, and calls with API keys wait for them: last, for they take the shortest;
    # in the order of sites, so that no two couriers wait for each other.
    for event in sorted(events, key=lambda each: each.tenant_id):
        _do(_count, session, event, settings, now)
    return len(events)


def _do(step: Step, session: Session, event: OutboxEvent, settings: Settings, now: datetime) -> None:
    """Each step for itself: a film counts, whoever can be told of it."""
    try:
        with session.begin_nested():
            step(session, event, settings, now)
    except (OperationalError, InterfaceError):
        raise  # the database is away: all of them are looked at again
    except Exception:  # one that nobody understands does not keep the others from being told
        log.exception("event %d (%s) was not understood", event.id, event.kind)


def _count(session: Session, event: OutboxEvent, settings: Settings, now: datetime) -> None:
    """A finished film counts for its site, with all its exports' seconds; the limit that it uses up is told."""
    if event.kind == "render.completed":
        films = select(func.sum(Export.duration)).where(col(Export.job_id) == event.payload["job_id"])
        usage.add(session, event.tenant_id, films=1, film_seconds=session.scalars(films).one() or 0.0)
        limits.measure(session, event.tenant_id)


def _write_down(session: Session, event: OutboxEvent, settings: Settings, now: datetime) -> None:
    """People find it in the bell."""
    inbox.tell(session, event)


def _address(session: Session, event: OutboxEvent, settings: Settings, now: datetime) -> None:
    """Writes the messages to all who are told of an event."""
    assert event.id is not None
    for letter in letters(session, event, settings):
        session.add(
            Delivery(
                tenant_id=event.tenant_id,
                event_id=event.id,
                channel=letter.channel,
                target=letter.target,
                payload=letter.payload,
                endpoint_id=letter.endpoint_id,
                next_at=now,
            )
        )


def take(session: Session, channels: Sequence[str], but: Collection[str] = ()) -> Delivery | None:
    """The message that has been due for longest, lent to the caller; its try is counted before it is made. `but`:
    nothing to addresses that begin so.

    Of the webhooks' messages one to an endpoint is out at a time, and those of one site never take all turns; the
    endpoint that was asked longest ago goes first.
    """
    now = database_now(session)
    query = select(Delivery).where(
        col(Delivery.channel).in_(channels),
        col(Delivery.state) == DeliveryState.WAITING,
        col(Delivery.next_at) <= now,
        *(~col(Delivery.target).startswith(each, autoescape=True) for each in but),
    )
    if channels == ENDPOINTS:
        other = aliased(WebhookEndpoint)
        asked = select(func.count()).where(
            col(other.tenant_id) == col(WebhookEndpoint.tenant_id), col(other.lent_until) > now
        )
        query = (
            query.join(WebhookEndpoint, col(WebhookEndpoint.id) == col(Delivery.endpoint_id))
            .where(col(WebhookEndpoint.next_at) <= now, col(WebhookEndpoint.lent_until) <= now)
            .where(asked.correlate(WebhookEndpoint).scalar_subquery() < OF_A_SITE)
            .order_by(col(WebhookEndpoint.lent_until))
        )
    query = query.order_by(col(Delivery.next_at), col(Delivery.event_id), col(Delivery.id))
    found = session.exec(query.limit(1).with_for_update(skip_locked=True)).first()
    if found is None:
        return None
    if found.endpoint_id:
        webhooks.lend(session, found.endpoint_id, now + LEASE)
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
    now = database_now(session)
    if row.endpoint_id:
        webhooks.give_back(session, row.endpoint_id, now, WAITS, failed=error is not None)
    if error is None:
        row.state, row.error = DeliveryState.SENT, None
    else:
        row.error = error.message[:500]
        # A name that is not found may be found in a minute; a private address stays one.
        refused = isinstance(error, Refused | InvalidInput) and error.code != UNKNOWN_HOST
        if refused or row.channel == SLACK or row.tries > len(WAITS):
            row.state = DeliveryState.FAILED
        else:
            row.next_at = now + timedelta(seconds=WAITS[row.tries - 1])
    session.add(row)


def deliver(database: Database, settings: Settings | None = None) -> int:
    """Sends all that is due, one after the other. How many messages were tried."""
    turns = Turns()
    return sum(carry(database, settings or get_settings(), each, turns) for each in (LETTERS, CALLBACKS, ENDPOINTS))


class Turns:
    """Whom this process calls back at this moment, so that each program gets one message at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._called: set[str] = set()

    @contextmanager
    def next(self, database: Database, channels: Sequence[str]) -> Iterator[Delivery | None]:
        """A message that is due, and with it the turn of its receiver; None where there is none."""
        with self._lock:
            with database.system_session() as session:
                letter = take(session, channels, self._called if channels == CALLBACKS else ())
            origin = "/".join(letter.target.split("/", 3)[:3]) if letter and channels == CALLBACKS else ""
            self._called |= {origin} if origin else set()
        try:
            yield letter
        finally:
            with self._lock:
                self._called.discard(origin)


def carry(database: Database, settings: Settings, channels: Sequence[str], turns: Turns) -> int:
    """Sends what is due of these channels. How many messages were tried."""
    tried = 0
    while True:
        with database.system_session() as session:
            found = fan_out(session, settings)  # before each: what happened meanwhile waits for no other message
            if found:
                on_commit(session, webhooks.nudge)
        if found == BATCH:
            continue
        with turns.next(database, channels) as letter:
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
    """Threads that deliver as soon as something happened, and look by themselves every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopped = threading.Event()
        self._turns = Turns()
        self._nudges = [threading.Event() for _ in ROUNDS]
        self._threads = [
            threading.Thread(target=self._run, args=each, name=f"courier-{number}", daemon=True)
            for number, each in enumerate(zip(ROUNDS, self._nudges, strict=True))
        ]

    def __enter__(self) -> "Courier":
        bus_port.get_bus().listen(self._hear)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._nudge()
        deadline = time.monotonic() + 5
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))

    def _hear(self, topic: str, payload: dict[str, Any]) -> None:
        if str(payload.get("kind", "")).startswith(HEARD):
            self._nudge()

    def _nudge(self) -> None:
        for nudge in self._nudges:
            nudge.set()

    def _run(self, channels: Sequence[str], nudge: threading.Event) -> None:
        while not self._stopped.is_set():
            try:
                carry(self._database, get_settings(), channels, self._turns)
            except FlatRenderError as error:
                log.warning("nothing was delivered: %s", error.message)
            except Exception:
                log.exception("the courier stumbled")
            nudge.wait(LOOK_SECONDS)
            nudge.clear()
