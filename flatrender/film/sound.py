"""Samples to a sound file."""

from pathlib import Path

from flatrender.core.errors import InvalidInput, ProcessFailed
from flatrender.core.process import Limits, run
from flatrender.film import argv
from flatrender.film.encode import discard, put_in_place, temporary
from flatrender.film.ffmpeg import failure, find_ffmpeg
from flatrender.film.probe import probe

SAMPLE_RATE = argv.SAMPLE_RATE


def write_sound(samples: bytes, out: Path, *, sample_rate: int = SAMPLE_RATE, channels: int = 2) -> None:
    """Writes 32-bit float samples (little-endian, channels interleaved) as `out` ends: .m4a (AAC), .flac or .wav.

    `out` appears only when it is complete. Raises InvalidInput for another ending, NoSpace, ProcessFailed.
    """
    if out.suffix not in argv.SOUND_CODECS:
        raise InvalidInput(f"A sound cannot be written as {out.suffix or 'a name without ending'}; use .m4a or .wav.")
    out.parent.mkdir(parents=True, exist_ok=True)
    made = temporary(out)
    try:
        words = argv.encode_sound(made, out.suffix, sample_rate, channels)
        done = run([find_ffmpeg(), *words], limits=Limits(wall_seconds=300), input=samples)
        if done.returncode:
            raise failure(done.returncode, done.stderr.decode("utf-8", "replace"), "writing the sound")
        wanted = len(samples) / (4 * channels * sample_rate)
        if abs(probe(made).audio_duration - wanted) > 0.1:
            raise ProcessFailed(f"The sound is not complete: it should last {wanted:.2f} seconds.")
        put_in_place(made, out)
    finally:
        discard(made)
