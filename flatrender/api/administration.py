"""What the administrator's page shows and does: the whole at a glance, engines restarted, updates."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from flatrender import __version__
from flatrender.access.permissions import Principal
from flatrender.api.conditional import ASKS_OTHERS
from flatrender.api.dependencies import FarmAdmin
from flatrender.api.farm import FarmDb, FarmDbReader, Json
from flatrender.api.routes import Route
from flatrender.core import clock, update
from flatrender.core.checkout import Checkout
from flatrender.core.db import get_database
from flatrender.farm import operations, updating
from flatrender.farm import service as farm
from flatrender.renders.manager import overview
from flatrender.settings import get_settings

router = APIRouter(route_class=Route, tags=["Farm"])


@router.get("/farm/overview")
def look(session: FarmDbReader, hours: Annotated[int, Query(ge=1, le=168)] = 24) -> Json:
    """This machine, the queue over the last hours, what failed within seven days by cause, the latest update."""
    data_dir = get_settings().data_dir
    return {
        "version": __version__,
        "health": overview.health(session, data_dir),
        "depth": overview.depth_over_time(session, hours),
        "errors": overview.recent_errors(session),
        "update": update.state(data_dir),
    }


@router.post("/farm/restart-engines")
def restart_engines(principal: FarmAdmin, session: FarmDb) -> Json:
    """Every node ends its renderers and gives their tasks back to the queue, then goes on with fresh ones."""
    operations.restart_engines(session, principal)
    return farm.depth(session)


@router.get("/farm/update", openapi_extra=ASKS_OTHERS)
def check_update(principal: FarmAdmin) -> Json:
    """Which version runs, which one there is, and what came in between. Asks the repository."""
    return versions()


@router.post("/farm/update", status_code=202)
def execute_update(principal: FarmAdmin) -> Json:
    """Updates and restarts; refused while something renders."""
    return ask_for_update(principal)


def versions() -> Json:
    """The answer to "is there a newer version?"."""
    found = Checkout().check()
    return {
        "currentVersion": f"{__version__} ({found.current})",
        "availableVersion": found.available,
        "updateAvailable": found.newer,
        "changes": list(found.changes),
        "latest": update.state(get_settings().data_dir),
    }


def ask_for_update(principal: Principal) -> Json:
    """Asks the supervisor. Raises Conflict while something renders, or where nothing supervises."""
    by = principal.name or principal.email
    updating.ask(get_database(), get_settings().data_dir, principal)
    return {"status": "requested", "latest": asdict(update.State("requested", by, clock.now().isoformat()))}
