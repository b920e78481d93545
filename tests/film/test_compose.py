"""Films composed: right to the frame, met as the table of transitions says, one on another, seeking in what is long."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flatrender.core.errors import BadFile, InvalidInput
from flatrender.core.timing import Rate
from flatrender.film import compose, transitions
from flatrender.film.compose import composed
from flatrender.film.encode import Encoder
from flatrender.film.ffmpeg import Cancelled, run_ffmpeg
from flatrender.film.probe import FilmInfo, probe
from flatrender.film.spec import Film, Fit, Joint, Loop, Piece, Place
from tests.film.conftest import HEIGHT, RATE, WIDTH, Pixels, decoded, make_film, number_of, numbered, plain

SIZE = (WIDTH, HEIGHT)


def lane(*clips: tuple[Path, int], joints: dict[int, Joint] | None = None, firsts: dict[int, int] | None = None):
    """Clips of so many frames one after the other; `joints[n]`: how clip n meets the one before."""
    pieces, end = [], 0
    for number, (path, frames) in enumerate(clips):
        joint = (joints or {}).get(number)
        start = end - (joint.frames if joint else 0)
        pieces.append(Piece(path, start, frames, first=(firsts or {}).get(number, 0), joint=joint))
        end = start + frames
    return tuple(pieces)


def film_of(*lanes: tuple[Piece, ...], frames: int | None = None, rate: Rate = RATE, **more) -> Film:
    length = frames or max(piece.end for pieces in lanes for piece in pieces)
    return Film(rate, more.pop("size", SIZE), length, lanes, **more)


def frames_of(film: Film, folder: Path, **more) -> tuple[Pixels, FilmInfo]:
    with composed(film, folder, **more) as master:
        assert master.picture is not None and master.info is not None
        return decoded(master.picture, *film.size), master.info


def pattern(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """A picture of soft blots, different on every side."""
    blots = np.random.default_rng(seed).integers(0, 255, (6, 9, 3), dtype=np.uint8)
    return np.array(Image.fromarray(blots).resize((width, height), Image.Resampling.BICUBIC).convert("RGBA"))


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = ((one[..., :3].astype(float) - other[..., :3].astype(float)) ** 2).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def numbers(frames: Pixels) -> list[int]:
    return [number_of(frame.tobytes()) for frame in frames]


def test_cuts_copy_every_frame_unchanged(scenes: list[Path], tmp_path: Path) -> None:
    clips = lane((scenes[0], 40), (scenes[2], 20), (scenes[1], 30), (scenes[2], 20))
    shown, info = frames_of(film_of(clips), tmp_path)
    assert (info.frames, info.duration) == (110, pytest.approx(110 / 30, abs=1e-6))
    parts = [decoded(piece.path) for piece in clips]
    assert np.array_equal(shown, np.concatenate(parts)), "copied pictures are bit for bit those of the scenes"
    assert os.listdir(tmp_path) == []


def test_our_own_scenes_are_joined_without_asking_ffmpeg_about_each(
    scenes: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(path: Path) -> FilmInfo:
        raise AssertionError(f"FFmpeg was asked about {path.name}")

    monkeypatch.setattr(compose.header, "look", asked)
    monkeypatch.setattr(compose, "probe", asked)
    clips = tuple(replace(piece, ours=True) for piece in lane((scenes[0], 40), (scenes[2], 20), (scenes[1], 30)))
    shown, info = frames_of(film_of(clips), tmp_path)
    assert info.frames == 90
    assert np.array_equal(shown, np.concatenate([decoded(piece.path) for piece in clips]))


def test_an_own_scene_and_a_strangers_copy_of_it_are_both_copied(scenes: list[Path], tmp_path: Path) -> None:
    own, strange = lane((scenes[0], 40), (scenes[1], 30))
    shown, _ = frames_of(film_of((replace(own, ours=True), strange)), tmp_path)
    assert np.array_equal(shown, np.concatenate([decoded(scenes[0]), decoded(scenes[1])]))


def test_only_what_is_touched_is_encoded_again(
    scenes: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[list[str]] = []

    def watch(words: list[str], **more) -> str:
        made.append(words)
        return run_ffmpeg(words, **more)

    monkeypatch.setattr(compose, "run_ffmpeg", watch)
    ground = lane((scenes[0], 40), (scenes[1], 30), (scenes[2], 20))
    logo = Piece(scenes[2], 45, 20, place=Place(0.5, 0.5, 0.25, 0.25))
    shown, _ = frames_of(film_of(ground, (logo,)), tmp_path)
    encoded = [words for words in made if "libx264" in words]
    assert len(encoded) == 1 + 3, "one frame for a look, and the middle scene before, under and after the picture"
    assert np.array_equal(shown[:40], decoded(scenes[0]))
    assert np.array_equal(shown[70:], decoded(scenes[2]))
    assert numbers(shown)[40:70] == list(range(100, 130))


WAYS = [
    (kind, way) for kind in transitions.KINDS for way in (("",) if kind in ("crossfade", "dip") else ("left", "up"))
]
WAYS += [("wipe", "right"), ("wipe", "down"), ("slide", "right"), ("slide", "down")]


def by_the_table(old: Pixels, new: Pixels, kind: str, way: str, progress: float, color: tuple[int, ...]) -> np.ndarray:
    """Both pictures as the table says, added: the definition, in numpy."""
    pixels, total = transitions.pixels, np.zeros((HEIGHT, WIDTH, 3))
    for picture, state in zip((old, new), transitions.states(kind, progress, way), strict=True):
        colours = picture[..., :3] * (1 - state.tint) + np.array(color) * state.tint
        seen = np.zeros((HEIGHT, WIDTH, 1))
        rows = slice(pixels(state.top, HEIGHT), pixels(state.bottom, HEIGHT))
        seen[rows, pixels(state.left, WIDTH) : pixels(state.right, WIDTH)] = state.opacity
        moved = np.zeros_like(total)
        x, y = pixels(state.x, WIDTH), pixels(state.y, HEIGHT)
        to = (slice(max(y, 0), HEIGHT + min(y, 0)), slice(max(x, 0), WIDTH + min(x, 0)))
        source = (slice(max(-y, 0), HEIGHT - max(y, 0)), slice(max(-x, 0), WIDTH - max(x, 0)))
        moved[to] = (colours * seen)[source]
        total += moved
    return total


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pair")
    return [make_film(folder / f"{seed}.mp4", [pattern(seed)] * 12) for seed in (1, 2)]


@pytest.mark.parametrize(("kind", "way"), WAYS)
def test_a_quarter_a_half_three_quarters_through_a_transition_the_film_shows_what_the_table_says(
    pair: list[Path], tmp_path: Path, kind: str, way: str
) -> None:
    joint = Joint(kind, 12, way, "#ff0080")
    shown, info = frames_of(film_of(lane((pair[0], 12), (pair[1], 12), joints={1: joint})), tmp_path)
    assert info.frames == 12
    old, new = decoded(pair[0])[0], decoded(pair[1])[0]
    for frame in (0, 3, 6, 9):
        wanted = by_the_table(old, new, kind, way, frame / 12, (255, 0, 128))
        assert psnr(shown[frame], wanted) > 29, frame
        other = by_the_table(old, new, kind, way, (frame + 2) / 12, (255, 0, 128))
        assert psnr(shown[frame], other) < psnr(shown[frame], wanted) - 1, "the moment can be told from others"


def test_cross_fades_are_right_to_the_frame(tmp_path: Path) -> None:
    """40 + 30 + 20 frames, 10 and 6 of them shared: 74. The fade's frame k shows k/n of the new scene."""
    grey, white = plain(60, 60, 60), plain(220, 220, 220)
    one = make_film(tmp_path / "one.mp4", [grey] * 40)
    two = make_film(tmp_path / "two.mp4", [white] * 30)
    joints = {1: Joint("crossfade", 10), 2: Joint("crossfade", 6)}
    shown, info = frames_of(film_of(lane((one, 40), (two, 30), (one, 20), joints=joints)), tmp_path)
    assert info.frames == 74
    levels = shown[:, 10:50, 10:80, :3].mean(axis=(1, 2, 3))
    wanted = (
        [60] * 30 + [60 + 16 * k for k in range(10)] + [220] * 14 + [220 - 160 * k / 6 for k in range(6)] + [60] * 14
    )
    assert np.abs(levels - wanted).max() < 3
    assert sorted(os.listdir(tmp_path)) == ["one.mp4", "two.mp4"]


