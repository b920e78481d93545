"""How loud a film is: by choice brought to a loudness, in any case kept from clipping.

As FFmpeg's `loudnorm` in its linear mode the sound is measured first and then changed by one gain, so that what was
quiet stays quiet beside what was loud. Where that would lift a true peak over the ceiling, `loudnorm` would go on to
change the dynamics throughout; here a limiter holds those peaks alone, and the gain is corrected by what it took.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from flatrender.core.errors import ProcessFailed
from flatrender.core.process import Limits, run
from flatrender.film import sounding
from flatrender.film.ffmpeg import failure, find_ffmpeg
from flatrender.film.mixing import Mix

CEILING = -1.0
"""dBTP, of the finished file. Lossy codecs overshoot, so the limiter stays below it by `_MARGIN`."""
_MARGIN = 0.8
_CLOSE = 0.2
_TURNS = 4
SILENCE = -69.0
_FULL = 0.98


@dataclass(frozen=True)
class Loudness:
    """`integrated` in LUFS (−70: silence), `peak` in dBTP."""

    integrated: float
    peak: float


def measure(path: Path, chain: str = "") -> Loudness:
    """The loudness of a mix behind a filter chain."""
    done = run([find_ffmpeg(), *sounding.measure(path, chain)], limits=Limits(wall_seconds=1800), max_output=1 << 20)
    log = done.stderr.decode("utf-8", "replace")
    if done.returncode:
        raise failure(done.returncode, log, "measuring the sound")
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


def chain(mix: Mix, target: float | None) -> str:
    """The filters that the mix goes through on its way into a file; empty where it stays as it is.

    `target`: LUFS, or None to keep all levels as they were set.
    """
    ceiling = CEILING - _MARGIN
    if target is None:
        return sounding.limiter(0.0, ceiling) if mix.peak > _FULL else ""
    found = measure(mix.path)
    if found.integrated <= SILENCE:
        return ""
    gain = target - found.integrated
    if found.peak + gain <= ceiling:
        return f"volume={gain:.3f}dB"
    for _ in range(_TURNS):
        missing = target - measure(mix.path, sounding.limiter(gain, ceiling)).integrated
        if abs(missing) < _CLOSE:
            break
        gain += missing
    return sounding.limiter(gain, ceiling)
