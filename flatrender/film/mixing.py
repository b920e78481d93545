"""The sound of a film: any number of pieces, cut, looped, faded and shaped by envelopes, added sample by sample.

FFmpeg decodes each piece, numpy adds: FFmpeg's own gain changes in steps of a packet, and its graph would hold all
pieces open at once. Here only those are open that sound at that moment, and a second of sound is in memory at a time.

Gains are factors of the amplitude (1 is unchanged), never decibels: volume x lane's volume x envelope x fades, all of
them straight lines over the samples.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatrender.core.process import DEVNULL, PIPE, Child, Limits
from flatrender.film import sounding
from flatrender.film.argv import SAMPLE_RATE, samples
from flatrender.film.ffmpeg import Cancelled, find_ffmpeg
from flatrender.film.header import Header
from flatrender.film.spec import Film, Sound, heard

Samples = NDArray[np.float32]
BLOCK = SAMPLE_RATE
CHANNELS = 2


@dataclass(frozen=True)
class Mix:
    """32-bit float samples, little-endian, left and right in turn, as long as the film. `peak`: the highest sample."""

    path: Path
    samples: int
    peak: float


class _Voice:
    """One sound from its first sample in the window on: FFmpeg's decoder, and the gain of each sample."""

    def __init__(self, sound: Sound, volume: float, film: Film, window: tuple[int, int]) -> None:
        self.sound = sound
        zero = samples(film.rate.seconds(window[0]))
        begin, end = (samples(film.rate.seconds(frame)) - zero for frame in (sound.start, sound.end))
        self.start, self.end = max(begin, 0), min(end, samples(film.rate.seconds(window[1])) - zero)
        self._begin, self._length = begin, end - begin
        skipped = samples(film.rate.seconds(sound.first)) + round(sound.lead * SAMPLE_RATE)
        self._source = skipped + round((self.start - begin) * sound.speed)
        self._volume = sound.volume * volume
        self._fade_in, self._fade_out = (samples(film.rate.seconds(fade)) for fade in (sound.fade_in, sound.fade_out))
        self._curves = [_curve(points, film) for points in (sound.envelope, sound.right) if points]
        self._child: Child | None = None

    @property
    def silent(self) -> bool:
        return self._volume <= 0 or self.start >= self.end

    def open(self, header: Header, stack: ExitStack, limits: Limits | None) -> None:
        count = self.end - self.start
        sound = self.sound
        words = sounding.decode(sound.path, header, self._source, count, loop=sound.loop, speed=sound.speed)
        self._child = stack.enter_context(
            Child([find_ffmpeg(), *words], limits=limits, stdin=DEVNULL, stdout=PIPE, keep_stderr=8192, bufsize=1 << 20)
        )

    def add(self, mixed: Samples, at: int) -> None:
        """Adds what it has for the samples from `at` on. A source that ends early is silent from there."""
        first, last = max(self.start, at), min(self.end, at + len(mixed))
        if first >= last or self._child is None:
            return
        assert self._child.popen.stdout is not None
        data = self._child.popen.stdout.read((last - first) * 4 * CHANNELS)
        data = data[: len(data) // (4 * CHANNELS) * 4 * CHANNELS]
        if not data:
            self.close()
            return
        heard_now = np.frombuffer(data, "<f4").reshape(-1, CHANNELS)
        gain = self.gain(first, first + len(heard_now))
        mixed[first - at : first - at + len(heard_now)] += np.nan_to_num(heard_now) * gain

    def gain(self, first: int, last: int) -> Samples:
        """The factors of each of the mix's samples [first, last): one, or left and right."""
        place = np.arange(first - self._begin, last - self._begin, dtype=np.float64)
        gain = np.full(len(place), self._volume)
        if self._fade_in:
            begin = self.sound.fade_in_from
            gain *= np.clip(begin + (1 - begin) * place / self._fade_in, 0, 1)
        if self._fade_out:
            to = self.sound.fade_out_to
            gain *= np.clip(to + (1 - to) * (self._length - place) / self._fade_out, 0, 1)
        channels = [gain * np.interp(place, *curve) for curve in self._curves] or [gain]
        return np.stack(channels, axis=1).astype(np.float32)

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None


def _curve(points: tuple[tuple[float, float], ...], film: Film) -> tuple[list[float], list[float]]:
    """An envelope's samples and their factors."""
    return [float(frame * SAMPLE_RATE / film.rate.fraction) for frame, _ in points], [factor for _, factor in points]


def mix(
    film: Film,
    headers: Mapping[Path, Header],
    window: tuple[int, int],
    out: Path,
    *,
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits | None = None,
) -> Mix:
    """Writes the sound of the film's frames [window) to `out`. `limits`: of each decoder. Raises Cancelled."""
    sounds = ((sound, volume) for sound, volume in heard(film.sounds) if headers[sound.path].channels)
    voices = [_Voice(sound, volume, film, window) for sound, volume in sounds]
    waiting = sorted((voice for voice in voices if not voice.silent), key=lambda voice: -voice.start)
    length = samples(film.rate.seconds(window[1])) - samples(film.rate.seconds(window[0]))
    sounding_now: list[_Voice] = []
    peak = 0.0
    with out.open("wb") as file, ExitStack() as stack:
        for at in range(0, length, BLOCK):
            if cancelled and cancelled():
                raise Cancelled
            mixed: Samples = np.zeros((min(BLOCK, length - at), CHANNELS), np.float32)
            while waiting and waiting[-1].start < at + BLOCK:
                voice = waiting.pop()
                voice.open(headers[voice.sound.path], stack, limits)
                sounding_now.append(voice)
            for voice in sounding_now:
                voice.add(mixed, at)
                if voice.end <= at + BLOCK:
                    voice.close()
            sounding_now = [voice for voice in sounding_now if voice.end > at + BLOCK]
            peak = max(peak, float(np.abs(mixed).max(initial=0.0)))
            file.write(mixed.tobytes())
            if on_progress:
                on_progress(min(1.0, (at + BLOCK) / length))
    return Mix(out, length, peak)
