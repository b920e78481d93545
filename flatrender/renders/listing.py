"""The job table: filters, sorts, pages by cursor, counts by state."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.access import rules
from flatrender.access.permissions import FARM, JOBS_TENANT, Principal
from flatrender.core.errors import Forbidden, InvalidInput
from flatrender.core.ready import AnySelect, Ready
from flatrender.renders import views
from flatrender.renders.models import RenderJob
from flatrender.renders.states import JobState

Json = dict[str, Any]
MOST = 200
SORTS: dict[str, Any] = {
    "created": col(RenderJob.id),  # ids are in order of time
    "priority": col(RenderJob.priority),
    "state": col(RenderJob.state),
    "progress": col(RenderJob.progress),
    "title": col(RenderJob.title),
    "user": col(RenderJob.user_name),
    "node": func.coalesce(col(RenderJob.node_name), ""),
}
_LINE = [getattr(RenderJob, name) for name in views.Line._fields]  # a page is made of these, and read without the rest
_MINE = col(RenderJob.user_id) == bindparam("user")
NUMBERS = frozenset({"priority", "progress"})


@dataclass(frozen=True)
class JobFilter:
    """Which jobs; empty means all that the caller may see."""

    states: Sequence[str] = ()
    user_id: str | None = None
    tenant_id: str | None = None
    project_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    query: str = ""
    mine: bool = False


def browse(
    session: Session,
    principal: Principal,
    wanted: JobFilter = JobFilter(),
    *,
    sort: str = "-created",
    cursor: str | None = None,
    limit: int = 50,
) -> Json:
    """A page of jobs: `{"items": [row], "next": cursor | null, "total", "counts": {state: number}}`.

    `sort`: a key of SORTS, with `-` for descending. Raises InvalidInput for an unknown sort, state or cursor.
    """
    descending, name = sort.startswith("-"), sort.lstrip("-")
    column = SORTS.get(name)
    if column is None:
        raise InvalidInput(f"Jobs cannot be sorted by {name!r}; use {', '.join(SORTS)}.", field="sort")
    if unknown := [state for state in wanted.states if state not in JobState.__members__]:
        raise InvalidInput(f"There is no state {unknown[0]!r}; use {', '.join(JobState)}.", field="state")
    hidden = rules.hidden(principal.limits, "renders")
    if name in hidden:
        raise Forbidden(f"Your role does not see {name} of renders; sort by something else.", code="role-hidden")
    most = max(1, min(limit, MOST))
    sees, values = _sees(principal), {"tenant": principal.tenant_id, "user": principal.user_id}
    if wanted == JobFilter(mine=wanted.mine) and not cursor:
        numbers_ready, page_ready = _of_all(sees, wanted.mine, name, descending)
        counts: dict[str, int] = dict(numbers_ready.rows(session, **values))
        found = page_ready.rows(session, **values, most=most + 1)
    else:
        conditions = [*_visible(sees), *_wanted(principal, wanted)]
        counts = {state: number for state, number in session.execute(_numbers(conditions), values)}
        if wanted.states:
            conditions.append(col(RenderJob.state).in_(list(wanted.states)))
        if cursor:
            conditions.append(_after(column, descending, _decode(cursor, name)))
        page = _page(conditions, name, descending)
        found = [tuple(row) for row in session.execute(page, {**values, "most": most + 1})]
    total = sum(number for state, number in counts.items() if not wanted.states or state in wanted.states)
    rows = [views.Line(*row) for row in found]
    more = len(rows) > most
    rows = rows[:most]
    return {
        "items": views.shown(session, principal, rows),
        "next": _encode(rows[-1], name) if more else None,
        "total": total,
        "counts": counts,
    }


def newest(session: Session, principal: Principal, project_ids: Sequence[str]) -> dict[str, Json]:
    """The person's newest job of each of their projects, by the project's id."""
    last = (
        sa_select(func.max(col(RenderJob.id)))  # ids are in order of time
        .where(col(RenderJob.user_id) == principal.user_id, col(RenderJob.project_id).in_(list(project_ids)))
        .group_by(col(RenderJob.project_id))
    )
    jobs = session.exec(select(RenderJob).where(col(RenderJob.id).in_(last))).all()
    return {str(row["project_id"]): row for row in views.shown(session, principal, jobs)}


def _sees(principal: Principal) -> str:
    """Whose jobs the caller may see: those of all, of the site, their own."""
    if principal.can(FARM):
        return "all"
    return "site" if principal.can(JOBS_TENANT) else "own"


def _visible(sees: str) -> list[ColumnElement[bool]]:
    site = col(RenderJob.tenant_id) == bindparam("tenant")
    return {"all": [], "site": [site], "own": [site, _MINE]}[sees]


@cache
def _of_all(sees: str, mine: bool, name: str, descending: bool) -> tuple[Ready, Ready]:
    """The counts and the first page where nothing is looked for."""
    conditions = [*_visible(sees), *([_MINE] if mine else [])]
    return Ready(_numbers(conditions)), Ready(_page(conditions, name, descending))


def _numbers(conditions: Sequence[ColumnElement[bool]]) -> AnySelect:
    return sa_select(col(RenderJob.state), func.count()).where(*conditions).group_by(col(RenderJob.state))


def _page(conditions: Sequence[ColumnElement[bool]], name: str, descending: bool) -> AnySelect:
    column = SORTS[name]
    order = [column.desc(), col(RenderJob.id).desc()] if descending else [column, col(RenderJob.id)]
    return sa_select(*_LINE).where(*conditions).order_by(*order).limit(bindparam("most"))


def _wanted(principal: Principal, wanted: JobFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.mine:
        conditions.append(col(RenderJob.user_id) == principal.user_id)
    for column, value in (
        (col(RenderJob.user_id), wanted.user_id),
        (col(RenderJob.tenant_id), wanted.tenant_id),
        (col(RenderJob.project_id), wanted.project_id),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.since is not None:
        conditions.append(col(RenderJob.created_at) >= wanted.since)
    if wanted.until is not None:
        conditions.append(col(RenderJob.created_at) < wanted.until)
    if text := wanted.query.strip():
        hidden = rules.hidden(principal.limits, "renders")
        words = {"title": col(RenderJob.title), "user": col(RenderJob.user_name)}
        seen = (column.icontains(text, autoescape=True) for name, column in words.items() if name not in hidden)
        conditions.append(or_(*seen, col(RenderJob.id).startswith(text.lower(), autoescape=True)))
    return conditions


def _after(column: Any, descending: bool, place: tuple[Any, str]) -> ColumnElement[bool]:
    value, job_id = place
    key = col(RenderJob.id)
    beyond: ColumnElement[bool] = column < value if descending else column > value
    return or_(beyond, and_(column == value, key < job_id if descending else key > job_id))


def _encode(job: views.Line, name: str) -> str:
    values = {"created": job.id, "user": job.user_name, "node": job.node_name or ""}
    value = values[name] if name in values else getattr(job, name)
    return base64.urlsafe_b64encode(json.dumps([name, value, job.id]).encode()).decode().rstrip("=")


def _decode(cursor: str, name: str) -> tuple[Any, str]:
    try:
        of, value, job_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, TypeError, RecursionError) as error:
        raise InvalidInput("This page is no longer there; begin again at the first.", field="cursor") from error
    right = isinstance(value, int | float) and abs(value) < 2**63 if name in NUMBERS else isinstance(value, str)
    if of != name or not right or not isinstance(job_id, str) or "\0" in f"{value}{job_id}":
        raise InvalidInput("This page is no longer there; begin again at the first.", field="cursor")
    return value, job_id
