"""Pictures from Lottie: ThorVG in a child process that may crash without harm."""

from flatrender.aftereffects.raster.rasteriser import Rasteriser, parse_color

__all__ = ["Rasteriser", "parse_color"]
