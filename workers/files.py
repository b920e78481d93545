"""Whether this node's storage is the studio's. A node with a folder of its own would find no file of any job."""

import logging

from sqlmodel import col, select

from flatrender.core.db import Database
from flatrender.core.errors import InvalidInput, NotFound, Unavailable
from flatrender.core.storage import get_storage
from flatrender.settings import Settings
from flatrender.templates.models import Bundle, TemplateScan

log = logging.getLogger(__name__)
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
