"""The very words that FFmpeg is given."""

from fractions import Fraction
from pathlib import Path

import pytest

from flatrender.core.timing import Rate
from flatrender.film import argv
from flatrender.film.cut import Clip, Music, check, starts, total_frames
from flatrender.film.formats import FORMATS

RATE = Rate(30000, 1001)
TAGS = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709"


def line(words: list[str]) -> str:
    assert all(isinstance(word, str) for word in words)
    return " ".join(words)


def encode(name: str, width: int = 1920, height: int = 1080, *, opaque: bool = False, alpha: bool = False) -> str:
    return line(argv.encode(Path("/o/f.tmp"), width, height, RATE, FORMATS[name], opaque=opaque, alpha=alpha))


def test_mp4_of_opaque_frames() -> None:
    assert encode("mp4", opaque=True) == (
        "-hide_banner -nostdin -y -loglevel warning -nostats -stats_period 0.25 -progress pipe:1 "
        "-f rawvideo -pixel_format rgb0 -video_size 1920x1080 -framerate 30000/1001 -i pipe:0 "
        "-filter_complex [0:v]scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_inp,"
        "format=yuv420p,setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709[out] "
        f"-map [out] -fps_mode passthrough {line(list(argv.H264))} -g 60 {TAGS} "
        "-f mp4 -movflags +faststart -video_track_timescale 30000 -movie_timescale 30000 file:/o/f.tmp"
    )


def test_a_scene_is_encoded_as_the_film_is() -> None:
    assert encode("scene", opaque=True) == encode("mp4", opaque=True)


def test_transparent_frames_lie_over_the_background() -> None:
    words = line(argv.encode(Path("/o"), 64, 64, Rate(25), FORMATS["mp4"], background="#102030"))
    assert "-pixel_format rgba" in words
    assert "color=c=0x102030:s=64x64:r=25/1,format=gbrp[under];[under][0:v]overlay=format=gbrp:shortest=1," in words
    assert "overlay" not in encode("mov", alpha=True)


def test_odd_sizes_are_doubled_at_the_edge_where_the_format_needs_even_ones() -> None:
    assert "pad=w=iw+1:h=ih+0,fillborders=right=1:bottom=0:mode=smear" in encode("mp4", 321, 180)
    assert "pad=w=iw+1:h=ih+1" in encode("webm", 321, 181, alpha=True)
    assert "pad" not in encode("mov", 321, 181)
    assert "pad" not in encode("mp4", 320, 180)


@pytest.mark.parametrize(
    ("name", "alpha", "words"),
    [
        ("webm", False, ["-c:v libvpx-vp9 -crf 24 -b:v 0", "format=yuv420p", "-f webm"]),
        ("webm", True, ["format=yuva420p", "-auto-alt-ref 0"]),
        ("mov", True, ["-c:v prores_ks -profile:v 4444 -alpha_bits 16", "format=yuva444p10le", "-f mov"]),
        ("mov", False, ["format=yuv444p10le"]),
        ("gif", True, ["-c:v ffv1", "format=bgra", "-f nut"]),
        ("png", True, ["-c:v png", "format=rgba", "-f image2 -start_number 0 file:/o/f.tmp/%06d.png"]),
    ],
)
def test_other_formats(name: str, alpha: bool, words: list[str]) -> None:
    shown = encode(name, alpha=alpha)
    for part in words:
        assert part in shown
    assert (TAGS in shown) == (name in ("webm", "mov"))


def test_gif_passes() -> None:
    assert "palettegen=stats_mode=full:reserve_transparent=1" in line(argv.gif_palette(Path("/f"), Path("/p")))
    last = line(argv.gif(Path("/f"), Path("/p"), Path("/o"), Rate(60)))
    assert "[0:v]fps=50,null[in];[in][1:v]paletteuse=dither=bayer" in last
    assert "fps" not in line(argv.gif(Path("/f"), Path("/p"), Path("/o"), Rate(30)))


