"""Still pictures drawn once, at the very pixels at which the film shows them, by Pillow: FFmpeg only lays them over."""

from pathlib import Path

from PIL import Image, UnidentifiedImageError

from flatrender.core.errors import BadFile, NotFound
from flatrender.film.arrange import arrange
from flatrender.film.spec import Piece, Size


def draw(piece: Piece, frame: Size, out: Path) -> tuple[int, int]:
    """Writes the piece as a PNG with alpha, cropped, scaled and turned; where its left upper corner lies in the frame.

    Raises NotFound, BadFile.
    """
    try:
        with Image.open(piece.path) as opened:
            picture = opened.convert("RGBA")
    except FileNotFoundError:
        raise NotFound(f"There is no file {piece.path.name}.") from None
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise BadFile(f"{piece.path.name} is no picture that can be read.", log=str(error)) from error
    arranged = arrange(piece.fit, piece.place, picture.size, frame)
    x, y, width, height = arranged.part
    box = (max(x, 0), max(y, 0), min(x + width, picture.width), min(y + height, picture.height))
    if picture.size != arranged.size or box != (0, 0, *picture.size):
        # Pillow multiplies colours by alpha for this by itself, so that nothing of what is transparent is seen.
        picture = picture.resize(arranged.size, Image.Resampling.BICUBIC, box)
    if arranged.rotation:
        turned = picture.convert("RGBa").rotate(-arranged.rotation, Image.Resampling.BICUBIC, expand=True)
        canvas = Image.new("RGBa", arranged.turned_size)
        canvas.paste(turned, ((canvas.width - turned.width) // 2, (canvas.height - turned.height) // 2))
        picture = canvas.convert("RGBA")
    picture.save(out, "PNG", compress_level=1)
    return arranged.turned_at
