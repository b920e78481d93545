"""Webhooks over REST: a site's endpoints, what was sent to them, sent again."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlmodel import Session

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.access.permissions import SITE, Principal
from flatrender.api.dependencies import Allowed, TenantDb, TenantDbReader
from flatrender.api.routes import Route
from flatrender.api.slow import OTHERS
from flatrender.core.db import get_database
from flatrender.notifications import webhooks
from flatrender.notifications.models import Delivery, WebhookEndpoint

router = APIRouter(route_class=Route, prefix="/webhooks", tags=["Webhooks"])
Json = dict[str, Any]
Manager = Annotated[Principal, Depends(Allowed(SITE))]
Address = Annotated[str, StringConstraints(max_length=2000)]
Event = Annotated[str, StringConstraints(max_length=40)]


class NewWebhook(BaseModel):
    """An endpoint: where to, of which events."""

    model_config = ConfigDict(extra="forbid")

    url: Address
    events: list[Event] = Field(max_length=40)
    name: str = Field(default="", max_length=80)


class WebhookChange(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: Address | None = None
    events: list[Event] | None = Field(default=None, max_length=40)
    name: str | None = Field(default=None, max_length=80)
    active: bool | None = None


class SecretChange(BaseModel):
    """For how long messages are signed with the old secret as well."""

    grace_hours: int = Field(default=24, ge=0, le=168)


@router.get("")
def list_webhooks(me: Manager, session: TenantDbReader) -> Json:
    """The site's endpoints, and the events that there are."""
    return {"items": [_view(each) for each in webhooks.listed(session)], "events": list(webhooks.EVENTS)}


@router.post("", status_code=201)
async def add_webhook(wish: NewWebhook, me: Manager) -> Json:
    """Adds an endpoint. `secret` is told now and never again."""
    columns = await OTHERS.run(me.user_id, webhooks.check, wish.model_dump())
    return await run_in_threadpool(_add, me, columns)


def _add(me: Principal, columns: Json) -> Json:
    with get_database().tenant_session(me.tenant_id) as session:
        made = webhooks.create(session, columns)
        _note(session, me, Act.WEBHOOK_ADDED, made.endpoint, events=made.endpoint.events)
        return {**_view(made.endpoint), "secret": made.secret}


@router.patch("/{webhook_id}")
async def change_webhook(webhook_id: str, wish: WebhookChange, me: Manager) -> Json:
    """Changes an endpoint."""
    await run_in_threadpool(_look_for, me, webhook_id)
    columns = await OTHERS.run(me.user_id, webhooks.check, wish.model_dump(exclude_none=True))
    return await run_in_threadpool(_change, me, webhook_id, columns)


def _look_for(me: Principal, webhook_id: str) -> None:
    with get_database().tenant_session(me.tenant_id, read_only=True) as session:
        webhooks.get(session, webhook_id)


def _change(me: Principal, webhook_id: str, columns: Json) -> Json:
    with get_database().tenant_session(me.tenant_id) as session:
        before = {name: getattr(webhooks.get(session, webhook_id), name) for name in columns}
        endpoint = webhooks.change(session, webhook_id, columns)
        told = audit.changes(before, columns)
        if "url" in told:
            told["url"] = [webhooks.shown(each) for each in (before["url"], columns["url"])]
        _note(session, me, Act.WEBHOOK_CHANGED, endpoint, **told)
        return _view(endpoint)


@router.post("/{webhook_id}/rotate")
def rotate_secret(
    webhook_id: str, me: Manager, session: TenantDb, how: Annotated[SecretChange | None, Body()] = None
) -> Json:
    """Gives an endpoint a new secret; for a while messages are signed with both."""
    made = webhooks.rotate(session, webhook_id, timedelta(hours=(how or SecretChange()).grace_hours))
    _note(session, me, Act.WEBHOOK_ROTATED, made.endpoint)
    return {**_view(made.endpoint), "secret": made.secret}


@router.delete("/{webhook_id}", status_code=204)
def remove_webhook(webhook_id: str, me: Manager, session: TenantDb) -> Response:
    """Forgets an endpoint and what was sent to it."""
    endpoint = webhooks.remove(session, webhook_id)
    _note(session, me, Act.WEBHOOK_REMOVED, endpoint)
    return Response(status_code=204)


@router.post("/{webhook_id}/test", status_code=202)
def send_test(webhook_id: str, me: Manager, session: TenantDb) -> Json:
    """Sends the event `webhook.test` to an endpoint, once in ten seconds."""
    webhooks.test(session, webhook_id)
    return {"type": webhooks.TEST}


@router.get("/{webhook_id}/deliveries")
def list_deliveries(
    webhook_id: str,
    me: Manager,
    session: TenantDbReader,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    after: Annotated[str, Query(max_length=32)] = "",
) -> Json:
    """What was sent to an endpoint within a week, newest first; `next`: give it as `after`."""
    found = webhooks.log(session, webhook_id, after=after, limit=limit)
    asked_at = webhooks.get(session, webhook_id).next_at
    return {
        "items": [_message(each, asked_at) for each in found],
        "next": found[-1].id if len(found) == limit else None,
    }


@router.post("/{webhook_id}/deliveries/{delivery_id}/resend", status_code=202)
def resend(webhook_id: str, delivery_id: str, me: Manager, session: TenantDb) -> Json:
    """Sends a message again, with the same id."""
    row = webhooks.resend(session, webhook_id, delivery_id)
    return _message(row, row.next_at)


def _note(session: Session, me: Principal, act: Act, endpoint: WebhookEndpoint, **details: Any) -> None:
    audit.note(session, me, act, endpoint.id, webhooks.shown(endpoint.url), **details)


def _view(endpoint: WebhookEndpoint) -> Json:
    return endpoint.model_dump(exclude={"tenant_id", "secret", "previous_secret", "next_at", "lent_until", "tested_at"})


def _message(row: Delivery, asked_at: datetime) -> Json:
    """`asked_at`: when the endpoint is asked again, whatever waits."""
    shown = row.model_dump(include={"id", "state", "tries", "error", "created_at", "payload"})
    waits = row.state == "waiting"
    return {**shown, "type": row.payload.get("type"), "next_at": max(row.next_at, asked_at) if waits else None}
