"""FFmpeg killed, hanging, out of space; films cut off: an error with the reason, and no partial output visible."""

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil
import pytest

from flatrender.core.errors import NoSpace, ProcessFailed
from flatrender.core.process import Limits, run
from flatrender.film import encode, exporting
from flatrender.film.compose import composed
from flatrender.film.encode import Encoder
from flatrender.film.ffmpeg import failure
from flatrender.film.presets import find
from flatrender.film.probe import Expected, verify
from flatrender.film.spec import Film, Joint, Piece, Size, Sound, SoundLane
from tests.deadline import until
from tests.film.conftest import RATE, make_film, make_tone, plain

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits are POSIX")


W, H = 320, 180


def noise(seed: int) -> bytes:
    """A frame that does not compress."""
    return np.random.default_rng(seed).integers(0, 256, W * H * 4, np.uint8).tobytes()


def write(out: Path, pieces: list[Piece], *, size: Size = (96, 64), sounds: Sequence[Sound] = (), **more) -> None:
    """Composes and writes an MP4."""
    film = Film(RATE, size, max(piece.end for piece in pieces), (tuple(pieces),), (SoundLane(tuple(sounds)),))
    with composed(film, out.parent, **more) as master:
        exporting.write(master, find("mp4"), size, out, **more)


_others: set[int] = set()


@pytest.fixture(autouse=True)
def others() -> None:
    """Children that were there before the test, such as a test server, are none of its encoders."""
    _others.clear()
    _others.update(child.pid for child in psutil.Process().children())


def encoders() -> list[psutil.Process]:
    children = [child for child in psutil.Process().children() if child.pid not in _others]
    return [child for child in children if child.status() != psutil.STATUS_ZOMBIE]


def ffmpeg() -> psutil.Process:
    """The one that is running."""
    return until(encoders, 10, "FFmpeg")[0]


def test_ffmpeg_killed_while_encoding(tmp_path: Path) -> None:
    frame = noise(1)
    with (
        pytest.raises(ProcessFailed, match="SIGKILL") as caught,
        Encoder(tmp_path / "film.mp4", W, H, RATE, "mp4") as encoder,
    ):
        for number in range(500):
            encoder.write(frame)
            if number == 10:
                os.kill(ffmpeg().pid, signal.SIGKILL)
    assert caught.value.details["returncode"] == -signal.SIGKILL
    assert os.listdir(tmp_path) == []
    assert encoders() == []


def test_ffmpeg_killed_while_joining(scenes: list[Path], tmp_path: Path) -> None:
    def kill() -> bool:
        for process in encoders():
            process.kill()
        return False

    with pytest.raises(ProcessFailed, match="SIGKILL"):
        write(tmp_path / "f.mp4", [Piece(scenes[0], 0, 40), Piece(scenes[1], 45, 30)], cancelled=kill)
    assert os.listdir(tmp_path) == []


def test_ffmpeg_hanging_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "STALL_SECONDS", 0.3)
    frame = noise(1)
    with (
        pytest.raises(ProcessFailed, match="took no frame"),
        Encoder(tmp_path / "film.mp4", W, H, RATE, "mp4") as encoder,
    ):
        os.kill(ffmpeg().pid, signal.SIGSTOP)
        for _ in range(500):
            encoder.write(frame)
    assert os.listdir(tmp_path) == []
    assert encoders() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Limits | None]]:
    """A folder with room for 160 kB: a mounted one, or where that is not allowed a limit on files."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = False
    if os.geteuid() == 0 and os.path.exists("/proc/mounts"):
        words = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(folder)]
        mounted = run(words, limits=Limits(20)).returncode == 0
    yield folder, None if mounted else Limits(file_bytes=160 * 1024)
    if mounted:
        run(["umount", str(folder)], limits=Limits(20))


@pytest.mark.parametrize("name", ["mp4", "webm", "mov", "gif", "png"])
def test_a_full_disk_while_encoding(small_disk: tuple[Path, Limits | None], name: str) -> None:
    folder, limits = small_disk
    if name == "png" and limits is not None:
        limits = Limits(file_bytes=10_000)  # no single picture is large
    with (
        pytest.raises(NoSpace, match="disk is full") as caught,
        Encoder(folder / "film", W, H, RATE, name, limits=limits) as encoder,
    ):
        for number in range(100):
            encoder.write(noise(number))
    assert caught.value.status == 507
    assert os.listdir(folder) == []


def test_a_full_disk_while_joining(small_disk: tuple[Path, Limits | None], tmp_path: Path) -> None:
    folder, limits = small_disk
    frames = [np.frombuffer(noise(number), np.uint8).reshape(H, W, 4) for number in range(12)]
    scene = make_film(tmp_path / "scene.mp4", frames)
    for second in (12, 10):
        joint = Joint("crossfade", 2) if second == 10 else None
        pieces = [Piece(scene, 0, 12), Piece(scene, second, 12, joint=joint)]
        with pytest.raises(NoSpace):
            write(folder / "film.mp4", pieces, size=(W, H), limits=limits)
        assert os.listdir(folder) == []


def test_a_limit_on_files_is_told_as_a_full_disk(tmp_path: Path) -> None:
    with (
        pytest.raises(NoSpace),
        Encoder(tmp_path / "f.mp4", W, H, RATE, limits=Limits(file_bytes=100_000)) as encoder,
    ):
        for number in range(100):
            encoder.write(noise(number))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["mp4", "webm", "mov", "gif"])
def test_a_film_cut_off_is_not_complete(tmp_path: Path, name: str) -> None:
    film = make_film(tmp_path / "film", [plain(n, 255 - n, 90) for n in range(60)], format=name)
    expected = Expected(frames=60)
    assert verify(film, expected).frames == 60
    data = film.read_bytes()
    film.write_bytes(data[: len(data) * 6 // 10])
    with pytest.raises(ProcessFailed, match="not complete"):
        verify(film, expected)


def test_what_is_missing_from_a_film_is_named(scenes: list[Path], tmp_path: Path) -> None:
    tone = make_tone(tmp_path / "t.wav", 3)
    out = tmp_path / "film.mp4"
    write(out, [Piece(scenes[0], 0, 40)], sounds=[Sound(tone, 0, 40)])
    verify(out, Expected(40, RATE, 96, 64, "h264", "aac", has_alpha=False))
    wrong = {
        "39": Expected(39),
        "wide": Expected(width=98),
        "high": Expected(height=66),
        "h264 instead of vp9": Expected(video_codec="vp9"),
        "aac instead of opus": Expected(audio_codec="opus"),
        "seconds": Expected(40, type(RATE)(25)),
        "transparency is missing": Expected(has_alpha=True),
    }
    for words, expected in wrong.items():
        with pytest.raises(ProcessFailed, match=words):
            verify(out, expected)
    with pytest.raises(ProcessFailed, match="sound is missing"):
        verify(scenes[0], Expected(audio_codec="aac"))
    with pytest.raises(ProcessFailed, match="no picture"):
        verify(tone, Expected())
    with pytest.raises(ProcessFailed, match="not complete"):
        verify(tmp_path / "none.mp4", Expected())


def test_the_error_quotes_what_ffmpeg_said() -> None:
    log = "[libx264 @ 0x55] something\n[vost#0:0 @ 0x1] Error while opening encoder - maybe incorrect parameters\nend"
    error = failure(1, log, "making the film")
    assert isinstance(error, ProcessFailed)
    assert "Error while opening encoder" in error.message
    assert error.details["log"] == log
    assert isinstance(failure(228, "av_interleaved_write_frame(): No space left on device", "x"), NoSpace)
