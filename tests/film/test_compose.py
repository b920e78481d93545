"""Scene films joined: right to the frame, faded as drawn, under music that is as loud as asked."""

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from flatrender.core.errors import BadFile, InvalidInput
from flatrender.core.timing import Rate
from flatrender.film.compose import Clip, Music, can_copy, compose
from flatrender.film.ffmpeg import Cancelled
from flatrender.film.probe import probe
from tests.film.conftest import HEIGHT, RATE, WIDTH, decoded, loudness, make_film, make_tone, number_of, plain

TONE = 0.5 / np.sqrt(2)  # the root mean square of a sine of level 0.5


def numbers(path: Path) -> list[int]:
    return [number_of(frame.tobytes()) for frame in decoded(path)]


def test_cuts_copy_every_frame_unchanged(scenes: list[Path], tmp_path: Path) -> None:
    clips = [Clip(scenes[0], 40), Clip(scenes[2], 20), Clip(scenes[1], 30), Clip(scenes[2], 20)]
    info = compose(clips, [], tmp_path / "film.mp4", rate=RATE)
    assert (info.frames, info.duration) == (110, pytest.approx(110 / 30, abs=1e-6))
    assert (info.video_codec, info.audio_codec) == ("h264", "aac")
    film = decoded(tmp_path / "film.mp4")
    parts = [decoded(clip.path) for clip in clips]
    assert np.array_equal(film, np.concatenate(parts)), "copied pictures are bit for bit those of the scenes"
    assert os.listdir(tmp_path) == ["film.mp4"]


def test_a_film_plays_while_it_loads(scenes: list[Path], tmp_path: Path) -> None:
    for clips in ([Clip(scenes[0], 40)], [Clip(scenes[0], 40), Clip(scenes[1], 30, fade=4)]):
        compose(clips, [], tmp_path / "film.mp4", rate=RATE)
        data = (tmp_path / "film.mp4").read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")


def test_cross_fades_are_right_to_the_frame(scenes: list[Path], tmp_path: Path) -> None:
    """40 + 30 + 20 frames, 10 and 6 of them shared: 74. The fade's frame k shows k/n of the new scene."""
    grey, white = plain(60, 60, 60), plain(220, 220, 220)
    one = make_film(tmp_path / "one.mp4", [grey] * 40)
    two = make_film(tmp_path / "two.mp4", [white] * 30)
    clips = [Clip(one, 40), Clip(two, 30, fade=10), Clip(one, 20, fade=6)]
    info = compose(clips, [], tmp_path / "film.mp4", rate=RATE)
    assert info.frames == 74
    levels = decoded(tmp_path / "film.mp4")[:, 10:50, 10:80, :3].mean(axis=(1, 2, 3))
    for frame in range(30):
        assert levels[frame] == pytest.approx(60, abs=2), frame
    for step in range(10):
        assert levels[30 + step] == pytest.approx(60 + 160 * step / 10, abs=4), step
    assert levels[35] == pytest.approx(140, abs=4), "the middle of the fade is half of each"
    for frame in range(40, 54):
        assert levels[frame] == pytest.approx(220, abs=2), frame
    for step in range(6):
        assert levels[54 + step] == pytest.approx(220 - 160 * step / 6, abs=4), step
    for frame in range(60, 74):
        assert levels[frame] == pytest.approx(60, abs=2), frame


def test_frames_around_cuts_and_fades_are_those_of_the_scenes(scenes: list[Path], tmp_path: Path) -> None:
    clips = [Clip(scenes[0], 40), Clip(scenes[1], 30, fade=10), Clip(scenes[2], 20)]
    assert compose(clips, [], tmp_path / "film.mp4", rate=RATE).frames == 80
    shown = numbers(tmp_path / "film.mp4")
    assert shown[:30] == list(range(30))
    assert shown[40:60] == list(range(110, 130))
    assert shown[60:] == list(range(200, 220))
    before, after = decoded(scenes[0])[20], decoded(tmp_path / "film.mp4")[20]
    assert np.abs(before.astype(int) - after).mean() < 2, "a second encoding changes nothing that can be seen"


def test_many_clips_stay_exact(scenes: list[Path], tmp_path: Path) -> None:
    clips = [Clip(scenes[2], 20)] + [Clip(scenes[2], 20, fade=number % 3) for number in range(11)]
    info = compose(clips, [], tmp_path / "film.mp4", rate=RATE)
    assert info.frames == 12 * 20 - sum(number % 3 for number in range(11))


