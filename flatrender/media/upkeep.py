"""What nodes do for the files from time to time: cleanup schedules, the trash, what older ingests did not make,
how much room each site uses, and of what else it has limits for."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from flatrender.core import clock
from flatrender.core.db import Database
from flatrender.media import cleanup, quotas, service, uses, writer
from flatrender.media.models import Media, MediaPolicy, MediaState
from flatrender.tenants import limits, usage
from flatrender.tenants.models import Tenant

CATCH_UP = 50  # files of one pass


def run(database: Database) -> None:
    """One pass over all tenants, a transaction for each user."""
    with database.system_session(read_only=True) as session:
        policies = session.exec(select(MediaPolicy).where(col(MediaPolicy.cleanup_days).is_not(None))).all()
    for policy in policies:
        with database.tenant_session(policy.tenant_id) as session:
            cleanup.run(session, policy)
    with database.system_session() as session:
        catch_up(session)
        sites = session.exec(select(Tenant.id)).all()
    for tenant_id in sites:
        with database.tenant_session(tenant_id) as session:
            room = quotas.room_of_tenant(session)
            usage.measure(session, tenant_id, room.used, room.limit)
            limits.measure(session, tenant_id)


def catch_up(session: Session) -> int:
    """Sends files through ingest that an older one read, or that lost their task; how many."""
    query = select(Media).where(
        col(Media.deleted_at).is_(None),
        col(Media.key) != "",
        func.abs(col(Media.ingest)) < writer.VERSION,  # below zero: tried in vain
        col(Media.state) != MediaState.FAILED,
    )
    rows = session.exec(query.order_by(col(Media.created_at)).limit(CATCH_UP)).all()
    for media in rows:
        writer.enqueue(session, media)
    return len(rows)


def purge_deleted(session: Session, *, limit: int) -> int:
    """Removes deleted files for good when they can no longer be had back; how many. One that came into use at the very
    moment of its deletion is had again instead."""
    old = select(Media).where(col(Media.deleted_at) < clock.now() - service.TRASH).limit(limit)
    rows = session.exec(old).all()
    used = {use.media_id for user_id in {media.user_id for media in rows} for use in uses.every(session, user_id)}
    gone = 0
    for media in rows:
        if media.id in used:
            service.had_again(session, media)
        else:
            gone += service.purge(session, media)
    return gone
