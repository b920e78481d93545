"""What the first page after the sign-in shows, in one answer."""

from typing import Any

from fastapi import APIRouter

from flatrender.api.dependencies import Customer, TenantDbReader
from flatrender.api.routes import Route
from flatrender.renders import overview

router = APIRouter(route_class=Route, tags=["Home"])
Json = dict[str, Any]


@router.get("/home")
def home(me: Customer, session: TenantDbReader) -> Json:
    """The user's last projects, running and ended renders, and figures: projects, films of this month, storage."""
    return overview.overview(session, me)
