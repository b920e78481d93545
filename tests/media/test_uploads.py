"""Uploads in pieces over HTTP: broken off and gone on with, refused before a byte, forgotten, never another's."""

import asyncio
import base64
import hashlib
import os
import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from flatrender.api import tus
from flatrender.core import clock, db, storage
from flatrender.core.errors import InvalidInput
from flatrender.core.storage import get_storage
from flatrender.media import uploads
from flatrender.media.models import Media, MediaUpload
from flatrender.settings import get_settings
from tests.installation import OTHER_TENANT
from tests.media.files import png_bytes

URL = "/api/v1/media/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def me(signed_in):
    return signed_in()


def _begin(client, size: int, name: str = "a.png", **more: str):
    said = {"filename": name, **more}
    pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    return client.post(URL, headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": pairs})


def _send(client, url: str, at: int, data: bytes, **more: str):
    return client.patch(url, content=data, headers={**PIECE, "Upload-Offset": str(at), **more})


def test_an_upload_that_was_cut_goes_on_and_is_the_same_file(me) -> None:
    data = os.urandom(3_000_000)
    begun = _begin(me, len(data), "../../etc/filme شب.mov", use="voice")
    assert begun.status_code == 201, begun.text
    url = begun.headers["location"]
    assert begun.headers["upload-expires"].endswith("GMT")
    assert _send(me, url, 0, data[:1_400_000]).headers["upload-offset"] == "1400000"
    [waiting] = me.get(URL).json()["items"]
    assert (waiting["name"], waiting["offset"], waiting["size"]) == ("filme شب.mov", 1_400_000, 3_000_000)
    again = _send(me, url, 0, data[:100])
    assert again.status_code == 409
    head = me.head(url, headers=TUS)
    assert (head.headers["upload-offset"], head.headers["cache-control"]) == ("1400000", "no-store")
    done = _send(me, url, 1_400_000, data[1_400_000:])
    assert done.status_code == 204
    media = me.get(f"/api/v1/media/{done.headers['upload-media']}").json()
    assert (media["state"], media["kind"], media["use"]) == ("waiting", "video", "voice")
    assert (
        media["sha256"] == hashlib.sha256(me.get(media["url"]).content).hexdigest() == hashlib.sha256(data).hexdigest()
    )
    assert me.get(URL).json()["items"] == []
    assert list((get_settings().data_dir / "incoming").iterdir()) == []
    assert me.head(url, headers=TUS).headers["upload-media"] == media["id"], "an answer that was lost is had again"


def test_the_same_bytes_again_are_the_same_file(me) -> None:
    first = me.post("/api/v1/media", files={"file": ("a.png", png_bytes())}).json()
    url = _begin(me, len(png_bytes()), "b.png").headers["location"]
    assert _send(me, url, 0, png_bytes()).headers["upload-media"] == first["id"]
    assert me.get("/api/v1/media").json()["total"] == 1


def test_what_is_too_much_is_refused_before_a_byte_is_sent(me, monkeypatch) -> None:
    monkeypatch.setenv("FLATRENDER_MAX_MEDIA_BYTES", "3000000")
    monkeypatch.setenv("FLATRENDER_USER_QUOTA_BYTES", "4000000")
    get_settings.cache_clear()
    assert me.options(URL).headers["tus-max-size"] == "3000000"
    over = _begin(me, 3_000_001, "big.mov")
    assert over.status_code == 413
    assert "larger than the 3 MB" in over.json()["detail"]
    assert _begin(me, 3_000_000, "one.mov").status_code == 201
    full = _begin(me, 2_000_000, "two.mov")
    assert (full.status_code, full.json()["code"]) == (413, "over-quota")
    assert "two.mov takes 2 MB, but only 1 MB of your 4 MB are free" in full.json()["detail"]
    whole = me.post("/api/v1/media", files={"file": ("a.wav", bytes(2_500_000))}).json()
    assert whole["code"] == "over-quota"
    assert "The file takes more than 1.5 MB, but" in whole["detail"], "what is declared is the file and its fields"
    meter = me.get("/api/v1/media/quota").json()
    assert (meter["used"], meter["limit"], meter["max_file"]) == (3_000_000, 4_000_000, 3_000_000)
    monkeypatch.setenv("FLATRENDER_TENANT_QUOTA_BYTES", "3500000")
    get_settings.cache_clear()
    assert "this site has only 500 kB left" in _begin(me, 900_000, "three.mov").json()["detail"]


def test_a_piece_may_not_go_beyond_what_was_announced(me) -> None:
    url = _begin(me, 10).headers["location"]
    assert _send(me, url, 0, bytes(11)).status_code == 413
    streamed = me.patch(url, content=iter([bytes(6), bytes(6)]), headers={**PIECE, "Upload-Offset": "0"})
    assert streamed.status_code == 413
    assert me.head(url, headers=TUS).headers["upload-offset"] == "0"


def test_a_damaged_piece_is_not_kept(me) -> None:
    url = _begin(me, 2000).headers["location"]
    data = os.urandom(1000)
    good = base64.b64encode(hashlib.sha256(data).digest()).decode()
    wrong = _send(me, url, 0, data[::-1], **{"Upload-Checksum": f"sha256 {good}"})
    assert (wrong.status_code, wrong.json()["code"]) == (460, "checksum")
    assert _send(me, url, 0, data, **{"Upload-Checksum": "crc32 AAAA"}).json()["code"] == "checksum-algorithm"
    assert me.head(url, headers=TUS).headers["upload-offset"] == "0"
    assert _send(me, url, 0, data, **{"Upload-Checksum": f"sha256 {good}"}).headers["upload-offset"] == "1000"


def test_only_one_request_adds_at_a_time(me) -> None:
    url = _begin(me, 10).headers["location"]
    with uploads._held(uploads.part(url.rpartition("/")[2])):
        assert _send(me, url, 0, bytes(5)).status_code == 423
    assert _send(me, url, 0, bytes(5)).status_code == 204


def test_the_protocol_is_kept(me, client) -> None:
    url = _begin(me, 10).headers["location"]
    assert me.head(url).status_code == 412
    wrong = me.patch(
        url, content=b"x", headers={**TUS, "Upload-Offset": "0", "Content-Type": "application/octet-stream"}
    )
    assert wrong.status_code == 415
    assert _send(me, url, 0, b"", **{"Upload-Offset": "many"}).status_code == 422
    assert me.post(URL, headers={**TUS, "Upload-Length": "5", "Upload-Metadata": "filename %%%"}).status_code == 422
    with pytest.raises(InvalidInput):  # a byte of Latin-1, which no HTTP client of ours sends
        tus._whole("1²", "Upload-Length")
    assert _begin(me, 0).status_code == 422
    assert me.delete(url, headers=TUS).status_code == 204
    assert me.head(url, headers=TUS).status_code == 404
    assert client.options(URL).headers["tus-extension"] == "creation,termination,expiration,checksum"


def test_an_upload_is_its_owners_alone(me, signed_in, client) -> None:
    url = _begin(me, 10).headers["location"]
    for other in (signed_in(email="b@example.com"), signed_in(email="c@example.com", tenant=OTHER_TENANT)):
        assert other.head(url, headers=TUS).status_code == 404
        assert _send(other, url, 0, bytes(10)).status_code == 404
        assert other.delete(url, headers=TUS).status_code == 404
        assert other.get(URL).json()["items"] == []
    assert client.head(url, headers=TUS).status_code == 401
    assert _begin(client, 5).status_code == 401
    foreign = me.patch(url, content=b"x", headers={**PIECE, "Upload-Offset": "0", "Origin": "https://evil.test"})
    assert foreign.status_code == 403


def test_an_abandoned_upload_is_forgotten_with_its_bytes(me) -> None:
    url = _begin(me, 10).headers["location"]
    _send(me, url, 0, bytes(5))
    part = uploads.part(url.rpartition("/")[2])
    assert part.stat().st_size == 5
    later = clock.now() + uploads.LIFETIME + timedelta(minutes=1)
    clock.use(lambda: later)
    try:
        assert _send(me, url, 5, bytes(5)).status_code == 410
        with db.get_database().system_session() as session:
            assert uploads.forget_expired(session, limit=10) == 1
    finally:
        clock.use(None)
    assert not part.exists()
    with db.get_database().system_session(read_only=True) as session:
        assert session.exec(select(MediaUpload)).all() == []
        assert session.exec(select(Media)).all() == []


def test_an_upload_whose_end_was_lost_is_finished_when_it_is_asked_for(me, monkeypatch) -> None:
    url = _begin(me, len(png_bytes())).headers["location"]
    finish = uploads.finish
    monkeypatch.setattr(uploads, "finish", lambda *_: (_ for _ in ()).throw(SystemError("the process died")))
    with pytest.raises(SystemError):
        _send(me, url, 0, png_bytes())
    monkeypatch.setattr(uploads, "finish", finish)
    with uploads._held(uploads.part(url.rpartition("/")[2])):
        assert "upload-media" not in me.head(url, headers=TUS).headers
    head = me.head(url, headers=TUS)
    assert head.headers["upload-offset"] == head.headers["upload-length"]
    assert me.get(f"/api/v1/media/{head.headers['upload-media']}").status_code == 200


def test_the_bytes_are_stored_while_others_may_write(me, installation, monkeypatch) -> None:
    storage, wrote = get_storage(), []
    link = storage.link_file

    def store(path, key) -> None:
        with installation.system_session() as session:  # waits twenty seconds where another writes, then fails
            wrote.append(session.exec(select(MediaUpload)).one().name)
        link(path, key)

    monkeypatch.setattr(storage, "link_file", store)
    url = _begin(me, len(png_bytes())).headers["location"]
    assert _send(me, url, 0, png_bytes()).status_code == 204
    assert wrote == ["a.png"]


def test_parts_that_nobody_can_go_on_with_are_swept_where_they_lie(me) -> None:
    url = _begin(me, 10).headers["location"]
    young, old = uploads.part(url.rpartition("/")[2]), uploads.part("0" * 32)
    old.write_bytes(b"x")
    os.utime(old, (0, 0))
    assert _begin(me, 10).status_code == 201
    assert (young.exists(), old.exists()) == (True, False)


def test_a_disk_without_room_is_told_before(me, monkeypatch) -> None:
    monkeypatch.setattr(storage, "SPARE_BYTES", 10**18)
    answer = _begin(me, 10)
    assert (answer.status_code, answer.json()["code"]) == (507, "no-space")


async def test_a_cancelled_request_waits_for_what_it_writes(me, monkeypatch) -> None:
    url = _begin(me, 4).headers["location"]
    upload = MediaUpload(id=url.rpartition("/")[2], tenant_id="", user_id="", name="a.png", size=4, expires_at=None)
    began, may_go_on, written = threading.Event(), threading.Event(), []

    def slow(descriptor: int, piece: bytes, digest: object) -> None:
        began.set()
        assert may_go_on.wait(10)
        written.append(os.write(descriptor, piece))  # raises when it was closed meanwhile

    async def pieces():
        yield b"abcd"

    monkeypatch.setattr(uploads, "_write", slow)
    adding = asyncio.create_task(uploads.append(upload, 0, pieces()))
    assert await asyncio.to_thread(began.wait, 10)
    for _ in range(2):  # whoever stops a server may do so twice
        adding.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert not adding.done()
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await adding
    assert written == [4] and uploads.part(upload.id).read_bytes() == b"abcd"
