"""The film is what the preview showed: a film of every kind of track and transition, beside the stage at rest."""

import base64
import random
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from flatrender.film import read
from tests.deadline import until
from tests.e2e.catalogue import clips, project_of
from tests.e2e.conftest import NewPage
from tests.e2e.timeline_pages import Timeline, edit, upload
from tests.media.films import Films
from tests.similarity import luma, ssim

LIKE = 0.97  # the film is coded with loss
COMPARED = (640, 360)  # the stage is smaller than the film: what two ways of scaling differ in is not asked for
SCENE = 60  # frames of each
SEED, FRAMES = 7, 10


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture that is not of the film's shape."""
    path = tmp_path / "rings.png"
    image = Image.new("RGB", (800, 800), "#f4efe6")
    draw = ImageDraw.Draw(image)
    for number, radius in enumerate(range(380, 20, -60)):
        draw.ellipse((400 - radius, 400 - radius, 400 + radius, 400 + radius), ("#12813f", "#f4efe6")[number % 2])
    image.save(path)
    return path


def _sent(api: httpx.Client, film: Path) -> str:
    """Uploads a film as pages do: its id."""
    data = film.read_bytes()
    name = base64.b64encode(film.name.encode()).decode()
    tus = {"Tus-Resumable": "1.0.0"}
    more = {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {name}"}
    url = api.post("/api/v1/media/uploads", headers=tus | more).headers["location"]
    piece = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    return str(api.patch(url, content=data, headers=tus | piece).headers["upload-media"])


def _ready(api: httpx.Client, media: str) -> str:
    until(lambda: api.get(f"/api/v1/media/{media}").json()["state"] == "ready", 60, "the file's ingest")
    return media


def _crowded(api: httpx.Client, project: str, video: str, picture: str) -> None:
    """Scenes, films, pictures and a text, with each transition once and with fades."""
    ops: list[dict[str, Any]] = []
    scenes = clips(api, project)
    for scene in scenes:
        ops.append({"op": "set_duration", "clip": scene["id"], "duration": SCENE})
    for scene, kind in zip(scenes, ("crossfade", "dip"), strict=False):
        ops.append({"op": "set_transition", "after": scene["id"], "transition": _transition(kind)})
    corner = {"x": 0.56, "y": 0.06, "width": 0.38, "height": 0.38, "rotation": 4}
    side = {"x": 0.05, "y": 0.5, "width": 0.25, "height": 0.44, "rotation": 0}
    for kind, media, place, turn in (("video", video, corner, "wipe"), ("image", picture, side, "slide")):
        ops.append({"op": "add_track", "track": {"id": kind, "kind": kind}})
        for number in range(2):
            clip = {"id": f"{kind}{number}", "media": media, "duration": 50, "place": place, "fade_in": 12}
            if number and kind == "image":
                clip |= {"opacity": 0.6, "fit": {"mode": "contain", "focus": [0.5, 0.5], "crop": [0.1, 0, 0.3, 0]}}
            ops.append({"op": "insert_clip", "track": kind, "at": 10 + 50 * number, "clip": clip})
        ops.append({"op": "set_transition", "after": f"{kind}0", "transition": _transition(turn)})
    ops.append({"op": "add_track", "track": {"id": "words", "kind": "text"}})
    style = {"size": 90, "color": "#ffffff", "background": "#1d2a5b"}
    words = {"id": "said", "text": "Hello, سلام", "duration": 90, "style": style, "fade_out": 20}
    ops.append({"op": "insert_clip", "track": "words", "at": 30, "clip": words})
    edit(api, project, ops)


def _transition(kind: str) -> dict[str, Any]:
    return {"id": f"{kind}1", "kind": kind, "duration": 20}


def _seek(editor: Timeline, frame: int, second: int) -> None:
    """Goes on to a later frame, by seconds and then by frames."""
    way = frame - int(editor.ruler.get_attribute("aria-valuenow") or 0)
    for key, times in (("Shift+ArrowRight", way // second), ("ArrowRight", way % second)):
        for _ in range(times):
            editor.page.keyboard.press(key)
    expect(editor.ruler).to_have_attribute("aria-valuenow", str(frame))


def test_the_film_shows_what_the_stage_shows(new_page: NewPage, api: httpx.Client, photo: Path, tmp_path: Path) -> None:
    found = api.get("/api/v1/templates", params={"q": "Hear the room"}).json()["items"]
    template = next(item for item in found if item["name"] == "Hear the room")
    project = project_of(api, template["id"], "As it was shown")
    _crowded(api, project, _ready(api, _sent(api, Films(tmp_path).plain)), _ready(api, upload(api, photo)))

    page = new_page(admin=True, width=1920, height=1200)
    editor = Timeline(page)
    editor.open(project)
    render = editor.render()
    render.watch()
    film = render.download(tmp_path)
    editor.open(project)  # the dialog is gone
    kept = api.get(f"/api/v1/projects/{project}").json()
    page.keyboard.press("Home")
    length, rate = kept["duration"], kept["document"]["rate"]
    for frame in sorted(random.Random(SEED).sample(range(length), FRAMES)):
        _seek(editor, frame, round(rate[0] / rate[1]))
        page.mouse.move(0, 0)

        def likeness(frame: int = frame) -> float:
            return ssim(luma(editor.picture(), COMPARED), luma(read.picture(film, frame), COMPARED))

        until(lambda: likeness() >= LIKE, 30, f"the stage like frame {frame} of the film")
