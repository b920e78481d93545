"""Music for the demo films, synthesised here from nothing, so that its licence is ours.

Every bed is a loop: notes whose sound outlasts the end go on at the beginning, and the room (a convolution with
decaying noise) is computed on the circle too. The same call gives the same samples on every machine of one kind.

    write(BEDS[0], folder / "calm.m4a")
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatrender.film.sound import SAMPLE_RATE, write_sound

Samples = NDArray[np.float64]
_LEVEL = 0.11  # root mean square: quiet enough to lie under a voice
_PEAK = 0.89


@dataclass(frozen=True)
class Bed:
    """A piece of music: its words in the gallery, and how it is made. `seconds` is its exact length as a loop."""

    key: str
    name: str
    name_fa: str
    beats_per_minute: float
    bars: int
    beats_per_bar: int
    score: Callable[["Loop"], None]

    @property
    def seconds(self) -> float:
        return self.bars * self.beats_per_bar * 60 / self.beats_per_minute


class Loop:
    """A circle of stereo samples that notes are laid on. Times are in beats from the start."""

    def __init__(self, bed: Bed) -> None:
        self.beat = 60 / bed.beats_per_minute
        self.bars, self.beats_per_bar = bed.bars, bed.beats_per_bar
        self.length = round(bed.seconds * SAMPLE_RATE)
        self.dry = np.zeros((self.length, 2))
        self.wet = np.zeros((self.length, 2))  # what the room hears

    def add(self, beat: float, sound: Samples, gain: float = 1.0, pan: float = 0.0, room: float = 0.3) -> None:
        """Lays a mono sound on the circle. `pan` from -1 (left) to 1; `room`: how much of it the room hears."""
        start = round(beat * self.beat * SAMPLE_RATE) % self.length
        angle = (pan + 1) * np.pi / 4
        for channel, share in enumerate((np.cos(angle), np.sin(angle))):
            voice, place = sound * (gain * share), start
            while len(voice):
                part, voice = voice[: self.length - place], voice[self.length - place :]
                self.dry[place : place + len(part), channel] += part
                self.wet[place : place + len(part), channel] += part * room
                place = 0

    def mixed(self, decay: float) -> NDArray[np.float32]:
        """Dry and room together, levelled: samples x 2, never beyond full scale. `decay`: the room's, in seconds."""
        rng = np.random.default_rng(20)
        times = np.arange(self.length) / SAMPLE_RATE
        out = self.dry.copy()
        for channel in range(2):
            tail = rng.standard_normal(self.length) * np.exp(-6.9 * times / decay)
            tail[: round(0.012 * SAMPLE_RATE)] = 0
            spectrum = np.fft.rfft(tail)
            # The room swallows treble above two kilohertz and rumble below a hundred hertz.
            hertz = np.fft.rfftfreq(self.length, 1 / SAMPLE_RATE)
            spectrum *= 1 / (1 + (hertz / 2000) ** 2) * (hertz / (hertz + 100))
            spectrum /= np.sqrt((np.abs(spectrum) ** 2).mean())
            out[:, channel] += np.fft.irfft(np.fft.rfft(self.wet[:, channel]) * spectrum, self.length)
        out -= out.mean(axis=0)
        out *= _LEVEL / np.sqrt((out**2).mean())
        rounded = np.tanh(out / _PEAK) * _PEAK
        return np.ascontiguousarray(rounded, dtype=np.float32)


def hertz(note: float) -> float:
    """The frequency of a MIDI note number (69 is 440 Hz); halves are quarter tones."""
    return float(440 * 2 ** ((note - 69) / 12))


def _times(seconds: float) -> Samples:
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _ends(sound: Samples, attack: float, release: float) -> Samples:
    """Fades in and out so that nothing clicks (seconds)."""
    rise, fall = max(1, round(attack * SAMPLE_RATE)), max(1, round(release * SAMPLE_RATE))
    sound[:rise] *= np.sin(np.linspace(0, np.pi / 2, len(sound[:rise]))) ** 2
    sound[-fall:] *= np.cos(np.linspace(0, np.pi / 2, len(sound[-fall:]))) ** 2
    return sound


@lru_cache(maxsize=256)
def pad(note: float, seconds: float) -> Samples:
    """A soft held chord tone: four voices a few cents apart, few overtones, slow to come and go."""
    times, out = _times(seconds), _times(seconds) * 0
    rng = np.random.default_rng(round(note * 8))
    for cents in (-7, -2, 3, 8):
        base = hertz(note + cents / 100)
        for partial, strength in ((1, 1.0), (2, 0.32), (3, 0.14), (4, 0.05)):
            out += strength * np.sin(2 * np.pi * (base * partial * times + rng.random()))
    swell = 1 + 0.12 * np.sin(2 * np.pi * 0.21 * times + note)
    return _ends(0.2 * out * swell, min(1.1, seconds / 3), min(1.4, seconds / 3))


