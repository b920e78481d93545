"""Files in a bucket, on a real S3 server in this process: as in a folder, but for copies, damage and absence."""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from flatrender.aftereffects.bundle import file_md5
from flatrender.core import file_cache
from flatrender.core.errors import BadFile, InvalidInput, NotFound, StorageAway, StorageRefused, Unavailable
from flatrender.core.file_cache import FileCache
from flatrender.core.object_storage import ObjectStorage
from tests.deadline import until
from tests.strict_bucket import StrictBucket
from workers.context import Stopped
from workers.handlers import jobs

BUCKET = "films"


@pytest.fixture(scope="module")
def server() -> Iterator[StrictBucket]:
    started = StrictBucket()
    started.start()
    yield started
    started.stop()


@pytest.fixture
def storage(server: StrictBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStorage]:
    host, port = server.get_host_and_port()
    for name, value in (
        ("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    yield ObjectStorage.at(f"s3://{BUCKET}/site", FileCache(tmp_path / "cache", 10_000))
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    client.delete_bucket(Bucket=BUCKET)


def test_bytes_and_files_come_back_as_they_went_in(storage: ObjectStorage, tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    source.write_bytes(b"film" * 1000)
    arrived: list[int] = []
    storage.put_file(source, "exports/t/film.mp4", arrived.append)
    assert sum(arrived) == 4000
    storage.put_bytes(b"picture", "pictures/فارسی.png")
    first = storage.local_path("exports/t/film.mp4")
    assert first.read_bytes() == source.read_bytes()
    assert (first.suffix, storage.local_path("exports/t/film.mp4"), storage.key_of(first)) == (
        ".mp4",
        first,
        "exports/t/film.mp4",
    )
    assert storage.size("exports/t/film.mp4") == 4000
    with storage.open("pictures/فارسی.png") as file:
        assert file.read() == b"picture"
    storage.put_bytes(b"another", "pictures/فارسی.png")
    assert storage.local_path("pictures/فارسی.png").read_bytes() == b"another"
    assert {(file.key, file.size) for file in storage.files("pictures")} == {("pictures/فارسی.png", 7)}
    assert storage.key_of(source) is None


def test_whoever_hears_of_a_copy_may_end_it(storage: ObjectStorage, tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    source.write_bytes(b"film" * 1000)

    def ends(number: int) -> None:
        raise Stopped("cancelled")

    with pytest.raises(Stopped):
        storage.put_file(source, "exports/t/unwanted.mp4", ends)


def test_what_is_absent_is_not_found_and_may_be_deleted(storage: ObjectStorage) -> None:
    storage.put_bytes(b"x", "a/b")
    storage.delete("a/b")
    storage.delete("a/b")
    assert not storage.exists("a/b")
    for ask in (storage.local_path, storage.size, storage.open):
        with pytest.raises(NotFound):
            ask("a/b")
    for key in ("", "/etc/passwd", "a/../../secret"):
        with pytest.raises(InvalidInput):
            storage.put_bytes(b"x", key)


def test_a_copy_that_is_not_what_was_put_is_fetched_again_then_refused(
    storage: ObjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put_bytes(b"whole", "bundles/a.zip")
    good = storage.local_path("bundles/a.zip")
    storage.forget("bundles/a.zip")
    assert not good.exists()
    client = boto3.client("s3")
    client.put_object(Bucket=BUCKET, Key="site/bundles/a.zip", Body=b"who", Metadata={"md5": "0" * 32})
    asked = []
    fetch = storage._client.get_object
    monkeypatch.setattr(storage._client, "get_object", lambda **given: asked.append(1) or fetch(**given))
    with pytest.raises(BadFile, match=r"a\.zip is damaged"):
        storage.local_path("bundles/a.zip")
    assert len(asked) == 2
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_only_what_is_old_is_deleted_as_old(storage: ObjectStorage) -> None:
    storage.put_bytes(b"x", "a/old")
    assert not storage.delete_old("a/old", time.time() - 60)
    assert storage.exists("a/old")
    assert storage.delete_old("a/old", time.time() + 60)
    assert not storage.exists("a/old")
    assert not storage.delete_old("a/old", time.time() + 60)


def test_the_longest_unused_copies_go_when_there_are_too_many(
    storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        storage.put_bytes(name.encode() * 4000, name)
    kept = [storage.local_path(name) for name in "abc"]
    assert all(path.exists() for path in kept)  # 12 kB of 10, but all are in use
    now = time.time()
    monkeypatch.setattr(file_cache.time, "time", lambda: now + file_cache.IN_USE_SECONDS + 1)
    storage.local_path("a")  # in use again
    storage.put_bytes(b"d" * 4000, "d")
    storage.local_path("d")
    assert [path.exists() for path in kept] in ([True, False, False], [False, False, True])


def test_a_bundle_is_read_again_only_when_its_copy_has_changed(
    storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, read = b"bundle" * 100, list[Path]()
    md5 = hashlib.md5(bundle, usedforsecurity=False).hexdigest()
    storage.put_bytes(bundle, "bundles/a.zip")
    monkeypatch.setattr(jobs, "get_storage", lambda: storage)
    monkeypatch.setattr(jobs, "file_md5", lambda path: read.append(path) or file_md5(path))
    copies = [jobs.bundle("bundles/a.zip", md5) for _ in range(3)]
    assert read == copies[:1]
    copies[0].write_bytes(b"x" * len(bundle))
    assert jobs.bundle("bundles/a.zip", md5).read_bytes() == bundle
    assert len(read) == 3  # the damaged one, and the one that was fetched for it


def test_what_a_task_was_given_stays_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_cache, "_TOUCH_SECONDS", 0.02)
    cache = FileCache(tmp_path, 10)
    with cache.hold():
        held = cache.get("held", lambda path: path.write_bytes(b"x" * 100))
        os.utime(held, (0, 0))  # hours later
        until(lambda: held.stat().st_atime > 0)
        assert held.stat().st_mtime == 0  # it was not changed
        cache.trim()
        assert held.exists()
    free = cache.get("free", lambda path: path.write_bytes(b"x" * 100))
    for path in (held, free):
        os.utime(path, (0, 0))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(PermissionError("it is open")))
        assert cache.trim() == 0
    assert cache.trim() == 2


def test_a_store_that_is_away_is_said(storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    away = ObjectStorage.at(f"s3://{BUCKET}", storage._cache)
    with pytest.raises(Unavailable, match="did not answer"):
        away.size("x")
    with pytest.raises(InvalidInput, match="s3://bucket"):
        ObjectStorage.at("gs://bucket", storage._cache)


def test_a_store_that_answers_and_refuses_is_not_away(
    server: StrictBucket, storage: ObjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    puts = [lambda: storage.put_bytes(b"film", "a/b"), lambda: storage.put_file(film, "a/b"), storage.probe]
    client = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
    storage.__dict__["_client"] = client
    for refusal, kind in (
        ((403, "AccessDenied"), StorageRefused),
        ((400, "ExpiredToken"), StorageAway),
        ((403, "RequestTimeTooSkewed"), StorageAway),
        ((400, "EntityTooLarge"), StorageRefused),
        ((404, "NoSuchBucket"), StorageRefused),
        ((503, "SlowDown"), StorageAway),
        ((400, "RequestTimeout"), StorageAway),
        ((507, "StorageFull"), StorageAway),
    ):
        monkeypatch.setattr(server, "refuses", lambda method, path, said=refusal: said if method == "PUT" else None)
        for put in puts:
            with pytest.raises(kind, match=f"refused: {refusal[1]}"):
                put()
    monkeypatch.setattr(server, "refuses", lambda method, path: None)
    storage.probe()
    assert "Contents" not in client.list_objects_v2(Bucket=BUCKET)


def test_whoever_may_not_list_the_bucket_is_told_what_is_absent(
    server: StrictBucket, storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "lists", False)
    storage.put_bytes(b"x", "a/b")
    assert storage.exists("a/b")
    assert not storage.exists("a/c")
    for ask in (storage.local_path, storage.size, storage.open):
        with pytest.raises(NotFound):
            ask("a/c")
    assert not storage.delete_old("a/c", time.time() + 60)
    # Credentials that read nothing are told 403 as well.
    monkeypatch.setattr(server, "refuses", lambda method, path: (403, "403") if method == "HEAD" else None)
    storage._probed_at = None
    with pytest.raises(StorageRefused):
        storage.exists("a/b")


def test_uploads_that_nobody_continued_are_ended(storage: ObjectStorage) -> None:
    client = boto3.client("s3")
    client.create_multipart_upload(Bucket=BUCKET, Key="site/half")
    client.create_multipart_upload(Bucket=BUCKET, Key="elsewhere/half")
    client.create_multipart_upload(Bucket=BUCKET, Key="site2/half")  # another studio's, in the same bucket
    assert storage.sweep(0.0) == 0  # this server says 2010 of every upload
    assert storage.sweep(time.time() + 3600) == 1
