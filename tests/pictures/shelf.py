"""What stands in the pictures: projects of the demo templates, a film, a render under way, files."""

from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.deadline import until
from tests.e2e.catalogue import project_of
from tests.media.files import picture, tone

FILM_WITHIN = 600.0
# Names as customers give them, and the demo that each is made of (a part of its English name).
PROJECTS = (
    ("Northway, lower thirds", "lower third"),
    ("Big quote, Havn", "quote"),
    ("نوروز مبارک", "nowruz"),
    ("Aurel 2 launch, story", "story"),
    ("شب‌های کویر، تیزر", "festival"),
    ("Aurel 2 launch, Nordic", "hear the room"),
)


@dataclass(frozen=True)
class Shelf:
    """Ids of what was made: the project that is shown in the studio, a template, a finished job."""

    project: str
    template: str
    job: str


def fill(api: httpx.Client, folder: Path) -> Shelf:
    """Makes it all, once for a data folder: a second call finds what the first has made."""
    templates = api.get("/api/v1/templates", params={"limit": 100}).json()["items"]
    named = {item["name"].lower(): item["id"] for item in templates}
    there = {item["name"]: item["id"] for item in api.get("/api/v1/projects", params={"limit": 200}).json()["items"]}
    projects = {name: there.get(name) or project_of(api, _of(named, part), name) for name, part in PROJECTS}
    if not api.get("/api/v1/media").json()["items"]:
        files = (picture(folder / "dunes.png", (1280, 720)), tone(folder / "voice.wav", seconds=4))
        for file in files:
            answer = api.post("/api/v1/media", files={"file": (file.name, file.read_bytes())})
            assert answer.status_code == 201, answer.text
    first = projects[PROJECTS[0][0]]
    done = api.get("/api/v1/renders", params={"project": first, "state": "COMPLETED"}).json()["items"]
    job = done[0]["id"] if done else _film(api, first)
    shown = PROJECTS[4]
    return Shelf(projects[shown[0]], _of(named, shown[1]), job)


def keep_rendering(api: httpx.Client, shelf: Shelf) -> str:
    """Sends a film whose render can be watched; the job's id."""
    sent = api.post("/api/v1/renders", json={"project_id": shelf.project, "exports": [{"format": "prores"}]})
    assert sent.status_code == 201, sent.text
    return str(sent.json()["id"])


def _film(api: httpx.Client, project: str) -> str:
    job = str(api.post("/api/v1/renders", json={"project_id": project}).json()["id"])
    until(lambda: api.get(f"/api/v1/renders/{job}").json()["state"] == "COMPLETED", FILM_WITHIN, "the first film")
    return job


def _of(named: dict[str, str], part: str) -> str:
    return next(key for name, key in sorted(named.items()) if part in name)