@lru_cache(maxsize=256)
def keys(note: float, seconds: float, bright: float = 1.0) -> Samples:
    """A mellow electric piano: overtones that die the sooner the higher they are, and a bell at the start."""
    times, base = _times(seconds), hertz(note)
    out = times * 0
    for partial in range(1, 8):
        fade = np.exp(-times * (1.4 + 0.9 * partial))
        out += bright ** (partial - 1) * fade * np.sin(2 * np.pi * base * partial * times) / partial**1.7
    out += 0.08 * bright * np.exp(-times * 14) * np.sin(2 * np.pi * base * 7.02 * times)
    return _ends(0.5 * out, 0.004, 0.06)


@lru_cache(maxsize=256)
def string(note: float, seconds: float) -> Samples:
    """A struck wire, as of a santur: slightly stretched overtones, two wires a little apart, a hammer's tick."""
    times, base = _times(seconds), hertz(note)
    out = times * 0
    for detune in (0.9992, 1.0009):
        for partial in range(1, 12):
            frequency = base * detune * partial * np.sqrt(1 + 0.00035 * partial**2)
            if frequency > 14_000:
                break
            out += np.exp(-times * (1.1 + 0.55 * partial)) * np.sin(2 * np.pi * frequency * times) / partial**1.15
    tick = np.random.default_rng(7).standard_normal(len(times)) * np.exp(-times * 900)
    return _ends(0.26 * out + 0.12 * tick, 0.001, 0.08)


@lru_cache(maxsize=64)
def bass(note: float, seconds: float) -> Samples:
    """A round bass: the tone, its octave, and a soft start."""
    times, base = _times(seconds), hertz(note)
    out = np.sin(2 * np.pi * base * times) + 0.3 * np.sin(4 * np.pi * base * times) * np.exp(-4 * times)
    return _ends(0.5 * out * np.exp(-0.9 * times), 0.012, 0.09)


@lru_cache(maxsize=8)
def kick() -> Samples:
    """A soft bass drum: a tone that falls from 120 to 48 Hz."""
    times = _times(0.32)
    phase = 2 * np.pi * np.cumsum(48 + 72 * np.exp(-times * 34)) / SAMPLE_RATE
    return _ends(0.9 * np.sin(phase) * np.exp(-times * 11), 0.002, 0.03)


@lru_cache(maxsize=32)
def hiss(seed: int, seconds: float, decay: float) -> Samples:
    """A shaker or a brush: noise without its lower half, dying at `decay` per second."""
    times = _times(seconds)
    noise = np.random.default_rng(seed).standard_normal(len(times))
    return _ends(0.2 * np.diff(noise, prepend=0.0) * np.exp(-times * decay), 0.006, 0.01)


@lru_cache(maxsize=8)
def drum(low: bool) -> Samples:
    """A frame drum: the hand on its middle (low) or on its rim."""
    times = _times(0.5 if low else 0.2)
    skin = np.sin(2 * np.pi * np.cumsum((92 if low else 310) + 30 * np.exp(-times * 40)) / SAMPLE_RATE)
    slap = np.random.default_rng(3).standard_normal(len(times)) * np.exp(-times * (160 if low else 70))
    return _ends(0.7 * skin * np.exp(-times * (9 if low else 34)) + (0.1 if low else 0.22) * slap, 0.001, 0.03)


def _chord(loop: Loop, beat: float, notes: Sequence[float], beats: float, gain: float) -> None:
    for place, note in enumerate(notes):
        side = 0.5 * (2 * place / max(1, len(notes) - 1) - 1)
        loop.add(beat, pad(note, (beats + 1.2) * loop.beat), gain, side, 0.5)


def _calm(loop: Loop) -> None:
    """Held chords in D flat, a slow figure of keys above them."""
    chords = ((49, 56, 60, 65), (46, 53, 60, 61), (42, 49, 58, 65), (44, 51, 58, 63))
    figure = (0, 2, 3, 2, 1, 3, 2, 1)
    rng = np.random.default_rng(1)
    for bar in range(loop.bars):
        chord, at = chords[bar % 4], bar * 4.0
        _chord(loop, at, chord, 4, 0.32)
        loop.add(at, bass(chord[0] - 12, 3.4 * loop.beat), 0.4, 0, 0.1)
        if bar % 8 < 1:
            continue  # the figure breathes
        for step, tone in enumerate(figure):
            touch = 0.34 + 0.1 * rng.random() + (0.1 if step % 4 == 0 else 0)
            loop.add(at + step / 2, keys(chord[tone] + 12, 2.6, 0.7), touch, 0.45 * np.sin(1.3 * step), 0.55)
        if bar % 4 == 3:
            loop.add(at + 3, keys(chord[3] + 24, 3.0, 0.6), 0.2, -0.3, 0.8)


