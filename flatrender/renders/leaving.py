"""A person's data: taken along as one JSON file, and deleted with the account.

Here, because nothing above knows of all that people have: account, files, projects, renders and films.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlmodel import Session, SQLModel, col, func, select

from flatrender.access import accounts, audit, people
from flatrender.access.audit import Act
from flatrender.access.models import ApiKey, AuditEntry, Identity, KeptAnswer, MacUsername, Role, User, UserSession
from flatrender.access.permissions import SITE, Principal
from flatrender.core.db import Database, alone
from flatrender.core.errors import Conflict
from flatrender.farm import service as farm
from flatrender.media import service as media_service
from flatrender.media.models import Media, MediaFolder, MediaPolicy, MediaUpload
from flatrender.projects import service as projects
from flatrender.projects.models import Project, ProjectVersion
from flatrender.renders import service as renders
from flatrender.renders.models import Export, RenderJob
from flatrender.renders.states import LIVE, JobState

FORMAT = "flatrender-account-1"
# What proves something, and what is the installation's own.
_HIDDEN = {"tenant_id", "password_hash", "totp_secret", "totp_step", "token_hash", "secret_hash", "previous_hash"}
_ADMINS = (Role.TENANT_ADMIN, Role.PLATFORM_ADMIN)


def export(database: Database, principal: Principal) -> Iterator[str]:
    """All that is kept of the caller, as the text of one JSON object, piece by piece; files by their addresses."""
    with database.tenant_session(principal.tenant_id) as session:
        audit.note(session, principal, Act.ACCOUNT_EXPORTED, principal.user_id, principal.email)
    with database.tenant_session(principal.tenant_id, read_only=True) as session:
        account = _plain(accounts.me(session, principal))
        yield f'{{"format": {json.dumps(FORMAT)}, "account": {json.dumps(account, ensure_ascii=False)}'
        for name, rows in _parts(session, principal.user_id):
            yield f", {json.dumps(name)}: ["
            for number, row in enumerate(rows):
                yield ("," if number else "") + "\n" + json.dumps(row, ensure_ascii=False)
            yield "]"
        yield "}\n"


def delete(database: Database, principal: Principal, password: str) -> None:
    """Deletes the caller's account with all that is theirs, for good. What they made for the site, such as templates,
    stays; so does what the audit log tells, for its time.

    Raises what `accounts.prove` does, and Conflict for the site's last administrator and while renders of theirs are
    being stopped.
    """
    accounts.prove(database, principal, password)
    with database.tenant_session(principal.tenant_id) as session:
        _check_not_last(session, principal)
        for job in _jobs(session, principal.user_id):
            if JobState(job.state) in LIVE:
                farm.cancel_owner(session, job.id, reason="the account is deleted")
    with database.tenant_session(principal.tenant_id) as session:
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
    admins = select(func.count()).select_from(User).where(col(User.role).in_(_ADMINS), col(User.active))
    if principal.role == Role.PLATFORM_ADMIN:
        admins = admins.where(col(User.role) == Role.PLATFORM_ADMIN)
    if session.scalars(admins).one() < 2:
        raise Conflict("You are the last administrator here; give somebody else the role first.", code="last-admin")


def _jobs(session: Session, user_id: str) -> list[RenderJob]:
    return list(session.exec(select(RenderJob).where(col(RenderJob.user_id) == user_id)).all())


def _parts(session: Session, user_id: str) -> Iterator[tuple[str, Iterable[Any]]]:
    tables: tuple[tuple[str, Any, Any], ...] = (
        ("sessions", UserSession, UserSession.user_id),
        ("keys", ApiKey, ApiKey.user_id),
        ("identities", Identity, Identity.user_id),
        ("mac_usernames", MacUsername, MacUsername.user_id),
        ("folders", MediaFolder, MediaFolder.user_id),
        ("projects", Project, Project.user_id),
        ("renders", RenderJob, RenderJob.user_id),
        ("acts", AuditEntry, AuditEntry.actor_id),
    )
    for name, table, whose in tables:
        yield name, (_plain(row) for row in session.scalars(select(table).where(col(whose) == user_id)).yield_per(50))
    versions = select(ProjectVersion).join(Project, col(Project.id) == col(ProjectVersion.project_id))
    versions = versions.where(col(Project.user_id) == user_id)
    yield "versions", (_plain(row) for row in session.scalars(versions).yield_per(50))
    files = session.scalars(select(Media).where(col(Media.user_id) == user_id)).yield_per(50)
    yield "files", ({**_plain(row), "file": f"/api/v1/media/{row.id}/file"} for row in files)
    films = session.scalars(select(Export).where(col(Export.user_id) == user_id)).yield_per(50)
    yield "films", ({**_plain(row), "file": f"/api/v1/renders/{row.job_id}/download"} for row in films)


def _plain(row: SQLModel) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude=_HIDDEN)
