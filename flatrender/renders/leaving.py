"""A person's data: taken along as one JSON file, and deleted with the account.

Here, because nothing above knows of all that people have: account, files, projects, renders and films.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlmodel import Session, SQLModel, col, func, or_, select

from flatrender.access import accounts, audit, people, rules
from flatrender.access.audit import Act
from flatrender.access.models import (
    AccountLetter,
    ApiKey,
    AuditEntry,
    Identity,
    KeptAnswer,
    MacUsername,
    Role,
    User,
    UserSession,
)
from flatrender.access.permissions import SITE, Principal, picture_of
from flatrender.access.requests import RequestEntry
from flatrender.core.db import Database, alone
from flatrender.core.errors import Conflict
from flatrender.farm import service as farm
from flatrender.media import service as media_service
from flatrender.media.models import Media, MediaFolder, MediaPolicy, MediaUpload
from flatrender.projects import service as projects
from flatrender.projects.models import Project, ProjectEdit, ProjectVersion
from flatrender.renders import service as renders
from flatrender.renders.manager.models import ProjectRender
from flatrender.renders.models import Export, RenderJob
from flatrender.renders.states import LIVE, JobState

FORMAT = "account-1"
# What proves something, and what is the installation's own.
_HIDDEN = {
    *("tenant_id", "password_hash", "password_mark", "totp_secret", "totp_step"),
    *("token_hash", "secret_hash"),
}
# The tables that name a person as `user_id`; tests/renders/test_leaving.py finds the one that is forgotten.
OWN: dict[str, Any] = {
    "sessions": UserSession,
    "keys": ApiKey,
    "identities": Identity,
    "letters": AccountLetter,
    "mac_usernames": MacUsername,
    "folders": MediaFolder,
    "uploads": MediaUpload,
    "limits": MediaPolicy,
    "files": Media,
    "projects": Project,
    "edits": ProjectEdit,
    "renders": RenderJob,
    "films": Export,
    "requests": RequestEntry,
}
LEFT_OUT = {
    "recovery_code": "hashes alone",
    "kept_answer": "says again what is said elsewhere; gone in a day",
    "notification": "says again what is said elsewhere; gone in 60 days",
}
_ADDRESSES = {"files": "/api/v1/media/{0.id}/file", "films": "/api/v1/renders/{0.job_id}/download"}
PAGE = 50
_ADMINS = (Role.ADMIN, Role.OWNER, Role.PLATFORM_ADMIN)
_HANDED_ON = (Role.OWNER, Role.PLATFORM_ADMIN)  # none may be left without: others cannot make one


def export(database: Database, principal: Principal) -> Iterator[str]:
    """What is kept of the caller, as the text of one JSON object, piece by piece; files by their addresses."""
    with database.tenant_session(principal.tenant_id) as session:
        audit.note(session, principal, Act.ACCOUNT_EXPORTED, principal.user_id, principal.email)
    with database.tenant_session(principal.tenant_id, read_only=True) as session:
        user = accounts.me(session, principal)
        account = {**_plain(user), "picture": picture_of(user)}
        del account["picture_key"]
    yield f'{{"format": {json.dumps(FORMAT)}, "account": {json.dumps(account, ensure_ascii=False)}'
    for name, table, whose in _parts(principal.user_id):
        yield f", {json.dumps(name)}: ["
        for number, row in enumerate(_rows(database, principal, table, whose)):
            told = _plain(row)
            if name in _ADDRESSES:
                told["file"] = _ADDRESSES[name].format(row)
            yield ("," if number else "") + "\n" + json.dumps(told, ensure_ascii=False)
        yield "]"
    yield "}\n"


def delete(database: Database, principal: Principal, password: str) -> None:
    """Deletes the caller's account with all that is theirs, for good. What they made for the site, such as templates,
    stays; so does what the logs of acts and requests tell, for their time.

    Raises what `accounts.prove` does, and Conflict for the site's last administrator and while renders of theirs are
    being stopped.
    """
    accounts.prove(database, principal, password)
    with rules.lifted(), database.tenant_session(principal.tenant_id) as session:
        _check_not_last(session, principal)
        for job in _jobs(session, principal.user_id):
            if JobState(job.state) in LIVE:
                farm.cancel_owner(session, job.id, reason="the account is deleted")
    with rules.lifted(), database.tenant_session(principal.tenant_id) as session:
        _check_not_last(session, principal)
        session.exec(select(User).where(col(User.id) == principal.user_id).with_for_update()).first()
        jobs = _jobs(session, principal.user_id)
        if any(JobState(job.state) in LIVE for job in jobs):
            raise Conflict("Your renders are being stopped; try again in a moment.", code="still-stopping")
        for job in jobs:
            renders.delete(session, principal, job.id)
        for project_id in session.exec(select(Project.id).where(col(Project.user_id) == principal.user_id)).all():
            projects.remove(session, principal, project_id)
        for media in session.exec(select(Media).where(col(Media.user_id) == principal.user_id)).all():
            media_service.put_away(session, media)  # housekeeping removes it when nothing reads it any more
        for table in (MediaFolder, MediaUpload, MediaPolicy, KeptAnswer):
            session.execute(sql_delete(table).where(col(table.user_id) == principal.user_id))
        audit.note(session, principal, Act.ACCOUNT_DELETED, principal.user_id, principal.email)
        session.delete(accounts.me(session, principal))  # sessions, keys, identities and letters go with it


def _check_not_last(session: Session, principal: Principal) -> None:
    if not principal.can(SITE):
        return
    alone(session, people.administrators(principal.tenant_id))  # two at once would each count the other
    here = select(func.count()).select_from(User).where(col(User.active))
    alike = [principal.role] if principal.role in _HANDED_ON else _ADMINS
    if session.scalars(here.where(col(User.role).in_(alike))).one() < 2:
        last = "owner" if principal.role == Role.OWNER else "administrator"
        said = f"You are the last {last} here; give somebody else the role first."
        raise Conflict(said, code="last-owner" if last == "owner" else "last-admin")


def _jobs(session: Session, user_id: str) -> list[RenderJob]:
    return list(session.exec(select(RenderJob).where(col(RenderJob.user_id) == user_id)).all())


def _parts(user_id: str) -> Iterator[tuple[str, Any, Any]]:
    """Name, table and condition of each part."""
    for name, table in OWN.items():
        yield name, table, col(table.user_id) == user_id
    own_projects = select(Project.id).where(col(Project.user_id) == user_id)
    own_jobs = select(RenderJob.id).where(col(RenderJob.user_id) == user_id)
    yield "versions", ProjectVersion, col(ProjectVersion.project_id).in_(own_projects)
    yield "project_renders", ProjectRender, col(ProjectRender.job_id).in_(own_jobs)
    yield "acts", AuditEntry, or_(col(AuditEntry.actor_id) == user_id, col(AuditEntry.for_id) == user_id)


def _rows(database: Database, principal: Principal, table: Any, whose: Any) -> Iterator[Any]:
    """Page by page, with a session for each: however slowly somebody reads, no connection is held meanwhile."""
    key = next(column.name for column in table.__table__.primary_key if column.name != "tenant_id")
    place, last = getattr(table, key), ""
    while True:
        with database.tenant_session(principal.tenant_id, read_only=True) as session:
            found = session.scalars(select(table).where(whose, place > last).order_by(place).limit(PAGE)).all()
        yield from found
        if len(found) < PAGE:
            return
        last = getattr(found[-1], key)


def _plain(row: SQLModel) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude=_HIDDEN)