def test_the_film_is_the_same_wherever_a_range_cuts_it(pair: list[Path], tmp_path: Path) -> None:
    joints = {1: Joint("dip", 9, color="#20c040")}
    film = film_of(
        lane((pair[0], 12), (pair[1], 12), joints=joints),
        (Piece(pair[0], 2, 10, place=Place(0.1, 0.2, 0.4, 0.4), fade_in=5, fade_out=7, opacity=0.8),),
    )
    whole, _ = frames_of(film, tmp_path)
    for first, end in ((5, 11), (4, 8), (9, 15)):
        part, info = frames_of(film, tmp_path, window=(first, end))
        assert info.frames == end - first
        for frame in range(first, end):
            assert psnr(part[frame - first], whole[frame]) > 32, (first, frame)


def test_trimmed_clips_and_gaps(scenes: list[Path], tmp_path: Path) -> None:
    pieces = (Piece(scenes[0], 0, 12, first=7), Piece(scenes[1], 17, 5, first=25))
    shown, info = frames_of(film_of(pieces, frames=25, background="#ff0000"), tmp_path)
    assert info.frames == 25
    assert numbers(shown)[:12] == list(range(7, 19))
    assert numbers(shown)[17:22] == list(range(125, 130))
    for frame in (12, 16, 22, 24):
        assert np.abs(shown[frame, 32, 48, :3] - [255.0, 0.0, 0.0]).max() < 6