def test_trimmed_clips(scenes: list[Path], tmp_path: Path) -> None:
    info = compose([Clip(scenes[0], 12, first=7), Clip(scenes[1], 5, first=25)], [], tmp_path / "f.mp4", rate=RATE)
    assert info.frames == 17
    assert numbers(tmp_path / "f.mp4") == [*range(7, 19), *range(125, 130)]


def test_fractional_rates(tmp_path: Path) -> None:
    rate = Rate(30000, 1001)
    parts = [make_film(tmp_path / f"{n}.mp4", [plain(50 + 90 * n, 50, 50)] * 33, rate) for n in range(2)]
    cut = compose([Clip(part, 33) for part in parts], [], tmp_path / "cut.mp4", rate=rate)
    assert (cut.frames, cut.rate) == (66, rate)
    faded = compose([Clip(parts[0], 33), Clip(parts[1], 33, fade=7)], [], tmp_path / "fade.mp4", rate=rate)
    assert (faded.frames, faded.rate) == (59, rate)
    assert faded.duration == pytest.approx(59 * 1001 / 30000, abs=1e-4)


def test_a_foreign_clip_is_fitted_and_brought_to_the_films_rate(scenes: list[Path], tmp_path: Path) -> None:
    wide = make_film(tmp_path / "wide.mp4", [plain(250, 250, 250, width=200, height=64)] * 15, Rate(15), "mp4")
    info = compose([Clip(scenes[2], 20), Clip(wide, 30)], [], tmp_path / "film.mp4", rate=RATE)
    assert (info.frames, info.width, info.height) == (50, WIDTH, HEIGHT)
    last = decoded(tmp_path / "film.mp4")[40, :, 48, 0]
    assert last[2] < 20, "black above"
    assert last[32] > 235, "the picture in the middle"


def test_what_can_be_copied(scenes: list[Path], tmp_path: Path) -> None:
    other = make_film(tmp_path / "other.mp4", [plain(0, 0, 0, width=64)] * 20)
    infos = {path: probe(path) for path in [*scenes, other]}
    size = (WIDTH, HEIGHT)
    whole = [Clip(scenes[0], 40), Clip(scenes[1], 30)]
    assert can_copy(whole, infos, RATE, size)
    assert not can_copy([whole[0], Clip(scenes[1], 30, fade=1)], infos, RATE, size)
    assert not can_copy([whole[0], Clip(scenes[1], 29)], infos, RATE, size)
    assert not can_copy([whole[0], Clip(other, 20)], infos, RATE, size)
    assert not can_copy(whole, infos, Rate(25), size)
    assert not can_copy(whole, infos, RATE, (64, 64))


def test_without_music_there_is_silence_of_the_films_length(scenes: list[Path], tmp_path: Path) -> None:
    info = compose([Clip(scenes[0], 40)], [], tmp_path / "film.mp4", rate=RATE)
    assert info.audio_codec == "aac"
    assert info.audio_duration == pytest.approx(40 / 30, abs=0.03)
    assert loudness(tmp_path / "film.mp4").max() < 1e-4


def test_music_fades_and_ends_with_the_film(tmp_path: Path) -> None:
    """Four seconds: up in the first, down in the last, as straight lines."""
    film = make_film(tmp_path / "scene.mp4", [plain(9, 9, 9)] * 120)
    tone = make_tone(tmp_path / "tone.wav", 60)
    music = Music(tone, volume=0.8, fade_in=Fraction(1), fade_out=Fraction(1))
    info = compose([Clip(film, 120)], [music], tmp_path / "film.mp4", rate=RATE)
    assert info.duration == pytest.approx(4, abs=1e-6)
    assert info.audio_duration == pytest.approx(4, abs=0.03)
    heard = loudness(tmp_path / "film.mp4") / (TONE * 0.8)
    centres = (np.arange(80) + 0.5) * 0.05
    wanted = np.clip(np.minimum(centres, 4 - centres), 0, 1)
    assert np.abs(heard[1:79] - wanted[1:79]).max() < 0.06
    assert np.abs(heard[24:56] - 1).max() < 0.02


