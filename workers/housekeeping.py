"""Housekeeping: what nobody needs any more is removed. Every node runs a pass at its start and every hour.

All ages are here. What people made (projects, uploads, finished films, the studio's jobs) is never touched, unless they
deleted it or set a schedule for it; what else is removed can be made again, or told what happened long ago.
"""

import logging
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, or_, text
from sqlmodel import Session, col, select

from flatrender.access import requests
from flatrender.access.answers import KEEP as KEEP_ANSWERS
from flatrender.access.models import AccountLetter, AuditEntry, KeptAnswer, SignInTry, UserSession
from flatrender.access.tries import WINDOW as TRIES_WINDOW
from flatrender.core.bus import BusMessage, is_old
from flatrender.core.db import Database, database_now
from flatrender.core.outbox import OutboxEvent
from flatrender.core.storage import get_storage
from flatrender.farm import health_log
from flatrender.farm import service as farm
from flatrender.media import upkeep, uploads
from flatrender.notifications.models import Delivery, Notification
from flatrender.projects import service as projects
from flatrender.projects.models import Project, ProjectEdit
from flatrender.renders import kinds
from flatrender.renders.manager import service as manager
from flatrender.renders.models import SceneFilm
from workers import sweep

log = logging.getLogger(__name__)
GB = 10**9
LOCK = 7_032_026  # PostgreSQL's advisory lock of a pass
BATCH = 500  # rows of one transaction: others want to write as well
MOST_BATCHES = 100  # of one pass


@dataclass(frozen=True)
class Ages:
    """How long what is kept."""

    events: timedelta = timedelta(days=7)  # of the outbox, when delivered
    undelivered_events: timedelta = timedelta(days=30)
    steps: timedelta = timedelta(days=30)  # tasks that ended, their attempts and log; the jobs stay
    picture_tasks: timedelta = timedelta(days=1)
    pictures: timedelta = timedelta(days=7)  # frames of projects; longer than their tasks
    scene_films: timedelta = timedelta(days=30)  # since they were last used
    scene_films_in_use: timedelta = timedelta(hours=6)  # never removed, however many there are
    scene_film_bytes: int = 20 * GB
    job_pictures: timedelta = timedelta(hours=1)  # all but the last one of a job
    manager_jobs: timedelta = timedelta(days=7)  # of the render manager, when ended, with their log; never their films
    edits: timedelta = timedelta(days=1)  # of a project, beyond those that a page catches up with
    audit: timedelta = timedelta(days=730)  # what people did
    notifications: timedelta = timedelta(days=60)  # in the bell
    half_made: timedelta = timedelta(days=2)  # files that a killed process left
    unnamed: timedelta = timedelta(days=2)  # files of uploads, templates, sites and exports that no row names


AGES = Ages()


def run(database: Database, data_dir: Path, node_id: str, ages: Ages = AGES) -> None:
    """One pass; may be repeated and run beside another. `data_dir`: the data folder; `node_id`: this node's."""
    began = time.monotonic()
    with database.system_session(read_only=True) as session:
        now = database_now(session)  # a node's wrong clock removes nothing too early
    upkeep.run(database)
    with database.system_session() as session:
        if database.is_sqlite or _alone(session):
            health_log.keep(session, now)
            requests.keep(session, now)
    rows = _rows(database, now, ages)
    films = _unused_films(database, now, ages)
    files = _stored_files(database, ages) + _left_behind(data_dir, node_id, ages)
    if rows or films or files:
        log.info(
            "housekeeping: %d rows, %d scene films and %d files removed in %.1f s",
            rows,
            films,
            files,
            time.monotonic() - began,
        )


def run_here(data_dir: Path, node_id: str, ages: Ages = AGES) -> None:
    """The part of a pass that needs no rights on the database: this machine's own files."""
    if gone := _left_behind(data_dir, node_id, ages):
        log.info("housekeeping: %d files removed", gone)


def _rows(database: Database, now: datetime, ages: Ages) -> int:
    return sum(
        _batches(database, part)
        for part in (
            lambda session: farm.forget_ended(session, now - ages.steps, limit=BATCH),
            lambda session: farm.forget_ended(session, now - ages.picture_tasks, kind=kinds.SNAPSHOT, limit=BATCH),
            lambda session: manager.forget_old(session, now - ages.manager_jobs, limit=BATCH),
            lambda session: _forget_events(session, now, ages),
            lambda session: _forget_people(session, now, ages),
            lambda session: _forget_edits(session, now - ages.edits),
            lambda session: uploads.forget_expired(session, limit=BATCH),
            lambda session: upkeep.purge_deleted(session, limit=BATCH),
        )
    )