def test_fractional_rates(tmp_path: Path) -> None:
    rate = Rate(30000, 1001)
    parts = [make_film(tmp_path / f"{n}.mp4", [plain(50 + 90 * n, 50, 50)] * 33, rate) for n in range(2)]
    _, cut = frames_of(film_of(lane(*((part, 33) for part in parts)), rate=rate), tmp_path)
    assert (cut.frames, cut.rate) == (66, rate)
    faded = lane(*((part, 33) for part in parts), joints={1: Joint("crossfade", 7)})
    _, info = frames_of(film_of(faded, rate=rate), tmp_path)
    assert (info.frames, info.rate) == (59, rate)
    assert info.duration == pytest.approx(59 * 1001 / 30000, abs=1e-4)


def test_other_rates_show_the_frame_that_stands_at_that_moment(tmp_path: Path) -> None:
    for rate in (Rate(24), Rate(25), Rate(60), Rate(24000, 1001), Rate(12)):
        count = round(float(rate))
        other = make_film(tmp_path / "other.mp4", [numbered(n) for n in range(count)], rate, "mp4")
        shown, _ = frames_of(film_of((Piece(other, 0, 20, first=7),)), tmp_path)
        wanted = [int((frame + 7.11) / 30 * float(rate)) for frame in range(20)]
        assert numbers(shown) == wanted, rate


@pytest.mark.parametrize("rate", [Rate(12), Rate(100, 7)])
def test_a_film_that_begins_anew_shows_the_frame_of_its_round(rate: Rate, tmp_path: Path) -> None:
    looped = make_film(tmp_path / "loop.webm", [numbered(n) for n in range(7)], rate, "webm")
    for first in (0, 50, 100_000):
        piece = Piece(looped, 0, 70, first=first, loop=Loop(7, rate))
        wanted = [int((first + frame + 0.11) / 30 * float(rate)) % 7 for frame in range(70)]
        shown, _ = frames_of(film_of((piece,)), tmp_path)
        assert numbers(shown) == wanted, first
    part, _ = frames_of(film_of((piece,)), tmp_path, window=(41, 66))
    assert numbers(part) == wanted[41:66], "wherever a range begins"


SOURCE = pattern(5, 120, 40)


