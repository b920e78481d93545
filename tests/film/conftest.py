"""Small films with known pixels and sounds with known samples, made for each test session."""

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from flatrender.core.timing import Rate
from flatrender.film import read
from flatrender.film.encode import Encoder

Pixels = NDArray[np.uint8]
WIDTH, HEIGHT = 96, 64
RATE = Rate(30)


def plain(red: int, green: int, blue: int, alpha: int = 255, *, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    frame = np.empty((height, width, 4), np.uint8)
    frame[:] = (red, green, blue, alpha)
    return frame


def numbered(number: int, colour: tuple[int, int, int] = (40, 90, 160)) -> Pixels:
    """A frame that carries its number in eight blocks of black and white along the top."""
    frame = plain(*colour)
    for bit in range(8):
        frame[0:24, bit * 12 : bit * 12 + 12, :3] = 255 if number >> bit & 1 else 0
    return frame


def number_of(frame: bytes, width: int = WIDTH, height: int = HEIGHT) -> int:
    pixels = np.frombuffer(frame, np.uint8).reshape(height, width, 4)
    blocks = [pixels[8:16, bit * 12 + 4 : bit * 12 + 8, :3].mean() for bit in range(8)]
    return sum(1 << bit for bit, level in enumerate(blocks) if level > 128)


def decoded(path: Path, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """All frames: frames x height x width x 4."""
    return np.frombuffer(b"".join(read.frames(path)), np.uint8).reshape(-1, height, width, 4)


def make_film(path: Path, frames: list[Pixels], rate: Rate = RATE, format: str = "scene") -> Path:
    height, width = frames[0].shape[:2]
    with Encoder(path, width, height, rate, format, opaque=True, frames=len(frames)) as encoder:
        for frame in frames:
            encoder.write(frame.tobytes())
    return path


def make_tone(path: Path, seconds: float, *, level: float = 0.5, hertz: float = 440, sample_rate: int = 48_000) -> Path:
    times = np.arange(round(seconds * sample_rate)) / sample_rate
    samples = np.round(level * 32767 * np.sin(2 * np.pi * hertz * times)).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        out.writeframes(samples.tobytes())
    return path


def loudness(path: Path, window: float = 0.05) -> NDArray[np.float64]:
    """The root mean square of each window of a film's sound, left channel."""
    samples = np.frombuffer(read.sound(path), "<f4").reshape(-1, 2)[:, 0].astype(np.float64)
    length = round(window * 48_000)
    whole = len(samples) // length * length
    result: NDArray[np.float64] = np.sqrt((samples[:whole].reshape(-1, length) ** 2).mean(axis=1))
    return result


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three numbered scene films of 40, 30 and 20 frames: numbers 0…39, 100…129, 200…219."""
    folder = tmp_path_factory.mktemp("scenes")
    lengths, firsts, colours = (40, 30, 20), (0, 100, 200), ((40, 90, 160), (160, 60, 40), (60, 150, 70))
    return [
        make_film(folder / f"scene {place}'s.mp4", [numbered(first + n, colour) for n in range(length)])
        for place, (length, first, colour) in enumerate(zip(lengths, firsts, colours, strict=True))
    ]
