"""The film is what the preview showed: a film of every kind of track and transition, beside the stage at rest, each
transition at a quarter, its half and three quarters; and its tracks are as loud as they were set."""

import io
import itertools
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from flatrender.film import read
from flatrender.film.probe import probe
from tests.deadline import until
from tests.e2e.catalogue import clips, project_of
from tests.e2e.conftest import NewPage
from tests.e2e.timeline_pages import Timeline, edit, ready, send, upload
from tests.film.conftest import make_tone
from tests.media.films import Films
from tests.similarity import luma, ssim

LIKE = 0.97  # the film is coded with loss
PATCHES, COLOR_APART = (32, 18), 20  # the frame as so many patches: how far their colours may be off, of 255
COMPARED = (640, 360)  # the stage is smaller than the film: what two ways of scaling differ in is not asked for
SCENE = 50  # frames of each: the film ends with its tracks
SEED, FRAMES = 7, 10
HERTZ = 48_000
TONES = {"music": (600, 0.5), "voice": (1_500, 0.8), "sfx": (3_600, 1.3)}  # how high, and how loud its track is set
OWN_SOUND = 440, 0.6  # of the films, see Films.plain: how high, and how loud their track is set
LOUD = 0.2
WITHIN_DB = 0.5
# All in one moment: what lies on the way is not drawn.
PRESS = """([seconds, frames]) => {
  const press = (shiftKey) => {
    const event = { key: "ArrowRight", code: "ArrowRight", shiftKey, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new KeyboardEvent("keydown", event));
  };
  for (let number = 0; number < seconds; number++) press(true);
  for (let number = 0; number < frames; number++) press(false);
}"""
# Texts in sight that the film's own picture does not stand in for yet.
BROWSERS_OWN = '.stage-layer[style*="visibility: visible"] .stage-box:has(.stage-text):not(.drawn)'


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


def _crowded(api: httpx.Client, project: str, video: str, picture: str, tones: dict[str, str]) -> None:
    """Scenes, films, pictures, a text and sounds, with each transition once and with fades."""
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
    # A dip colours pictures and letters alone, not what they leave empty of their places.
    middle = {"x": 0.34, "y": 0.1, "width": 0.2, "height": 0.7, "rotation": 0}
    whole = {"mode": "contain", "focus": [0.5, 0.5], "crop": [0, 0, 0, 0]}
    style = {"size": 90, "color": "#ffffff"}
    dipped = {
        "image": {"media": picture, "place": middle, "fit": whole, "opacity": 0.8},
        "text": {"text": "Hello, سلام", "style": style},
    }
    for kind, clip in dipped.items():
        ops.append({"op": "add_track", "track": {"id": f"dip-{kind}", "kind": kind}})
        for number in range(2):
            more = {"id": f"dip-{kind}{number}", "duration": 45, "fade_out": 10 * number}
            ops.append({"op": "insert_clip", "track": f"dip-{kind}", "at": 20 + 45 * number, "clip": clip | more})
        ops.append({"op": "set_transition", "after": f"dip-{kind}0", "transition": _transition(f"dip-{kind}")})
    ops.append({"op": "set_track", "track": "video", "field": "volume", "value": OWN_SOUND[1]})
    for kind, media in tones.items():
        ops.append({"op": "add_track", "track": {"id": f"{kind}s", "kind": kind}})
        ops.append({"op": "set_track", "track": f"{kind}s", "field": "volume", "value": TONES[kind][1]})
        clip = {"id": f"{kind}0", "media": media, "duration": 100}
        ops.append({"op": "insert_clip", "track": f"{kind}s", "at": 0, "clip": clip})
    edit(api, project, ops)


def _transition(kind: str) -> dict[str, Any]:
    made: dict[str, Any] = {"id": f"{kind}-joint", "kind": kind.split("-")[0], "duration": 20}
    return made | ({"params": {"color": "#c0186f"}} if "-" in kind else {})


class Seen:
    """What is compared of a picture: its luma, and the mean colours of its patches."""

    def __init__(self, picture: Image.Image) -> None:
        self.luma = luma(picture, COMPARED)
        self.colors = np.asarray(picture.convert("RGB").resize(PATCHES, Image.Resampling.BOX), np.int16)


def _seen(film: Path, wanted: set[int]) -> dict[int, Seen]:
    """Frames of a film, which is read once."""
    first, info = min(wanted), probe(film)
    size = info.width, info.height
    found = enumerate(read.frames(film, first=first, count=max(wanted) + 1 - first, info=info), first)
    return {number: Seen(Image.frombytes("RGBA", size, pixels)) for number, pixels in found if number in wanted}


