"""Who is asking: the user of the HttpOnly cookie, looked up anew in every handler.

A page's state takes the mixin `Caller` and does its work in `self._ask(...)`, which opens a session of the user's
tenant in a thread and hands it to one service call:

    class ProjectsState(Caller, rx.State):
        projects: list[ProjectCard] = []

        @rx.event
        async def load(self) -> EventType[()] | None:
            self.projects = await self._ask(lambda session, user: projects.listed(session, user))

Errors are for people already: `report` (the app's exception handler) shows them as a toast; NotSignedIn leads to the
sign-in page. Handlers that show an error beside a field catch it themselves.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import TypeVar
from urllib.parse import quote

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from flatrender.access import helping, rules
from flatrender.access import service as access
from flatrender.access.permissions import FARM, SITE, SITES, TEMPLATES, Principal
from flatrender.core import clock
from flatrender.core.db import get_database
from flatrender.core.errors import FlatRenderError, NotSignedIn
from flatrender.tenants import sites
from flatrender.tenants.models import Tenant
from flatrender.ui.catalogues import catalogue, say

SESSION_COOKIE = "fr_session"
LANGUAGE_COOKIE = "fr_language"
log = logging.getLogger(__name__)
Result = TypeVar("Result")


def cookie(header: str, name: str) -> str | None:
    """One cookie of a Cookie header, or None."""
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return found.value if found else None


def principal_of(token: str | None, host: str) -> Principal | None:
    """The user behind a session cookie on a host, or None. A session of another tenant's host does not count."""
    with get_database().system_session(read_only=True) as session:
        principal = access.authenticate(session, token)
        if principal is None or sites.resolve(session, host).id != principal.tenant_id:
            return None
        return principal


class Caller(rx.State, mixin=True):
    """A mixin for states whose handlers need the user or the tenant."""

    def _language(self) -> str:
        return cookie(self.router.headers.cookie, LANGUAGE_COOKIE) or "en"

    def _say(self, key: str, **values: object) -> str:
        """A catalogue text in the visitor's language."""
        return say(self._language(), key, **values)

    async def _principal(self) -> Principal | None:
        """The signed-in user, looked up now, or None."""
        headers = self.router.headers
        return await asyncio.to_thread(principal_of, cookie(headers.cookie, SESSION_COOKIE), headers.host)

    async def _ask(
        self,
        work: Callable[[Session, Principal], Result],
        *,
        permission: str = "",
        read_only: bool = False,
        of_all: bool = False,
    ) -> Result:
        """Runs `work` in a session of the user's tenant, in a thread; `of_all`: of all tenants, for who runs the house.
        Raises NotSignedIn, Forbidden, and its errors."""
        token, host = cookie(self.router.headers.cookie, SESSION_COOKIE), self.router.headers.host
        path = str(self.router.url.path)

        def run() -> Result:
            principal = principal_of(token, host)
            if principal is None:
                raise NotSignedIn("Sign in to go on.")
            rules.obey(principal.user_id, principal.limits)  # in this thread's work alone
            if permission:
                principal.require(permission)
            if principal.helper and not read_only:
                helping.note(get_database(), principal, path)
            if of_all:
                principal.require(SITES)
                with get_database().system_session(read_only=read_only) as session:
                    return work(session, principal)
            with get_database().tenant_session(principal.tenant_id, read_only=read_only) as session:
                return work(session, principal)

        return await self._in_words(run)

    async def _in_words(self, run: Callable[[], Result]) -> Result:
        """Runs in a thread; an error leaves in the visitor's language where the catalogue knows its code."""
        try:
            return await asyncio.to_thread(run)
        except FlatRenderError as error:
            error.message = in_words(error, self._language())
            raise

    async def _site(self) -> Tenant:
        """The tenant of the visited host."""
        host = self.router.headers.host

        def run() -> Tenant:
            with get_database().system_session(read_only=True) as session:
                return sites.resolve(session, host)

        return await self._in_words(run)

    async def _look(self, work: Callable[[Session], Result]) -> Result:
        """As `_ask` for what a visitor may see without an account: a read-only session of the host's tenant."""
        host = self.router.headers.host

        def run() -> Result:
            with get_database().system_session(read_only=True) as session:
                tenant = sites.resolve(session, host).id
            with get_database().tenant_session(tenant, read_only=True) as session:
                return work(session)

        return await self._in_words(run)

    def _to_sign_in(self) -> EventSpec:
        """Leads to the sign-in page and back afterwards."""
        return to_sign_in(self.router.url.path)


class SessionState(Caller, rx.State):
    """Who is signed in, for the shell. Loaded by every page; it decides nothing: services and handlers do."""

    known: bool = False
    signed_in: bool = False
    name: str = ""
    email: str = ""
    role: str = ""
    initials: str = ""
    picture: str = ""
    designs: bool = False
    runs_farm: bool = False
    runs_site: bool = False
    runs_house: bool = False
    helping: bool = False
    helping_left: int = 0  # seconds

    @rx.event
    async def load(self) -> None:
        """Reads the user of the cookie; part of every page's on_load."""
        await self._load()

    async def _load(self) -> None:
        principal = await self._principal()
        self.known = True
        self.signed_in = principal is not None
        self.name = principal.name if principal else ""
        self.email = principal.email if principal else ""
        self.role = principal.role if principal else ""
        self.initials = initials(principal.name) if principal else ""
        self.picture = principal.picture if principal else ""
        self.designs = principal is not None and principal.can(TEMPLATES)
        self.runs_farm = principal is not None and principal.can(FARM)
        self.runs_site = principal is not None and principal.can(SITE)
        self.runs_house = principal is not None and principal.can(SITES)
        helper = principal.helper if principal else None
        self.helping = helper is not None
        self.helping_left = math.ceil((helper.until - clock.now()).total_seconds()) if helper else 0

    @rx.event
    async def require(self) -> EventSpec | None:
        """As `load`, for pages that need an account: leads to the sign-in page without one."""
        await self._load()
        return None if self.signed_in else self._to_sign_in()


def initials(name: str) -> str:
    """Two letters of a name at most: "Sara Ahmadi" -> "SA"."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words))


def in_words(error: FlatRenderError, language: str) -> str:
    """The error's sentence in a language: its own in English, else the catalogue's for its code where there is one, of
    its field first."""
    keys = (f"errors.{error.code}-{error.field}", f"errors.{error.code}")
    key = next((each for each in keys if each in catalogue(language)), "")
    return error.message if language == "en" or not key else say(language, key)


def to_sign_in(path: str) -> EventSpec:
    """The event that leads to the sign-in page, and back to `path` afterwards."""
    target = "/sign-in" if path in {"", "/"} else f"/sign-in?next={quote(path)}"
    return rx.redirect(target)


def report(exception: Exception) -> EventSpec:
    """The app's exception handler: a known error is a toast, anything else is logged and said in one sentence."""
    if isinstance(exception, NotSignedIn):
        return rx.redirect("/sign-in")
    if isinstance(exception, FlatRenderError):
        if exception.status >= 500:
            log.error("%s", exception.message, exc_info=exception)
        return rx.toast.error(exception.message)
    log.error("an event handler failed", exc_info=exception)
    return rx.toast.error(say("en", "errors.unexpected"))
