"""Small templates in the running studio: half a second of 320 × 180 a scene, so that a film takes seconds."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.templates.projects import author


def packed(file: Path, inside: Mapping[str, Path | str]) -> Path:
    """A .zip of files and texts."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, source in inside.items():
            archive.writestr(name, source if isinstance(source, str) else source.read_bytes())
    return file


def bundle(name: str, folder: Path, *, called: str | None = None) -> Path:
    """One of the projects of `tests/templates/projects.py` as a .zip with its pictures and fonts."""
    project = author(name, folder)
    files = sorted(path for path in project.parent.rglob("*") if path.is_file())
    inside = {path.relative_to(project.parent).as_posix(): path for path in files}
    return packed(folder / f"{called or name}.zip", inside)


def draft(api: httpx.Client, file: Path) -> str:
    """Uploads a template; its id."""
    with file.open("rb") as stream:
        answer = api.post("/api/v1/templates", files={"file": (file.name, stream)}, timeout=60)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def published(api: httpx.Client, file: Path) -> str:
    """Uploads a template and publishes it; its id."""
    made = draft(api, file)
    answer = api.post(f"/api/v1/templates/{made}/publish")
    assert answer.status_code == 200, answer.text
    return made


def project_of(api: httpx.Client, template: str, name: str) -> str:
    """A new project of a template; its id."""
    answer = api.post("/api/v1/projects", json={"template_id": template, "name": name})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def document(api: httpx.Client, project: str) -> dict[str, Any]:
    """The project's document as it is stored."""
    found: dict[str, Any] = api.get(f"/api/v1/projects/{project}").json()["document"]
    return found


def clips(api: httpx.Client, project: str) -> list[dict[str, Any]]:
    """The scenes of a project in the film's order."""
    [track] = [track for track in document(api, project)["tracks"] if track["kind"] == "scene"]
    return [item for item in track["items"] if item["type"] == "clip"]
