"""What FFmpeg prints, read right: our films, strangers' files, recorded outputs."""

import shutil
from pathlib import Path

import pytest

from flatrender.core.errors import BadFile, NotFound
from flatrender.core.timing import Rate
from flatrender.film.probe import parse, probe
from tests.film.conftest import make_film, make_tone, plain

# Printed by FFmpeg 9.0 for a telephone's film: turned by a quarter, 29.97 frames/s, sound first, a cover picture.
PHONE = """\
Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'IMG_0001.MOV':
  Duration: 00:00:00.10, start: 0.000000, bitrate: 16290 kb/s
  Stream #0:0[0x1](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono, fltp, 91 kb/s (default)
  Stream #0:1[0x2](und): Video: hevc (Main 10) (hvc1 / 0x31637668), yuv420p10le(tv, bt2020nc/bt2020/arib-std-b67), \
1920x1080, 16100 kb/s, SAR 1:1 DAR 16:9, 29.97 fps, 29.97 tbr, 600 tbn (default)
    Side data:
      displaymatrix: rotation of -90.00 degrees
  Stream #0:2[0x0]: Video: mjpeg (Baseline), yuvj420p(pc), 600x600, 90k tbr, 90k tbn (attached pic)
Stream mapping:
  Stream #0:1 -> #0:0 (copy)
"""
PHONE_PACKETS = """\
#extradata 0:      111, 0x12345678
#tb 0: 1/30000
#media_type 0: video
#codec_id 0: hevc
#dimensions 0: 1920x1080
#tb 1: 1/44100
#media_type 1: audio
#codec_id 1: aac
#sample_rate 1: 44100
0,      -1001,          0,     1001,    59846, 0xf2af451a
1,          0,          0,     1024,      200, 0xf2af451a
0,          0,       2002,     1001,    50932, 0xe2960143, F=0x0
0,       1001,       1001,     1001,    32536, 0x1bba319d, F=0x0, S=1, Matroska BlockAdditional,       26, 0x27b703cc
1,       1024,       1024,     1024,      200, 0xf2af451a
"""


def test_a_telephones_film_stands_upright() -> None:
    info = parse(PHONE_PACKETS, PHONE)
    assert info is not None
    assert (info.width, info.height) == (1080, 1920)
    assert (info.frames, info.rate) == (3, Rate(30000, 1001))
    assert info.duration == pytest.approx(3003 / 30000)
    assert (info.video_codec, info.pixel_format, info.audio_codec) == ("hevc", "yuv420p10le", "aac")
    assert (info.sample_rate, info.channels) == (44100, 1)
    assert info.audio_duration == pytest.approx(2048 / 44100)
    assert not info.has_alpha


def test_nothing_in_it_is_nothing() -> None:
    assert parse("", "Input #0, whatever\n") is None


def test_sound_alone(tmp_path: Path) -> None:
    info = probe(make_tone(tmp_path / "tone.wav", 1.5, sample_rate=44_100))
    assert (info.video_codec, info.audio_codec, info.frames) == (None, "pcm_s16le", 0)
    assert info.duration == info.audio_duration == pytest.approx(1.5)
    assert (info.sample_rate, info.channels) == (44_100, 1)


def test_a_picture(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(plain(1, 2, 3, 40)).save(tmp_path / "logo.png")
    Image.fromarray(plain(1, 2, 3)[..., :3]).save(tmp_path / "photo.jpg")
    logo, photo = probe(tmp_path / "logo.png"), probe(tmp_path / "photo.jpg")
    assert (logo.video_codec, logo.width, logo.height, logo.frames, logo.has_alpha) == ("png", 96, 64, 1, True)
    assert (photo.video_codec, photo.width, photo.has_alpha) == ("mjpeg", 96, False)


@pytest.mark.parametrize("rate", [Rate(24000, 1001), Rate(25), Rate(30000, 1001), Rate(50), Rate(60000, 1001)])
@pytest.mark.parametrize("name", ["mp4", "webm"])
def test_rates_are_exact(tmp_path: Path, rate: Rate, name: str) -> None:
    info = probe(make_film(tmp_path / "film", [plain(9, 9, 9)] * 9, rate, name))
    assert (info.rate, info.frames) == (rate, 9)


def test_strangers_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    bad = tmp_path / "clip.mp4"
    bad.write_bytes(b"this is a text file named .mp4" * 50)
    with pytest.raises(BadFile, match=r"clip\.mp4 is no film"):
        probe(bad)
    with pytest.raises(NotFound):
        probe(tmp_path / "none.mp4")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadFile, match="no pictures"):
        probe(tmp_path / "empty")


def test_lists_that_point_elsewhere_are_not_followed(tmp_path: Path) -> None:
    """A playlist or a concat list could read any file of ours, or call any address."""
    secret = make_tone(tmp_path / "secret.wav", 0.2)
    shutil.copy(secret, tmp_path / "segment.ts")
    traps = {
        "list.mp4": f"ffconcat version 1.0\nfile '{secret.name}'\n",
        "play.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{tmp_path}/segment.ts\n#EXT-X-ENDLIST\n",
        "net.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    }
    for name, text in traps.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(BadFile):
            probe(tmp_path / name)


def test_names_cannot_become_options_or_patterns(tmp_path: Path) -> None:
    for name in ("-y.wav", "http:x.wav", "50%d.wav", "it's & “odd”.wav"):
        assert probe(make_tone(tmp_path / name, 0.1)).audio_codec == "pcm_s16le"
