"""Feature switches over REST, for those who run the house; administrators of a site see theirs."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.api.routes import Route
from flatrender.api.sites import House, HouseDb, HouseDbReader, Site, SiteDb, SiteDbReader
from flatrender.tenants import features
from flatrender.tenants import service as tenants

router = APIRouter(route_class=Route, tags=["Features"])
Json = dict[str, Any]


class Switches(BaseModel):
    """Features to switch, by name: true on, false off; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    features: dict[str, bool] = Field(max_length=20)


@router.get("/features")
def show_features(me: House, session: HouseDbReader) -> Json:
    """What the house offers at all."""
    return _view(features.of_house(session))


@router.patch("/features")
def switch_features(body: Switches, me: House, session: HouseDb) -> Json:
    """Switches features on every site."""
    if changed := features.switch_house(session, body.features):
        audit.note(session, me, Act.FEATURES_SWITCHED, "", "", **changed)
    return _view(features.of_house(session))


@router.get("/sites/{site_id}/features")
def show_site_features(chosen: Site, session: SiteDbReader) -> Json:
    """What the site has: `features`, and `here` without what the house has switched off everywhere."""
    return _of_site(chosen, session)


@router.patch("/sites/{site_id}/features")
def switch_site_features(body: Switches, chosen: Site, me: House, session: SiteDb) -> Json:
    """Switches features of one site."""
    if changed := features.switch_site(session, chosen.tenant.id, body.features):
        audit.note(session, me, Act.FEATURES_SWITCHED, chosen.tenant.id, chosen.tenant.name, **changed)
    return _of_site(chosen, session)


def _of_site(chosen: Site, session: SiteDbReader) -> Json:
    house, both = features.of_house(session), features.off(session, chosen.tenant.id)
    tenant = tenants.get(session, chosen.tenant.id)
    return {**_view(both), "here": _view(frozenset(tenant.features_off))["features"], "house": _view(house)["features"]}


def _view(off: frozenset[str]) -> Json:
    return {"features": {name: name not in off for name in features.FEATURES}}
