"""FFmpeg's words for sound: a source decoded from any sample on, the finished mix as an input, its loudness. Pure."""

from fractions import Fraction
from math import ceil
from pathlib import Path

from flatrender.film import argv
from flatrender.film.argv import SAMPLE_RATE
from flatrender.film.header import Header

# Nearer than this to its start a source is decoded from there: no slower, and exact in every container.
_NEAR = 10 * SAMPLE_RATE
# FFmpeg plays one channel on two at 0.7 of its level each; browsers do not.
_TWICE = "pan=stereo|c0=c0|c1=c0"


def decode(path: Path, header: Header, first: int, count: int, *, loop: bool, speed: float = 1.0) -> list[str]:
    """`count` samples of a sound from sample `first` on, to stdout as 32-bit floats in two channels.

    `speed`: as a tape is played, faster and higher; negative: from `first` backwards.
    """
    taken = ceil(count * abs(speed))
    if speed < 0:
        first, taken = max(0, first - taken), min(taken, max(first, 0))
    enter = header.indexed and not loop and first > _NEAR
    seek = ["-ss", argv.seconds_of(Fraction(first, SAMPLE_RATE))] if enter else []
    skip = 0 if enter else first
    steps = [_TWICE] if header.channels == 1 else []
    steps += [f"aresample={SAMPLE_RATE}", "aformat=sample_fmts=flt:channel_layouts=stereo"]
    steps.append(f"atrim=start_sample={skip}:end_sample={skip + taken}")
    if speed < 0:
        steps.append("areverse")
    if abs(speed) != 1:
        # No clock may be left that says when the samples were: they are played one after the other.
        steps += ["asetpts=N/SR/TB", f"asetrate={max(1, round(SAMPLE_RATE * abs(speed)))}", f"aresample={SAMPLE_RATE}"]
    return [
        *("-hide_banner", "-nostdin", "-loglevel", "error", *(("-stream_loop", "-1") if loop else ()), *seek),
        *(*argv.SAFE_INPUT, "-i", argv.file(path), "-map", "0:a:0", "-vn", "-af", ",".join(steps)),
        *("-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"),
    ]


def mixed(path: Path) -> list[str]:
    """The finished mix as an input."""
    return ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "2", "-i", argv.file(path)]


def measure(path: Path, chain: str) -> list[str]:
    """The loudness of the mix behind `chain` by ITU-R BS.1770 and EBU R 128; a summary on stderr."""
    steps = ",".join(filter(None, (chain, "ebur128=peak=true:framelog=verbose")))
    return ["-hide_banner", "-nostdin", *argv.PROGRESS, *mixed(path), "-af", steps, "-f", "null", "-"]


def limiter(gain: float, ceiling: float) -> str:
    """A gain in dB, then no true peak above `ceiling` dB: looked for between the samples, at four times their rate."""
    level = 10 ** (ceiling / 20)
    return (
        f"volume={gain:.3f}dB,aresample={4 * SAMPLE_RATE},"
        f"alimiter=limit={level:.6f}:level=0:attack=5:release=80:latency=1,aresample={SAMPLE_RATE}"
    )