def test_music_begins_where_it_is_put_from_where_it_is_taken(tmp_path: Path) -> None:
    film = make_film(tmp_path / "scene.mp4", [plain(9, 9, 9)] * 90)
    import wave

    with wave.open(str(tmp_path / "steps.wav"), "wb") as out:  # one second each of 0.1, 0.2, 0.3, 0.4
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(44_100)
        times = np.arange(4 * 44_100) / 44_100
        levels = 0.1 * (1 + np.floor(times))
        out.writeframes(np.round(levels * np.sin(2 * np.pi * 500 * times) * 32767).astype("<i2").tobytes())
    piece = Music(tmp_path / "steps.wav", start=Fraction(1), offset=Fraction(2), duration=Fraction(3, 2))
    compose([Clip(film, 90)], [piece], tmp_path / "film.mp4", rate=RATE)
    heard = loudness(tmp_path / "film.mp4", 0.1) * np.sqrt(2)
    assert heard[:9].max() < 0.01
    assert heard[11:19] == pytest.approx(0.3, abs=0.01)
    assert heard[21:24] == pytest.approx(0.4, abs=0.01)
    assert heard[26:].max() < 0.01


def test_short_music_leaves_silence_and_looped_music_does_not(tmp_path: Path) -> None:
    film = make_film(tmp_path / "scene.mp4", [plain(9, 9, 9)] * 90)
    tone = make_tone(tmp_path / "tone.wav", 1.2)
    compose([Clip(film, 90)], [Music(tone)], tmp_path / "once.mp4", rate=RATE)
    heard = loudness(tmp_path / "once.mp4", 0.1)
    assert heard[2:11] == pytest.approx(TONE, abs=0.01)
    assert heard[13:].max() < 0.01
    compose([Clip(film, 90)], [Music(tone, loop=True)], tmp_path / "loop.mp4", rate=RATE)
    assert loudness(tmp_path / "loop.mp4", 0.1)[2:29].min() > 0.9 * TONE


def test_two_pieces_add_up_without_being_turned_down_or_clipping(tmp_path: Path) -> None:
    film = make_film(tmp_path / "scene.mp4", [plain(9, 9, 9)] * 60)
    low = make_tone(tmp_path / "low.wav", 2, level=0.3, hertz=300)
    high = make_tone(tmp_path / "high.wav", 2, level=0.3, hertz=1000)
    compose([Clip(film, 60)], [Music(low), Music(high, start=Fraction(1))], tmp_path / "film.mp4", rate=RATE)
    heard = loudness(tmp_path / "film.mp4", 0.1)
    assert heard[2:9] == pytest.approx(0.3 / np.sqrt(2), abs=0.01)
    assert heard[12:19] == pytest.approx(0.3, abs=0.015)
    loud = make_tone(tmp_path / "loud.wav", 2, level=0.9)
    compose([Clip(film, 60)], [Music(loud), Music(loud)], tmp_path / "loud.mp4", rate=RATE)
    from flatrender.film import read

    assert np.abs(np.frombuffer(read.sound(tmp_path / "loud.mp4"), "<f4")).max() < 1.05


def test_progress_rises_to_one(scenes: list[Path], tmp_path: Path) -> None:
    seen: list[float] = []
    clips = [Clip(scenes[0], 40), Clip(scenes[1], 30, fade=3)]
    compose(clips, [], tmp_path / "film.mp4", rate=RATE, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_cancel_leaves_nothing(scenes: list[Path], tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        compose([Clip(scenes[0], 40)], [], tmp_path / "film.mp4", rate=RATE, cancelled=lambda: True)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("clips", "words"),
    [
        ([], "no scenes"),
        ([(40, 5)], "nothing before it"),
        ([(40, 0), (30, 31)], "shorter than the transitions"),
        ([(41, 0)], "render it again"),
        ([(0, 0)], "no frames"),
    ],
)
def test_impossible_cuts_are_told(scenes: list[Path], tmp_path: Path, clips: list[tuple[int, int]], words: str) -> None:
    asked = [Clip(scenes[place], frames, fade=fade) for place, (frames, fade) in enumerate(clips)]
    with pytest.raises(InvalidInput, match=words):
        compose(asked, [], tmp_path / "film.mp4", rate=RATE)


def test_bad_inputs_are_told(scenes: list[Path], tmp_path: Path) -> None:
    text = tmp_path / "song.mp3"
    text.write_text("not music at all")
    with pytest.raises(BadFile, match=r"song\.mp3"):
        compose([Clip(scenes[0], 40)], [Music(text)], tmp_path / "film.mp4", rate=RATE)
    with pytest.raises(InvalidInput, match="no sound"):
        compose([Clip(scenes[0], 40)], [Music(scenes[1])], tmp_path / "film.mp4", rate=RATE)
    assert os.listdir(tmp_path) == ["song.mp3"]
