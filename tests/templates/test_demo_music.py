"""The demos' music: deterministic, as loud as it should be, and a loop without a seam."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from flatrender.core.errors import InvalidInput
from flatrender.film.probe import probe
from flatrender.film.sound import SAMPLE_RATE, write_sound
from flatrender.templates.demos import music


@cache
def made(key: str) -> NDArray[np.float32]:
    return music.synthesise(music.find(key))


@pytest.mark.parametrize("bed", music.BEDS, ids=lambda bed: bed.key)
def test_a_bed_is_a_loop_of_twenty_to_forty_seconds(bed: music.Bed, tmp_path: Path) -> None:
    samples = made(bed.key)
    assert 20 <= bed.seconds <= 40
    assert samples.shape == (round(bed.seconds * SAMPLE_RATE), 2)
    assert np.isfinite(samples).all()
    assert 0.3 < np.abs(samples).max() < 0.9
    loudness = np.sqrt((samples.astype(float) ** 2).mean())
    assert 0.08 < loudness < 0.13
    seam = np.abs(samples[0] - samples[-1]).max()
    steps = np.abs(np.diff(samples, axis=0))
    assert seam < np.quantile(steps, 0.999), "the end meets the beginning as any sample meets the next"
    seconds = samples[: len(samples) // SAMPLE_RATE * SAMPLE_RATE].reshape(-1, SAMPLE_RATE, 2)
    assert np.sqrt((seconds.astype(float) ** 2).mean(axis=(1, 2))).min() > 0.02, "it never falls silent"
    out = tmp_path / f"{bed.key}.m4a"
    write_sound(samples.astype("<f4").tobytes(), out)
    info = probe(out)
    assert (info.audio_codec, info.channels, info.sample_rate) == ("aac", 2, SAMPLE_RATE)
    assert info.duration == pytest.approx(bed.seconds, abs=0.06)


def test_the_same_call_gives_the_same_samples() -> None:
    assert np.array_equal(made("calm"), music.synthesise(music.find("calm")))


def test_endings_choose_the_kind_of_file(tmp_path: Path) -> None:
    tone = (0.3 * np.sin(np.arange(48_000) * 0.05)).astype("<f4").tobytes()
    for ending, codec in ((".m4a", "aac"), (".flac", "flac"), (".wav", "pcm_s16le")):
        write_sound(tone, tmp_path / f"tone{ending}", channels=1)
        info = probe(tmp_path / f"tone{ending}")
        assert (info.audio_codec, info.channels) == (codec, 1)
        assert info.duration == pytest.approx(1, abs=0.05)
    with pytest.raises(InvalidInput, match="mp3"):
        write_sound(tone, tmp_path / "tone.mp3")
    assert len(list(tmp_path.iterdir())) == 3
