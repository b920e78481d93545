"""Pictures and sound out of a film, exact by frame: for comparisons, posters, thumbnails and waveforms."""

from collections.abc import Iterator
from pathlib import Path

from flatrender.core.errors import BadFile, InvalidInput
from flatrender.core.process import DEVNULL, PIPE, Child
from flatrender.film import argv
from flatrender.film.ffmpeg import failure, find_ffmpeg, run_quick
from flatrender.film.info import FilmInfo
from flatrender.film.probe import LIMITS, probe


def frames(
    path: Path,
    *,
    first: int = 0,
    count: int | None = None,
    size: tuple[int, int] | None = None,
    info: FilmInfo | None = None,
) -> Iterator[bytes]:
    """Yields frames `first`, `first` + 1, … as `width * height * 4` bytes R, G, B, A (straight alpha).

    `count`: how many (None: all); `size`: scaled to it; `info`: what the film is, where that is known. Raises NotFound,
    BadFile, ProcessFailed.
    """
    info = info or probe(path)
    if info.video_codec is None:
        raise BadFile(f"{path.name} has no picture.")
    width, height = size or (info.width, info.height)
    words = argv.read_frames(path, info.video_codec, first, count, size)
    with Child(
        [find_ffmpeg(), *words], limits=LIMITS, stdin=DEVNULL, stdout=PIPE, keep_stderr=8192, bufsize=1 << 20
    ) as child:
        assert child.popen.stdout is not None
        while frame := child.popen.stdout.read(width * height * 4):
            if len(frame) < width * height * 4:
                break
            yield frame
        returncode = child.wait()
        if returncode:
            raise failure(returncode, child.last_words(), "reading a film")


def picture(path: Path, frame: int = 0, *, width: int | None = None) -> bytes:
    """One frame as PNG; `width` scales it, the height follows. Raises InvalidInput when there is no such frame."""
    import io

    from PIL import Image

    info = probe(path)
    size = None if width is None or not info.width else (width, max(1, round(width * info.height / info.width)))
    for pixels in frames(path, first=frame, count=1, size=size, info=info):
        image = Image.frombytes("RGBA", size or (info.width, info.height), pixels)
        out = io.BytesIO()
        (image if info.has_alpha else image.convert("RGB")).save(out, "PNG")
        return out.getvalue()
    raise InvalidInput(f"{path.name} has {info.frames} frames; there is no frame {frame}.", field="frame")


def middle(path: Path, info: FilmInfo, width: int) -> bytes:
    """The frame in the middle of a finished film as PNG, so wide. It is entered there: a long film is not read to it.

    Raises InvalidInput where there is none, BadFile, ProcessFailed.
    """
    size = (width, max(1, round(width * info.height / max(info.width, 1))))
    moment = max(0.0, (info.frames // 2 - 0.5) / float(info.rate))
    made = run_quick(argv.glimpse(path, info.video_codec, moment, size, alpha=info.has_alpha), doing="reading a film")
    return made or picture(path, width=width)


def sound(path: Path, *, sample_rate: int = argv.SAMPLE_RATE, channels: int = 2) -> bytes:
    """The sound as 32-bit floats, little-endian, channels interleaved. Raises BadFile when there is none."""
    if probe(path).audio_codec is None:
        raise BadFile(f"{path.name} has no sound.")
    return run_quick(argv.read_sound(path, sample_rate, channels), doing="reading the sound")
