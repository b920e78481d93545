"""Peaks of a sound for drawing its wave: the lowest and the highest sample of each short stretch, at two zoom levels.

The form of a level, little-endian: `FRPK`, version (1 byte), level (1), stretches a second (2), stretches (4), length
in milliseconds (4); then a pair of signed bytes for each stretch, ±127 being full scale. Ninety minutes take 1.08 MB at
the fine level and 108 kB at the coarse one.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
PER_SECOND = (100, 10)  # by level
MAGIC = b"FRPK"
VERSION = 1
HEADER = struct.Struct("<4sBBHII")


@dataclass(frozen=True)
class Level:
    """Pairs of lowest and highest, `stretches` by 2."""

    number: int
    per_second: int
    pairs: NDArray[np.int8]
    milliseconds: int

    def to_bytes(self) -> bytes:
        """The stored form."""
        head = HEADER.pack(MAGIC, VERSION, self.number, self.per_second, len(self.pairs), self.milliseconds)
        return head + self.pairs.tobytes()

    def to_dict(self) -> dict[str, int]:
        return {"level": self.number, "per_second": self.per_second, "buckets": len(self.pairs)}


def measure(blocks: Iterable[bytes], most_seconds: float) -> list[Level]:
    """The levels of 16-bit samples of one channel at `SAMPLE_RATE`, of at most `most_seconds`; [] of none."""
    stretch = SAMPLE_RATE // PER_SECOND[0]
    most = int(most_seconds * SAMPLE_RATE)
    parts: list[NDArray[np.int8]] = []
    rest: NDArray[np.int16] = np.empty(0, np.int16)
    taken = 0
    for block in blocks:
        samples = np.concatenate((rest, np.frombuffer(block, "<i2")[: most - taken]))
        taken += len(samples) - len(rest)
        whole = len(samples) // stretch * stretch
        parts.append(_extremes(samples[:whole].reshape(-1, stretch)))
        rest = samples[whole:]
        if taken >= most:
            break
    if len(rest):
        parts.append(_extremes(rest.reshape(1, -1)))
    if not taken:
        return []
    fine = np.concatenate(parts)
    milliseconds = round(taken * 1000 / SAMPLE_RATE)
    return [Level(0, PER_SECOND[0], fine, milliseconds), Level(1, PER_SECOND[1], _coarser(fine), milliseconds)]


def read(data: bytes) -> Level:
    """A stored level."""
    _, _, number, per_second, count, milliseconds = HEADER.unpack_from(data)
    pairs = np.frombuffer(data, np.int8, count * 2, HEADER.size).reshape(-1, 2)
    return Level(number, per_second, pairs, milliseconds)


def _extremes(stretches: NDArray[np.int16]) -> NDArray[np.int8]:
    found = np.stack((stretches.min(axis=1, initial=32767), stretches.max(axis=1, initial=-32768)), axis=1)
    result: NDArray[np.int8] = np.rint(found * (127 / 32767)).clip(-127, 127).astype(np.int8)
    return result


def _coarser(fine: NDArray[np.int8]) -> NDArray[np.int8]:
    group = PER_SECOND[0] // PER_SECOND[1]
    starts = np.arange(0, len(fine), group)
    low, high = np.minimum.reduceat(fine[:, 0], starts), np.maximum.reduceat(fine[:, 1], starts)
    result: NDArray[np.int8] = np.stack((low, high), axis=1)
    return result
