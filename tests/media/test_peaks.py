"""Peaks: exact, the same however the sound is cut into blocks, and bounded for ninety minutes."""

import numpy as np
import pytest

from flatrender.media import peaks

RATE = peaks.SAMPLE_RATE


def _blocks(samples: np.ndarray, size: int):
    data = samples.astype("<i2").tobytes()
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [2, 318, 4096, 1 << 18])
def test_each_stretch_has_its_lowest_and_highest_sample(size: int) -> None:
    samples = np.random.default_rng(7).integers(-32768, 32768, RATE // 2 + 37)
    fine, coarse = peaks.measure(_blocks(samples, size), 60)
    assert (len(fine.pairs), len(coarse.pairs)) == (51, 6)
    for number in (0, 17, 49, 50):
        part = samples[number * 160 : (number + 1) * 160]
        wanted = [part.min() * 127 / 32767, part.max() * 127 / 32767]
        assert fine.pairs[number].tolist() == pytest.approx(wanted, abs=0.6)
    assert coarse.pairs[5].tolist() == fine.pairs[50].tolist()
    assert peaks.read(fine.to_bytes()).pairs.tolist() == fine.pairs.tolist()
    assert fine.milliseconds == 502


def test_ninety_minutes_stay_small() -> None:
    minute = np.zeros(RATE * 60, "<i2").tobytes()
    levels = peaks.measure((minute for _ in range(90)), 3 * 3600)
    assert [len(level.to_bytes()) for level in levels] == [1_080_016, 108_016]


def test_no_more_than_asked_for_is_read() -> None:
    read = []

    def endless():
        while True:
            read.append(1)
            yield bytes(RATE * 2)

    fine, _ = peaks.measure(endless(), 5)
    assert (len(read), len(fine.pairs)) == (5, 500)


def test_silence_without_a_sample_has_none() -> None:
    assert peaks.measure([], 10) == []
