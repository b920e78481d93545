"""What a site uses over REST: by day, and how much room is left."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlmodel import Session

from flatrender.access.permissions import SITE, Principal
from flatrender.api.dependencies import Allowed, Me, TenantDbReader
from flatrender.api.routes import Route
from flatrender.api.sites import SiteDbReader
from flatrender.api.times import Day
from flatrender.core.errors import InvalidInput
from flatrender.media import quotas
from flatrender.tenants import limits, usage

router = APIRouter(route_class=Route, tags=["Sites"])
Json = dict[str, Any]
Manager = Annotated[Principal, Depends(Allowed(SITE))]
OneDay = Annotated[Day | None, Query()]


@router.get("/usage")
def read_usage(me: Manager, session: TenantDbReader, since: OneDay = None, until: OneDay = None) -> Json:
    """Films, their minutes, calls with API keys and stored bytes of each day in UTC; without dates of the last 30.
    `month`: films, minutes and calls of this month beside the limits that the house has set (0: none)."""
    return _by_day(session, since, until)


@router.get("/usage/over")
def read_what_is_used_up(me: Me, session: TenantDbReader) -> Json:
    """What the site has used up, for all its people: `films`, `film_minutes` and `calls` of this month, and
    `storage` (a minute late at most). `ends`: the day from which all but the storage is counted anew."""
    month = limits.view(session, me.tenant_id)
    full = quotas.full(session, me.tenant_id)
    over = [name for name in limits.MOST if month[name]["over"]]
    return {"over": [*over, *(["storage"] if full else [])], "ends": month["ends"]}


@router.get("/sites/{site_id}/usage")
def read_usage_of_site(session: SiteDbReader, since: OneDay = None, until: OneDay = None) -> Json:
    """The same of one site: its own administrators', or for those who run the house."""
    return _by_day(session, since, until)


def _by_day(session: Session, since: date | None, until: date | None) -> Json:
    last = until or usage.today()
    first = since or last - timedelta(days=29)
    if not 0 <= (last - first).days < usage.LONGEST:
        raise InvalidInput(f"Ask for 1 to {usage.LONGEST} days.", field="since", code="too-many-days")
    kept = {row.day: row for row in usage.days(session, first, last)}
    items: list[dict[str, Any]] = []
    storage = 0
    for number in range((last - first).days + 1):
        day = (first + timedelta(days=number)).isoformat()
        row = kept.get(day)
        storage = (row.storage if row else 0) or storage  # not measured: as on the day before
        items.append(
            {
                "day": day,
                "films": row.films if row else 0,
                "film_minutes": round(row.film_seconds / 60, 2) if row else 0.0,
                "calls": row.calls if row else 0,
                "storage": storage,
            }
        )
    totals = {name: round(sum(item[name] for item in items), 2) for name in ("films", "film_minutes", "calls")}
    return {
        "items": items,
        "totals": totals,
        "storage": quotas.of_site(session),
        "month": limits.view(session, str(session.info["tenant_id"])),
    }
