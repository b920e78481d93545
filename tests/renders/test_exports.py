"""A project that uses every kind of track, rendered to several files at once: each as it was wanted."""

import wave
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlmodel import select

from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.errors import InvalidInput
from flatrender.core.storage import get_storage
from flatrender.farm.models import TaskLog
from flatrender.film import read
from flatrender.film.probe import probe
from flatrender.media.models import Media, MediaState
from flatrender.renders import service
from flatrender.renders.wishes import ExportWish, Wish, wish
from tests.film.conftest import make_film, make_tone, plain
from tests.renders.conftest import DESIGNER, FRAMES, SIZE, Renderer

LENGTH = 3 * FRAMES


def keep(renderer: Renderer, name: str, path: Path, kind: str) -> str:
    """A file of the person's, as the ingest leaves it."""
    key = f"media/test/{name}{path.suffix}"
    get_storage().put_file(path, key)
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        row = Media(
            tenant_id=DEFAULT_TENANT,
            user_id=DESIGNER.user_id,
            kind=kind,
            name=path.name,
            sha256=name.ljust(64, "0"),
            size=path.stat().st_size,
            key=key,
            content_type="application/octet-stream",
            state=MediaState.READY,
        )
        session.add(row)
        session.flush()
        return row.id


@pytest.fixture
def every_track(renderer: Renderer, tmp_path: Path) -> Renderer:
    """Scenes joined by a dip and a cut; a film, a picture and a Persian text over them; music and a voice."""
    size = (160, 90)
    film = make_film(tmp_path / "red.mp4", [plain(220, 20, 30, width=size[0], height=size[1])] * 40, format="mp4")
    Image.new("RGBA", (20, 20), (0, 200, 0, 255)).save(tmp_path / "green.png")
    files = {
        "video": keep(renderer, "video", film, "video"),
        "image": keep(renderer, "image", tmp_path / "green.png", "image"),
        "music": keep(renderer, "music", make_tone(tmp_path / "m.wav", 5, level=0.4, hertz=500), "audio"),
        "voice": keep(renderer, "voice", make_tone(tmp_path / "v.wav", 5, level=0.4, hertz=2000), "audio"),
    }

    def edit(document: dict[str, Any]) -> None:
        rate = document["rate"]
        assert rate[1] == 1
        items = document["tracks"][0]["items"]
        items.insert(1, {"type": "transition", "id": "t", "kind": "dip", "duration": 4, "params": {"color": "#ffffff"}})
        corner = {"x": 0.5, "y": 0.5, "width": 0.5, "height": 0.5, "rotation": 0}
        document["tracks"] = [
            document["tracks"][0],
            _track("video", {"type": "gap", "id": "g", "duration": 2}, _clip(files["video"], 8, place=corner)),
            _track("image", _clip(files["image"], LENGTH - 4, place={**corner, "x": 0.0, "width": 0.25})),
            _track(
                "text",
                {
                    **_clip("", 20),
                    "text": "سلام",
                    "style": {"font": "Inter", "size": 300, "color": "#ffff00", "background": "#000080"},
                    "place": {"x": 0, "y": 0, "width": 1, "height": 0.25, "rotation": 0},
                },
            ),
            {**_track("music", _clip(files["music"], None, volume=0.5)), "volume": 0.8},
            {**_track("voice", _clip(files["voice"], LENGTH - 4, volume=1.0)), "volume": 0.25},
        ]
        del document["tracks"][3]["items"][0]["media"]

    renderer.edit(edit)
    return renderer


def _track(kind: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"track-{kind}",
        "kind": kind,
        "items": [{**item, "id": f"{kind}-{n}"} for n, item in enumerate(items)],
    }


def _clip(media: str, duration: int | None, **more: Any) -> dict[str, Any]:
    return {"type": "clip", "media": media, "duration": duration, **more}


def files_of(renderer: Renderer, job_id: str) -> dict[str, service.Download]:
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        exports = service.detail(session, DESIGNER, job_id)["exports"]
        return {each["format"]: service.download(session, DESIGNER, job_id, each["id"]) for each in exports}


