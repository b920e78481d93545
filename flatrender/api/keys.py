"""API keys over REST: made, listed, rotated and revoked by people, never by keys."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from flatrender.access import keys
from flatrender.access.models import ApiKey
from flatrender.access.permissions import KEY_SCOPES
from flatrender.api.dependencies import Person, TenantDb, TenantDbReader
from flatrender.api.routes import Route
from flatrender.api.times import Moment

router = APIRouter(route_class=Route, prefix="/keys", tags=["API keys"])
Json = dict[str, Any]


class NewKey(BaseModel):
    """A key to make. `scopes`: permissions (`projects`), or with `:read` to look alone; none: all that the role may."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    scopes: list[Annotated[str, StringConstraints(max_length=40)]] = Field(default_factory=list, max_length=40)
    role: str = Field(default="", pattern="^(|member|designer|admin|owner|platform_admin)$")
    custom_role_id: str = Field(default="", max_length=32)
    expires_at: Moment | None = None


class Rotation(BaseModel):
    """For how long the old secret holds beside the new one."""

    grace_hours: int = Field(default=24, ge=0, le=168)


@router.get("")
def list_keys(me: Person, session: TenantDbReader) -> Json:
    """The caller's keys; for administrators of the site, everybody's. With the scopes that the caller may give."""
    allowed = [scope for scope in KEY_SCOPES if scope in me.permissions]
    return {"items": [_view(key, user.name) for key, user in keys.listed(session, me)], "scopes": allowed}


@router.post("", status_code=201)
def create_key(wish: NewKey, me: Person, session: TenantDb) -> Json:
    """Makes a key. `secret` is told now and never again."""
    key, secret = keys.create(session, me, keys.Wish(**{**wish.model_dump(), "scopes": tuple(wish.scopes)}))
    return {**_view(key, me.name), "secret": secret}


@router.post("/{key_id}/rotate")
def rotate_key(key_id: str, me: Person, session: TenantDb, how: Annotated[Rotation | None, Body()] = None) -> Json:
    """Gives a key a new secret; the old one holds for a while, so that programs can change over."""
    grace = timedelta(hours=(how or Rotation()).grace_hours)
    key, secret = keys.rotate(session, me, key_id, grace)
    return {**_view(key, me.name), "secret": secret}


@router.delete("/{key_id}")
def revoke_key(key_id: str, me: Person, session: TenantDb) -> Json:
    """Ends a key at once."""
    key = keys.revoke(session, me, key_id)
    return _view(key, keys.owner(session, key).name)


def _view(key: ApiKey, owner: str) -> Json:
    return {
        "id": key.id,
        "name": key.name,
        "shown": key.shown,
        "role": key.role,
        "custom_role_id": key.custom_role_id,
        "scopes": key.scopes,
        "owner": owner,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "last_address": key.last_address,
        "rotated_at": key.rotated_at,
        "revoked_at": key.revoked_at,
    }