@pytest.mark.parametrize("kind", ["film", "still"])
@pytest.mark.parametrize(
    ("fit", "place"),
    [
        (Fit("cover"), Place()),
        (Fit("cover", focus=(1, 0)), Place(0.25, 0.25, 0.5, 0.5)),
        (Fit("contain"), Place()),
        (Fit("contain", focus=(0, 1)), Place(0.125, 0.125, 0.5, 0.75)),
        (Fit("stretch", crop=(0.2, 0.1, 0.3, 0.4)), Place(0.5, 0, 0.5, 1)),
        (Fit("cover", crop=(0.5, 0, 0, 0)), Place(0.7, 0.7, 0.6, 0.6)),
        (Fit("contain"), Place(0.25, 0.25, 0.5, 0.5, 30)),
    ],
)
def test_pictures_lie_where_fit_and_place_say(kind: str, fit: Fit, place: Place, tmp_path: Path) -> None:
    if kind == "film":
        source = make_film(tmp_path / "s.mp4", [SOURCE] * 4, RATE, "mp4")
        picture = Image.fromarray(decoded(source, 120, 40)[0]).convert("RGBA")
    else:
        source = tmp_path / "s.png"
        picture = Image.fromarray(SOURCE)
        picture.save(source)
    shown, _ = frames_of(film_of((), (Piece(source, 0, 3, fit=fit, place=place, still=kind == "still"),)), tmp_path)
    left, top, right, bottom = fit.crop
    picture = picture.crop((round(120 * left), round(40 * top), round(120 * (1 - right)), round(40 * (1 - bottom))))
    box = (place.width * WIDTH, place.height * HEIGHT)
    scales = (box[0] / picture.width, box[1] / picture.height)
    if fit.mode != "stretch":
        scales = (min(scales) if fit.mode == "contain" else max(scales),) * 2
    size = (picture.width * scales[0], picture.height * scales[1])
    scaled = picture.resize((round(size[0]), round(size[1])), Image.Resampling.BICUBIC)
    room = (box[0] - size[0], box[1] - size[1])
    inside = Image.new("RGBA", (round(box[0]), round(box[1])))
    inside.paste(scaled, (round(room[0] * fit.focus[0]), round(room[1] * fit.focus[1])))
    turned = inside.rotate(-place.rotation, Image.Resampling.BICUBIC, expand=True)
    wanted = Image.new("RGBA", SIZE, (0, 0, 0, 255))
    middle = ((place.x + place.width / 2) * WIDTH, (place.y + place.height / 2) * HEIGHT)
    corner = (round(middle[0] - turned.width / 2), round(middle[1] - turned.height / 2))
    wanted.paste(turned, corner, turned)
    assert psnr(shown[1], np.asarray(wanted)) > (21 if place.rotation else 27)


def test_opacity_and_fades_of_a_picture_on_another(tmp_path: Path) -> None:
    ground = make_film(tmp_path / "g.mp4", [plain(100, 100, 100)] * 30)
    white = tmp_path / "white.png"
    Image.new("RGBA", (10, 10), (255, 255, 255, 255)).save(white)
    common = {"still": True, "opacity": 0.5, "place": Place(0, 0, 0.5, 1)}
    # Cut in the midst of its fade-in, as the editor splits it.
    parts = (
        Piece(white, 4, 3, fade_in=8, **common),
        Piece(white, 7, 17, fade_in=5, fade_in_from=3 / 8, fade_out=4, **common),
    )
    shown, _ = frames_of(film_of(lane((ground, 30)), parts), tmp_path)
    for frame in range(30):
        inside = frame - 4
        share = 0.5 * min(inside / 8, 1, (20 - inside) / 4) if 0 <= inside < 20 else 0
        assert shown[frame, 10:50, 10:40, :3].mean() == pytest.approx(100 + 155 * share, abs=4), frame
        assert shown[frame, 10:50, 60:90, :3].mean() == pytest.approx(100, abs=3), frame


