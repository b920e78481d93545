"""The very words that FFmpeg is given."""

from pathlib import Path

import pytest

from flatrender.core.timing import Rate
from flatrender.film import argv, picture, sounding
from flatrender.film.formats import FORMATS
from flatrender.film.header import Header
from flatrender.film.spans import spans
from flatrender.film.spec import Film, Joint, Piece

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


def graph_of(film: Film, headers: dict[Path, Header], stills: dict[Piece, picture.Still] | None = None) -> list[str]:
    [part] = spans(film)
    words = picture.span(part, film, headers, stills or {}, Path("/o.tmp"), ["-f", "mp4"])
    assert words[-1] == "file:/o.tmp"
    return [*words[words.index("-filter_complex") + 1].split(";"), line(words)]


def test_a_film_that_fills_the_frame_is_only_put_on_the_clock() -> None:
    piece = Piece(Path("/s/a.mp4"), 0, 40, first=15)
    [chain, words] = graph_of(Film(Rate(30), (640, 360), 40, ((piece,),)), {piece.path: Header(640, 360)})
    assert chain.startswith("[0:V:0]settb=AVTB,setpts=PTS-3667,fps=30/1:round=up:start_time=0,tpad=stop_mode=clone")
    assert "-noaccurate_seek -ss 0.500000 -protocol_whitelist file" in words
    assert "gbrp" not in chain


def test_a_picture_is_laid_over_with_its_opacity_and_its_fades() -> None:
    ground = Piece(Path("/s/a.mp4"), 0, 40)
    logo = Piece(Path("/l.png"), 0, 40, still=True, opacity=0.5, fade_in=10, fade_out=20, fade_out_to=0.5)
    film = Film(Rate(20), (640, 360), 40, ((ground,), (logo,)))
    under, over, both, end, words = graph_of(film, {ground.path: Header(640, 360)}, {logo: (Path("/d%1.png"), 7, -3)})
    assert under.endswith("format=gbrp[l0]")
    assert over == (
        "[1:v:0]null,loop=loop=-1:size=1,settb=1/20,setpts=N,format=gbrap,colorchannelmixer=aa=0.500000,"
        "fade=t=in:st=0.000000:d=0.500000:alpha=1,fade=t=out:st=1.000000:d=2.000000:alpha=1[l1]"
    )
    assert both == "[l0][l1]overlay=x='7':y='-3':format=gbrp:alpha=straight:eof_action=repeat[l2]"
    assert end.startswith("[l2]scale=out_color_matrix=bt709")
    assert "-f image2 -pattern_type none -framerate 20/1 -i file:/d%1.png" in words


def test_a_transition_moves_along_the_tables_lines() -> None:
    old, new = Piece(Path("/a"), 0, 8), Piece(Path("/b"), 0, 8, joint=Joint("slide", 8, "left"))
    film = Film(Rate(25), (640, 360), 8, ((old, new),))
    chains = graph_of(film, {old.path: Header(640, 360), new.path: Header(640, 360)})
    assert "overlay=x='0+floor(0.000000000+-80.000000000*round(t*25/1)+0.5)':y='0'" in chains[3]
    assert "overlay=x='0+floor(640.000000000+-80.000000000*round(t*25/1)+0.5)':y='0'" in chains[4]


def test_a_sound_is_entered_where_that_is_exact_and_else_read_from_its_start() -> None:
    late = 60 * 48_000
    words = line(sounding.decode(Path("/m.mp4"), Header(channels=1, indexed=True), late, 9, loop=False))
    assert "-ss 60.000000 -protocol_whitelist" in words
    assert "pan=stereo|c0=c0|c1=c0,aresample=48000" in words
    assert words.endswith("atrim=start_sample=0:end_sample=9 -f f32le -c:a pcm_f32le pipe:1")
    for header, loop in ((Header(channels=2), False), (Header(channels=2, indexed=True), True)):
        words = line(sounding.decode(Path("/m.mp3"), header, late, 9, loop=loop))
        assert "-ss" not in words
        assert f"atrim=start_sample={late}:end_sample={late + 9}" in words
        assert ("-stream_loop -1" in words) == loop


def test_concat_list_quotes_names_and_gives_exact_lengths() -> None:
    text = argv.concat_list([(Path("/s/it's 1.mp4"), 40), (Path("/s/b.mp4"), 1)], RATE)
    assert text.splitlines() == [
        "ffconcat version 1.0",
        "file 'file:/s/it'\\''s 1.mp4'",
        "duration 1.334667",
        "file 'file:/s/b.mp4'",
        "duration 0.033367",
    ]
