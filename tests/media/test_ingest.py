"""Ingest by a real node with real films: what is made of them, what is said of bad ones, what is done once."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlmodel import select

from flatrender.core import bus, db
from flatrender.core.storage import get_storage
from flatrender.farm.models import Task
from flatrender.film import read
from flatrender.film.probe import probe
from flatrender.media import peaks, service, upkeep
from flatrender.media.ingest import produce
from flatrender.media.models import Media
from tests.media.files import picture
from tests.media.test_uploads import _begin, _send


@pytest.fixture
def me(signed_in):
    return signed_in()


@pytest.fixture
def sent(me):
    """`sent(path)` uploads a file in pieces; its id."""

    def send(path: Path, client=me, **more: str) -> str:
        data = path.read_bytes()
        url = _begin(client, len(data), path.name, **more).headers["location"]
        return _send(client, url, 0, data).headers["upload-media"]

    return send


def _media(client, media_id: str):
    answer = client.get(f"/api/v1/media/{media_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_film_gets_all_that_an_editor_needs(me, sent, ingest, films, monkeypatch) -> None:
    told: list[tuple[str, dict]] = []
    monkeypatch.setattr(bus, "publish", lambda topic, payload: told.append((topic, payload)))
    media_id = sent(films.plain)
    assert ingest() == 1
    media = _media(me, media_id)
    assert (media["state"], media["kind"], media["notes"]) == ("ready", "video", [])
    assert (media["width"], media["height"], media["frames"], media["rate"]) == (320, 180, 100, [25, 1])
    assert media["duration"] == pytest.approx(4.0, abs=0.01)
    assert media["has_audio"]
    assert media["play"] == media["proxy"]

    stored = probe(get_storage().local_path(_row(media_id).proxy_key))
    assert (stored.video_codec, stored.audio_codec, stored.frames, stored.variable_rate) == ("h264", "aac", 100, False)
    part = me.get(media["proxy"], headers={"Range": "bytes=100-199"})
    assert (part.status_code, len(part.content), part.headers["content-type"]) == (206, 100, "video/mp4")
    assert me.get(media["url"]).content == films.plain.read_bytes()

    sprite = media["sprite"]
    assert (sprite["width"], sprite["height"], sprite["interval"]) == (160, 90, 0.48)
    sheet = Image.open(io.BytesIO(me.get(sprite["url"]).content))
    assert sheet.size == (sprite["columns"] * 160, sprite["rows"] * 90)
    assert sprite["count"] == 9 == len({_cell(sheet, sprite, k).tobytes() for k in range(9)}), "each shows another time"
    assert Image.open(io.BytesIO(me.get(media["thumbnail"]).content)).size == (320, 180)

    fine = peaks.read(me.get(media["peaks"]["url"], params={"level": 0}).content)
    coarse = peaks.read(me.get(media["peaks"]["url"], params={"level": 1}).content)
    assert (fine.per_second, coarse.per_second) == (100, 10)
    assert len(fine.pairs) == pytest.approx(400, abs=8)
    assert fine.pairs[50:150].max() == pytest.approx(63, abs=4), "half of full scale"
    assert np.abs(fine.pairs[220:380]).max() <= 1, "the second half is silent"
    assert coarse.pairs[5].tolist() == [fine.pairs[50:60, 0].min(), fine.pairs[50:60, 1].max()]

    states = [p["media"]["state"] for topic, p in told if p.get("kind") == "media" and topic.startswith("user:")]
    assert states[0] == "waiting"
    assert states[-1] == "ready"
    assert "working" in states


def test_a_film_with_holes_is_played_itself(me, sent, ingest, films) -> None:
    """Its proxy has none, and the film that is made of it does: the preview would show what the film does not."""
    media_id = sent(films.holed)
    assert ingest() == 1
    media = _media(me, media_id)
    assert (media["state"], media["has_alpha"], media["notes"]) == ("ready", True, [])
    assert media["proxy"] and media["play"] == media["url"]
    assert me.get(media["play"]).headers["content-type"] == "video/webm"
    poster = Image.open(io.BytesIO(me.get(media["thumbnail"]).content)).convert("RGB")
    assert poster.getpixel((48, 18)) == pytest.approx((128, 128, 128), abs=8), "what lies hidden is not shown"


def test_an_intermediate_with_holes_is_seen_through_in_its_proxy(
    me, sent, ingest, films, tmp_path, monkeypatch
) -> None:
    media_id = sent(films.intermediate)
    ingest()
    media = _media(me, media_id)
    assert (media["state"], media["has_alpha"], media["frames"], media["rate"]) == ("ready", True, 5, [10, 1])
    assert media["play"] == media["proxy"], "browsers do not play the film itself"
    assert me.get(media["play"]).headers["content-type"] == "video/webm"
    path = get_storage().local_path(_row(media_id).proxy_key)
    made = probe(path)
    assert (made.frames, made.has_alpha, made.audio_codec) == (5, True, "opus")
    first = np.frombuffer(next(iter(read.frames(path))), np.uint8).reshape(36, 64, 4)
    assert first[18, 16].tolist() == pytest.approx([0, 255, 0, 255], abs=12)
    assert first[18, 48, 3] < 6
    poster = Image.open(io.BytesIO(me.get(media["thumbnail"]).content)).convert("RGB")
    assert poster.getpixel((48, 18)) == pytest.approx((128, 128, 128), abs=8)
    monkeypatch.setattr("flatrender.media.ingest.MAX_HOLED_SECONDS", 0.4)
    assert produce(_row(media_id).tenant_id, media_id, tmp_path, lambda *_: None, lambda: False)["proxy_key"].endswith(
        ".mp4"
    ), "a long one lies on grey"


def test_a_picture_that_moves_is_a_film(me, sent, ingest, tmp_path, monkeypatch) -> None:
    disc = Image.new("RGBA", (16, 16), (255, 80, 0, 255))
    frames = [Image.new("RGBA", (64, 37), (0, 0, 0, 0)) for _ in range(5)]
    for number, frame in enumerate(frames):
        frame.paste(disc, (10 * number, 8))
    path, still = tmp_path / "moving.gif", tmp_path / "still.gif"
    lengths = [100, 100, 100, 100, 600]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=lengths, loop=0, disposal=2)
    frames[0].save(still)
    moving, standing = sent(path), sent(still)
    assert ingest() == 2
    assert (_media(me, standing)["kind"], _media(me, standing)["width"]) == ("image", 64)
    media = _media(me, moving)
    assert (media["state"], media["kind"], media["has_alpha"], media["notes"]) == ("ready", "video", True, [])
    assert (media["width"], media["frames"], media["rate"]) == (64, 10, [10, 1]), "the last one stands longer"
    assert (media["repeats"], _media(me, standing)["repeats"]) == (True, False)
    made = probe(get_storage().local_path(_row(moving).key))
    assert (made.width, made.height, made.frames, made.has_alpha) == (64, 37, 10, True)
    played = me.get(media["play"]).headers
    assert played["content-type"] == "video/webm", "browsers play no GIF in time with a film"
    assert played["content-disposition"] == 'inline; filename="moving.webm"'
    again = me.post("/api/v1/media", files={"file": (path.name, path.read_bytes())}, data={"kind": "image"})
    assert again.json()["kind"] == "video", again.text
    repeated = produce(_row(moving).tenant_id, moving, tmp_path, lambda *_: None, lambda: False)
    assert (repeated["content_type"], repeated["frames"]) == ("video/webm", 10)
    monkeypatch.setattr("flatrender.media.ingest.MAX_MOVING", 64 * 37 * 9)
    frames[0].save(tmp_path / "long.gif", save_all=True, append_images=frames[1:], duration=200, disposal=2)
    long = sent(tmp_path / "long.gif")
    ingest()
    assert (_media(me, long)["state"], "make it a film" in _media(me, long)["problem"]) == ("failed", True)
    monkeypatch.setattr("flatrender.media.ingest.MAX_MOVING_SIZE", 64 * 37 - 1)
    frames[0].save(tmp_path / "large.gif", save_all=True, append_images=frames[1:], duration=50, disposal=2)
    large = sent(tmp_path / "large.gif")
    ingest()
    assert _media(me, large)["kind"] == "image", "its first picture is used, as nobody could make a film of it"


def test_a_webp_that_moves_is_a_film_and_one_that_is_damaged_further_on_its_first_picture(
    me, sent, ingest, tmp_path
) -> None:
    lines = [Image.linear_gradient("L").resize((64, 40)).rotate(turn).convert("RGB") for turn in (0, 90, 180)]
    path, damaged = tmp_path / "moving.webp", tmp_path / "damaged.webp"
    lines[0].save(path, save_all=True, append_images=lines[1:], duration=200, lossless=True)
    data = bytearray(path.read_bytes())
    second = data.index(b"VP8L", data.index(b"VP8L") + 4) + 13  # behind what is read of it when the file is opened
    data[second : second + 20] = b"\xff" * 20
    damaged.write_bytes(data)
    whole, part = sent(path), sent(damaged)
    ingest()
    media = _media(me, whole)
    assert (media["state"], media["kind"], media["frames"], media["rate"]) == ("ready", "video", 6, [10, 1])
    media = _media(me, part)
    assert (media["state"], media["kind"], media["width"]) == ("ready", "image", 64)


def test_a_film_of_too_many_frames_is_told_of_by_its_own_name(me, sent, ingest, films, monkeypatch) -> None:
    monkeypatch.setattr("flatrender.film.probe.MOST_LISTED", 200)
    media_id = sent(films.plain)
    ingest()
    problem = _media(me, media_id)["problem"]
    assert problem == f"{films.plain.name} has more frames than can be counted; cut it into shorter films."


def test_a_film_that_breaks_off_is_used_as_far_as_it_goes(me, sent, ingest, films) -> None:
    media_id = sent(films.cut)
    ingest()
    media = _media(me, media_id)
    assert media["state"] == "ready"
    assert 1.0 < media["duration"] < 3.0
    [note] = [note for note in media["notes"] if note["code"] == "cut-off"]
    assert note["stated"] == pytest.approx(4.0, abs=0.1)
    assert "cut.mp4 breaks off after 0:0" in note["detail"]


def test_unequal_frames_are_made_equal_and_that_is_said(me, sent, ingest, films) -> None:
    media_id = sent(films.variable)
    ingest()
    media = _media(me, media_id)
    assert media["rate"] == [24, 1]
    assert media["frames"] == pytest.approx(3 * 24, abs=3)
    assert [note["code"] for note in media["notes"]] == ["vfr"]
    assert not media["has_audio"]
    assert media["peaks"] is None
    assert not probe(get_storage().local_path(_row(media_id).proxy_key)).variable_rate


def test_a_high_film_keeps_its_shape_in_a_small_proxy(me, sent, ingest, films) -> None:
    media_id = sent(films.portrait)
    ingest()
    media = _media(me, media_id)
    assert (media["width"], media["height"], media["rate"]) == (720, 1280, [30000, 1001])
    stored = probe(get_storage().local_path(_row(media_id).proxy_key))
    assert (stored.width, stored.height) == (540, 960)
    assert (media["sprite"]["width"], media["sprite"]["height"]) == (51, 90)


def test_a_recording_is_playable_everywhere(me, sent, ingest, films) -> None:
    media_id = sent(films.voice, use="voice")
    ingest()
    media = _media(me, media_id)
    assert (media["kind"], media["use"], media["state"]) == ("audio", "voice", "ready")
    assert media["duration"] == pytest.approx(2.0, abs=0.1)
    assert me.get(media["play"]).headers["content-type"] == "audio/mp4"
    assert len(peaks.read(me.get(media["peaks"]["url"]).content).pairs) == pytest.approx(200, abs=8)


def test_a_picture_is_ready_upright(me, sent, ingest, sweep, tmp_path) -> None:
    media_id = sent(picture(tmp_path / "a.webp", size=(300, 200)))
    ingest()
    media = _media(me, media_id)
    assert (media["kind"], media["width"], media["height"], media["content_type"]) == ("image", 300, 200, "image/jpeg")
    assert me.get(media["url"]).headers["content-type"] == "image/jpeg"
    sweep()
    assert [file.key for file in get_storage().files("media") if file.key.endswith(".original")] == []


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("film.mp4", b"This is a letter, not a film." * 50, "film.mp4 is no film, sound or picture that can be read."),
        ("a.png", b"This is a letter.", "a.png is no film, sound or picture that can be read."),
        ("list.mov", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "list.mov is no film, sound or picture"),
        ("list.mp4", b"ffconcat version 1.0\nfile '/etc/passwd'\n", "list.mp4 is no film, sound or picture"),
    ],
)
def test_what_is_none_is_told_in_one_sentence_and_takes_no_room(
    me, sent, ingest, sweep, tmp_path, name, data, said
) -> None:
    (tmp_path / name).write_bytes(data)
    media_id = sent(tmp_path / name)
    ingest()
    media = _media(me, media_id)
    assert media["state"] == "failed"
    assert media["problem"].startswith(said)
    assert not media["can_retry"]
    assert me.get("/api/v1/media/quota").json()["used"] == 0
    sweep()
    assert list(get_storage().files("media")) == []
    assert me.get(media["url"]).status_code == 404
    assert sent(tmp_path / name) == media_id, "another try of the same bytes is the same file"
    assert _media(me, media_id)["state"] == "waiting"


def test_a_film_without_its_list_of_frames_says_so(me, sent, ingest, films) -> None:
    media_id = sent(films.unfinished)
    ingest()
    media = _media(me, media_id)
    said = "unfinished.mov breaks off before its list of frames; copy or export it again."
    assert (media["state"], media["problem"]) == ("failed", said)


def test_ninety_minutes_are_read_whole_and_what_is_made_of_them_stays_small(me, sent, ingest, films) -> None:
    film, sound = sent(films.long), sent(films.long_sound)
    ingest()
    media = _media(me, film)
    assert (media["state"], media["frames"], media["notes"]) == ("ready", 5400, [])
    sprite = media["sprite"]
    assert (sprite["count"], sprite["interval"]) == (100, 54.0)
    assert len(me.get(sprite["url"]).content) < 200_000
    end = me.get(media["proxy"], headers={"Range": "bytes=-1000"})
    assert (end.status_code, len(end.content)) == (206, 1000)
    media = _media(me, sound)
    assert (media["state"], round(media["duration"]), media["notes"]) == ("ready", 5400, [])
    assert [level["buckets"] for level in media["peaks"]["levels"]] == [540_000, 54_000]


def test_what_is_too_long_is_told(me, sent, ingest, films) -> None:
    media_id = sent(films.endless)
    ingest()
    media = _media(me, media_id)
    assert (media["state"], media["problem_code"]) == ("failed", "too-large")
    assert media["problem"] == "endless.flac lasts 4.0 hours; films and sounds may last 3."


def test_the_same_bytes_are_read_once(me, sent, ingest, films, signed_in) -> None:
    first = sent(films.portrait)
    ingest()
    colleague = signed_in(email="colleague@example.com")
    second = sent(films.portrait, colleague)
    media = _media(colleague, second)
    assert (media["state"], media["frames"]) == ("ready", 30)
    assert ingest() == 0
    assert _row(first).keys == _row(second).keys


def test_a_deleted_file_is_read_no_more_and_again_when_it_is_had_back(me, sent, ingest, films) -> None:
    media_id = sent(films.plain)
    assert me.delete(f"/api/v1/media/{media_id}").status_code == 204
    assert ingest() == 0
    assert me.post(f"/api/v1/media/{media_id}/restore").json()["state"] == "waiting"
    assert ingest() == 1
    assert _media(me, media_id)["state"] == "ready"


def test_a_crash_can_be_tried_again(me, sent, ingest, films, monkeypatch) -> None:
    from flatrender.core.errors import ProcessFailed
    from flatrender.farm import states, writer
    from flatrender.media import ingest as work

    def crash(*_: object) -> None:
        raise ProcessFailed("FFmpeg was ended by SIGSEGV while making a preview; try again.")

    monkeypatch.setattr(writer, "limits", states.Limits(crash_retries=0))
    monkeypatch.setattr(work.proxies, "make_proxy", crash)
    media_id = sent(films.plain)
    ingest()
    media = _media(me, media_id)
    assert (media["state"], media["can_retry"]) == ("failed", True)
    monkeypatch.undo()
    assert me.post(f"/api/v1/media/{media_id}/retry").json()["state"] == "waiting"


def test_music_of_before_gets_its_peaks(me, ingest, films, tmp_path) -> None:
    from tests.media.files import tone

    media = me.post("/api/v1/media", files={"file": ("a.wav", tone(tmp_path / "a.wav", 1).read_bytes())}).json()
    with db.get_database().system_session() as session:
        row = session.get(Media, media["id"])
        row.state, row.ingest = "ready", 0
        session.add(row)
        for task in session.exec(select(Task)):
            session.delete(task)
    with db.get_database().system_session() as session:
        assert upkeep.catch_up(session) == 1
    assert _media(me, media["id"])["state"] == "ready", "it can be used meanwhile"
    assert ingest() == 1
    assert _media(me, media["id"])["peaks"]["levels"][0]["buckets"] == pytest.approx(100, abs=2)
    with db.get_database().system_session() as session:
        assert upkeep.catch_up(session) == 0
        assert service.find(session, media["id"]) is not None


def test_what_an_older_ingest_read_is_tried_anew_once(me, ingest, tmp_path, monkeypatch) -> None:
    from flatrender.core.errors import ProcessFailed
    from flatrender.farm import states
    from flatrender.farm import writer as tasks
    from flatrender.media import ingest as work
    from tests.media.files import tone

    def crash(*_: object, **__: object) -> None:
        raise ProcessFailed("FFmpeg was ended by SIGSEGV.")

    media = me.post("/api/v1/media", files={"file": ("a.wav", tone(tmp_path / "a.wav", 1).read_bytes())}).json()
    ingest()
    with db.get_database().system_session() as session:
        row = session.get(Media, media["id"])
        row.ingest = 0
        session.add(row)
    monkeypatch.setattr(tasks, "limits", states.Limits(crash_retries=0))
    monkeypatch.setattr(work, "probe", crash)
    with db.get_database().system_session() as session:
        assert upkeep.catch_up(session) == 1
    assert ingest() == 1
    assert _media(me, media["id"])["state"] == "ready", "what it had can be used"
    with db.get_database().system_session() as session:
        assert upkeep.catch_up(session) == 0
    monkeypatch.setattr(upkeep.writer, "VERSION", 2)
    with db.get_database().system_session() as session:
        assert upkeep.catch_up(session) == 1, "a later version may know better"


def _row(media_id: str) -> Media:
    with db.get_database().system_session(read_only=True) as session:
        return session.get(Media, media_id)


def _cell(sheet: Image.Image, sprite: dict, k: int) -> Image.Image:
    x, y = k % sprite["columns"] * sprite["width"], k // sprite["columns"] * sprite["height"]
    return sheet.crop((x, y, x + sprite["width"], y + sprite["height"]))