def test_percent_signs_in_a_folder_are_no_pattern() -> None:
    words = argv.encode(Path("/o/100%d"), 8, 8, RATE, FORMATS["png"])
    assert words[-1] == "file:/o/100%%d/%06d.png"


def test_inputs_may_only_be_containers_on_the_disk() -> None:
    for words in (argv.probe(Path("a")), argv.read_frames(Path("a"), "h264", 0, 1, None)):
        assert words[words.index("-protocol_whitelist") + 1] == "file"
        listed = words[words.index("-format_whitelist") + 1].split(",")
        assert {"mov", "matroska", "wav", "mp3"} <= set(listed)
        assert not {"concat", "hls", "dash", "lavfi", "tee"} & set(listed)
        assert words[words.index("-i") + 1].startswith("file:/")


CLIPS = [Clip(Path("/s/a.mp4"), 40), Clip(Path("/s/b.mp4"), 30, fade=10), Clip(Path("/s/c.mp4"), 20, first=5)]


def test_places_in_the_film() -> None:
    check(CLIPS)
    assert starts(CLIPS) == [0, 30, 60]
    assert total_frames(CLIPS) == 80


def test_cuts_and_fades_are_folded_from_the_left() -> None:
    words = argv.compose(CLIPS, [], Path("/o.tmp"), Rate(30), 640, 360)
    graph = words[words.index("-filter_complex") + 1].split(";")
    assert graph[0].startswith("[0:v:0]fps=30/1,trim=start_frame=0:end_frame=40,setpts=PTS-STARTPTS,scale=640:360")
    assert "trim=start_frame=5:end_frame=25" in graph[2]
    assert graph[3] == "[c0][c1]xfade=transition=fade:duration=0.333333:offset=1.000000[j1]"
    assert graph[4] == "[j1][c2]concat=n=2:v=1:a=0,fps=30/1,settb=1/30[j2]"
    assert graph[5] == "[j2]null[picture]"
    assert graph[6] == "anullsrc=r=48000:cl=stereo,atrim=end_sample=128000[sound]"
    assert line(words).count("-c:v libx264") == 1
    assert "-movflags +faststart" in line(words)


def test_music_is_cut_faded_and_placed_by_samples() -> None:
    piece = Music(
        Path("/m.mp3"),
        volume=0.5,
        start=Fraction(1, 2),
        offset=Fraction(2),
        fade_in=Fraction(1, 4),
        fade_out=Fraction(1),
        loop=True,
        channels=1,
    )
    words = argv.join(Path("/l.txt"), CLIPS[:1], [piece], Path("/o.tmp"), Rate(20))
    assert line(words).count("-stream_loop -1") == 1
    assert words[words.index("-filter_complex") + 1] == (
        "[1:a:0]pan=stereo|c0=c0|c1=c0,aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo,"
        "atrim=start_sample=96000:end_sample=168000,asetpts=PTS-STARTPTS,volume=0.5000,"
        "afade=t=in:ss=0:ns=12000:curve=tri,afade=t=out:ss=24000:ns=48000:curve=tri,adelay=delays=24000S:all=1[m0];"
        "[m0]apad=whole_len=96000,atrim=end_sample=96000[sound]"
    )
    assert "-map 0:v:0 -map [sound] -c:v copy -c:a aac -b:a 192k -ar 48000 -ac 2" in line(words)


def test_several_pieces_are_added_not_averaged() -> None:
    words = argv.join(Path("/l"), CLIPS[:1], [Music(Path("/a")), Music(Path("/b"))], Path("/o"), Rate(20))
    assert "[m0][m1]amix=inputs=2:duration=longest:dropout_transition=0:normalize=0,alimiter" in line(words)


def test_concat_list_quotes_names_and_gives_exact_lengths() -> None:
    text = argv.concat_list([Clip(Path("/s/it's 1.mp4"), 40), Clip(Path("/s/b.mp4"), 1)], RATE)
    assert text.splitlines() == [
        "ffconcat version 1.0",
        "file 'file:/s/it'\\''s 1.mp4'",
        "duration 1.334667",
        "file 'file:/s/b.mp4'",
        "duration 0.033367",
    ]
