"""A site's own roles over REST: made, changed and removed by its administrators, never by keys."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from flatrender.access import roles, rules
from flatrender.access.permissions import GRANTABLE, SITE, Principal
from flatrender.api.dependencies import Allowed, TenantDb, TenantDbReader, person
from flatrender.api.routes import Route

router = APIRouter(route_class=Route, prefix="/roles", tags=["Roles"])
Json = dict[str, Any]
Manager = Annotated[Principal, Depends(Allowed(SITE))]
Short = Annotated[str, StringConstraints(max_length=40)]


class RuleOf(BaseModel):
    """With one kind of thing. `may`: create, change, delete; `own`: only with one's own; `fixed`: fields that stay;
    `read`: all or own; `hidden`: fields that are not seen."""

    model_config = ConfigDict(extra="forbid")

    may: list[Short] = Field(default_factory=lambda: list(rules.ACTIONS), max_length=10)
    own: bool = False
    fixed: list[Short] = Field(default_factory=list, max_length=20)
    read: Annotated[str, StringConstraints(pattern="^(all|own)$")] = "all"
    hidden: list[Short] = Field(default_factory=list, max_length=20)


class NewRole(BaseModel):
    """A role. `permissions`: what it opens; `rules` by kind of thing: what may be done there, without one all."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    permissions: list[Short] = Field(max_length=10)
    rules: dict[str, RuleOf] = Field(default_factory=dict, max_length=20)


class RoleChange(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=200)
    permissions: list[Short] | None = Field(default=None, max_length=10)
    rules: dict[str, RuleOf] | None = Field(default=None, max_length=20)


@router.get("")
def list_roles(me: Manager, session: TenantDbReader) -> Json:
    """The site's own roles, and what there is to allow: `permissions`, `actions`, `resources` with their fields,
    `hideable` with those that may be hidden."""
    return {
        "items": [roles.view(role, people) for role, people in roles.listed(session)],
        "permissions": sorted(GRANTABLE),
        "actions": list(rules.ACTIONS),
        "resources": {name: list(resource.fields) for name, resource in rules.RESOURCES.items()},
        "hideable": {name: list(resource.hideable) for name, resource in rules.RESOURCES.items()},
    }


@router.post("", status_code=201)
def create_role(body: NewRole, me: Manager, session: TenantDb) -> Json:
    """Makes a role."""
    return roles.view(roles.create(session, person(me), _wish(body)), 0)


@router.get("/{role_id}")
def show_role(role_id: str, me: Manager, session: TenantDbReader) -> Json:
    """A role."""
    return roles.view(roles.get(session, role_id))


@router.patch("/{role_id}")
def change_role(role_id: str, body: RoleChange, me: Manager, session: TenantDb) -> Json:
    """Changes a role; it holds for whoever has it from their next request on."""
    return roles.view(roles.change(session, person(me), role_id, _wish(body)))


@router.delete("/{role_id}", status_code=204)
def remove_role(role_id: str, me: Manager, session: TenantDb) -> Response:
    """Removes a role that nobody has."""
    roles.remove(session, person(me), role_id)
    return Response(status_code=204)


def _wish(body: NewRole | RoleChange) -> roles.Wish:
    given = None if body.rules is None else {name: rule.model_dump() for name, rule in body.rules.items()}
    return roles.Wish(body.name, body.permissions, given)
