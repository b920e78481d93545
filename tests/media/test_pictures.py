import random
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from flatrender.core.errors import BadFile, ProcessFailed, TooLarge
from flatrender.core.process import Limits
from flatrender.film.probe import probe
from flatrender.media import decoder, pictures
from tests.media.files import picture


def _normalise(path: Path, folder: Path):
    return pictures.normalise(path, path.name, folder / "out", folder / "thumbnail")


def test_an_upright_jpeg_is_kept_byte_for_byte(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.jpg", quality=90)
    found = _normalise(source, tmp_path)
    assert (found.width, found.height, found.suffix, found.has_alpha) == (64, 40, "jpg", False)
    assert (tmp_path / "out").read_bytes() == source.read_bytes()
    with Image.open(tmp_path / "thumbnail") as small:
        assert small.format == "WEBP"


def test_a_turned_photo_is_stored_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    found = _normalise(picture(tmp_path / "a.jpg", exif=exif), tmp_path)
    assert (found.width, found.height) == (40, 64)
    with Image.open(tmp_path / "out") as upright:
        assert upright.size == (40, 64)
        assert upright.getexif().get(0x0112, 1) == 1
        assert upright.getpixel((39, 0))[1] > 200, "the light corner moved to the top right"
        assert upright.getpixel((0, 0))[1] < 100


@pytest.mark.parametrize(
    ("name", "color", "suffix"),
    [
        ("a.webp", (200, 30, 30), "jpg"),
        ("a.webp", (200, 30, 30, 128), "png"),
        ("a.gif", (200, 30, 30), "jpg"),
        ("a.bmp", (200, 30, 30), "jpg"),
        ("a.tiff", (200, 30, 30), "jpg"),
        ("a.png", (200, 30, 30, 10), "png"),
    ],
)
def test_other_kinds_become_what_the_engine_draws(tmp_path: Path, name: str, color: tuple, suffix: str) -> None:
    found = _normalise(picture(tmp_path / name, color=color), tmp_path)
    assert found.suffix == suffix
    with Image.open(tmp_path / "out") as stored:
        assert stored.format == {"jpg": "JPEG", "png": "PNG"}[suffix]
        assert stored.size == (64, 40)


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    source = tmp_path / "print.jpg"
    Image.new("CMYK", (20, 20), (0, 255, 255, 0)).save(source)
    _normalise(source, tmp_path)
    with Image.open(tmp_path / "out") as stored:
        assert stored.mode == "RGB"


def test_what_is_no_picture_is_told_in_one_sentence(tmp_path: Path) -> None:
    source = tmp_path / "photo.png"
    source.write_text("This is a letter.")
    assert not pictures.is_picture(source)
    with pytest.raises(BadFile, match=r"photo\.png is no picture that can be read; use a JPEG"):
        _normalise(source, tmp_path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif"])
def test_a_truncated_picture_is_damaged(tmp_path: Path, name: str) -> None:
    source = picture(tmp_path / name, size=(300, 200))
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with pytest.raises(BadFile, match="damaged"):
        _normalise(source, tmp_path)


def test_a_small_file_cannot_unfold_into_gigabytes(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10**6)))
        + chunk(b"IEND", b"")
    )
    assert pictures.is_picture(bomb), "it would be told that it holds no sound"
    with pytest.raises(TooLarge, match="pixels"):
        _normalise(bomb, tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_webp_that_moves_is_unfolded_for_who_reads_none(tmp_path: Path) -> None:
    shades = [Image.new("RGBA", (8, 5), (shade, 0, 0, shade)) for shade in (10, 90, 200)]
    path, out = tmp_path / "m.webp", tmp_path / "m.png"
    shades[0].save(path, save_all=True, append_images=shades[1:], duration=[40, 120, 80], lossless=True)
    assert pictures.moves(path) and pictures.is_webp(path)
    (tmp_path / "cut.webp").write_bytes(path.read_bytes()[:20])
    assert not pictures.moves(tmp_path / "cut.webp")
    pictures.unfold(path, "m.webp", out)
    assert pictures.moves(out) and not pictures.moves(picture(tmp_path / "still.webp"))
    with Image.open(out) as made:
        assert (made.n_frames, made.size, made.info["duration"]) == (3, (8, 5), 40)
        made.seek(2)
        assert made.convert("RGBA").getpixel((0, 0)) == (200, 0, 0, 200)


def test_a_png_that_moves_is_known_behind_a_long_colour_profile(tmp_path: Path) -> None:
    shades = [Image.new("RGBA", (8, 5), (shade, 0, 0, shade)) for shade in (10, 90, 200)]
    path, still = tmp_path / "m.png", tmp_path / "still.png"
    profile = random.Random(1).randbytes(100_000)
    shades[0].save(path, save_all=True, append_images=shades[1:], duration=[40, 120, 80], icc_profile=profile)
    words = PngInfo()
    words.add_text("Comment", "acTL")
    shades[0].save(still, pnginfo=words)
    assert pictures.moves(path) and not pictures.moves(still)
    assert probe(path).frames == 1, "FFmpeg looks for the sign in the first bytes alone"
    made = pictures.lean(path, tmp_path / "lean.png")
    info = probe(made)
    assert (info.frames, info.width, made.stat().st_size < 2000) == (3, 8, True)
    with Image.open(made) as opened:
        opened.seek(2)
        assert opened.convert("RGBA").getpixel((0, 0)) == (200, 0, 0, 200)
    for whole in (made, still, picture(tmp_path / "photo.jpg")):
        assert pictures.lean(whole, tmp_path / "more.png") == whole
    (tmp_path / "cut.png").write_bytes(path.read_bytes()[:50_000])
    assert not pictures.moves(tmp_path / "cut.png")


def test_a_child_decodes_and_says_the_same(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.webp", color=(200, 30, 30, 128))
    found = decoder.normalise(source, "a.webp", tmp_path / "out", tmp_path / "thumbnail")
    assert found == _normalise(source, tmp_path)
    source.write_bytes(b"This is a letter.")
    with pytest.raises(BadFile, match=r"a\.webp is no picture that can be read") as caught:
        decoder.normalise(source, "a.webp", tmp_path / "out", tmp_path / "thumbnail")
    assert caught.value.field == "file"


def test_a_picture_that_needs_more_memory_than_allowed_harms_nobody(tmp_path: Path) -> None:
    source = tmp_path / "wide.png"
    Image.new("RGBA", (7000, 7000)).save(source, compress_level=1)
    with pytest.raises(TooLarge, match="takes more memory or time"):
        decoder.normalise(source, "wide.png", tmp_path / "out", tmp_path / "thumbnail", Limits(60, 60, 700 * 1024**2))


def test_a_decoder_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "COMMAND", ("sh", "-c", "kill -SEGV $$"))
    with pytest.raises(ProcessFailed, match=r"a\.png could not be decoded"):
        decoder.normalise(picture(tmp_path / "a.png"), "a.png", tmp_path / "out", tmp_path / "thumbnail")


def test_the_dominant_color_is_the_largest(tmp_path: Path) -> None:
    red, green, blue = bytes.fromhex(pictures.dominant_color(picture(tmp_path / "a.png"))[1:])
    assert red > 180
    assert green < 60
    assert blue < 60
