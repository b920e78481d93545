"""Where a picture lies in the frame: fit, crop and place as whole pixels. Pure."""

from dataclasses import dataclass
from math import ceil, cos, radians, sin

from flatrender.film.spec import Fit, Place, Size
from flatrender.film.transitions import pixels

Part = tuple[float, float, float, float]


@dataclass(frozen=True)
class Arranged:
    """`part`: the rectangle of the source that is seen (x, y, width, height in its pixels).

    `x`, `y`, `size`: where that is drawn in the frame before it is turned; `rotation`: degrees, clockwise.
    """

    part: Part
    x: int
    y: int
    size: Size
    rotation: float

    @property
    def turned_size(self) -> Size:
        """The rectangle around the turned picture."""
        if not self.rotation:
            return self.size
        (width, height), angle = self.size, radians(self.rotation)
        across, along = abs(cos(angle)), abs(sin(angle))
        return ceil(width * across + height * along - 1e-6), ceil(width * along + height * across - 1e-6)

    @property
    def turned_at(self) -> tuple[int, int]:
        """The left upper corner of that rectangle."""
        width, height = self.turned_size
        return self.x + (self.size[0] - width) // 2, self.y + (self.size[1] - height) // 2


def arrange(fit: Fit, place: Place, source: Size, frame: Size) -> Arranged:
    """The arrangement of a picture of `source` pixels in a frame."""
    left, top, right, bottom = fit.crop
    part_x, part_y = left * source[0], top * source[1]
    part_width = max(source[0] * (1 - left - right), 1.0)
    part_height = max(source[1] * (1 - top - bottom), 1.0)
    x, y = place.x * frame[0], place.y * frame[1]
    width, height = place.width * frame[0], place.height * frame[1]
    across, along = width / part_width, height / part_height
    if fit.mode == "contain":
        scale = min(across, along)
        x += (width - part_width * scale) * fit.focus[0]
        y += (height - part_height * scale) * fit.focus[1]
        width, height = part_width * scale, part_height * scale
    elif fit.mode == "cover":
        scale = max(across, along, 1e-9)
        part_x += (part_width - width / scale) * fit.focus[0]
        part_y += (part_height - height / scale) * fit.focus[1]
        part_width, part_height = width / scale, height / scale
    at_x, at_y = pixels(x, 1), pixels(y, 1)
    size = max(pixels(x + width, 1) - at_x, 1), max(pixels(y + height, 1) - at_y, 1)
    return Arranged((part_x, part_y, part_width, part_height), at_x, at_y, size, place.rotation % 360)
