"""The audit log over REST, for those who run a site: searched, paged, taken along as CSV. Nobody changes it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import StringConstraints

from flatrender.access import audit
from flatrender.access.permissions import SITE, Principal
from flatrender.api.dependencies import Allowed, TenantDbReader
from flatrender.api.description import gives
from flatrender.api.routes import Route
from flatrender.api.times import Moment

router = APIRouter(route_class=Route, prefix="/audit", tags=["Audit"])
Json = dict[str, Any]
Manager = Annotated[Principal, Depends(Allowed(SITE))]
Text = Annotated[str, StringConstraints(max_length=200)]
Other = Annotated[str, StringConstraints(min_length=1, max_length=100)]


def _search(
    also: Annotated[list[Other], Query(default_factory=list, max_length=20)],
    q: Text = "",
    act: Text = "",
    since: Moment | None = None,
    until: Moment | None = None,
    after: Text = "",
) -> audit.Search:
    return audit.Search(q, act, since, until, after, tuple(also))


Wanted = Annotated[audit.Search, Depends(_search)]


@router.get("")
def search(
    me: Manager, session: TenantDbReader, wanted: Wanted, limit: Annotated[int, Query(ge=1, le=audit.MOST)] = 50
) -> Json:
    """Who did what, newest first. `act`: one of `acts`, or its first part (`key`); `next`: give it as `after`.

    `details` of a change are `{field: [before, after]}`. `also`, repeated: looked for in them too, with `q`.
    """
    found = audit.page(session, wanted, limit)
    return {
        "items": [audit.view(entry) for entry in found],
        "next": found[-1].id if len(found) == limit else None,
        "acts": list(audit.Act),
    }


@router.get("/export", response_class=Response, responses=gives("text/csv"))
def export(me: Manager, session: TenantDbReader, wanted: Wanted) -> Response:
    """The same as a CSV file; no cell of it is a formula."""
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response("".join(audit.table(session, wanted)), media_type="text/csv", headers=headers)