def test_pictures_with_transparency_cross_fade_without_a_dark_edge_and_later_lanes_are_above(tmp_path: Path) -> None:
    ground = make_film(tmp_path / "g.mp4", [plain(200, 200, 200)] * 16)
    for name, colour in (("a", (255, 0, 0, 128)), ("b", (0, 0, 255, 128)), ("top", (0, 255, 0, 255))):
        Image.new("RGBA", (8, 8), colour).save(tmp_path / f"{name}.png")
    text = (
        Piece(tmp_path / "a.png", 0, 12, still=True),
        Piece(tmp_path / "b.png", 4, 12, still=True, joint=Joint("crossfade", 8)),
    )
    above = (Piece(tmp_path / "top.png", 0, 16, still=True, place=Place(0.8, 0.8, 0.2, 0.2)),)
    shown, _ = frames_of(film_of(lane((ground, 16)), text, above), tmp_path)
    share = 128 / 255
    for frame, part in ((0, 0), (4, 0), (6, 0.25), (8, 0.5), (10, 0.75), (12, 1)):
        colour = np.array([255 * (1 - part), 0, 255 * part])
        assert shown[frame, 20, 20, :3] == pytest.approx(200 * (1 - share) + colour * share, abs=6), frame
        assert np.abs(shown[frame, 60, 90, :3] - [0.0, 255.0, 0.0]).max() < 6


def test_a_transparent_film_keeps_its_transparency(tmp_path: Path) -> None:
    mark = tmp_path / "mark.png"
    Image.new("RGBA", (8, 8), (255, 120, 0, 255)).save(mark)
    with_alpha = tmp_path / "alpha.mov"
    with Encoder(with_alpha, WIDTH, HEIGHT, RATE, "mov", alpha=True, frames=6) as encoder:
        for _ in range(6):
            encoder.write(plain(0, 80, 250, 60).tobytes())
    film = film_of(lane((with_alpha, 6)), (Piece(mark, 0, 3, still=True, place=Place(0, 0, 0.5, 1)),), alpha=True)
    shown, info = frames_of(film, tmp_path)
    assert info.has_alpha
    assert shown[1, 30, 20] == pytest.approx([255, 120, 0, 255], abs=4)
    assert shown[1, 30, 80, 3] == pytest.approx(60, abs=2)
    assert shown[4, 30, 20] == pytest.approx([0, 80, 250, 60], abs=6)
    gap = film_of(lane((with_alpha, 2)), frames=4, alpha=True)
    assert frames_of(gap, tmp_path)[0][3, ..., 3].max() == 0


