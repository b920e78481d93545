"""Which event is told to whom, in what words. Reads the rows that an event is about; sends nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from flatrender.access import letters as account_letters
from flatrender.access.models import Role, User
from flatrender.core.outbox import OutboxEvent
from flatrender.media import site_pictures
from flatrender.notifications import inbox, slack_words, webhooks
from flatrender.renders.claiming import STARTED
from flatrender.renders.manager.jobs import PROJECT
from flatrender.renders.manager.models import ProjectRender
from flatrender.renders.manager.service import output_url
from flatrender.settings import Settings
from flatrender.tenants import brand as brands
from flatrender.tenants import senders, sites, typefaces
from flatrender.tenants.models import Tenant

Json = dict[str, Any]
WEBHOOK, SLACK, EMAIL = "webhook", "slack", "email"
ENDS = {"render.completed", "render.failed", "render.cancelled"}
# Failures that an administrator mends, not the designer.
SYSTEM_CODES = {
    *("ae-hangs", "ae-failed", "ae-busy", "nexrender-failed", "no-output", "no-aerender", "no-nexrender", "no-node"),
    *("no-dropbox", "no-space", "lease-lost", "stalled", "crash", "unavailable", "process-failed", "unknown-length"),
}


@dataclass(frozen=True)
class Letter:
    """A message: `channel` is how, `target` where to; `endpoint_id`: the webhook of a site that it is for."""

    channel: str
    target: str
    payload: Json
    endpoint_id: str = ""


def letters(session: Session, event: OutboxEvent, settings: Settings) -> Iterator[Letter]:
    """The messages that an event makes."""
    told, alarms = event.payload, settings.manager.slack_channel if settings.manager.slack_token else None
    for endpoint in webhooks.wanting(session, event):
        yield Letter(webhooks.CHANNEL, endpoint.url, webhooks.message(event), endpoint.id)
    yield from _news_letters(session, event, settings)
    if event.kind == account_letters.EVENT:
        yield from _account_letter(session, event, settings)
        return
    if event.kind == account_letters.ALERT:
        yield from _alert(session, event, settings)
        return
    if event.kind == "system.error":
        if alarms:
            yield Letter(SLACK, alarms, {"text": f":warning: {slack_words.escaped(told.get('message', ''))}"})
        return
    yield from _direct(session, event, settings)
    if told.get("kind_of_job") != PROJECT:
        return
    render = session.exec(select(ProjectRender).where(col(ProjectRender.job_id) == told["job_id"])).first()
    if render is not None and render.callback_url and event.kind in ENDS:
        yield Letter(WEBHOOK, render.callback_url, callback(told, base_of(settings)))
    if event.kind == "render.failed" and told.get("error_code") in SYSTEM_CODES and alarms:
        user = session.exec(select(User).where(col(User.id) == told["user_id"])).first()
        whose = slack_words.escaped(user.name) if user is not None else "somebody"
        words = slack_words.of_render(event.kind, told, base_of(settings), "en")
        yield Letter(SLACK, alarms, {"text": f":warning: {words} (sent by {whose})"})


def _direct(session: Session, event: OutboxEvent, settings: Settings) -> Iterator[Letter]:
    """To each whom an event concerns and who gave an id on Slack and wishes to be told there. The start of a project's
    render is told to who wants its end told."""
    if not inbox.slack_for(event.tenant_id, settings):
        return
    kind, base = event.kind, base_of(settings)
    if kind == STARTED:
        if event.payload.get("kind_of_job") != PROJECT:
            return
        users, chosen = [session.get(User, event.payload["user_id"])], str(inbox.Kind.FINISHED)
    else:
        users, chosen = list(inbox.concerned(session, event)), kind
    for user in users:
        if user is None or not user.slack_id or not inbox.wants(user, chosen, inbox.SLACK):
            continue
        language = "fa" if user.language == "fa" else "en"
        if kind.startswith("render."):
            words = slack_words.of_render(kind, inbox.seen(session, event, user), base, language)
        else:
            about = inbox.about(session, event, user)
            words = slack_words.of_news(kind, about, f"{base}{inbox.place(kind, about)}", language)
        yield Letter(SLACK, user.slack_id, {"text": words})


def _account_letter(session: Session, event: OutboxEvent, settings: Settings) -> Iterator[Letter]:
    """A letter with a link to somebody who has an account. Here, not where it was asked for, it is looked up whether
    there is one. The link's secret is made when it is sent: what waits to be sent holds none."""
    told, purpose = event.payload, account_letters.Purpose(event.payload["purpose"])
    query = select(User).where(
        col(User.tenant_id) == event.tenant_id, col(User.email) == told["email"], col(User.active)
    )
    user, tenant = session.exec(query).first(), session.get(Tenant, event.tenant_id)
    if user is None or tenant is None or settings.smtp_url is None:
        return
    if purpose == account_letters.Purpose.VERIFY and user.email_verified_at is not None:
        return
    letter_id = account_letters.issue(session, user, purpose, told["to"], told.get("by", ""))
    said = {**_to(session, tenant, user, settings), "purpose": purpose, "letter_id": letter_id}
    if purpose == account_letters.Purpose.INVITE:
        said |= {"by": told.get("by", ""), "email": told["to"]}
    yield Letter(EMAIL, told["to"], said)


