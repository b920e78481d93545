"""A text clip as a picture: for the preview and for the film, one function."""

from collections.abc import Mapping
from typing import Any

from flatrender.aftereffects import text_picture
from flatrender.aftereffects.client import default_client
from flatrender.core.errors import InvalidInput
from flatrender.film.spec import Size
from flatrender.projects.items import Style, read_as

STYLE_HEIGHT = 1080
"""A style's size is that of a frame which is so many pixels high."""
MOST_PIXELS = 4096 * 4096
MOST_CHARACTERS = 5000
Drawn = text_picture.Drawn


def drawn(text: str, style: Mapping[str, Any], size: Size, frame_height: int) -> Drawn:
    """The text in a box of `size` pixels, in a frame `frame_height` high. Raises InvalidInput."""
    width, height = size
    if not (width > 0 and height > 0 and width * height <= MOST_PIXELS and 0 < frame_height <= 16_384):
        raise InvalidInput(f"A text of {width} by {height} pixels cannot be drawn.", field="width")
    if len(text) > MOST_CHARACTERS:
        raise InvalidInput(f"A text has at most {MOST_CHARACTERS} characters.", field="text")
    try:
        read: Style = read_as(Style, style, "A style has a font, a size and colours")
    except ValueError as error:
        raise InvalidInput(f"This is no style: {error}.", field="style") from error
    look = text_picture.Look(
        font=read.font,
        size=read.size * frame_height / STYLE_HEIGHT,
        color=read.color,
        background=read.background,
        align=read.align,
        direction={"ltr": "ltr", "rtl": "rtl"}.get(read.direction, "auto"),  # type: ignore[arg-type]
        weight=read.weight,
        fit=read.fit,
    )
    return text_picture.drawn(text, look, size, default_client().rasteriser)
