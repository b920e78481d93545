"""The film's sound: levels, envelopes and fades to the sample, loudness by choice, lanes as loud as they were set."""

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from flatrender.core.errors import InvalidInput
from flatrender.film import loudness
from flatrender.film.compose import composed
from flatrender.film.ffmpeg import Cancelled
from flatrender.film.mixing import Mix
from flatrender.film.spec import Film, Sound, SoundLane
from tests.film.conftest import HEIGHT, RATE, WIDTH, make_film, make_tone, plain

HERTZ = 48_000


def film_of(*lanes: SoundLane, frames: int = 60) -> Film:
    return Film(RATE, (WIDTH, HEIGHT), frames, (), tuple(lanes))


def heard(film: Film, folder: Path, window: tuple[int, int] | None = None) -> NDArray[np.float64]:
    """The mix: samples x 2."""
    with composed(film, folder, pictures=False, window=window) as master:
        assert master.picture is None
        return np.fromfile(master.sound.path, "<f4").reshape(-1, 2).astype(np.float64)


def level(samples: NDArray[np.float64]) -> float:
    """Decibels below a full sine."""
    return float(20 * np.log10(np.sqrt((samples**2).mean()) * np.sqrt(2)))


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of the same sample, so that what is heard is the gain itself."""
    path = tmp_path_factory.mktemp("steady") / "steady.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(HERTZ)
        out.writeframes(np.full(4 * HERTZ * 2, 16384, "<i2").tobytes())
    return path


def test_an_envelope_is_a_straight_line_from_sample_to_sample(steady: Path, tmp_path: Path) -> None:
    envelope = ((10, 0.0), (20, 1.0), (40, 0.25))
    found = heard(film_of(SoundLane((Sound(steady, 0, 60, envelope=envelope),))), tmp_path)
    assert found.shape == (2 * HERTZ, 2)
    wanted = 0.5 * np.interp(np.arange(2 * HERTZ), [16_000, 32_000, 64_000], [0, 1, 0.25])
    assert np.abs(found[:, 0] - wanted).max() < 1e-6
    assert np.array_equal(found[:, 0], found[:, 1])


def test_fades_volumes_places_and_offsets_to_the_sample(steady: Path, tmp_path: Path) -> None:
    # One sound, cut in the midst of its fade-out, as the editor splits it.
    first = Sound(steady, 15, 24, first=20, volume=0.5, fade_in=6, fade_out=6, fade_out_to=0.5)
    second = Sound(steady, 39, 6, first=44, volume=0.5, fade_out=12)
    found = heard(film_of(SoundLane((first, second), volume=0.8)), tmp_path)[:, 0]
    place = np.arange(2 * HERTZ) - 24_000
    wanted = 0.5 * 0.5 * 0.8 * np.clip(np.minimum(place / 9_600, (48_000 - place) / 19_200), 0, 1)
    wanted[(place < 0) | (place >= 48_000)] = 0
    assert np.abs(found - wanted).max() < 1e-6


def test_a_range_hears_what_the_whole_has_there(steady: Path, tmp_path: Path) -> None:
    film = film_of(SoundLane((Sound(steady, 3, 50, envelope=((0, 0.1), (50, 1.9)), fade_out=30),)))
    whole = heard(film, tmp_path)
    assert np.abs(heard(film, tmp_path, (20, 45)) - whole[32_000:72_000]).max() < 1e-6


def test_a_loop_goes_on_without_a_gap_and_a_short_sound_ends(steady: Path, tmp_path: Path) -> None:
    short = make_tone(tmp_path / "short.wav", 0.25, hertz=400)  # a hundred whole waves
    once = heard(film_of(SoundLane((Sound(short, 0, 60),))), tmp_path)[:, 0]
    assert np.abs(once[12_001:]).max() == 0
    loop = heard(film_of(SoundLane((Sound(short, 0, 60, first=3, loop=True),))), tmp_path)[:, 0]
    wanted = 0.5 * np.sin(2 * np.pi * 400 * (np.arange(2 * HERTZ) + 4_800) / HERTZ)
    assert np.abs(loop - wanted).max() < 1e-3


def test_mute_and_solo(steady: Path, tmp_path: Path) -> None:
    lanes = [SoundLane((Sound(steady, 0, 30),), volume) for volume in (0.1, 0.2, 0.4)]

    def sums(**changes: dict[str, bool]) -> float:
        changed = [replace(lane, **changes.get(f"lane{n}", {})) for n, lane in enumerate(lanes)]
        return round(float(heard(film_of(*changed, frames=30), tmp_path)[100, 0]) * 2, 3)

    assert sums() == 0.7
    assert sums(lane1={"mute": True}) == 0.5
    assert sums(lane1={"solo": True}) == 0.2
    assert sums(lane0={"solo": True}, lane1={"solo": True, "mute": True}) == 0.1


def test_every_lane_is_as_loud_in_the_film_as_it_was_set(tmp_path: Path) -> None:
    """Music, voice, effects and a film clip's own sound, each a tone of its own, heard out of the finished mix."""
    tones = {440: 0.8, 1_000: 0.35, 2_500: 1.4, 5_000: 0.1}
    lanes = [
        SoundLane((Sound(make_tone(tmp_path / f"{hertz}.wav", 2, level=0.2, hertz=hertz), 0, 60, volume=0.9),), volume)
        for hertz, volume in tones.items()
    ]
    found = heard(film_of(*lanes), tmp_path)[:, 0]
    spectrum = np.abs(np.fft.rfft(found)) / (len(found) / 2)
    for hertz, volume in tones.items():
        set_to = 20 * np.log10(0.2 * 0.9 * volume)
        assert 20 * np.log10(spectrum[hertz * 2]) == pytest.approx(set_to, abs=0.1), hertz


