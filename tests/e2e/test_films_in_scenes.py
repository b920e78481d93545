"""Films in a template's layers: the stage shows what the server draws, standing and running by.

The scene is smaller than the stage, so that neither side scales its films down: each has its own steps for that.
"""

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from py_aep import ImportOptions

from flatrender.aftereffects.inline import InlineClient
from flatrender.aftereffects.project import open_project
from tests.aftereffects.authored import Author
from tests.deadline import until
from tests.e2e.catalogue import packed, project_of, published
from tests.e2e.conftest import NewPage
from tests.e2e.timeline_pages import Timeline
from tests.media.films import Films
from tests.similarity import luma, ssim

ALIKE = 0.999
CANVAS = ".stage-canvas"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A scene in which a film is seen stretched, and twice within a nested composition at other times."""
    author, film = Author(), Films(tmp_path).plain
    scene = author.comp("Intro", (320, 180), 3.0, 25.0)
    item = author.project.import_file(ImportOptions(film))
    inner = author.comp("Inner", (320, 180), 3.0, 25.0)
    inner.add(item)
    for number, place in enumerate(([80, 45, 0], [240, 135, 0])):
        layer = scene.add(inner)
        layer.transform["ADBE Position"].value = place
        layer.start_time = -0.4 * number
    slow = scene.add(item)
    slow.stretch = 150
    slow.transform["ADBE Position"].value = [240, 45, 0]
    slow.transform["ADBE Rotate Z"].value = 8.0
    title = author.text(scene, "frl_title", "Films")
    title["ADBE Text Properties"]["ADBE Text Document"].value.font = "Inter-Bold"
    author.comp("flatrender", (320, 180), 3.0, 25.0).add(scene)
    project = author.save(tmp_path / "films.aep")
    return packed(tmp_path / "films.zip", {"films.aep": project, film.name: film})


@pytest.fixture
def client() -> Iterator[InlineClient]:
    made = InlineClient()
    yield made
    made.close()


def shown(page: Page) -> bytes:
    """The canvas as PNG."""
    address = page.eval_on_selector(CANVAS, "canvas => canvas.toDataURL('image/png')")
    return base64.b64decode(str(address).partition(",")[2])


def test_the_stage_shows_films_as_the_server_draws_them(
    new_page: NewPage, api: httpx.Client, template: Path, client: InlineClient
) -> None:
    project = project_of(api, published(api, template), "With a film")
    page = new_page(admin=True)
    editor = Timeline(page)
    editor.open(project)
    canvas = page.locator(CANVAS)
    scene = next(one for one in open_project(template).graph.compositions.values() if one.name == "Intro")
    width = int(canvas.evaluate("canvas => canvas.width"))
    page.keyboard.press("Home")
    for step, frame in enumerate((0, 1, 25, 51)):
        if step:
            editor.seek(frame)
        expect(canvas).to_have_attribute("data-whole", str(frame), timeout=20_000)
        drawn = client.snapshot(template, scene.id, [frame], {}, width=width, background="#000000")
        likeness = ssim(luma(shown(page)), luma(drawn[0]))
        assert likeness >= ALIKE, f"frame {frame}: {likeness:.5f}"
    page.keyboard.press("Home")
    with page.expect_response(lambda answer: "/sound" in answer.url) as sounding:
        page.keyboard.press("Space")
    assert sounding.value.header_value("content-type") == "audio/mp4", "its films' tone"
    until(lambda: int(canvas.get_attribute("data-whole") or 0) > 25, 20, "the film running by")