class Beside:
    """The stage beside a frame of the film, and what was found when it was last looked at."""

    def __init__(self, editor: Timeline, wanted: Seen) -> None:
        self._editor, self._wanted = editor, wanted
        self.likeness, self.apart = 0.0, 255

    def alike(self) -> bool:
        shown = Seen(Image.open(io.BytesIO(self._editor.picture())))
        self.likeness = ssim(shown.luma, self._wanted.luma)
        self.apart = int(np.abs(shown.colors - self._wanted.colors).max())
        return self.likeness >= LIKE and self.apart <= COLOR_APART


def _joints(kept: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """The transitions by their tracks and clips: the frames from the first one to the one after the last."""
    found: dict[str, tuple[int, int]] = {}
    for _, clips_there in itertools.groupby(kept["layout"], key=lambda one: one["track"]):
        for one, other in itertools.pairwise(clips_there):
            if other["start"] < one["end"]:
                found[f"{one['clip']} to {other['clip']}"] = other["start"], one["end"]
    return found


def _loudness(film: Path, first: int, count: int, rate: float) -> dict[int, float]:
    """How loud each of the tones is in frames of the film, in decibels."""
    begin, samples = round(first / rate * HERTZ), round(count / rate * HERTZ)
    heard = np.frombuffer(read.sound(film), "<f4").reshape(-1, 2)[begin : begin + samples, 0].astype(np.float64)
    window = np.hanning(len(heard))
    place = np.arange(len(heard)) / HERTZ
    pitches = [hertz for hertz, _ in (*TONES.values(), OWN_SOUND)]
    size = {
        hertz: abs((heard * window * np.exp(-2j * np.pi * hertz * place)).sum()) * 2 / window.sum() for hertz in pitches
    }
    return {hertz: float(20 * np.log10(value)) for hertz, value in size.items()}


def _seek(editor: Timeline, frame: int, second: int) -> None:
    """Goes on to a later frame, by seconds and then by frames."""
    way = frame - int(editor.ruler.get_attribute("aria-valuenow") or 0)
    editor.page.evaluate(PRESS, [way // second, way % second])
    expect(editor.ruler).to_have_attribute("aria-valuenow", str(frame))


def test_the_film_shows_what_the_stage_shows(new_page: NewPage, api: httpx.Client, photo: Path, tmp_path: Path) -> None:
    found = api.get("/api/v1/templates", params={"q": "Hear the room"}).json()["items"]
    template = next(item for item in found if item["name"] == "Hear the room")
    project = project_of(api, template["id"], "As it was shown")
    video, picture = ready(api, send(api, Films(tmp_path).plain)), ready(api, upload(api, photo))
    sounds = {
        kind: make_tone(tmp_path / f"{kind}.wav", 5, level=LOUD, hertz=hertz) for kind, (hertz, _) in TONES.items()
    }
    tones = {kind: ready(api, upload(api, file)) for kind, file in sounds.items()}
    _crowded(api, project, video, picture, tones)

    page = new_page(admin=True, width=1920, height=1200)
    editor = Timeline(page)
    editor.open(project)
    render = editor.render()
    render.watch()
    film = render.download(tmp_path)
    busy = {"status": 503, "content_type": "application/problem+json", "body": '{"code": "busy"}'}
    page.route("**/text-picture", lambda route: route.fulfill(**busy))
    with page.expect_response("**/text-picture"):
        editor.open(project)  # the dialog is gone
    page.unroute("**/text-picture")  # texts that were refused are asked for again
    kept = api.get(f"/api/v1/projects/{project}").json()
    page.keyboard.press("Home")
    length, rate = kept["duration"], kept["document"]["rate"]
    joints = _joints(kept)
    assert len(joints) == 6, joints
    moments = {first + round(share * (end - first)) for first, end in joints.values() for share in (0.25, 0.5, 0.75)}
    moments |= set(random.Random(SEED).sample(range(length), FRAMES))
    in_film = _seen(film, moments)
    for frame in sorted(moments):
        _seek(editor, frame, round(rate[0] / rate[1]))
        page.mouse.move(0, 0)
        expect(page.locator(BROWSERS_OWN)).to_have_count(0)

        beside, found = Beside(editor, in_film[frame]), False
        with suppress(AssertionError):
            found = until(beside.alike, 30)
        assert found, f"frame {frame}: {beside.likeness:.3f} like the film, colours {beside.apart} apart"

    # While nothing of them fades: the first film from its twelfth frame to the wipe, the sounds all the time.
    heard = _loudness(film, 24, 12, rate[0] / rate[1])
    wanted = {hertz: LOUD * volume for hertz, volume in TONES.values()} | {OWN_SOUND[0]: 0.5 * OWN_SOUND[1]}
    for hertz, level in wanted.items():
        assert heard[hertz] == pytest.approx(20 * np.log10(level), abs=WITHIN_DB), f"the tone of {hertz} Hz"