def test_a_film_clips_sound_is_read_at_its_place_and_a_mute_film_is_silence(tmp_path: Path) -> None:
    silent = make_film(tmp_path / "silent.mp4", [plain(9, 9, 9)] * 30)
    own = Sound(silent, 0, 30, optional=True)
    assert np.abs(heard(film_of(SoundLane((own,)), frames=30), tmp_path)).max() == 0
    with pytest.raises(InvalidInput, match="no sound"):
        heard(film_of(SoundLane((replace(own, optional=False),)), frames=30), tmp_path)


def test_five_hundred_pieces_open_one_at_a_time(steady: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flatrender.film import mixing

    live, most, opened = set(), 0, 0

    class Counted(mixing.Child):
        def __init__(self, *args, **more) -> None:
            nonlocal most, opened
            super().__init__(*args, **more)
            live.add(self)
            opened += 1
            most = max(most, len(live))

        def close(self) -> None:
            live.discard(self)
            super().close()

    monkeypatch.setattr(mixing, "Child", Counted)
    pieces = tuple(Sound(steady, 60 * n, 30) for n in range(12))
    heard(film_of(SoundLane(pieces), frames=12 * 60), tmp_path)
    assert (opened, most, live) == (12, 1, set())


@pytest.mark.parametrize("gain", [0.05, 0.9])
def test_a_film_is_brought_to_the_loudness_wanted_and_its_peaks_are_held(tmp_path: Path, gain: float) -> None:
    """Noise that swells, with clicks in it: quiet or loud, it comes to −14 LUFS and stays under −1 dBTP."""
    path = tmp_path / "noise.wav"
    random = np.random.default_rng(3)
    times = np.arange(6 * HERTZ) / HERTZ
    samples = random.normal(0, 0.12, (6 * HERTZ, 2)) * (0.6 + 0.4 * np.sin(times * 2))[:, None]
    samples[::12_000] = 0.99
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(HERTZ)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    film = film_of(SoundLane((Sound(path, 0, 180, volume=gain),)), frames=180)
    with composed(film, tmp_path, pictures=False, target=-14.0) as master:
        found = loudness.measure(master.sound.path, master.chain)
    assert found.integrated == pytest.approx(-14, abs=0.5)
    assert found.peak <= -1.0


def test_measuring_says_how_far_it_is_and_stops_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "mix.f32"
    tone = np.float32(0.05) * np.sin(np.arange(90 * HERTZ) * (440 * 2 * np.pi / HERTZ)).astype("<f4")
    np.repeat(tone, 2).tofile(path)
    mix, told = Mix(path, len(tone), 0.05), list[float]()
    assert loudness.chain(mix, -14.0, on_progress=told.append).startswith("volume=")
    assert told and told == sorted(told)  # how often FFmpeg says it is a matter of the machine
    assert told[0] > 0 and told[-1] <= 1, told
    with pytest.raises(Cancelled):
        loudness.chain(mix, -14.0, on_progress=told.append, cancelled=lambda: True)


def test_silence_stays_and_a_sum_that_would_clip_is_held(steady: Path, tmp_path: Path) -> None:
    with composed(film_of(), tmp_path, pictures=False, target=-14.0) as master:
        assert master.chain == ""
        assert np.fromfile(master.sound.path, "<f4").shape == (2 * HERTZ * 2,)
    loud = make_tone(tmp_path / "loud.wav", 2, level=0.9)
    lanes = [SoundLane((Sound(loud, 0, 60),))] * 2
    with composed(film_of(*lanes), tmp_path, pictures=False) as master:
        assert master.sound.peak == pytest.approx(1.8, abs=0.01)
        assert loudness.measure(master.sound.path, master.chain).peak <= -1.0
    with composed(film_of(lanes[0]), tmp_path, pictures=False) as master:
        assert master.chain == "", "what does not clip keeps its level"
