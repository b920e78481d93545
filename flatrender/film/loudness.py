"""How loud a film is: by choice brought to a loudness, in any case kept from clipping.

As FFmpeg's `loudnorm` in its linear mode the sound is measured first and then changed by one gain, so that what was
quiet stays quiet beside what was loud. Where that would lift a true peak over the ceiling, `loudnorm` would go on to
change the dynamics throughout; here a limiter holds those peaks alone, and the gain is corrected by what it took.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flatrender.core.errors import ProcessFailed
from flatrender.core.process import Limits
from flatrender.film import sounding
from flatrender.film.argv import SAMPLE_RATE
from flatrender.film.ffmpeg import run_ffmpeg
from flatrender.film.mixing import Mix

OnProgress = Callable[[float], None]
IsCancelled = Callable[[], bool]

CEILING = -1.0
"""dBTP, of the finished file. Lossy codecs overshoot, so the limiter stays below it by `_MARGIN`."""
_MARGIN = 0.8
_CLOSE = 0.2
_TURNS = 4
SILENCE = -69.0
_FULL = 0.98
_BYTES_A_SECOND = SAMPLE_RATE * 2 * 4
_FIRST = 0.4  # of the work: measuring what was mixed; each turn behind the limiter takes another `_TURN` of it
_TURN = (1.0 - _FIRST) / _TURNS


@dataclass(frozen=True)
class Loudness:
    """`integrated` in LUFS (−70: silence), `peak` in dBTP."""

    integrated: float
    peak: float


def measure(
    path: Path, chain: str = "", *, on_progress: OnProgress | None = None, cancelled: IsCancelled | None = None
) -> Loudness:
    """The loudness of a mix behind a filter chain. Raises Cancelled, ProcessFailed."""
    log = run_ffmpeg(
        sounding.measure(path, chain),
        doing="measuring the sound",
        seconds=path.stat().st_size / _BYTES_A_SECOND,
        on_progress=on_progress,
        cancelled=cancelled,
        limits=Limits(wall_seconds=1800),
    )
    return parse(log)


def parse(log: str) -> Loudness:
    """The summary at the end of `ebur128`'s log."""
    summary = log.rpartition("Summary:")[2]
    integrated = re.search(r"\bI:\s+(-?[\d.]+|-?inf|nan) LUFS", summary)
    peak = re.search(r"\bPeak:\s+(-?[\d.]+|-?inf) dBFS", summary)
    if not integrated or not peak:
        raise ProcessFailed("The loudness of the film could not be measured; try again.", log=log[-4000:])
    loud = float(integrated[1])
    return Loudness(loud if loud > SILENCE else -70.0, max(float(peak[1]), -120.0))


def chain(
    mix: Mix, target: float | None, *, on_progress: OnProgress | None = None, cancelled: IsCancelled | None = None
) -> str:
    """The filters that the mix goes through on its way into a file; empty where it stays as it is.

    `target`: LUFS, or None to keep all levels as they were set. Measuring takes a while: a three-hour film is heard up
    to five times. Raises Cancelled, ProcessFailed.
    """

    def measured(filters: str, done: float, share: float) -> Loudness:
        tell = None if on_progress is None else lambda fraction: on_progress(done + share * fraction)
        return measure(mix.path, filters, on_progress=tell, cancelled=cancelled)

    ceiling = CEILING - _MARGIN
    if target is None:
        return sounding.limiter(0.0, ceiling) if mix.peak > _FULL else ""
    found = measured("", 0.0, _FIRST)
    if found.integrated <= SILENCE:
        return ""
    gain = target - found.integrated
    if found.peak + gain <= ceiling:
        return f"volume={gain:.3f}dB"
    for turn in range(_TURNS):
        missing = target - measured(sounding.limiter(gain, ceiling), _FIRST + turn * _TURN, _TURN).integrated
        if abs(missing) < _CLOSE:
            break
        gain += missing
    return sounding.limiter(gain, ceiling)
