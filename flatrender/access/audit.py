"""The audit log: who did what, when and from where, written in the transaction of the change itself.

An entry is never changed; it names people and things as they were called then, so that it can be read after they are
gone. It holds no secret: `details` are what was chosen, not what proves anything.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_
from sqlmodel import Session, col, func, select

from flatrender.access.models import AuditEntry, Role, User
from flatrender.access.permissions import Principal
from flatrender.tenants.models import TenantDomain

MOST = 200  # of one page
MOST_EXPORTED = 20_000
MACHINE = "this machine"
LONGEST_VALUE = 120  # characters of a text that changed
MOST_VALUES = 20  # of a list that changed
LEAD = 20  # characters that are told before the place that differs
_GONE = object()
# How a cell begins that a spreadsheet takes for a formula; in East Asia full-width signs count as well.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Act(StrEnum):
    """What can be done that somebody may ask about later."""

    SIGNED_IN = "session.opened"
    SIGNED_OUT = "session.ended"
    SIGN_IN_REFUSED = "session.refused"
    SIGN_IN_LOCKED = "session.locked"
    ACCOUNT_MADE = "account.made"
    ACCOUNT_INVITED = "account.invited"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_DELETED = "account.deleted"
    ACCOUNT_EXPORTED = "account.exported"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - the name of an act
    EMAIL_CONFIRMED = "email.confirmed"
    FACTOR_ON = "factor.on"
    FACTOR_OFF = "factor.off"
    CODES_RENEWED = "factor.codes"
    IDENTITY_LINKED = "identity.linked"
    FEATURES_SWITCHED = "features.switched"
    ROLE_MADE = "role.made"
    ROLE_CHANGED = "role.changed"
    ROLE_REMOVED = "role.removed"
    KEY_MADE = "key.made"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    SITE_OPENED = "site.opened"
    SITE_CHANGED = "site.changed"
    SITE_SUSPENDED = "site.suspended"
    SITE_RESUMED = "site.resumed"
    DOMAIN_CLAIMED = "domain.claimed"
    DOMAIN_PROVEN = "domain.proven"
    DOMAIN_MAIN = "domain.main"
    DOMAIN_REMOVED = "domain.removed"
    DOMAIN_LOST = "domain.lost"
    PROVIDER_ADDED = "provider.added"
    PROVIDER_CHANGED = "provider.changed"
    PROVIDER_REMOVED = "provider.removed"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_ROTATED = "webhook.rotated"
    WEBHOOK_REMOVED = "webhook.removed"
    TEMPLATE_PUBLISHED = "template.published"
    TEMPLATE_WITHDRAWN = "template.withdrawn"
    TEMPLATE_DELETED = "template.deleted"
    TEMPLATE_SHARED = "template.shared"
    TEMPLATE_UNSHARED = "template.unshared"
    TEMPLATE_TAKEN = "template.taken"
    TEMPLATE_GIVEN_UP = "template.given_up"
    FARM_STOPPED = "farm.stopped"
    FARM_RESUMED = "farm.resumed"
    FARM_CLEARED = "farm.cleared"
    FARM_ENGINES = "farm.engines"
    FARM_UPDATE = "farm.update"
    FARM_LIMIT = "farm.limit"
    FARM_SHARE = "farm.share"
    FARM_REQUEUED = "farm.requeued"
    NODE_DRAINED = "node.drained"
    NODE_UNDRAINED = "node.undrained"
    NODE_FORGIVEN = "node.forgiven"
    JOB_CANCELLED = "job.cancelled"
    JOB_BOOSTED = "job.boosted"
    JOB_CHANGED = "job.changed"
    JOB_DELETED = "job.deleted"
    TOKEN_MADE = "token.made"  # noqa: S105 - the name of an act
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - the name of an act
    TOKENS_REQUIRED = "token.required"
    TOKENS_OPTIONAL = "token.optional"
    QUOTA_SET = "quota.set"
    LIMITS_SET = "quota.limits"
    HELPING_BEGAN = "helping.began"
    HELPING_ENDED = "helping.ended"
    HELPED = "helping.did"


@dataclass(frozen=True)
class Search:
    """What is looked for. `words`: in names, targets, addresses and details; `also`: other ways to say them, in details
    alone (pages say in words of their own what is kept as a name); `after`: the last entry of the page before."""

    words: str = ""
    act: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: str = ""
    also: tuple[str, ...] = ()


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What a change is told as: `{field: [before, after]}` of what differs, fields of documents with their path."""
    old, new = dict(_flat(before)), dict(_flat(after))
    named = [*new, *(name for name in old if name not in new)]
    found = {name: [old.get(name, _GONE), new.get(name, _GONE)] for name in named}
    return {name: _told(*pair) for name, pair in found.items() if pair[0] != pair[1]}


