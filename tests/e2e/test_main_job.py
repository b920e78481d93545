"""The main job: a person signs in, picks a template, changes a text, renders, and downloads a film that is right."""

import io
import re
import sys
import zipfile
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image, ImageColor, ImageDraw
from playwright.sync_api import Page

from flatrender.core import process
from flatrender.film import read
from flatrender.film.probe import probe
from flatrender.templates.demos import lower_third
from flatrender.templates.demos.lower_third import PLATE
from tests.deadline import until
from tests.e2e.pages import Designer, Gallery, SignIn
from tests.e2e.running import Studio
from tests.similarity import luma, ssim


def test_a_demo_template_becomes_a_film(
    page: Page, studio: Studio, api: httpx.Client, project_file: Path, tmp_path: Path
) -> None:
    SignIn(page).enter(studio.email, studio.password)
    editor = Gallery(page).open().use("Clean lower third")
    before = editor.picture()
    editor.type(editor.field("name").locator("textarea"), "Sara Mohammadi")
    editor.changed_from(before)

    editor.saved()
    render = editor.render()
    job_id = render.job_id
    shown = render.watch()
    assert shown
    assert shown == sorted(shown), f"the progress went back: {shown}"
    downloaded = render.download(tmp_path)
    film = probe(downloaded)

    job = api.get(f"/api/v1/renders/{job_id}").json()
    assert job["state"] == "COMPLETED"
    project = api.get(f"/api/v1/projects/{editor.project_id}").json()
    width, height = project["document"]["size"]
    assert (film.video_codec, film.width, film.height) == ("h264", width, height)
    assert (film.frames, round(film.duration)) == (180, 6)
    edited = luma(_snapshot(project_file, FRAME, {"name": "Sara Mohammadi"}, tmp_path / "frames"))
    assert ssim(edited, luma(read.picture(downloaded, FRAME)), background=GREY) >= 0.95, "the words are in the film"


PERSIAN = "مدیر هنری استودیو شمال"
COLOR = "#0b5f6b"
FRAME = 84


@pytest.fixture
def project_file(tmp_path: Path) -> Path:
    """A designer's bundle: one of our own After Effects projects under another name."""
    folder = lower_third.TEMPLATE.build(tmp_path / "bundle")
    bundle = tmp_path / "Evening news.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = "Evening news.aep" if path.suffix == ".aep" else path.relative_to(folder).as_posix()
            archive.write(path, name)
    return bundle


# The plate behind the lower third, as the luma of a film's frame.
GREY = float(Image.new("RGB", (1, 1), PLATE).convert("L").getpixel((0, 0)))


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    """A picture that no template holds: rings of green and white."""
    path = tmp_path / "rings.png"
    image = Image.new("RGB", (600, 600), "#ffffff")
    draw = ImageDraw.Draw(image)
    for number, radius in enumerate(range(300, 0, -50)):
        draw.ellipse((300 - radius, 300 - radius, 300 + radius, 300 + radius), "#12813f" if number % 2 else "#ffffff")
    image.save(path)
    return path


def _shows(page: Page, color: str) -> bool:
    """Whether the stage shows a patch of this colour."""
    frame = Image.open(io.BytesIO(page.locator(".stage-frame").screenshot())).convert("RGB")
    apart = np.abs(np.asarray(frame, np.int16) - ImageColor.getrgb(color)).max(axis=2)
    return int((apart < 12).sum()) > 50


def _snapshot(bundle: Path, frame: int, values: dict[str, str], out: Path) -> bytes:
    words = [sys.executable, "-m", "flatrender", "snapshot", str(bundle), "--comp", "frfinal", "--frame", str(frame)]
    words += [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    words += ["--background", PLATE, "--out", str(out)]
    done = process.run(words, limits=process.Limits(wall_seconds=120))
    assert done.returncode == 0, done.stderr.decode()
    return (out / f"{frame:06}.png").read_bytes()


def test_an_uploaded_project_becomes_a_film(
    page: Page, studio: Studio, project_file: Path, picture_file: Path, tmp_path: Path
) -> None:
    SignIn(page).enter(studio.email, studio.password)
    designer = Designer(page).upload(project_file)
    designer.publish()
    editor = designer.use()

    before = editor.picture()
    editor.type(editor.field("name").locator("textarea"), "Sara Mohammadi")
    before = editor.changed_from(before)
    editor.type(editor.field("role").locator("textarea"), PERSIAN)
    before = editor.changed_from(before)
    editor.choose_image(editor.field("logo"), picture_file)
    before = editor.changed_from(before)
    until(lambda: _shows(page, "#12813f"), 10, "the chosen picture on the stage")
    editor.choose_color(re.compile("primary", re.IGNORECASE), COLOR)
    editor.changed_from(before)
    editor.saved()

    render = editor.render()
    shown = render.watch()
    assert len(shown) > 2, f"the progress was live: {shown}"
    film = render.download(tmp_path)
    assert (probe(film).width, probe(film).height, probe(film).frames) == (1920, 1080, 180)

    values = {"name": "Sara Mohammadi", "role": PERSIAN, "logo": str(picture_file), "primary": COLOR}
    wanted = luma(_snapshot(project_file, FRAME, values, tmp_path / "frames"))
    shown_in_film = luma(read.picture(film, FRAME))
    assert ssim(wanted, shown_in_film) >= 0.98
    assert ssim(wanted, shown_in_film, background=GREY) >= 0.95
    untouched = luma(_snapshot(project_file, FRAME, {}, tmp_path / "untouched"))
    assert ssim(untouched, shown_in_film, background=GREY) < 0.9, "the comparison tells an edit from none"