def _alert(session: Session, event: OutboxEvent, settings: Settings) -> Iterator[Letter]:
    """To somebody whose account is opened by other means than before; whatever they chose to be told of."""
    told = event.payload
    user, tenant = session.get(User, told["user_id"]), session.get(Tenant, event.tenant_id)
    if user is None or tenant is None or settings.smtp_url is None or user.email_verified_at is None:
        return
    yield Letter(EMAIL, told["to"], {**_to(session, tenant, user, settings), "alert": told["what"]})


def _news_letters(session: Session, event: OutboxEvent, settings: Settings) -> Iterator[Letter]:
    """To each whom an event concerns, who wishes to read of it by letter and has confirmed the address."""
    if settings.smtp_url is None:
        return
    told = [
        user
        for user in inbox.concerned(session, event)
        if user.email_verified_at is not None and inbox.wants(user, event.kind, inbox.EMAIL)
    ]
    tenant = session.get(Tenant, event.tenant_id)
    if tenant is None:
        return
    for user in told:
        about = inbox.about(session, event, user)
        about["place"] = inbox.place(event.kind, about).removeprefix("/")
        yield Letter(EMAIL, user.email, {**_to(session, tenant, user, settings), "about": about, "purpose": event.kind})


def _to(session: Session, tenant: Tenant, user: User, settings: Settings) -> Json:
    """Whose letter it is, in whose name and look."""
    brand, sender = brands.read(tenant.brand), senders.of(session, tenant, settings)
    address = _address(session, tenant, user, settings)
    return {
        "sender": {"name": sender.name, "address": sender.address, "reply_to": sender.reply_to},
        "language": user.language if user.language in tenant.languages else tenant.language,
        "name": user.name,
        "site": tenant.name,
        "address": address,
        "solid": brand.solid,
        "on_solid": brand.on_solid,
        "logo": site_pictures.key(tenant.id, tenant.logo) if tenant.logo else "",
        "fonts": typefaces.faces(tenant.fonts, address),
    }


def _address(session: Session, tenant: Tenant, user: User, settings: Settings) -> str:
    """Where the links of somebody's letter lead. For those who run the house never to a domain of the site: its
    administrators choose it, and where it leads is anybody's who owns it."""
    if user.role == Role.PLATFORM_ADMIN and settings.public_url:
        return sites.own_address(tenant, settings)
    return sites.address(session, tenant, settings)


def callback(told: Json, base: str) -> Json:
    """What a client's callback gets: job, state, address of the film."""
    completed = told["state"] == "COMPLETED"
    return {
        "jobId": told["job_id"],
        "status": told["state"],
        "outputUrl": output_url(told["job_id"], base) if completed else None,
        "error": told.get("error"),
    }


def base_of(settings: Settings) -> str:
    """The address of this site for people and clients."""
    return (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")