def _flat(document: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _told(old: Any, new: Any) -> list[Any]:
    """Both, short, and so that they differ as well where they do so late."""
    same, within = _alike(old, new), 0
    if isinstance(old, list) and isinstance(new, list) and same < min(len(old), len(new)):
        within = _alike(old[same], new[same])
    return [None if value is _GONE else _short(value, same, within) for value in (old, new)]


def _alike(old: Any, new: Any) -> int:
    """How many characters, or values of a list, two have in common from their beginning."""
    if not any(isinstance(old, kind) and isinstance(new, kind) for kind in (str, list)):
        return 0
    pairs = enumerate(zip(old, new, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))


def _short(value: Any, same: int = 0, within: int = 0) -> Any:
    """`same`: what it has in common with the other; `within`: the same of the first value of a list that differs."""
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        begin = 0 if same < LONGEST_VALUE - 1 else same - LEAD
        end = begin + LONGEST_VALUE - (2 if begin else 1)
        return f"{'…' if begin else ''}{value[begin:end]}{'…' if end < len(value) else ''}"
    if isinstance(value, list):
        begin = 0 if len(value) <= MOST_VALUES or same < MOST_VALUES - 1 else same - 1
        end = begin + MOST_VALUES
        told = [_short(value[n], within if n == same else 0) for n in range(begin, min(end, len(value)))]
        return [*(["…"] if begin else []), *told, *(["…"] if end < len(value) else [])]
    return value


def note(session: Session, who: Principal, act: Act, target: str = "", label: str = "", **details: Any) -> None:
    """Writes an entry with the session's other changes. In a system session it is the actor's site's. Who helps
    somebody is the actor, and the entry says whom."""
    really = who.helper or who
    session.add(
        AuditEntry(
            tenant_id=session.info.get("tenant_id") or who.tenant_id,
            act=act,
            actor_id=really.user_id,
            actor=really.name[:400],
            actor_email=really.email[:254],
            key_id=who.key_id,
            address=who.address[:64],
            target=target[:64],
            label=label[:300],
            for_id=who.user_id if who.helper else "",
            for_name=who.name[:400] if who.helper else "",
            details=details,
        )
    )


def note_user(session: Session, user: User, act: Act, address: str, **details: Any) -> None:
    """As `note`, of somebody who only just shows who they are."""
    note(session, Principal.of(user, address=address), act, user.id, user.email, **details)


def note_lost_domain(session: Session, domain: TenantDomain, main: str) -> None:
    """Another site has proven a domain of this one, which does not learn who did. `main`: its main one instead."""
    somebody = Principal("", domain.tenant_id, "", "", "")
    note(session, somebody, Act.DOMAIN_LOST, domain.id, domain.name, **_main_now(main))


def note_removed_domain(session: Session, principal: Principal, domain: TenantDomain, main: str) -> None:
    """A site gives a domain up. `main`: its main one instead."""
    note(session, principal, Act.DOMAIN_REMOVED, domain.id, domain.name, **_main_now(main))


def _main_now(name: str) -> dict[str, str]:
    return {"main": name} if name else {}


def machine(tenant_id: str) -> Principal:
    """Whoever works on the machine itself: nobody asks who they are. What they do is told to the site that it meets."""
    return Principal("", tenant_id, Role.PLATFORM_ADMIN, "", MACHINE)


def page(session: Session, search: Search, limit: int) -> list[AuditEntry]:
    """Entries that fit, newest first. Takes a tenant session."""
    query = select(AuditEntry).where(*_conditions(search)).order_by(col(AuditEntry.id).desc())
    return list(session.scalars(query.limit(min(limit, MOST))).all())


def table(session: Session, search: Search) -> Iterator[str]:
    """The same as CSV, line by line; a cell that a spreadsheet would take for a formula is marked as text."""
    columns = ("at", "act", "actor", "actor_email", "for_name", "key_id", "address", "target", "label", "details")
    yield _line(columns)
    query = select(AuditEntry).where(*_conditions(search)).order_by(col(AuditEntry.id).desc()).limit(MOST_EXPORTED)
    for entry in session.scalars(query):
        yield _line([_cell(getattr(entry, column)) for column in columns])


def view(entry: AuditEntry) -> dict[str, Any]:
    """An entry as programs get it."""
    return entry.model_dump(exclude={"tenant_id"})


def _conditions(search: Search) -> Iterator[ColumnElement[bool]]:
    if words := search.words.strip().lower()[:100]:
        who = (AuditEntry.actor, AuditEntry.actor_email, AuditEntry.for_name, AuditEntry.address)
        places = (*who, AuditEntry.label, AuditEntry.target, AuditEntry.act)
        details = func.lower(cast(col(AuditEntry.details), Text))
        # SQLite keeps a document as it was written, all but ASCII escaped; PostgreSQL its letters.
        inside = {each for said in (words, *search.also) for each in (said.lower(), json.dumps(said.lower())[1:-1])}
        yield or_(
            *(func.lower(col(place)).contains(words, autoescape=True) for place in places),
            *(details.contains(each, autoescape=True) for each in sorted(inside)),
        )
    if search.act:
        # `key` finds all that was done with keys.
        yield or_(col(AuditEntry.act) == search.act, col(AuditEntry.act).startswith(f"{search.act}.", autoescape=True))
    if search.since is not None:
        yield col(AuditEntry.at) >= search.since
    if search.until is not None:
        yield col(AuditEntry.at) < search.until
    if search.after:
        yield col(AuditEntry.id) < search.after


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    text = value.isoformat() if isinstance(value, datetime) else str(value or "")
    return f"'{text}" if text.startswith(_FORMULAS) else text
