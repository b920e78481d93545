"""What is drawn anew after an upgrade, and after a font was added."""

import os
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from flatrender.aftereffects import revision
from flatrender.aftereffects.text.packaged import font_files, package_dirs

INTER = ("Inter-Regular", "Inter", "Regular")
UNKNOWN = ("NoSuchFont-Bold", "No Such Font", "Bold")


@pytest.fixture(autouse=True)
def _fresh():
    revision.engine_revision.cache_clear()
    yield
    revision.engine_revision.cache_clear()


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "system"
    folder.mkdir()
    monkeypatch.setattr(revision, "system_dirs", lambda: [folder])
    revision._system.cache_clear()
    return folder


def a_font(place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(font_files(package_dirs()[1])[0], place)
    return place


@pytest.mark.parametrize("library", revision.LIBRARIES)
def test_every_library_of_the_engine_counts(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = revision.engine_revision()
    assert version(library)  # installed under that name
    monkeypatch.setattr(revision, "version", lambda name: "999" if name == library else version(name))
    revision.engine_revision.cache_clear()
    assert revision.engine_revision() != before


def test_our_own_sources_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Path(revision.__file__).parent
    copied = shutil.copytree(engine, tmp_path / engine.name, ignore=shutil.ignore_patterns("__pycache__"))
    footage = tmp_path / "film" / "footage.py"
    footage.parent.mkdir()
    shutil.copyfile(engine.parent / "film" / "footage.py", footage)
    before = revision.engine_revision()
    monkeypatch.setattr(revision, "__file__", str(copied / "revision.py"))
    revision.engine_revision.cache_clear()
    assert revision.engine_revision() == before
    for changed in (copied / "lottie" / "keyframes.py", footage):  # the latter decodes the films of layers
        changed.write_text(changed.read_text("utf-8") + "\n", "utf-8")
        revision.engine_revision.cache_clear()
        assert revision.engine_revision() != before
        before = revision.engine_revision()


def test_a_font_in_the_data_folder_counts_by_content(tmp_path: Path, system: Path) -> None:
    before = revision.fonts_revision([INTER], tmp_path)
    font = a_font(tmp_path / "fonts" / "added.ttf")
    added = revision.fonts_revision([INTER], tmp_path)
    assert added != before
    os.utime(font, (1, 1))
    assert revision.fonts_revision([INTER], tmp_path) == added
    font.write_bytes(font.read_bytes() + b"\0")
    assert revision.fonts_revision([INTER], tmp_path) != added


def test_the_systems_fonts_count_where_a_name_is_looked_for_among_them(tmp_path: Path, system: Path) -> None:
    packaged = revision.fonts_revision([INTER], tmp_path)
    missing = revision.fonts_revision([INTER, UNKNOWN], tmp_path)
    a_font(system / "installed.ttf")
    revision._system.cache_clear()
    assert revision.fonts_revision([INTER], tmp_path) == packaged
    assert revision.fonts_revision([INTER, UNKNOWN], tmp_path) != missing


def test_every_kind_of_source_counts() -> None:
    """A file of the engine with another ending would change pictures without a new revision."""
    folder = Path(revision.__file__).parent
    endings = {file.suffix for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts}
    assert endings == set(revision.SOURCES)
