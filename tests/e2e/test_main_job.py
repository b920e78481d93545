"""The main job: a person signs in, picks a template, changes a text, renders, and downloads a film that is right."""

from pathlib import Path

import httpx
from playwright.sync_api import Page

from flatrender.film.probe import probe
from tests.e2e.pages import Gallery, SignIn
from tests.e2e.running import Studio


def test_a_demo_template_becomes_a_film(page: Page, studio: Studio, api: httpx.Client, tmp_path: Path) -> None:
    SignIn(page).enter(studio.email, studio.password)
    editor = Gallery(page).use("Clean lower third")
    before = editor.picture()
    editor.type(editor.text_fields().first, "Sara Mohammadi")
    editor.saved()
    assert editor.picture() != before, "the edit shows in the preview"

    render = editor.render()
    job_id = render.job_id
    shown = render.watch()
    assert shown == sorted(shown), f"the progress went back: {shown}"
    film = probe(render.download(tmp_path))

    job = api.get(f"/api/v1/renders/{job_id}").json()
    assert job["state"] == "COMPLETED"
    project = api.get(f"/api/v1/projects/{editor.project_id}").json()
    width, height = project["document"]["size"]
    assert (film.video_codec, film.width, film.height) == ("h264", width, height)
    assert film.frames > 0
    assert film.duration > 1