def test_every_track_is_in_the_film_and_every_file_is_what_was_wanted(every_track: Renderer) -> None:
    renderer = every_track
    renderer.agent.start()
    wanted = wish([ExportWish("mp4"), ExportWish("gif", "draft"), ExportWish("m4a"), ExportWish("prores")])
    job = renderer.finished(renderer.submit(wanted=wanted), 240)
    assert (job.state, job.error) == ("COMPLETED", None)
    kinds = [task.kind for task in renderer.tasks(job.id)]
    assert kinds == ["validate", *["scene"] * 6, "compose", "compose"], "once opaque, once transparent"
    files = files_of(renderer, job.id)
    assert set(files) == {"mp4", "gif", "m4a", "prores"}
    assert files["mp4"].name == "همایون Teaser 1 2 320x180.mp4"
    assert files["m4a"].content_type == "audio/mp4"
    film = probe(files["mp4"].path)
    assert (film.frames, film.width, film.height, film.audio_codec) == (LENGTH - 4, *SIZE, "aac")
    alpha = probe(files["prores"].path)
    assert (alpha.video_codec, alpha.has_alpha, alpha.frames) == ("prores", True, LENGTH - 4)
    assert probe(files["gif"].path).frames == LENGTH - 4

    shown = np.frombuffer(b"".join(read.frames(files["mp4"].path)), np.uint8).reshape(-1, SIZE[1], SIZE[0], 4)
    blue, yellow = np.array([0, 0, 128]), np.array([255, 255, 0])
    text = shown[10, :45, :, :3].astype(float)
    assert np.abs(text[2, 5] - blue).max() < 12, "the text's ground"
    assert (np.abs(text - yellow).max(axis=2) < 60).sum() > 60, "the text itself"
    assert (np.abs(shown[24, :45, :, :3].astype(float) - yellow).max(axis=2) < 60).sum() == 0, "it is over"
    assert np.abs(shown[5, 130, 240, :3] - np.array([220.0, 20, 30])).max() < 12, "the film in its corner"
    assert np.abs(shown[12, 130, 240, :3] - np.array([220.0, 20, 30])).max() > 12, "for as long as its clip"
    assert np.abs(shown[20, 130, 40, :3] - np.array([0.0, 200, 0])).max() < 12, "the picture"

    samples = np.frombuffer(read.sound(files["mp4"].path), "<f4").reshape(-1, 2)[:, 0]
    rate = float(film.rate)
    part = samples[: int(0.8 * 48_000)]
    spectrum = np.abs(np.fft.rfft(part)) / (len(part) / 2)
    for hertz, level in ((500, 0.4 * 0.5 * 0.8), (2000, 0.4 * 0.25)):
        heard = 20 * np.log10(spectrum[round(hertz * 0.8)])
        assert heard == pytest.approx(20 * np.log10(level), abs=0.5), hertz
    assert len(samples) >= int((LENGTH - 4) / rate * 48_000)

    # Another voice level and another text: nothing is rendered, the film is composed again.
    def louder(document: dict[str, Any]) -> None:
        document["tracks"][5]["volume"] = 0.5
        document["tracks"][3]["items"][0]["text"] = "درود بر همهٔ شما\n\U00012000 " * 9

    renderer.edit(louder)
    again = renderer.finished(renderer.submit(), 120)
    assert [task.kind for task in renderer.tasks(again.id)] == ["validate", "compose"]
    assert again.state == "COMPLETED"
    named = "“درود بر همهٔ شما \U00012000 درود بر همهٔ شما \U00012000 د…”"
    told = [
        f"{named}: no font has \U00012000; their places stay empty.",
        f"{named}: the text is longer than its place; what has no room is cut off.",
    ]
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        cut = ["“سلام”: the text is longer than its place; what has no room is cut off."]
        assert service.detail(session, DESIGNER, job.id)["warnings"] == cut, "the end of its last letter, and once"
        assert service.detail(session, DESIGNER, again.id)["warnings"] == told
        kept = session.exec(select(TaskLog).where(TaskLog.owner_id == again.id, TaskLog.level == "warning")).all()
        assert [line.message for line in kept] == told


def test_a_draft_of_a_range_is_small_short_and_quick(every_track: Renderer) -> None:
    renderer = every_track
    renderer.edit(lambda document: document.update(size=[1280, 720], audio={"loudness": -14}))
    renderer.agent.start()
    job = renderer.finished(renderer.submit(wanted=wish([ExportWish("png"), ExportWish("wav")], (14, 24), True)), 240)
    assert (job.state, job.error) == ("COMPLETED", None)
    assert [task.kind for task in renderer.tasks(job.id)] == ["validate", "scene", "scene", "compose"]
    files = files_of(renderer, job.id)
    with zipfile.ZipFile(files["png"].path) as archive, archive.open("000001.png") as first:
        assert len(archive.namelist()) == 10
        assert Image.open(first).size == (960, 540)
    with wave.open(str(files["wav"].path)) as sound:
        assert sound.getnframes() == round(10 / float(renderer_rate(renderer)) * 48_000)

    # As in the preview: scenes whose track is hidden are not seen, nor rendered.
    renderer.edit(lambda document: document["tracks"][0].update(hidden=True))
    job = renderer.finished(renderer.submit(wanted=wish([ExportWish("png")], (14, 16), True)), 120)
    assert [task.kind for task in renderer.tasks(job.id)] == ["validate", "compose"]
    with zipfile.ZipFile(files_of(renderer, job.id)["png"].path) as archive, archive.open("000001.png") as first:
        picture = Image.open(first).convert("RGBA")
    assert picture.getpixel((700, 400)) == (0, 0, 0, 0)
    assert picture.getpixel((100, 400))[3] == 255, "the picture over them is there"


def renderer_rate(renderer: Renderer) -> float:
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        num, den = service.estimate(session, DESIGNER, renderer.project_id)["rate"]
        return float(num) / float(den)


def test_what_can_be_chosen_is_told_with_sizes_and_times_and_bad_ranges_are_refused(renderer: Renderer) -> None:
    with renderer.database.tenant_session(DEFAULT_TENANT) as session:
        told = service.estimate(session, DESIGNER, renderer.project_id)
    assert told["frames"] == LENGTH
    assert {preset["name"] for preset in told["presets"]} >= {"mp4", "h265", "webm", "gif", "prores", "png", "m4a"}
    assert told["sizes"]["source"] == list(SIZE)
    assert all(preset["bytes"]["source"] > 0 and preset["seconds"]["draft"] > 0 for preset in told["presets"])
    writing = {preset["name"]: preset["seconds"]["source"] for preset in told["presets"]}
    composing = told["composing"]["source"]
    assert writing["mp4"] == composing < told["seconds"], "nothing is rendered: the rest is for that"
    assert writing["gif"] > composing > writing["m4a"], "a GIF is made of the film, a sound is not"
    with pytest.raises(InvalidInput, match=f"The film has {LENGTH} frames"):
        renderer.submit(wanted=Wish(range=(0, LENGTH + 1)))
