"""Sign-in, sign-up, sign-out, and the signed-in user. The session token lives in an HttpOnly cookie alone."""

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field, StringConstraints

from flatrender.access import service as access
from flatrender.api.dependencies import COOKIE, AccountHolder, Me, SiteTenant, TenantDb, client_address
from flatrender.api.routes import Route
from flatrender.core.db import get_database
from flatrender.settings import get_settings

router = APIRouter(route_class=Route, prefix="/auth", tags=["Accounts"])
WAITS: dict[int | str, Any] = {202: {"description": "The account waits for its letter."}}
AnyResponse = TypeVar("AnyResponse", bound=Response)
Short = Annotated[str, StringConstraints(max_length=300)]


class Credentials(BaseModel):
    """An account's address and password; `next` is the page to go to afterwards."""

    email: Short
    password: Short
    code: Annotated[str, StringConstraints(max_length=40)] = ""
    next: Short = "/"


class NewAccount(Credentials):
    """A new account."""

    name: Short = ""
    language: str = Field(default="en", pattern="^(en|fa)$")


class Destination(BaseModel):
    """Where the browser goes next."""

    next: str


class Account(BaseModel):
    """The signed-in user. `provider`: the one that vouched for them; within five minutes that stands for a password.
    `picture`: the address of their own, empty for none; `helping`: an administrator acts as them."""

    id: str
    email: str
    name: str
    role: str
    language: str
    theme: str
    permissions: list[str]
    provider: str
    picture: str
    helping: bool


class Preferences(BaseModel):
    """What the user chose; absent fields stay as they are."""

    language: str | None = None
    theme: str | None = None
    name: Short | None = None


@router.post("/sign-in", response_model=Destination)
def sign_in(body: Credentials, request: Request, tenant: SiteTenant) -> JSONResponse:
    """Opens a session and sets its cookie."""
    token = access.sign_in(
        get_database(),
        tenant,
        email=body.email,
        password=body.password,
        address=client_address(request),
        agent=request.headers.get("user-agent", ""),
        code=body.code,
    )
    return with_session_cookie(token, _next(body.next))


@router.post("/sign-up", response_model=Destination, status_code=201, responses=WAITS)
def sign_up(body: NewAccount, request: Request, tenant: SiteTenant) -> JSONResponse:
    """Makes an account and signs it in; where letters are sent, its address is confirmed first (202)."""
    address, agent = client_address(request), request.headers.get("user-agent", "")
    user = access.sign_up(
        get_database(),
        tenant,
        email=body.email,
        password=body.password,
        name=body.name,
        address=address,
        language=body.language,
    )
    if user is None:
        return JSONResponse({"next": "/sent"}, 202)
    with get_database().system_session() as session:
        token = access.open_session(session, user, address=address, agent=agent)
    return with_session_cookie(token, _next(body.next, 201))


@router.post("/sign-out", status_code=303, response_class=RedirectResponse)
def sign_out(request: Request) -> RedirectResponse:
    """Ends the session and goes to the sign-in page."""
    with get_database().system_session() as session:
        access.sign_out(session, request.cookies.get(COOKIE), address=client_address(request))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/me")
def me(principal: Me) -> Account:
    """The signed-in user and what they may do."""
    return Account(
        id=principal.user_id,
        email=principal.email,
        name=principal.name,
        role=principal.role,
        language=principal.language,
        theme=principal.theme,
        permissions=sorted(principal.permissions),
        provider=principal.provider,
        picture=principal.picture,
        helping=principal.helper is not None,
    )


@router.patch("/me", status_code=204)
def set_preferences(body: Preferences, principal: AccountHolder, session: TenantDb) -> Response:
    """Keeps language, theme and name."""
    access.set_preferences(session, principal, language=body.language, theme=body.theme, name=body.name)
    return Response(status_code=204)


def local_path(text: str) -> str:
    """`text` when it is a path of this site, else `/`: a sign-in link must not lead elsewhere."""
    ours = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if ours else "/"


def with_session_cookie(token: str, response: AnyResponse) -> AnyResponse:
    """The answer, with the session's cookie."""
    settings = get_settings()
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_days * 86400,
        httponly=True,
        secure=settings.secure_cookies,
        samesite="lax",
        path="/",
    )
    return response


def _next(page: str, status: int = 200) -> JSONResponse:
    return JSONResponse({"next": local_path(page)}, status)
