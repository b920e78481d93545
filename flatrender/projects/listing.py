"""The list of a person's projects: words, state, template, order, page by page."""

import re
from functools import cache
from typing import Any

from sqlalchemy import String, bindparam, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.access.permissions import Principal
from flatrender.core.errors import InvalidInput
from flatrender.core.ready import Ready
from flatrender.projects import service, summaries
from flatrender.projects.models import Line, Project, ProjectState
from flatrender.templates.models import Template

Json = dict[str, Any]
SORTS = ("recent", "name", "created")
MOST_WORDS = 8
_ESCAPED = re.compile("[/%_]")
_LINE: Any = [getattr(Project, name) for name in Line._fields]
_ORDERS: dict[str, Any] = {
    "recent": col(Project.updated_at).desc(),
    "name": func.lower(col(Project.name)),
    "created": col(Project.created_at).desc(),
}


def browse(
    session: Session,
    principal: Principal,
    *,
    query: str = "",
    state: str = ProjectState.ACTIVE,
    template_id: str | None = None,
    sort: str = "recent",
    limit: int = 60,
    offset: int = 0,
) -> Json:
    """The person's own projects: `{"items", "total", "counts": {state: number}}`. Every word of `query` must occur in
    the name; the counts are of what else was asked for, whatever the state."""
    if sort not in SORTS:
        raise InvalidInput(f"Sort by {', '.join(SORTS)}.", field="sort")
    if state not in [*ProjectState, "all"]:
        raise InvalidInput("A state is active, archived or all.", field="state")
    words = query.casefold().split()[:MOST_WORDS]
    numbers, page = _asked(len(words), bool(template_id), state != "all", sort)
    values = {"user": principal.user_id, "template": template_id} if template_id else {"user": principal.user_id}
    values |= {f"word{place}": _ESCAPED.sub(r"/\g<0>", word) for place, word in enumerate(words)}
    counts = dict.fromkeys(map(str, ProjectState), 0) | dict(numbers.rows(session, **values))
    of_state = {"state": state} if state != "all" else {}
    rows = [Line(*found) for found in page.rows(session, **values, **of_state, most=limit, skipped=offset)]
    known = {key: service.definition_of(session, key) for key in {row.template_id for row in rows}}
    said = summaries.of_rows(session, rows)
    return {
        # One that was deleted meanwhile has no document any more.
        "items": [service.to_dict(row, known[row.template_id], said[row.id]) for row in rows if row.id in said],
        "total": sum(counts.values()) if state == "all" else counts[state],
        "counts": counts,
    }


def templates_used(session: Session, principal: Principal) -> list[Json]:
    """The templates that the person's projects were made from, by name: `[{"id", "name", "name_fa", "projects"}]`."""
    rows = session.execute(
        select(Template.id, Template.name, Template.name_fa, func.count(col(Project.id)))
        .join(Project, col(Project.template_id) == col(Template.id))
        .where(col(Project.user_id) == principal.user_id)
        .group_by(col(Template.id), col(Template.name), col(Template.name_fa))
        .order_by(func.lower(col(Template.name)), col(Template.id))
    )
    return [{"id": key, "name": name, "name_fa": name_fa, "projects": count} for key, name, name_fa, count in rows]


@cache
def _asked(words: int, of_template: bool, of_state: bool, sort: str) -> tuple[Ready, Ready]:
    """How many projects there are of each state, and a page of them."""
    wanted = [col(Project.user_id) == bindparam("user")]
    wanted += [
        col(Project.name).icontains(bindparam(f"word{place}", type_=String()), escape="/") for place in range(words)
    ]
    if of_template:
        wanted.append(col(Project.template_id) == bindparam("template"))
    numbers = sa_select(col(Project.state), func.count()).where(*wanted).group_by(col(Project.state))
    if of_state:
        wanted.append(col(Project.state) == bindparam("state"))
    page = sa_select(*map(col, _LINE)).where(*wanted).order_by(_ORDERS[sort], col(Project.id).desc())
    return Ready(numbers), Ready(page.limit(bindparam("most")).offset(bindparam("skipped")))
