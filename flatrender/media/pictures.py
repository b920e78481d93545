"""Pictures that strangers upload: what they are, whether they really decode, and a form the engine can draw.

A file's name says nothing: the bytes are read. The header is checked against the bounds before a single pixel is
decoded, so that a small file cannot unfold into gigabytes.
"""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from flatrender.core.errors import BadFile, TooLarge

MAX_PIXELS = 80_000_000  # 320 MB decoded
MAX_SIDE = 16_384
MAX_UNFOLDED = 400_000_000  # pixels of all pictures of an animated WebP, 193 of 1080p: 1.7 of the child's 2 GiB
MAX_CHUNKS = 4096  # of a PNG before its pixels
THUMBNAIL = 480
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
_ORIENTATION = 0x0112  # EXIF 2.32, tag 274
_PNG = b"\x89PNG\r\n\x1a\n"
_SEEN = {b"IHDR", b"PLTE", b"tRNS", b"acTL", b"fcTL", b"gAMA", b"cHRM", b"sRGB"}  # of what stands before the pixels
_PROBED = 1800  # bytes; FFmpeg looks at 2048 to tell what a file is


@dataclass(frozen=True)
class Picture:
    """A checked picture. `width`, `height`: as it is seen. `suffix`, `content_type`: of the form to store."""

    width: int
    height: int
    suffix: str
    content_type: str
    has_alpha: bool


def is_picture(path: Path) -> bool:
    """True when the bytes begin like a picture of a known kind."""
    try:
        with Image.open(path, formats=FORMATS):
            return True
    except Image.DecompressionBombError:
        return True  # one of far too many pixels, which whoever reads it says
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return False


def moves(path: Path) -> bool:
    """Whether it says that it is more than one picture: an animated PNG or WebP, and any GIF, which does not say."""
    with path.open("rb") as file:
        head = file.read(32)
        if head.startswith(_PNG):
            return any(kind == b"acTL" for kind, *_ in _ahead(file))
    if head.startswith(b"GIF8"):
        return True
    return _is_webp(head) and head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & 2)


def lean(path: Path, out: Path) -> Path:
    """An animated PNG as FFmpeg finds it to be one, which looks for the sign in its first bytes alone: where a colour
    profile or texts fill those, a copy at `out` without them. Other pictures as they are.
    """
    with path.open("rb") as file:
        ahead = list(_ahead(file)) if file.read(len(_PNG)) == _PNG else []
        pixels = max((at + 12 + length for _, at, length in ahead), default=0)
        if pixels <= _PROBED or not any(kind == b"acTL" for kind, *_ in ahead):
            return path
        with out.open("wb") as made:
            made.write(_PNG)
            for kind, at, length in ahead:
                if kind in _SEEN and length <= 768:  # no palette is longer
                    file.seek(at)
                    made.write(file.read(12 + length))
            file.seek(pixels)
            shutil.copyfileobj(file, made)
    return out


