"""Accounts over REST: passwords and addresses changed, sessions ended, the second factor; a site's people."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from flatrender.access import accounts, audit, helping, letters, people, profile, second_factor
from flatrender.access.audit import Act
from flatrender.access.letters import Purpose
from flatrender.access.permissions import SITE, Principal, picture_of
from flatrender.api.dependencies import (
    COOKIE,
    AccountHolder,
    Allowed,
    Me,
    NoKey,
    Person,
    SiteTenant,
    TenantDb,
    TenantDbReader,
    client_address,
    person,
)
from flatrender.api.description import gives, takes
from flatrender.api.routes import Route
from flatrender.core.db import get_database
from flatrender.core.storage import get_storage
from flatrender.media import faces
from flatrender.renders import leaving

router = APIRouter(route_class=Route, tags=["Accounts"])
Json = dict[str, Any]
Short = Annotated[str, StringConstraints(max_length=300)]
Role = Annotated[str, StringConstraints(pattern="^(member|designer|admin|owner|platform_admin)$")]
Manager = Annotated[Principal, Depends(Allowed(SITE))]


class Address(BaseModel):
    """Whose password was forgotten."""

    email: Short
    language: Short = "en"


class Link(BaseModel):
    """What a link of a letter says."""

    token: Short


class Chosen(Link):
    """A password chosen by a link; invited people may say their name and the language of their letters."""

    password: Short
    name: Short = ""
    language: Short = ""


class NewPassword(BaseModel):
    """Another password."""

    old_password: Short
    password: Short


class NewEmail(BaseModel):
    """Another address; the link goes there."""

    email: Short
    password: Short


class Proof(BaseModel):
    """The person's password, for what weakens the account; empty for who just came in by a provider."""

    password: Short = ""


class Code(BaseModel):
    """A code of the authenticator app."""

    code: Annotated[str, StringConstraints(max_length=20)]


class Invitation(BaseModel):
    """Who is invited."""

    email: Short
    name: Short = ""
    role: Role | None = None


class PersonChange(BaseModel):
    """What is to change; what is left out stays."""

    role: Role | None = None
    custom_role_id: Short | None = None
    active: bool | None = None
    name: str | None = Field(default=None, max_length=120)


class Help(BaseModel):
    """Why somebody is helped; they are told."""

    reason: Short


@router.post("/auth/forgot", status_code=202)
def forgot(body: Address, request: Request, tenant: SiteTenant) -> Json:
    """Sends a link to choose a new password, where there is such an account; says the same where there is none."""
    accounts.forgot(get_database(), tenant, email=body.email, address=client_address(request), language=body.language)
    return {"next": "/sent"}


@router.post("/auth/reset")
def reset(body: Chosen, request: Request, tenant: SiteTenant) -> Json:
    """Chooses a password by a link; all sessions end."""
    purpose = accounts.choose_password(
        get_database(),
        tenant,
        body.token,
        body.password,
        body.name,
        address=client_address(request),
        language=body.language,
    )
    return {"next": f"/sign-in?done={'joined' if purpose == Purpose.INVITE else 'password'}"}


@router.post("/auth/verify")
def verify(body: Link, request: Request, tenant: SiteTenant) -> Json:
    """Confirms an address by a link."""
    purpose = accounts.confirm(get_database(), tenant, body.token, address=client_address(request))
    return {"next": f"/sign-in?done={'address' if purpose == Purpose.CHANGE_EMAIL else 'confirmed'}"}


@router.post("/auth/password", status_code=204)
def change_password(body: NewPassword, me: Person) -> Response:
    """Changes the password; other sessions end."""
    accounts.change_password(get_database(), me, old=body.old_password, new=body.password)
    return Response(status_code=204)


@router.post("/auth/email", status_code=202)
def change_email(body: NewEmail, me: Person) -> Json:
    """Sends a link to a new address; the old one stays until it is opened."""
    accounts.change_email(get_database(), me, email=body.email, password=body.password)
    return {"sent_to": body.email}


@router.get("/auth/sessions")
def list_sessions(me: Person, session: TenantDbReader) -> Json:
    """Where the person is signed in."""
    return {"items": accounts.sessions(session, me)}


@router.delete("/auth/sessions", status_code=204)
def end_other_sessions(me: Person, session: TenantDb) -> Response:
    """Ends all sessions but this one."""
    accounts.end_sessions(session, me.user_id, but=me.session_id)
    audit.note(session, me, Act.SIGNED_OUT, others=True)
    return Response(status_code=204)


@router.delete("/auth/sessions/{session_id}", status_code=204)
def end_session(session_id: str, me: Person, session: TenantDb) -> Response:
    """Ends one session."""
    accounts.end_session(session, me, session_id)
    return Response(status_code=204)


@router.get("/auth/second-factor")
def read_second_factor(me: NoKey, session: TenantDbReader) -> Json:
    """Whether the second factor is on, and how many recovery codes were not used yet."""
    user = accounts.me(session, me)
    return {"on": user.second_factor, "codes_left": second_factor.codes_left(session, user)}


@router.post("/auth/second-factor/begin")
def begin_second_factor(body: Proof, me: Person, tenant: SiteTenant) -> Json:
    """A secret for an authenticator app, as a picture and in letters; it counts once a code of it was given."""
    accounts.prove(get_database(), me, body.password)
    with get_database().tenant_session(me.tenant_id) as session:
        secret = second_factor.begin(accounts.me(session, me))
    address = second_factor.address(secret, tenant.name, me.email)
    return {"secret": secret, "address": address, "picture": second_factor.picture(address)}


