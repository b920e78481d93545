"""Small stand-ins of strangers' films and sounds: a film for previews, pictures of it in a sheet, its loudness in time.

The stranger's file is read in limited children only; what comes after (sheet, poster) is made from our own proxy.
"""

import math
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

from flatrender.core.errors import ProcessFailed
from flatrender.core.process import DEVNULL, PIPE, Child, Limits
from flatrender.core.timing import Rate
from flatrender.film import argv
from flatrender.film.encode import discard, put_in_place, temporary
from flatrender.film.ffmpeg import Cancelled, failure, find_ffmpeg, run_ffmpeg, run_quick
from flatrender.film.header import KNOWS_HOLES
from flatrender.film.probe import FilmInfo, probe

SIDE = 540  # of a proxy, the shorter one
FASTEST = 60  # frames per second of a proxy
SLOWEST = 10  # of a film made of a moving picture
LIMITS = Limits(wall_seconds=4 * 3600, memory_bytes=4 << 30, file_bytes=8 << 30)
_USUAL = (24, 25, 30, 50, 60)
_BLOCK = 1 << 18
OnProgress = Callable[[float], None]
IsCancelled = Callable[[], bool]


def proxy_rate(info: FilmInfo) -> Rate:
    """The constant rate of a film's proxy: its own, halved while over `FASTEST`; a usual one where its own varies."""
    if info.variable_rate:
        return Rate(next((usual for usual in _USUAL if usual >= float(info.rate) - 0.5), FASTEST))
    rate = info.rate.fraction
    while rate > FASTEST:
        rate /= 2
    return Rate(rate.numerator, rate.denominator)


def make_proxy(
    source: Path,
    info: FilmInfo,
    out: Path,
    *,
    holed: bool = False,
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> FilmInfo:
    """Makes the proxy of a film; what it is. A film that breaks off gives a proxy of what is there.

    A film with transparency lies on grey in it, or is seen through where `holed`. Raises ProcessFailed when nothing of
    the film can be decoded, NoSpace, Cancelled.
    """
    rate, target = proxy_rate(info), temporary(out)
    sound, holes = info.audio_codec is not None, info.has_alpha
    decoder = KNOWS_HOLES.get(info.video_codec or "") if holes else None
    if holed:
        words = argv.holed_proxy(source, target, rate, side=SIDE, sound=sound, decoder=decoder)
    else:
        words = argv.proxy(source, target, rate, side=SIDE, sound=sound, holes=holes, decoder=decoder)
    return _made(words, out, round(info.duration * float(rate)), on_progress, cancelled)


def film_rate(info: FilmInfo) -> Rate:
    """The constant rate at which every picture of a moving one begins on a frame, halved while over `FASTEST` (then
    within a frame of it), and several times that where it is under `SLOWEST`.

    Each says how long it is shown, and the last one often is for seconds: the mean says nothing.
    """
    if not info.step:
        return proxy_rate(info)
    rate = 1 / info.step
    while rate > FASTEST:
        rate /= 2
    rate *= max(1, math.ceil(SLOWEST / rate))
    return Rate(rate.numerator, rate.denominator)


def make_film(
    source: Path,
    info: FilmInfo,
    out: Path,
    *,
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> FilmInfo:
    """A moving picture as a film of its size that browsers play; what it is. Raises as `make_proxy`."""
    rate = film_rate(info)
    words = argv.moving_picture(source, temporary(out), rate)
    return _made(words, out, round(info.duration * float(rate)), on_progress, cancelled)


def make_sound_proxy(source: Path, out: Path, *, cancelled: IsCancelled | None = None) -> FilmInfo:
    """The sound of `source` in a form that every browser plays. Raises as `make_proxy`."""
    return _made(argv.sound_proxy(source, temporary(out)), out, None, None, cancelled)


def _made(
    words: list[str], out: Path, frames: int | None, on_progress: OnProgress | None, cancelled: IsCancelled | None
) -> FilmInfo:
    made = Path(words[-1].removeprefix("file:"))
    try:
        try:
            run_ffmpeg(
                words,
                doing="making a preview",
                frames=frames,
                on_progress=on_progress,
                cancelled=cancelled,
                limits=LIMITS,
            )
        except ProcessFailed as error:
            # FFmpeg counts a file that breaks off as a failure, and has written what came before.
            if not made.is_file() or not made.stat().st_size or error.details.get("returncode", -1) in {None, -1}:
                raise
        info = probe(made)
        put_in_place(made, out)
        return info
    finally:
        discard(made)


def sheet(film: Path, every: int, columns: int, rows: int, size: tuple[int, int]) -> bytes:
    """Every `every`-th key frame of a proxy in one picture of `columns` by `rows`: its RGB bytes."""
    words = argv.sheet(film, every, columns, rows, *size)
    pixels = run_quick(words, doing="drawing a film's pictures", limits=LIMITS)
    if len(pixels) != columns * rows * size[0] * size[1] * 3:
        raise ProcessFailed("The pictures of the film are not complete; try again.")
    return pixels


def still(film: Path, seconds: Fraction, size: tuple[int, int]) -> bytes:
    """The key frame of a proxy at or before a time: its RGB bytes."""
    pixels = run_quick(argv.still(film, seconds, *size), doing="drawing a film's poster", limits=LIMITS)
    if len(pixels) != size[0] * size[1] * 3:
        raise ProcessFailed("The poster of the film is not complete; try again.")
    return pixels


def samples(path: Path, sample_rate: int, *, cancelled: IsCancelled | None = None) -> Iterator[bytes]:
    """The sound in blocks of 16-bit samples of one channel, as far as it can be decoded. Raises Cancelled.

    Raises ProcessFailed when nothing of it can be.
    """
    words = argv.samples_of(path, sample_rate)
    with Child([find_ffmpeg(), *words], limits=LIMITS, stdin=DEVNULL, stdout=PIPE, keep_stderr=8192) as child:
        assert child.popen.stdout is not None
        some = False
        rest = b""
        while part := os.read(child.popen.stdout.fileno(), _BLOCK):
            if cancelled and cancelled():
                raise Cancelled
            part = rest + part
            even = len(part) & ~1
            rest = part[even:]
            some = True
            yield part[:even]
        returncode = child.wait()
        if returncode and not some:
            raise failure(returncode, child.last_words(), "reading a sound")
