"""Who may do what: one table from role to permissions, and the person who asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flatrender.access.models import Role, User
from flatrender.access.rules import Limit
from flatrender.core.errors import Forbidden

PROJECTS = "projects"  # own projects, media and renders
TEMPLATES = "templates"  # upload, review and publish templates of the tenant
JOBS_TENANT = "jobs:tenant"  # see and act on all render jobs of the tenant
SITE = "site"  # name, look, domains and rules of the own site
OWNERS = "owners"  # give and take the role of an owner of the own site
SITES = "sites"  # open, change and suspend every site
FARM = "farm"  # nodes, boost, emergency stop, jobs of all tenants

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.MEMBER: frozenset({PROJECTS}),
    Role.DESIGNER: frozenset({PROJECTS, TEMPLATES}),
    Role.ADMIN: frozenset({PROJECTS, TEMPLATES, JOBS_TENANT, SITE}),
    Role.OWNER: frozenset({PROJECTS, TEMPLATES, JOBS_TENANT, SITE, OWNERS}),
    Role.PLATFORM_ADMIN: frozenset({PROJECTS, TEMPLATES, JOBS_TENANT, SITE, OWNERS, SITES, FARM}),
}
KEY_SCOPES = (PROJECTS, TEMPLATES, JOBS_TENANT, SITE, SITES, FARM)
"""What a key may be given, in the order of pages. Roles are given by people, and owners left to owners."""
NOT_COVERED = "This API key's scopes do not cover that."
GRANTABLE = frozenset({PROJECTS, TEMPLATES, JOBS_TENANT})
"""What a site's own roles may give: running a site or the house stays with administrators."""


@dataclass(frozen=True)
class Helper:
    """An administrator who acts as somebody else for a while (see `access.helping`)."""

    user_id: str
    name: str
    email: str
    until: datetime


@dataclass(frozen=True)
class Principal:
    """The signed-in user of a request or event. With a `key_id` it is a program that acts for them; `scopes` are then
    what it may do at most, None for all that the role may."""

    user_id: str
    tenant_id: str
    role: str
    email: str
    name: str
    language: str = "en"
    theme: str = ""
    session_id: str = ""
    key_id: str = ""
    scopes: frozenset[str] | None = None
    picture: str = ""  # the address of their own, empty for none
    address: str = ""  # where the request came from
    provider: str = ""  # the one that vouched for who signed in; empty: a password did
    vouched: bool = False  # it did so just now, which proves as much as the password
    helper: Helper | None = None  # the administrator who really acts
    given: Limit | None = None  # the site's own role that the person has: it stands in place of the built-in one
    narrowed: tuple[Limit, ...] = ()  # what bounds the key beside: its own, and its owner's of then
    key_role: str = ""  # the built-in role that bounds the key; empty: `narrowed` does

    @classmethod
    def of(cls, user: User, **how: Any) -> "Principal":
        """An account as somebody who acts; `how` they came here: a session, a key, an address, a helper."""
        own = {"role": user.role, "language": user.language, "theme": user.theme, "picture": picture_of(user)}
        return cls(user_id=user.id, tenant_id=user.tenant_id, email=user.email, name=user.name, **(own | how))

    @property
    def permissions(self) -> frozenset[str]:
        """What the roles allow, whatever a key's scopes leave of it."""
        allowed = PERMISSIONS.get(self.role, frozenset()) if self.given is None else self.given.permissions
        if self.key_role:
            allowed = allowed & PERMISSIONS.get(self.key_role, frozenset())
        return allowed.intersection(*(limit.permissions for limit in self.narrowed))

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The site's own roles that hold."""
        return self.narrowed if self.given is None else (self.given, *self.narrowed)

    def can(self, permission: str) -> bool:
        if self.key_id and permission not in KEY_SCOPES:
            return False
        return (self.scopes is None or permission in self.scopes) and permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises Forbidden unless the role has `permission`."""
        if not self.can(permission) and self.scopes is not None:
            raise Forbidden(NOT_COVERED, code="key-scope")
        if not self.can(permission) and permission in {SITES, FARM}:  # no administrator of a site can give these
            raise Forbidden("Only those who run the house may do this.", code="house-alone")
        if not self.can(permission):
            raise Forbidden("Your account may not do this; ask an administrator of this site.")


def picture_of(user: User) -> str:
    """The address of somebody's own picture, another one for each picture; empty where there is none."""
    return picture_at(user.id, user.picture_key)


def picture_at(user_id: str, key: str) -> str:
    """The same, of what is kept of it."""
    digest = key.rpartition("/")[2][:12]
    return f"/api/v1/people/{user_id}/picture?v={digest}" if digest else ""