@router.post("/auth/second-factor/finish")
def finish_second_factor(body: Code, me: Person, session: TenantDb) -> Json:
    """Turns it on; the recovery codes are told once."""
    codes = second_factor.finish(session, accounts.me(session, me), body.code)
    audit.note(session, me, Act.FACTOR_ON, me.user_id, me.email)
    return {"recovery_codes": codes}


@router.post("/auth/second-factor/codes")
def renew_codes(body: Proof, me: Person) -> Json:
    """New recovery codes in place of the old ones."""
    accounts.prove(get_database(), me, body.password)
    with get_database().tenant_session(me.tenant_id) as session:
        audit.note(session, me, Act.CODES_RENEWED, me.user_id, me.email)
        return {"recovery_codes": second_factor.renew_codes(session, accounts.me(session, me))}


@router.post("/auth/second-factor/off", status_code=204)
def turn_off(body: Proof, me: Person) -> Response:
    """Back to the password alone."""
    accounts.prove(get_database(), me, body.password)
    with get_database().tenant_session(me.tenant_id) as session:
        user = accounts.me(session, me)
        on = user.second_factor
        second_factor.turn_off(session, user)  # also what was begun and never finished
        if on:
            audit.note(session, me, Act.FACTOR_OFF, me.user_id, me.email)
            letters.warn(session, user, letters.Alert.FACTOR_OFF)
    return Response(status_code=204)


async def _body(request: Request) -> bytes:
    return await request.body()


@router.put("/auth/me/picture", openapi_extra=takes("image/*"))
def set_picture(me: AccountHolder, data: Annotated[bytes, Depends(_body)]) -> Json:
    """Sets one's own picture: the body is a PNG, JPEG or WebP of at most 2 MB, of which the middle is kept, square."""
    key = faces.keep(me, data)
    with get_database().tenant_session(me.tenant_id) as session:
        return {"picture": picture_of(faces.choose(session, me, key))}


@router.delete("/auth/me/picture")
def remove_picture(me: AccountHolder, session: TenantDb) -> Json:
    """Takes it away; the initials of the name stand in its place again."""
    return {"picture": picture_of(faces.choose(session, me, ""))}


class MacUsernames(BaseModel):
    """The macOS accounts that somebody works under."""

    model_config = ConfigDict(extra="forbid")

    items: list[Annotated[str, StringConstraints(max_length=100)]] = Field(max_length=100)


@router.get("/auth/me/mac-usernames")
def show_mac_usernames(me: Me, session: TenantDbReader) -> Json:
    """One's macOS accounts; `on`: whether the render manager is on here; `ask`: whether to ask for a name."""
    return profile.mac_view(session, me)


@router.put("/auth/me/mac-usernames")
def set_mac_usernames(body: MacUsernames, me: AccountHolder, session: TenantDb) -> Json:
    """Replaces the list; a name leads to one user alone."""
    profile.set_mac_usernames(session, me, body.items)
    return profile.mac_view(session, me)


@router.get("/people/{user_id}/picture", response_class=Response, responses=gives("image/webp"))
def show_picture(user_id: str, me: Me, session: TenantDbReader) -> Response:
    """Somebody's picture as WebP: one's own, for administrators of the site everybody's."""
    with get_storage().open(faces.find(session, me, user_id)) as file:
        # Its address is another one for each picture.
        return Response(file.read(), media_type="image/webp", headers={"Cache-Control": "private, max-age=86400"})


@router.get("/auth/export", response_class=StreamingResponse, responses=gives("application/json"))
def export(me: Person) -> StreamingResponse:
    """What is kept of the person, as one JSON file; pictures, sounds and films by their addresses. Without secrets,
    answers kept for repeated requests, and messages on their way."""
    headers = {"Content-Disposition": 'attachment; filename="account.json"'}
    return StreamingResponse(leaving.export(get_database(), me), media_type="application/json", headers=headers)


@router.post("/auth/delete")
def delete_account(body: Proof, me: Person) -> JSONResponse:
    """Deletes the person's account with all that is theirs, for good."""
    leaving.delete(get_database(), me, body.password)
    answer = JSONResponse({"next": "/sign-in?done=deleted"})
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/people")
def list_people(me: Manager, session: TenantDbReader) -> Json:
    """The site's accounts, by name."""
    return {"items": people.listed(session, me)}


@router.post("/people", status_code=201)
def invite(body: Invitation, me: Manager, session: TenantDb) -> Json:
    """Invites somebody: an account whose owner chooses the password by a link; again, who has not come yet. `role`: a
    built-in one, also in place of one of the site's own; absent, it stays, and is `member` for who is new. No key
    invites administrators."""
    if body.role not in {None, "member"}:
        person(me)
    return people.view(accounts.invite(session, me, email=body.email, name=body.name, role=body.role), me)


@router.patch("/people/{user_id}")
def change_person(user_id: str, body: PersonChange, me: Manager, session: TenantDb) -> Json:
    """Gives another role (no key does), closes or opens an account; a closed one is signed out at once.
    `custom_role_id`: a role of the site's own in place of the built-in one, empty for none."""
    if body.role is not None or body.custom_role_id is not None:
        person(me)
    return people.view(people.change(session, me, user_id, **body.model_dump()), me)


@router.post("/people/{user_id}/help")
def help_person(user_id: str, body: Help, me: Manager, session: TenantDb) -> Json:
    """From now on this browser acts as somebody of the site who may do less, for half an hour. They are told, with the
    reason; all that is changed stands in the audit log with both names. No key does it."""
    until = helping.begin(session, person(me), user_id, body.reason)
    return {"next": "/home", "until": until}


@router.delete("/auth/help")
def end_help(me: Me, session: TenantDb) -> Json:
    """Back to the own account; `next`: the page to go to."""
    helping.end(session, me)
    return {"next": "/people"}
