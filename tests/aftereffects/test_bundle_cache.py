"""Where archives are unpacked: the user's own folder, whole or not at all, bounded, and the same in the children."""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatrender.aftereffects import bundle_cache
from flatrender.aftereffects.bundle import open_bundle
from flatrender.aftereffects.client import EngineClient
from flatrender.core.errors import Unavailable
from tests.aftereffects.authored import Author

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and locks of folders are POSIX's")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLATRENDER_BUNDLE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def archive(path: Path, ballast: int = 0) -> Path:
    author = Author()
    author.comp("Main")
    made = author.save(path.with_suffix(".made"))
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(made, "film.aep")
        packed.writestr("footage.bin", os.urandom(ballast))
    return path


def whole(cache: Path) -> set[str]:
    return {folder.name for folder in cache.iterdir() if not folder.name.startswith(".")}


def test_engine_children_unpack_where_the_setting_says(tmp_path: Path, cache: Path) -> None:
    path = archive(tmp_path / "film.zip")
    client = EngineClient(1)
    try:
        report = client.scan(path)
    finally:
        client.close()
    assert whole(cache) == {report.md5}


def test_without_a_setting_it_is_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLATRENDER_BUNDLE_CACHE", raising=False)
    monkeypatch.setenv("FLATRENDER_DATA", str(tmp_path / "data"))
    assert bundle_cache.default_cache() == tmp_path / "data" / "cache" / "bundles"


def _open_to_all(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def _open_to_a_group(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o770)


def _link(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    folder.symlink_to(folder.parent / "elsewhere")


@pytest.mark.parametrize("made", [_open_to_all, _open_to_a_group, _link])
def test_a_folder_that_others_could_have_filled_is_refused(tmp_path: Path, cache: Path, made) -> None:
    path = archive(tmp_path / "film.zip")
    made(cache)
    with pytest.raises(Unavailable, match="not this user's alone"):
        open_bundle(path)


def test_another_users_folder_is_refused(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "film.zip")
    cache.mkdir(mode=0o700)
    monkeypatch.setattr(bundle_cache, "_user", lambda: os.getuid() + 1)
    if os.getuid() == 0:  # root's folders are trusted: give it away
        os.chown(cache, 4321, -1)
    with pytest.raises(Unavailable, match="not this user's alone"):
        open_bundle(path)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    own = bundle_cache.trim
    monkeypatch.setattr(bundle_cache, "trim", lambda cache: own(cache, 5_000_000))
    return None


def test_the_longest_unused_goes_first_but_never_one_in_use(tmp_path: Path, cache: Path, small: None) -> None:
    used = open_bundle(archive(tmp_path / "a.zip", 2_000_000))
    left = open_bundle(archive(tmp_path / "b.zip", 2_000_000)).root.name
    for number, name in enumerate((used.root.name, left)):
        os.utime(cache / name, (1000 + number, 1000 + number))
    new = open_bundle(archive(tmp_path / "c.zip", 2_000_000)).root.name
    assert whole(cache) == {used.root.name, new}  # `used` is the oldest, and held
    assert used.project.is_file()
    assert not [folder for folder in cache.iterdir() if folder.name.startswith(".")]
    assert open_bundle(tmp_path / "b.zip").root.name == left  # unpacked anew


def test_what_killed_processes_left_is_swept_and_never_taken_for_whole(tmp_path: Path, cache: Path) -> None:
    path = archive(tmp_path / "film.zip")
    cache.mkdir(mode=0o700)
    for name, age in ((".unpacking-old", 1), (".gone-1-abc", 1), (".unpacking-new", None)):
        (cache / name).mkdir()
        (cache / name / "film.aep").write_bytes(b"half")
        if age:
            os.utime(cache / name, (age, age))
    opened = open_bundle(path)
    assert opened.project.read_bytes()[:4] == b"RIFX"
    assert {folder.name for folder in cache.iterdir()} == {opened.root.name, ".unpacking-new"}
