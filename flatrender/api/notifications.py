"""Notifications over REST: what the bell shows, marked as read; of what one is told, and how."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlmodel import Session

from flatrender.access import profile
from flatrender.access.permissions import Principal
from flatrender.api.dependencies import Customer, Person, TenantDb, TenantDbReader
from flatrender.api.routes import Route
from flatrender.notifications import inbox
from flatrender.settings import get_settings

router = APIRouter(route_class=Route, prefix="/notifications", tags=["Notifications"])
Json = dict[str, Any]
Id = Annotated[str, StringConstraints(max_length=32)]


class Read(BaseModel):
    """What was read; without `ids` all of it."""

    ids: list[Id] | None = Field(default=None, max_length=inbox.MOST)


class Choice(BaseModel):
    """Whether a kind is told on the page, by letter and on Slack; what is left out of the last stays."""

    model_config = ConfigDict(extra="forbid")

    kind: inbox.Kind
    page: bool
    email: bool
    slack: bool | None = None


class SlackMember(BaseModel):
    """Who the person is on Slack: a member id; empty ends the messages."""

    model_config = ConfigDict(extra="forbid")

    slack_id: Annotated[str, StringConstraints(max_length=64)]


class Choices(BaseModel):
    """What is to change; kinds that are left out stay as they are."""

    items: list[Choice] = Field(max_length=len(inbox.Kind))


@router.get("")
def list_notifications(
    me: Customer,
    session: TenantDbReader,
    limit: Annotated[int, Query(ge=1, le=inbox.MOST)] = 20,
    after: Annotated[str, Query(max_length=32)] = "",
) -> Json:
    """The person's own, newest first; `unread` counts up to 100; `next`: give it as `after`. The event stream says
    `notifications` when this changes."""
    found = inbox.page(session, me, after=after, limit=limit)
    return {
        "items": [inbox.view(each) for each in found],
        "unread": inbox.unread(session, me),
        "next": found[-1].id if len(found) == limit else None,
    }


@router.post("/read")
def read(what: Read, me: Customer, session: TenantDb) -> Json:
    """Marks the person's own as read."""
    inbox.read(session, me, what.ids)
    return {"unread": inbox.unread(session, me)}


@router.get("/choices")
def list_choices(me: Person, session: TenantDbReader) -> Json:
    """Of what the person may be told, and how; `letters`, `slack`: whether this installation can tell them so;
    `slack_id`: who they are there."""
    return _choices(me, session)


@router.put("/choices")
def choose(wish: Choices, me: Person, session: TenantDb) -> Json:
    """Keeps what the person chose."""
    inbox.choose(session, me, [inbox.Choice(each.kind, each.page, each.email, each.slack) for each in wish.items])
    return _choices(me, session)


@router.put("/slack")
def join_slack(who: SlackMember, me: Person, session: TenantDb) -> Json:
    """Keeps who the person is on Slack; an empty id ends the messages there."""
    profile.set_slack_id(session, me, who.slack_id, field="slack_id")
    return _choices(me, session)


def _choices(me: Principal, session: Session) -> Json:
    settings = get_settings()
    return {
        "items": [asdict(each) for each in inbox.choices(session, me)],
        "letters": settings.smtp_url is not None,
        "slack": inbox.slack_for(me.tenant_id, settings),
        "slack_id": profile.of(session, me)["slack_id"],
    }