def _bright(loop: Loop) -> None:
    """Light keys in G over a four-on-the-floor pulse that builds up and steps back before it comes round."""
    chords = ((43, 59, 62, 66), (40, 59, 64, 67), (36, 60, 64, 67), (38, 57, 62, 66))
    melody = ((0, 3, 1.5), (1.5, 2, 1), (2.5, 3, 1.5), (3.5, 1, 0.5))
    for bar in range(loop.bars):
        chord, at, quiet = chords[bar % 4], bar * 4.0, bar >= loop.bars - 2
        _chord(loop, at, chord[1:], 4, 0.16)
        for beat in (0.0, 0.75, 1.5, 2.5, 3.0):
            loop.add(at + beat, bass(chord[0], 0.7 * loop.beat), 0.55 if beat in (0.0, 2.5) else 0.36, 0, 0.05)
        for step in range(8):
            tone = chord[1 + (step * 2 + bar) % 3]
            loop.add(at + step / 2, keys(tone + 12, 1.1, 0.9), 0.2 + 0.1 * (step % 2 == 0), 0.5 * (-1) ** step, 0.35)
        if bar >= 4:
            for beat, tone, length in melody:
                loop.add(at + beat, keys(chord[int(tone)] + 24, length + 0.6, 1.0), 0.3, 0.15, 0.5)
        if quiet:
            continue
        for beat_number in range(4):
            if bar >= 2:
                loop.add(at + beat_number, kick(), 0.75, 0, 0.04)
            loop.add(at + beat_number + 0.5, hiss(beat_number, 0.09, 55), 0.5, 0.25, 0.15)
            if bar >= 6 and beat_number % 2:
                loop.add(at + beat_number, hiss(9, 0.2, 22), 0.75, -0.1, 0.4)


def _desert(loop: Loop) -> None:
    """A santur over a drone on D in the mode of Shur (the second degree a quarter tone low), a frame drum in six."""
    shur = (62, 63.5, 65, 67, 69, 70, 72, 74)
    phrases = ((3, 2, 1, 0, 1, 2), (4, 3, 4, 5, 4, 3), (7, 6, 5, 4, 3, 4), (2, 3, 2, 1, 1, 0))
    rng = np.random.default_rng(5)
    for bar in range(loop.bars):
        at = bar * 6.0
        _chord(loop, at, (38, 50, 57), 6, 0.3)
        loop.add(at, bass(38, 4 * loop.beat), 0.4, 0, 0.1)
        for step, degree in enumerate(phrases[(bar * 3 + bar // 4) % 4]):
            if bar % 6 == 5 and step > 3:
                continue
            note, side = shur[degree], 0.4 * np.sin(step + bar)
            loop.add(at + step, string(note, 2.4), 0.34 + 0.08 * rng.random(), side, 0.5)
            if step % 3 == 0:
                loop.add(at + step, string(note - 12, 2.4), 0.2, -side, 0.5)
            if bar >= 3 and step in (2, 5):  # the stroke doubled, as a santur's mezrab does
                for repeat in (0.25, 0.5, 0.75):
                    loop.add(at + step + repeat, string(note, 1.4), 0.2 - 0.1 * repeat, side, 0.5)
        if bar >= 2:
            for beat, low, gain in ((0, True, 0.8), (2, False, 0.3), (3, True, 0.5), (4, False, 0.42), (5, False, 0.3)):
                loop.add(at + beat, drum(low), gain, -0.15, 0.25)


# The tempi give loops of whole numbers of samples with small factors, which the Fourier transform likes.
BEDS: tuple[Bed, ...] = (
    Bed("calm", "Still water", "آب آرام", 75, 8, 4, _calm),
    Bed("bright", "Open window", "پنجرهٔ باز", 112.5, 16, 4, _bright),
    Bed("desert", "Caravan road", "راه کاروان", 125, 12, 6, _desert),
)
_ROOMS = {"calm": 3.2, "bright": 1.4, "desert": 2.2}


def find(key: str) -> Bed:
    """The bed of that key. Raises KeyError."""
    return {bed.key: bed for bed in BEDS}[key]


def synthesise(bed: Bed) -> NDArray[np.float32]:
    """The bed's samples: `round(bed.seconds * SAMPLE_RATE)` x 2, from -1 to 1, a seamless loop."""
    loop = Loop(bed)
    bed.score(loop)
    return loop.mixed(_ROOMS[bed.key])


def write(bed: Bed, out: Path) -> Path:
    """Writes the bed as the name ends: `.m4a` (AAC), `.flac` or `.wav`. Returns `out`."""
    write_sound(synthesise(bed).astype("<f4").tobytes(), out)
    return out
