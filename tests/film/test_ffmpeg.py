"""Which FFmpeg is taken, and how its progress and its last words are read."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatrender.core.errors import Unavailable
from flatrender.film import ffmpeg


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    ffmpeg.find_ffmpeg.cache_clear()
    ffmpeg.version.cache_clear()
    yield
    ffmpeg.find_ffmpeg.cache_clear()
    ffmpeg.version.cache_clear()


def program(path: Path, version: str, encoders: str = "libx264 libvpx-vp9 prores_ks aac gif png") -> Path:
    listing = "".join(f" V....D {name}  words\n" for name in encoders.split())
    path.write_text(
        f"#!/bin/sh\ncase $2 in\n-version) echo 'ffmpeg version {version} Copyright';;\n*) printf '{listing}';;\nesac\n"
    )
    path.chmod(0o755)
    return path


def alone(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.delenv("FLATRENDER_FFMPEG", raising=False)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_the_systems_is_taken_when_it_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone(monkeypatch, tmp_path)
    for name in ("5.1.6-0+deb12u1", "n7.1", "N-118000-gabc"):
        mine = program(tmp_path / "ffmpeg", name)
        ffmpeg.find_ffmpeg.cache_clear()
        ffmpeg.version.cache_clear()
        assert ffmpeg.find_ffmpeg() == mine
        assert ffmpeg.version() == name


@pytest.mark.parametrize(
    ("version", "encoders"), [("4.4.2", "libx264 libvpx-vp9 prores_ks aac gif png"), ("7.1", "libvpx-vp9 aac gif png")]
)
def test_else_the_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, encoders: str) -> None:
    alone(monkeypatch, tmp_path)
    program(tmp_path / "ffmpeg", version, encoders)
    found = ffmpeg.find_ffmpeg()
    assert "imageio_ffmpeg" in str(found)
    assert ffmpeg.version() != version


def test_the_environment_decides_and_is_told_when_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = program(tmp_path / "mine", "6.0")
    monkeypatch.setenv("FLATRENDER_FFMPEG", str(mine))
    assert ffmpeg.find_ffmpeg() == mine
    ffmpeg.find_ffmpeg.cache_clear()
    ffmpeg.version.cache_clear()
    program(mine, "4.0")
    with pytest.raises(Unavailable, match=r"older than 5\.1"):
        ffmpeg.find_ffmpeg()
    monkeypatch.setenv("FLATRENDER_FFMPEG", str(tmp_path / "none"))
    with pytest.raises(Unavailable, match="does not run"):
        ffmpeg.find_ffmpeg()


def test_progress_in_pieces() -> None:
    progress = ffmpeg.Progress(200)
    assert not progress.feed(b"frame=5")
    assert progress.feed(b"0\nfps=20\nout_time_us=N/A\nprogress=continue\n")
    assert (progress.frame, progress.fraction) == (50, 0.25)
    assert progress.feed(b"frame=40\nprogress=continue\n")
    assert progress.fraction == 0.25, "it never goes back"
    assert progress.feed(b"frame=150\nprogress=end\n")
    assert progress.fraction == 1.0


def test_a_sounds_progress_is_its_time() -> None:
    progress = ffmpeg.Progress(None, 20.0)
    assert progress.feed(b"out_time_us=N/A\nprogress=continue\n")
    assert progress.fraction == 0.0
    assert progress.feed(b"out_time_us=5000000\nprogress=continue\n")
    assert progress.fraction == 0.25


def test_the_telling_line_of_a_log() -> None:
    log = "[in#0 @ 0x1] Error opening input: No such file or directory\nError opening input file x.\nbye\n"
    assert ffmpeg.last_line(log) == "Error opening input file x"
    assert ffmpeg.last_line("") == ""


def test_the_wheels_program_is_known_without_running_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import imageio_ffmpeg

    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    assert ffmpeg._packaged() == Path(imageio_ffmpeg.get_ffmpeg_exe())
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/opt/ffmpeg")
    assert ffmpeg._packaged() is None, "whoever names another is asked"