def test_a_source_of_variable_rhythm_a_cut_off_one_and_a_long_one(tmp_path: Path) -> None:
    """Frames 0 and 1 stand a second each, then ten at 30 a second; cut off: what was on show stays."""
    odd = tmp_path / "odd.mkv"
    even = make_film(tmp_path / "even.mp4", [numbered(n) for n in range(12)])
    run_ffmpeg(
        [
            *("-nostdin", "-y", "-v", "error", "-i", str(even)),
            *("-vf", "settb=1/90000,setpts='if(lt(N,2),N,2+(N-2)/30)/TB'", "-fps_mode", "passthrough"),
            *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-progress", "pipe:1", str(odd)),
        ],
        doing="making a source",
    )
    shown, _ = frames_of(film_of((Piece(odd, 0, 80),)), tmp_path)
    assert numbers(shown)[:70] == [0] * 30 + [1] * 30 + list(range(2, 12))
    assert numbers(shown)[70:] == [11] * 10, "the last one stands on"
    inside, _ = frames_of(film_of((Piece(odd, 0, 30, first=45),)), tmp_path)
    assert numbers(inside)[:20] == [1] * 15 + [2, 3, 4, 5, 6], "entered in the midst of a frame that stands"

    whole = make_film(tmp_path / "whole.mp4", [numbered(n) for n in range(60)], format="mp4")
    data = whole.read_bytes()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(data[: len(data) * 2 // 3])
    left = probe(broken).frames
    assert 0 < left < 60
    shown, info = frames_of(film_of((Piece(broken, 0, 60),)), tmp_path)
    assert info.frames == 60
    assert numbers(shown)[: left - 3] == list(range(left - 3))
    _, info = frames_of(film_of((Piece(broken, 0, 10, first=58),), background="#0000ff"), tmp_path)
    assert info.frames == 10, "nothing of it is left there, and the film is whole all the same"


def test_three_seconds_of_a_long_source_are_sought_not_decoded(tmp_path: Path) -> None:
    """Ninety minutes, one picture a second: the two key frames around the moment are all that is read."""
    source = tmp_path / "long.mp4"
    run_ffmpeg(
        [
            *("-nostdin", "-y", "-v", "error", "-f", "lavfi", "-i", "color=c=black:s=32x32:r=1:d=5400"),
            *("-vf", "drawbox=c=white:t=fill:enable='gte(t,4000)'", "-c:v", "libx264", "-preset", "ultrafast"),
            *("-g", "100", "-pix_fmt", "yuv420p", "-progress", "pipe:1", str(source)),
        ],
        doing="making a source",
    )
    ends: list[str] = []

    def watch(words: list[str], **more) -> str:
        ends.append(" ".join(words))
        return run_ffmpeg(words, **more)

    original, compose.run_ffmpeg = compose.run_ffmpeg, watch
    try:
        shown, info = frames_of(film_of((Piece(source, 0, 60, first=30 * 3999),)), tmp_path)
    finally:
        compose.run_ffmpeg = original
    assert info.frames == 60
    assert "-noaccurate_seek -ss 3999.000000" in ends[0]
    assert shown[29, 30, 30, 0] < 20
    assert shown[30, 30, 30, 0] > 235


def test_five_hundred_clips_open_only_what_is_seen_at_once(scenes: list[Path], tmp_path: Path) -> None:
    """The spans of 500 clips on 12 tracks, and none needs more inputs than there are tracks and one."""
    from flatrender.film import picture
    from flatrender.film.header import Header
    from flatrender.film.spans import spans

    tracks = tuple(
        tuple(Piece(scenes[0], 37 * n + 3 * track, 20, place=Place(0, 0, 0.1, 0.1)) for n in range(42))
        for track in range(12)
    )
    film = film_of(*tracks)
    parts = spans(film)
    assert sum(part.frames for part in parts) == film.frames
    headers = {scenes[0]: Header(*SIZE)}
    most = max(picture.span(part, film, headers, {}, Path("o"), []).count("-i") for part in parts)
    assert most <= 12


def test_progress_rises_to_one(scenes: list[Path], tmp_path: Path) -> None:
    seen: list[float] = []
    clips = lane((scenes[0], 40), (scenes[1], 30), joints={1: Joint("crossfade", 3)})
    frames_of(film_of(clips), tmp_path, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_cancel_leaves_nothing(scenes: list[Path], tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        frames_of(film_of(lane((scenes[0], 40))), tmp_path, cancelled=lambda: True)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"frames": 0}, "no frames"),
        ({"size": (97, 64)}, "even numbers"),
        ({"lanes": ((Piece(Path("a"), 0, 5, joint=Joint("dip", 2)),),)}, "nothing before it"),
        ({"lanes": ((Piece(Path("a"), 0, 5), Piece(Path("a"), 3, 5)),)}, "lie over each other"),
        ({"lanes": ((Piece(Path("a"), 0, 0),),)}, "no frames"),
        ({"lanes": ((Piece(Path("a"), 0, 4), Piece(Path("a"), 3, 4, joint=Joint("star", 1))),)}, "no transition"),
        (
            {
                "lanes": (
                    (
                        Piece(Path("a"), 0, 6),
                        Piece(Path("a"), 2, 6, joint=Joint("dip", 4)),
                        Piece(Path("a"), 5, 6, joint=Joint("dip", 3)),
                    ),
                )
            },
            "shorter than the transitions",
        ),
    ],
)
def test_impossible_films_are_told(tmp_path: Path, change: dict, words: str) -> None:
    film = replace(Film(RATE, SIZE, 10, ()), **change)
    with pytest.raises(InvalidInput, match=words), composed(film, tmp_path):
        pass
    assert os.listdir(tmp_path) == []


def test_bad_sources_are_told(tmp_path: Path) -> None:
    text = tmp_path / "song.png"
    text.write_text("no picture at all")
    for still in (True, False):
        with pytest.raises((BadFile, InvalidInput), match=r"song\.png"):
            frames_of(film_of((Piece(text, 0, 5, still=still),)), tmp_path)
    assert os.listdir(tmp_path) == ["song.png"]
