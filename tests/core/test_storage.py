"""The storage: files appear whole or not at all, keys cannot leave the folder, what is left is found."""

import errno
import os
import shutil
import time
from pathlib import Path

import pytest

from flatrender.core.errors import InvalidInput, NoSpace, NotFound
from flatrender.core.storage import LocalStorage


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "storage")


def test_bytes_and_files_come_back_as_they_went_in(storage: LocalStorage, tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    source.write_bytes(b"film" * 1000)
    storage.put_file(source, "exports/t/film.mp4")
    storage.put_bytes(b"picture", "pictures/فارسی.png")
    assert storage.local_path("exports/t/film.mp4").read_bytes() == source.read_bytes()
    assert storage.size("exports/t/film.mp4") == 4000
    with storage.open("pictures/فارسی.png") as file:
        assert file.read() == b"picture"
    storage.put_bytes(b"another", "pictures/فارسی.png")
    assert storage.local_path("pictures/فارسی.png").read_bytes() == b"another"


def test_what_is_absent_is_not_found_and_may_be_deleted(storage: LocalStorage) -> None:
    storage.put_bytes(b"x", "a/b")
    storage.delete("a/b")
    storage.delete("a/b")
    assert not storage.exists("a/b")
    assert not storage.exists("a")  # a folder is no file
    for ask in (storage.local_path, storage.size, storage.open):
        with pytest.raises(NotFound):
            ask("a/b")


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../secret", "a/../../secret", "a\\b", "a\0b"])
def test_a_key_cannot_leave_the_folder(storage: LocalStorage, key: str) -> None:
    for ask in (storage.exists, storage.delete, storage.local_path, lambda key: storage.put_bytes(b"x", key)):
        with pytest.raises(InvalidInput):
            ask(key)
    assert not list(storage.root.parent.glob("secret*"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_and_leaves_what_was_there(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    storage.put_bytes(b"old", "a/film")
    source = tmp_path / "source"
    source.write_bytes(b"new")

    def full(*_: object) -> None:
        raise OSError(number, "full")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(NoSpace):
        storage.put_file(source, "a/film")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(NoSpace):
        storage.put_bytes(b"new", "a/film")
    assert storage.local_path("a/film").read_bytes() == b"old"
    assert [path.name for path in (storage.root / "a").iterdir()] == ["film"]


def test_another_error_of_the_disk_is_not_taken_for_a_full_one(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="broken"):
        storage.put_bytes(b"new", "a/film")


def test_files_of_a_folder_are_listed_and_half_written_ones_swept(storage: LocalStorage) -> None:
    storage.put_bytes(b"12", "a/one")
    storage.put_bytes(b"123", "a/b/two")
    storage.put_bytes(b"1", "other/three")
    old, young = storage.root / "a" / ".film.1.tmp", storage.root / "a" / ".film.2.tmp"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1000, 1000))
    assert {(file.key, file.size) for file in storage.files("a")} == {("a/one", 2), ("a/b/two", 3)}
    assert all(abs(file.at - time.time()) < 60 for file in storage.files("a"))
    assert list(storage.files("nothing")) == []
    assert storage.sweep(time.time() - 60) == 1
    assert (old.exists(), young.exists()) == (False, True)


def test_only_what_is_old_is_deleted_as_old(storage: LocalStorage) -> None:
    storage.put_bytes(b"x", "a/old")
    assert not storage.delete_old("a/old", time.time() - 60)
    assert storage.exists("a/old")
    assert storage.delete_old("a/old", time.time() + 60)
    assert not storage.exists("a/old")
    assert not storage.delete_old("a/old", time.time() + 60)
