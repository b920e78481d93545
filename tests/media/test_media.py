"""Uploads over HTTP: what is kept, what is refused and why, who may read."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlmodel import col, select

from flatrender.api import media as media_api
from flatrender.core import db, storage
from flatrender.core.errors import NotFound, TooLarge
from flatrender.core.storage import get_storage
from flatrender.media import pictures, quotas, service, uses
from flatrender.media.models import Media
from flatrender.settings import get_settings
from tests.installation import OTHER_TENANT
from tests.media.files import png_bytes, tone


@pytest.fixture
def me(signed_in):
    return signed_in()


def _send(client, name: str, data: bytes, **fields: str):
    return client.post("/api/v1/media", files={"file": (name, data)}, data=fields)


def test_a_picture_is_kept_and_read_back(me, tmp_path: Path) -> None:
    data = png_bytes()
    answer = _send(me, "C:\\fakepath\\dune.png", data)
    assert answer.status_code == 201, answer.text
    media = answer.json()
    assert (media["kind"], media["name"], media["width"], media["height"]) == ("image", "dune.png", 64, 40)
    read = me.get(media["url"])
    assert read.content == data
    assert read.headers["content-type"] == "image/png"
    assert "private" in read.headers["cache-control"]
    assert me.get(media["thumbnail"]).headers["content-type"] == "image/webp"
    assert me.get("/api/v1/media?kind=image").json()["items"] == [media]
    assert me.get("/api/v1/media?kind=music").json()["total"] == 0


def test_uploads_are_never_decoded_in_this_process(me, monkeypatch) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("decoded in the web process")

    monkeypatch.setattr(pictures, "normalise", forbidden)
    answer = me.post("/api/v1/media", files={"file": ("a.png", png_bytes())})
    assert answer.status_code == 201, answer.text
    assert answer.json()["thumbnail"]


def test_music_is_probed_and_read_by_ranges(me, tmp_path: Path) -> None:
    data = tone(tmp_path / "a.wav", 1.5).read_bytes()
    media = _send(me, "song.wav", data).json()
    assert (media["kind"], media["use"], media["state"]) == ("audio", "music", "waiting")
    assert media["duration"] == pytest.approx(1.5, abs=0.01)
    part = me.get(media["url"], headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.content == data[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(data)}"


def test_the_same_bytes_are_stored_once(me, signed_in, sweep) -> None:
    first = _send(me, "a.png", png_bytes()).json()
    assert _send(me, "b.png", png_bytes()).json() == first
    colleague = signed_in(email="colleague@example.com")
    second = _send(colleague, "c.png", png_bytes()).json()
    assert second["id"] != first["id"]
    with db.get_database().system_session() as session:
        rows = session.exec(select(Media)).all()
        assert len({row.key for row in rows}) == 1
        key = rows[0].key
    assert me.delete(f"/api/v1/media/{first['id']}").status_code == 204
    _empty_trash()
    sweep()
    assert get_storage().exists(key), "the colleague still has it"
    assert colleague.delete(f"/api/v1/media/{second['id']}").status_code == 204
    sweep()
    assert get_storage().exists(key), "it can be had back"
    _empty_trash()
    assert get_storage().exists(key), "somebody may be sending the same bytes at this moment"
    sweep()
    assert not get_storage().exists(key)


def _empty_trash() -> None:
    with db.get_database().system_session() as session:
        for row in session.exec(select(Media).where(col(Media.deleted_at).is_not(None))):
            service.purge(session, row)


def test_what_is_in_the_trash_takes_room_until_it_is_gone(me, monkeypatch) -> None:
    media = _send(me, "a.png", png_bytes()).json()
    monkeypatch.setenv("FLATRENDER_USER_QUOTA_BYTES", str(media["size"] + 10))
    get_settings.cache_clear()
    assert me.delete(f"/api/v1/media/{media['id']}").status_code == 204
    meter = me.get("/api/v1/media/quota").json()
    assert (meter["used"], meter["files"]) == (media["size"], 0)
    other = png_bytes(color=(1, 2, 3))
    assert _send(me, "b.png", other).json()["code"] == "over-quota"
    assert me.post(f"/api/v1/media/{media['id']}/restore").status_code == 200, "its room was kept"
    assert me.delete(f"/api/v1/media/{media['id']}").status_code == 204
    _empty_trash()
    assert _send(me, "b.png", other).status_code == 201


def test_room_that_others_took_meanwhile_is_not_given_twice(me, monkeypatch) -> None:
    answers = iter((False, True))

    def full(*_: object, **how: object) -> None:
        if next(answers):
            raise TooLarge("It is full.", code="over-quota")

    monkeypatch.setattr(service.quotas, "check_room", full)
    assert _send(me, "a.png", png_bytes()).json()["code"] == "over-quota"
    assert me.get("/api/v1/media").json()["total"] == 0


def test_a_deletion_can_be_taken_back(me) -> None:
    media = _send(me, "a.png", png_bytes()).json()
    path = f"/api/v1/media/{media['id']}"
    assert me.delete(path).status_code == 204
    assert me.get(path).status_code == me.get(f"{path}/file").status_code == 404
    assert me.get("/api/v1/media").json()["total"] == 0
    assert me.post(f"{path}/restore").json() == media
    assert me.get("/api/v1/media").json()["items"] == [media]
    assert me.post(f"{path}/restore").status_code == 404
    assert me.delete(path).status_code == 204
    assert _send(me, "again.png", png_bytes()).json()["id"] == media["id"], "the same bytes bring it back as well"


@pytest.mark.parametrize(
    ("name", "data", "fields", "said"),
    [
        ("photo.jpg", b"GIF? no. A letter.", {}, "neither a picture nor music"),
        ("photo.jpg", b"A letter.", {"kind": "image"}, "photo.jpg is no picture that can be read"),
        ("song.mp3", b"A letter.", {"kind": "music"}, "song.mp3 is no music that can be read"),
        ("a.png", png_bytes()[:60], {}, "damaged"),
        ("a.png", png_bytes(), {"kind": "music"}, "no sound"),
        ("a.png", b"", {}, "is empty"),
        ("a.png", png_bytes(), {"kind": "hologram"}, "an image or music"),
    ],
)
def test_what_cannot_be_used_is_told_beside_its_field(me, name, data, fields, said) -> None:
    answer = _send(me, name, data, **fields)
    assert answer.status_code == 422
    problem = answer.json()
    assert said in problem["detail"]
    assert problem["field"] in {"file", "kind"}
    assert me.get("/api/v1/media").json()["total"] == 0


def test_nothing_sent_is_told(me) -> None:
    assert me.post("/api/v1/media", data={"kind": "image"}).json()["field"] == "file"
    assert me.post("/api/v1/media", files={"other": (None, "x")}).json()["detail"] == "Choose a file to upload."


# What a body says of itself, which is not believed.
SMALL = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "900000"}


def test_an_upload_over_the_limit_is_refused_early_and_while_streaming(me, monkeypatch) -> None:

    monkeypatch.setenv("FLATRENDER_MAX_MEDIA_BYTES", "2000000")
    get_settings.cache_clear()
    folder = get_settings().data_dir / "uploads"
    told = me.post(
        "/api/v1/media",
        content=b"--x\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(2 * 1024**3)},
    )
    assert told.status_code == 413
    assert "larger than the 2 MB" in told.json()["detail"]

    sent = 0

    def body():
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="big.mov"\r\n\r\n'
        while sent < 50_000_000:
            sent += 100_000
            yield bytes(100_000)

    streamed = me.post("/api/v1/media", content=body(), headers=SMALL)
    assert streamed.status_code == 413
    assert "big.mov" in streamed.json()["detail"]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("opening", "repeated"),
    [
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n--x--\r\n', bytes(100_000)),  # after the end
        (b"--x\r\n", b"Content-Disposition: form-data\r\n\r\n" + bytes(60_000) + b"\r\n--x\r\n"),  # kept nowhere
        (b"--x\r\n", b"Content-Disposition: form-data\r\n\r\n\r\n--x\r\n"),
    ],
    ids=["after the end", "nameless", "empty parts"],
)
def test_what_is_no_file_counts_too_in_a_body_that_is_longer_than_it_says(me, monkeypatch, opening, repeated) -> None:
    from flatrender.settings import get_settings

    monkeypatch.setenv("FLATRENDER_MAX_MEDIA_BYTES", "2000000")
    get_settings.cache_clear()
    body = (opening, *[repeated] * 100)
    answer = me.post("/api/v1/media", content=iter(body), headers=SMALL)
    assert answer.status_code == 413, answer.text


def test_the_loop_never_parses_or_writes(me, monkeypatch) -> None:
    import threading

    from flatrender.api import uploads

    seen = set()
    own = uploads.MultipartParser.write

    def write(self, data):
        seen.add(threading.current_thread().name)
        return own(self, data)

    monkeypatch.setattr(uploads.MultipartParser, "write", write)
    assert _send(me, "a.png", png_bytes()).status_code == 201
    assert seen
    assert all("worker" in name.lower() for name in seen), seen


def test_a_broken_upload_leaves_nothing(me) -> None:
    from flatrender.settings import get_settings

    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    for body in (head + b"half", b"nonsense"):
        answer = me.post("/api/v1/media", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert answer.status_code == 422
    assert list((get_settings().data_dir / "uploads").iterdir()) == []


def test_files_are_private(me, signed_in, client) -> None:
    media = _send(me, "a.png", png_bytes()).json()
    stranger = signed_in(email="stranger@example.com")
    foreigner = signed_in(email="foreigner@example.com", tenant=OTHER_TENANT)
    for path in ("", "/file", "/thumbnail"):
        assert me.get(f"/api/v1/media/{media['id']}{path}").status_code == 200
        assert stranger.get(f"/api/v1/media/{media['id']}{path}").status_code == 404
        assert foreigner.get(f"/api/v1/media/{media['id']}{path}").status_code == 404
        assert client.get(f"/api/v1/media/{media['id']}{path}").status_code == 401
    assert foreigner.delete(f"/api/v1/media/{media['id']}").status_code == 404
    with db.get_database().tenant_session(OTHER_TENANT) as session, pytest.raises(NotFound):
        service.local_path(session, media["id"])


def test_a_file_in_use_is_not_deleted(me, monkeypatch) -> None:
    media = _send(me, "a.png", png_bytes()).json()
    lut = uses.Use(media["id"], "project", "p", "Lut")
    monkeypatch.setattr(uses, "_reports", [lambda session, user_id: iter([lut])])
    answer = me.delete(f"/api/v1/media/{media['id']}")
    assert answer.status_code == 409
    assert "the project “Lut”" in answer.json()["detail"]
    assert me.get(f"/api/v1/media/{media['id']}").json()["uses"] == [{"kind": "project", "id": "p", "name": "Lut"}]


def test_room_is_asked_for_before_a_byte_is_received(me, monkeypatch) -> None:
    small = replace(get_settings(), user_quota_bytes=10_000_000)
    monkeypatch.setattr(quotas, "get_settings", lambda: small)
    monkeypatch.setattr(media_api, "received", lambda *_: pytest.fail("it was received"))
    headers = {"Content-Length": "50000000", "Content-Type": "multipart/form-data; boundary=b"}
    answer = me.post("/api/v1/media", content=b"--b", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "over-quota")


def test_a_disk_without_room_and_an_upload_of_unknown_length(me, monkeypatch) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = me.post("/api/v1/media", content=iter([b"--b--"]), headers=kind)
    assert (answer.status_code, answer.json()["code"]) == (411, "length-required")
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _: SimpleNamespace(free=storage.SPARE_BYTES - 1))
    assert _send(me, "a.png", png_bytes()).json()["code"] == "no-space"


def test_a_full_disk_is_told(me, monkeypatch) -> None:
    import errno

    def full(self, source, key):
        from flatrender.core.storage import explain

        raise explain(OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr(type(get_storage()), "put_file", full)
    answer = _send(me, "a.png", png_bytes())
    assert answer.status_code == 507
    assert answer.json()["code"] == "no-space"