def _batches(database: Database, part: Callable[[Session], int]) -> int:
    """Repeats `part`, a transaction each, until it removes nothing."""
    removed = 0
    for _ in range(MOST_BATCHES):
        with database.system_session() as session:
            if not database.is_sqlite and not _alone(session):
                break
            found = part(session)
        if not found:
            break
        removed += found
    return removed


def _alone(session: Session) -> bool:
    return bool(session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}).scalar_one())


def _forget_events(session: Session, now: datetime, ages: Ages) -> int:
    old = or_(
        col(OutboxEvent.delivered_at) < now - ages.events, col(OutboxEvent.created_at) < now - ages.undelivered_events
    )
    ids = session.exec(select(OutboxEvent.id).where(old).limit(BATCH)).all()
    session.execute(delete(OutboxEvent).where(col(OutboxEvent.id).in_(ids)))
    return len(ids)


def _forget_people(session: Session, now: datetime, ages: Ages) -> int:
    """Sign-ins that have ended, tries that count no more, kept answers, messages that are done with."""
    removed = 0
    for table, old in (
        (UserSession, col(UserSession.expires_at) < now),
        (SignInTry, col(SignInTry.at) < now - TRIES_WINDOW),
        (AccountLetter, col(AccountLetter.expires_at) < now - ages.events),
        (KeptAnswer, col(KeptAnswer.created_at) < now - KEEP_ANSWERS),
        (BusMessage, is_old(now)),
        (AuditEntry, col(AuditEntry.at) < now - ages.audit),
        (Delivery, col(Delivery.created_at) < now - ages.events),
        (Notification, col(Notification.created_at) < now - ages.notifications),
    ):
        ids = session.exec(select(table.id).where(old).limit(BATCH)).all()
        session.execute(delete(table).where(col(table.id).in_(ids)))
        removed += len(ids)
    return removed


def _forget_edits(session: Session, before: datetime) -> int:
    """Edits that no page catches up with. One more than those stays: by it a page is told that it is too far behind."""
    old = (
        select(ProjectEdit.id)
        .join(Project, col(Project.id) == col(ProjectEdit.project_id))
        .where(
            col(ProjectEdit.revision) < col(Project.revision) - projects.MOST_BEHIND,
            col(ProjectEdit.created_at) < before,
        )
    )
    ids = session.exec(old.limit(BATCH)).all()
    session.execute(delete(ProjectEdit).where(col(ProjectEdit.id).in_(ids)))
    return len(ids)


def _unused_films(database: Database, now: datetime, ages: Ages) -> int:
    """Scene films nobody used for long, then the least recently used ones beyond the limit. Rows first, then files."""

    def drop(session: Session) -> int:
        kept = session.exec(select(func.coalesce(func.sum(SceneFilm.size), 0))).one()
        query = select(SceneFilm).where(col(SceneFilm.used_at) < now - ages.scene_films_in_use)
        gone = 0
        for film in session.exec(query.order_by(col(SceneFilm.used_at)).limit(BATCH)).all():
            if film.used_at >= now - ages.scene_films and kept <= ages.scene_film_bytes:
                break
            session.delete(film)
            kept -= film.size
            gone += 1
        return gone

    return _batches(database, drop)


def _stored_files(database: Database, ages: Ages) -> int:
    """Pictures that were drawn, what was half written, and what no row names. One pass of all nodes at a time."""
    # On PostgreSQL the lock lasts as long as a transaction, which a session that only reads has none of there.
    with database.system_session(read_only=database.is_sqlite) as session:
        if not database.is_sqlite and not _alone(session):
            return 0
        removed = get_storage().sweep(time.time() - ages.half_made.total_seconds())
        removed += sweep.aged("snapshots", ages.pictures) + sweep.aged("parts", ages.half_made)
        removed += sweep.unnamed(database, "renders", ages.job_pictures)
        removed += sweep.unnamed(database, "scenes", ages.scene_films_in_use)
        return removed + sum(
            sweep.unnamed(database, folder, ages.unnamed)
            for folder in ("media", "brand", "bundles", "templates", "scans", "fonts", "exports", "people")
        )


def _left_behind(data_dir: Path, node_id: str, ages: Ages) -> int:
    """Folders and files of processes that were killed: uploads, previews, the work of other nodes on this machine."""
    old = time.time() - ages.half_made.total_seconds()
    cache = data_dir / "cache"
    found = [*(data_dir / "uploads").glob("*"), *cache.glob("preview-*")]
    found += [work for work in cache.glob("nodes/*/work/*") if work.parts[-3] != node_id]
    removed = uploads.forget_parts()
    for path in found:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime >= old:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
            removed += 1
    return removed