def _ahead(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a PNG before its pixels: kind, where it begins, how long what it holds is."""
    at = len(_PNG)
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8 or header[4:] == b"IDAT":
            return
        length = int.from_bytes(header[:4], "big")
        yield header[4:], at, length
        at += 12 + length


def is_webp(path: Path) -> bool:
    """True when the bytes begin like a WebP."""
    with path.open("rb") as file:
        return _is_webp(file.read(12))


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def unfold(path: Path, name: str, out: Path) -> Picture:
    """Writes an animated WebP, which FFmpeg does not read, to `out` as an animated PNG. Raises as `normalise`, and
    TooLarge when its pictures have more than `MAX_UNFOLDED` pixels together."""
    with _opened(path, name) as image:
        count = getattr(image, "n_frames", 1)
        if image.width * image.height * count > MAX_UNFOLDED:
            raise TooLarge(f"{name} has too many pictures of its size; make it a film, or shorter.", field="file")
        lengths = []
        for number in range(count):
            image.seek(number)
            image.load()
            length = image.info.get("duration", 0)
            lengths.append(length if length > 10 else 100)  # as browsers take it
        image.seek(0)
        image.save(out, "PNG", save_all=True, duration=lengths, compress_level=1)
        return Picture(image.width, image.height, "png", "image/png", has_alpha=True)


def normalise(path: Path, name: str, out: Path, thumbnail: Path) -> Picture:
    """Decodes the picture and writes it upright to `out`, and a small WebP of it to `thumbnail`.

    A JPEG or PNG that needs no change is copied byte for byte. Others become a JPEG, or a PNG where they are
    transparent.

    Raises:
        BadFile: it is no picture, or it is damaged.
        TooLarge: it has more than `MAX_PIXELS` pixels or a side longer than `MAX_SIDE`.
    """
    with _opened(path, name) as image:
        return _write(image, path, name, out, thumbnail)


def shrink(path: Path, name: str, out: Path, size: tuple[int, int]) -> Picture:
    """Writes the picture upright and anew to `out`, of at most `size`: no byte of it is the sender's. A PNG, or a WebP
    where `out` is called so.

    Answers the size that it had. Raises as `normalise`.
    """
    with _opened(path, name) as image:
        shown = ImageOps.exif_transpose(image).convert("RGBA")
        webp = out.suffix == ".webp"
        found = Picture(
            shown.width, shown.height, "webp" if webp else "png", "image/webp" if webp else "image/png", has_alpha=True
        )
        shown.thumbnail(size)
        shown.info.clear()
        if webp:
            shown.save(out, "WEBP", quality=84)
        else:
            shown.save(out, "PNG", optimize=True)
        return found


def square(path: Path, name: str, out: Path, side: int) -> Picture:
    """Writes the middle of the picture upright and anew to `out`, as a WebP of `side` × `side` at most.

    Answers the size that it had. Raises as `normalise`.
    """
    with _opened(path, name) as image:
        shown = ImageOps.exif_transpose(image).convert("RGBA")
        found = Picture(shown.width, shown.height, "webp", "image/webp", has_alpha=True)
        side = min(side, shown.width, shown.height)
        cut = ImageOps.fit(shown, (side, side))
        cut.info.clear()  # neither where it was taken nor with what
        cut.save(out, "WEBP", quality=86)
        return found


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Image.Image]:
    """The picture, its size within the bounds. What goes wrong with it inside is told in one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bounds are tighter
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
                    raise _too_large(name, image.size)
                yield image
    except UnidentifiedImageError:
        raise BadFile(
            f"{name} is no picture that can be read; use a JPEG, PNG, WebP, GIF, TIFF or BMP.",
            code="no-picture",
            field="file",
        ) from None
    except Image.DecompressionBombError:
        raise _too_large(name, None) from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the picture
        raise BadFile(
            f"{name} is damaged: the picture ends early or makes no sense; export it again.", field="file"
        ) from error


def _write(image: Image.Image, path: Path, name: str, out: Path, thumbnail: Path) -> Picture:
    kind = image.format
    turned = image.getexif().get(_ORIENTATION, 1) not in {0, 1, None}
    plain = (kind == "JPEG" and image.mode in {"RGB", "L"}) or (
        kind == "PNG" and image.mode in {"RGB", "RGBA", "L", "P"}
    )
    image.load()  # a damaged file shows here
    has_alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    upright = ImageOps.exif_transpose(image) if turned else image
    shown = upright.convert("RGBA" if has_alpha else "RGB")
    if kind == "JPEG" or (not has_alpha and kind != "PNG"):
        suffix, content_type = "jpg", "image/jpeg"
    else:
        suffix, content_type = "png", "image/png"
    if plain and not turned:
        out.write_bytes(path.read_bytes())
    elif suffix == "jpg":
        shown.save(out, "JPEG", quality=93, subsampling=0)
    else:
        shown.save(out, "PNG", compress_level=6)
    small = shown.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    small.save(thumbnail, "WEBP", quality=82)
    return Picture(shown.width, shown.height, suffix, content_type, has_alpha)


def _too_large(name: str, size: tuple[int, int] | None) -> TooLarge:
    has = f"{size[0]} × {size[1]}" if size else "far too many"
    return TooLarge(
        f"{name} has {has} pixels; at most {MAX_PIXELS // 1_000_000} million and {MAX_SIDE} a side can be used. "
        "Make it smaller.",
        field="file",
    )


def dominant_color(path: Path) -> str:
    """The colour that fills most of a picture, as `#RRGGBB`: what a card shows while its film loads."""
    with Image.open(path) as image:
        small = image.convert("RGB")
        small.thumbnail((96, 96))
        palette = small.quantize(8, Image.Quantize.MEDIANCUT)
        index = int(np.bincount(np.asarray(palette).ravel()).argmax())
        red, green, blue = (palette.getpalette() or [0, 0, 0])[index * 3 : index * 3 + 3]
        return f"#{red:02X}{green:02X}{blue:02X}"
