"""Reads the user's projects for pages, each with the state of its newest render."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.projects import listing as projects
from flatrender.renders import listing as jobs
from flatrender.renders.states import LIVE, JobState
from flatrender.ui.state.cards import Choice, ProjectCard, shape

Json = Mapping[str, Any]
NARROWEST = 1.0  # a card has room for its name and menu; a higher film stands in the middle of it


@dataclass(frozen=True)
class Found:
    """Projects as asked for. `total` of these; `active` and `archived` of all with these words and template."""

    cards: list[ProjectCard] = field(default_factory=list)
    total: int = 0
    active: int = 0
    archived: int = 0


def recent(session: Session, user: Principal, limit: int) -> list[ProjectCard]:
    """The user's projects, the last edited first."""
    return cards(session, user, projects.browse(session, user, limit=limit)["items"])


def browse(session: Session, user: Principal, *, query: str, state: str, template: str, sort: str, limit: int) -> Found:
    """The user's projects as asked for."""
    found = projects.browse(
        session, user, query=query, state=state, template_id=template or None, sort=sort, limit=limit
    )
    counts = found["counts"]
    return Found(cards(session, user, found["items"]), found["total"], counts["active"], counts["archived"])


def templates(session: Session, user: Principal, language: str) -> list[Choice]:
    """The templates to narrow the list by."""
    used = projects.templates_used(session, user)
    return [Choice(row["id"], (row["name_fa"] if language == "fa" else "") or row["name"]) for row in used]


def cards(session: Session, user: Principal, items: Sequence[Json]) -> list[ProjectCard]:
    """Projects of a list as cards."""
    newest = jobs.newest(session, user, [item["id"] for item in items])
    return [_card(item, newest.get(item["id"])) for item in items]


def _card(item: Json, job: Json | None) -> ProjectCard:
    width, height = item["size"]
    state = state_of(job["state"]) if job else ""
    cover = item["cover"] or ""
    return ProjectCard(
        id=item["id"],
        name=item["name"],
        template=item["template"] or "",
        ratio=max(width / height, NARROWEST) if height else 16 / 9,
        duration=float(item["duration"]),
        scenes=int(item["scenes"]),
        poster=cover,
        preview=f"/api/v1/renders/{job['id']}/download" if job and state == "ready" else "",
        color=item["dominant_color"] or "",
        edited=item["updated_at"],
        shape=shape(width, height),
        pictures=[cover, *item["pictures"][1:]] if cover else [],
        state=state,
        percent=round(100 * job["progress"]) if job else 0,
        job=job["id"] if job else "",
    )


def state_of(state: str) -> str:
    """A job's state in the words of a card: queued, rendering, ready, failed, or nothing for a cancelled one."""
    if state == JobState.RENDERING:
        return "rendering"
    if state in LIVE:
        return "queued"
    return {JobState.COMPLETED: "ready", JobState.FAILED: "failed"}.get(JobState(state), "")
