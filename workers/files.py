"""Whether this node's storage is the studio's, answers, and takes what is made here. A node with a folder of its own
would find no file of any job; one whose bucket is away or refuses takes no work until it is well.
"""

import logging
import threading
from collections.abc import Callable

from sqlmodel import col, select

from flatrender.core.db import Database
from flatrender.core.errors import FlatRenderError, InvalidInput, NotFound, Unavailable
from flatrender.core.storage import get_storage
from flatrender.settings import Settings
from flatrender.templates.models import Bundle, TemplateScan

log = logging.getLogger(__name__)
PROBE_SECONDS = 5.0
NEWEST = 20  # templates looked for, until one is there


def are_elsewhere(database: Database) -> bool:
    """Whether there are templates and the storage holds nothing of the newest; one alone may have been lost."""
    with database.system_session(read_only=True) as session:
        bundles = select(Bundle.key).order_by(col(Bundle.created_at).desc()).limit(NEWEST)
        reports = select(TemplateScan.report_key).order_by(col(TemplateScan.id).desc()).limit(NEWEST)
        keys = [key for query in (bundles, reports) for key in session.exec(query).all()]
    storage = get_storage()
    return bool(keys) and not any(storage.exists(key) for key in keys)


def check(database: Database, settings: Settings) -> None:
    """Before a node joins. Raises InvalidInput with what to set."""
    try:
        elsewhere = are_elsewhere(database)
    except Unavailable as error:
        log.warning("whether the files are the studio's could not be seen: %s", error.message)
        return
    if elsewhere:
        raise InvalidInput(
            f"The files of the studio's templates are not in {settings.storage or settings.storage_dir}: set "
            "FLATRENDER_STORAGE to the studio's bucket, or FLATRENDER_DATA to the studio's own data folder.",
            code="other-storage",
        )


def explain(database: Database, error: NotFound) -> Exception:
    """Why a file of a job is not found: Unavailable, so that another node tries, where this one looks elsewhere."""
    if not are_elsewhere(database):
        return error
    settings = "FLATRENDER_STORAGE or FLATRENDER_DATA"
    said = f"Its node looks for files elsewhere than the studio; give it the studio's {settings}."
    return Unavailable(said, code="other-storage")


class StorageWatch:
    """`problem` says in a sentence that the storage is away, or refuses, until it is well; then `answers` is called."""

    def __init__(self, stopped: threading.Event, answers: Callable[[], None]) -> None:
        self._stopped, self._answers = stopped, answers
        self._lock = threading.Lock()
        self.problem: str | None = None

    def ask(self) -> None:
        """Whether it answers now, and takes files."""
        try:
            get_storage().probe()
        except FlatRenderError as error:
            self.failed(error)

    def failed(self, error: FlatRenderError) -> None:
        """It does not. A thread of its own asks until it does: the network may hold up who asks."""
        with self._lock:
            if self.problem is None:
                log.warning("this node takes no work until its file storage is well: %s", error.message)
                threading.Thread(target=self._wait, name="storage", daemon=True).start()
            self.problem = error.message

    def _wait(self) -> None:
        while not self._stopped.wait(PROBE_SECONDS):
            try:
                get_storage().probe()
            except FlatRenderError as error:
                self.problem = error.message  # it may be another one by now
                continue
            except Exception:  # whatever it is, nobody else asks: the node would be unwell for good
                log.exception("the file storage could not be asked")
                continue
            with self._lock:
                self.problem = None
            log.info("the file storage is well again")
            self._answers()
            return
