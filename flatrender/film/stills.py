"""Still pictures drawn once, at the very pixels at which the film shows them, by Pillow: FFmpeg only lays them over.

Only what can be seen is drawn: a place may be eight frames wide and high, and its picture would take half a gigabyte.
"""

from math import ceil, cos, floor, radians, sin
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from flatrender.core.errors import BadFile, NotFound, TooLarge
from flatrender.film.arrange import Arranged, arrange
from flatrender.film.spec import Piece, Size

MAX_PIXELS = 80_000_000  # of the file, as uploads may have
Box = tuple[int, int, int, int]
_ONCE = Image.Resampling.BICUBIC


def draw(piece: Piece, frame: Size, out: Path, roams: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    """Writes the piece as a PNG with alpha, cropped, scaled and turned; where its left upper corner lies in the frame.

    `roams`: how many frames a transition moves it across and along; what lies so far beside the frame is drawn too.
    Raises NotFound, BadFile, TooLarge.
    """
    try:
        with Image.open(piece.path) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise TooLarge(f"{piece.path.name} has more than {MAX_PIXELS // 10**6} million pixels.", field="media")
            picture = opened.convert("RGBA")
    except FileNotFoundError:
        raise NotFound(f"There is no file {piece.path.name}.") from None
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise BadFile(f"{piece.path.name} is no picture that can be read.", log=str(error)) from error
    arranged = arrange(piece.fit, piece.place, picture.size, frame)
    (across, along), (width, height) = roams, frame
    window = (-across * width, -along * height, width + across * width, height + along * height)
    drawn, at = _turned(picture, arranged, window) if arranged.rotation else _upright(picture, arranged, window)
    drawn.save(out, "PNG", compress_level=1)
    return at


def _upright(picture: Image.Image, arranged: Arranged, window: Box) -> tuple[Image.Image, tuple[int, int]]:
    seen = _common(_rectangle((arranged.x, arranged.y), arranged.size), window)
    return (_scaled(picture, arranged, seen), seen[:2]) if seen is not None else _nothing()


def _turned(picture: Image.Image, arranged: Arranged, window: Box) -> tuple[Image.Image, tuple[int, int]]:
    whole = _rectangle(arranged.turned_at, arranged.turned_size)
    seen = _common(whole, window)
    place = _rectangle((arranged.x, arranged.y), arranged.size)
    if seen is None:
        return _nothing()
    if seen == whole:
        turned = _scaled(picture, arranged, place).convert("RGBa").rotate(-arranged.rotation, _ONCE, expand=True)
        canvas = Image.new("RGBa", arranged.turned_size)
        canvas.paste(turned, ((canvas.width - turned.width) // 2, (canvas.height - turned.height) // 2))
        return canvas.convert("RGBA"), arranged.turned_at
    # Backwards: the part of the upright picture that is seen there, then each pixel from where it comes.
    angle = radians(arranged.rotation)
    cosine, sine = cos(angle), sin(angle)
    (middle_x, middle_y), (from_x, from_y) = _middles(arranged)

    def upright(x: float, y: float) -> tuple[float, float]:
        x, y = x - middle_x, y - middle_y
        return from_x + cosine * x + sine * y, from_y - sine * x + cosine * y

    xs, ys = zip(*(upright(x, y) for x in seen[::2] for y in seen[1::2]), strict=True)
    needed = _common(place, (floor(min(xs)) - 2, floor(min(ys)) - 2, ceil(max(xs)) + 2, ceil(max(ys)) + 2))
    if needed is None:
        return _nothing()
    x, y = upright(seen[0], seen[1])
    matrix = (cosine, sine, x - needed[0], -sine, cosine, y - needed[1])
    part = _scaled(picture, arranged, needed).convert("RGBa")
    size = seen[2] - seen[0], seen[3] - seen[1]
    return part.transform(size, Image.Transform.AFFINE, matrix, _ONCE).convert("RGBA"), seen[:2]


def _middles(arranged: Arranged) -> tuple[tuple[float, float], tuple[float, float]]:
    """The middle of the picture when the whole is turned, which stands on whole pixels; and before it is turned."""
    (width, height), angle = arranged.size, radians(arranged.rotation)
    if arranged.rotation % 90 == 0:
        turned = (width, height) if arranged.rotation == 180 else (height, width)
    else:  # as Pillow has it
        across = (width * abs(cos(angle)) + height * abs(sin(angle))) / 2
        along = (width * abs(sin(angle)) + height * abs(cos(angle))) / 2
        turned = (
            ceil(width / 2 + across) - floor(width / 2 - across),
            ceil(height / 2 + along) - floor(height / 2 - along),
        )
    at = [
        corner + (canvas - side) // 2 + side / 2
        for corner, canvas, side in zip(arranged.turned_at, arranged.turned_size, turned, strict=True)
    ]
    return (at[0], at[1]), (arranged.x + width / 2, arranged.y + height / 2)


def _scaled(picture: Image.Image, arranged: Arranged, seen: Box) -> Image.Image:
    """What the arranged picture, not turned yet, shows in a rectangle of the frame."""
    x, y, width, height = arranged.part
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + width, picture.width), min(y + height, picture.height)
    size = seen[2] - seen[0], seen[3] - seen[1]
    if size != arranged.size:
        across, along = (right - left) / arranged.size[0], (bottom - top) / arranged.size[1]
        right, bottom = left + across * (seen[2] - arranged.x), top + along * (seen[3] - arranged.y)
        left, top = left + across * (seen[0] - arranged.x), top + along * (seen[1] - arranged.y)
        right, bottom = min(right, picture.width), min(bottom, picture.height)
    if picture.size == size and (left, top, right, bottom) == (0, 0, *picture.size):
        return picture
    # Pillow multiplies colours by alpha for this by itself, so that nothing of what is transparent is seen.
    return picture.resize(size, _ONCE, (left, top, right, bottom))


def _nothing() -> tuple[Image.Image, tuple[int, int]]:
    return Image.new("RGBA", (1, 1)), (0, 0)


def _rectangle(at: tuple[int, int], size: Size) -> Box:
    return at[0], at[1], at[0] + size[0], at[1] + size[1]


def _common(one: Box, other: Box) -> Box | None:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    return (left, top, right, bottom) if left < right and top < bottom else None
