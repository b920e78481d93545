"""A rendered film put together from its parts, looked at frame by frame, and mended where frames are bad.

Renderers leave frames out, black or undecodable without saying so. What is found here is rendered again alone by the
caller and put in its place.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from flatrender.core.errors import BadFile, FlatRenderError, ProcessFailed
from flatrender.core.timing import Rate
from flatrender.film import argv, read
from flatrender.film.encode import Encoder
from flatrender.film.ffmpeg import run_ffmpeg
from flatrender.film.probe import FilmInfo, probe_own

SMALL = (64, 36)  # large enough to see whether anything is there
BLACK = 12  # of 255: the brightest value that still is black


def join(parts: Sequence[tuple[Path, int]], out: Path, rate: Rate, cancelled: Callable[[], bool]) -> FilmInfo:
    """Scene films of so many frames each, one after the other, pictures copied. Raises ProcessFailed, Cancelled."""
    listing = out.with_suffix(".txt")
    listing.write_text(argv.concat_list(parts, rate), encoding="utf-8")
    run_ffmpeg(argv.join(listing, out, rate, "mp4"), doing="joining the parts of a scene", cancelled=cancelled)
    return probe_own(out)


def suspects(film: Path, frames: int) -> list[range]:
    """Runs of frames that are black, missing at the end, or cannot be read. A black frame may be meant."""
    bad: list[int] = []
    count = 0
    try:
        for pixels in read.frames(film, count=frames, size=SMALL, info=probe_own(film)):
            if is_black(pixels):
                bad.append(count)
            count += 1
    except (BadFile, ProcessFailed):
        pass  # what comes after cannot be read
    bad += range(count, frames)
    runs = (list(run) for _, run in groupby(enumerate(bad), key=lambda pair: pair[1] - pair[0]))
    return [range(run[0][1], run[-1][1] + 1) for run in runs]


def is_black(pixels: bytes) -> bool:
    """Whether nothing can be seen in a frame of R, G, B, A."""
    return all(max(pixels[channel::4]) <= BLACK for channel in range(3))


def replace(film: Path, new: Mapping[int, bytes], frames: int, out: Path, cancelled: Callable[[], bool]) -> FilmInfo:
    """The film with other pictures in some places, encoded once more. Raises what the encoder raises."""
    info = probe_own(film)
    with Encoder(
        out, info.width, info.height, info.rate, "scene", opaque=True, frames=frames, cancelled=cancelled
    ) as encoder:
        old = read.frames(film, count=frames, info=info)
        for number in range(frames):
            try:
                kept = next(old, None)
            except FlatRenderError:
                kept = None
            picture = new.get(number, kept)
            if picture is None:
                raise ProcessFailed(f"Frame {number} of the film is missing.", code="incomplete-film")
            encoder.write(picture)
    assert encoder.info is not None
    return encoder.info
