"""The request log: what was asked of the API, by whom, and how it ended; months as partitions (`core.months`).

Requests only put their entry into a list of this process. A thread writes the list every few seconds, in one
transaction for all sites; when the database does not keep up, the oldest entries are left out rather than any request
slowed. Of an address its pattern is kept, and what stood in its places; never a query, a body or a secret.
"""

import logging
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, insert
from sqlmodel import Field, Session, SQLModel, col, select

from flatrender.core import clock, months
from flatrender.core.db import Database, TenantOwned, UtcDateTime, get_database
from flatrender.core.errors import FlatRenderError
from flatrender.core.ids import new_id

log = logging.getLogger(__name__)
EVERY_SECONDS = 5.0
MOST_WAITING = 20_000  # entries; more are left out
MOST_WRITTEN = 2_000  # in one transaction: others want to write as well
KEPT = 3  # months
MOST = 200  # of one page
ENDINGS = {"ok": (0, 399), "refused": (400, 499), "failed": (500, 599)}


class RequestEntry(TenantOwned, table=True):
    """A request. `route`: the address's pattern; `path`: the address."""

    __tablename__ = "request_log"
    __table_args__ = (Index("ix_request_log_tenant_id_id", "tenant_id", "id"), months.BY_MONTH)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    at: datetime = Field(default_factory=clock.now, primary_key=True, sa_type=UtcDateTime)
    method: str = Field(max_length=8)
    route: str = Field(max_length=200)
    path: str = Field(max_length=300)
    status: int
    milliseconds: int
    bytes: int
    user_id: str = Field(default="", max_length=32)
    key_id: str = Field(default="", max_length=32)
    address: str = Field(default="", max_length=64)


table = SQLModel.metadata.tables["request_log"]
months.with_rest(table)


@dataclass(frozen=True)
class Search:
    """What is looked for. `ending`: one of `ENDINGS`; `words`: in the address; `after`: the last entry before."""

    ending: str = ""
    method: str = ""
    words: str = ""
    user_id: str = ""
    key_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: str = ""


class Waiting:
    """The entries of this process that are not written yet, and the thread that writes them."""

    def __init__(self, every: float = EVERY_SECONDS) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)
        self._every = every
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def add(self, **entry: Any) -> None:
        """Puts an entry on the list; never waits."""
        self._entries.append({"id": new_id(), "at": clock.now(), **entry})
        if self._thread is None and not self._ended.is_set():
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._write_on, name="request log", daemon=True)
                    self._thread.start()

    def write(self, database: Database) -> int:
        """Writes what waits; how many entries. What fails waits for the next time, as far as there is room."""
        written = 0
        while self._entries:
            with self._lock:
                taken = [self._entries.popleft() for _ in range(min(MOST_WRITTEN, len(self._entries)))]
            try:
                with database.system_session() as session:
                    session.connection().execute(insert(table), taken)
            except BaseException:
                self._entries.extendleft(reversed(taken[-(MOST_WAITING - len(self._entries)) :]))
                raise
            written += len(taken)
        return written

    def end(self, database: Database) -> None:
        """Writes what waits, at the process's end."""
        self._ended.set()
        self.write(database)

    def _write_on(self) -> None:
        while not self._ended.wait(self._every):
            try:
                self.write(get_database())
            except FlatRenderError as error:
                log.warning("the request log waits: %s", error.message)
            except Exception:  # the thread goes on: the log is no reason to stop
                log.exception("the request log was not written")


waiting = Waiting()


def page(session: Session, search: Search, limit: int) -> list[RequestEntry]:
    """Entries that fit, newest first. Takes a tenant session."""
    query = select(RequestEntry).where(*_conditions(search)).order_by(col(RequestEntry.id).desc())
    return list(session.scalars(query.limit(min(limit, MOST))).all())


def view(entry: RequestEntry) -> dict[str, Any]:
    """An entry as programs get it."""
    return entry.model_dump(exclude={"tenant_id"})


def keep(session: Session, now: datetime) -> int:
    """Makes the months to come, drops the old ones. Takes a system session."""
    return months.keep(session, table, now, KEPT)


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.ending in ENDINGS:
        found.append(col(RequestEntry.status).between(*ENDINGS[search.ending]))
    if words := search.words.strip()[:100]:
        found.append(col(RequestEntry.path).contains(words, autoescape=True))
    plain = asdict(search)
    found += [getattr(RequestEntry, name) == plain[name] for name in ("method", "user_id", "key_id") if plain[name]]
    if search.since is not None:
        found.append(col(RequestEntry.at) >= search.since)
    if search.until is not None:
        found.append(col(RequestEntry.at) < search.until)
    if search.after:
        found.append(col(RequestEntry.id) < search.after)
    return found
