"""Reads the user's projects for pages, each with the state of its newest render."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.projects import listing as projects
from flatrender.renders import listing
from flatrender.renders.listing import JobFilter
from flatrender.renders.states import LIVE, JobState
from flatrender.ui.state.cards import ProjectCard, shape

Json = Mapping[str, Any]
MOST = 200
NARROWEST = 1.0  # a card has room for its name and menu; a higher film stands in the middle of it


def cards(session: Session, user: Principal, *, limit: int = MOST) -> list[ProjectCard]:
    """The user's projects, the last edited first."""
    newest: dict[str, Json] = {}
    for job in listing.browse(session, user, JobFilter(mine=True), limit=MOST)["items"]:
        newest.setdefault(job["project_id"] or "", job)
    found = projects.browse(session, user, limit=limit)["items"]
    return [_card(item, newest.get(item["id"])) for item in found]


def _card(item: Json, job: Json | None) -> ProjectCard:
    width, height = item["size"]
    state = state_of(job["state"]) if job else ""
    pictures = list(item["pictures"])
    return ProjectCard(
        id=item["id"],
        name=item["name"],
        template=item["template"] or "",
        ratio=max(width / height, NARROWEST) if height else 16 / 9,
        duration=float(item["duration"]),
        scenes=int(item["scenes"]),
        poster=pictures[0] if pictures else item["poster"] or "",
        preview=f"/api/v1/renders/{job['id']}/download" if job and state == "ready" else "",
        color=item["dominant_color"] or "",
        edited=item["updated_at"],
        shape=shape(width, height),
        pictures=pictures,
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
