"""ThorVG's C API (1.0), as much as drawing a Lottie needs. Loaded only in the child process: it may crash.

The library is the one in the `thorvg-python` wheel; header: `thorvg_capi.h`.
"""

import ctypes
import importlib.util
from collections.abc import Sequence
from ctypes import byref, c_bool, c_char_p, c_float, c_int, c_uint8, c_uint32, c_void_p
from pathlib import Path
from typing import Final

from flatrender.core.errors import Unavailable

PREMULTIPLIED: Final = 0
"""TVG_COLORSPACE_ABGR8888: bytes R, G, B, A in memory, colours multiplied by alpha."""
STRAIGHT: Final = 2
"""TVG_COLORSPACE_ABGR8888S: the same, not multiplied."""

_SIGNATURES: Final = {
    "tvg_engine_init": ([ctypes.c_uint], c_int),
    "tvg_swcanvas_create": ([c_uint8], c_void_p),
    "tvg_swcanvas_set_target": ([c_void_p, c_void_p, c_uint32, c_uint32, c_uint32, c_int], c_int),
    "tvg_canvas_destroy": ([c_void_p], c_int),
    "tvg_canvas_add": ([c_void_p, c_void_p], c_int),
    "tvg_canvas_update": ([c_void_p], c_int),
    "tvg_canvas_draw": ([c_void_p, c_bool], c_int),
    "tvg_canvas_sync": ([c_void_p], c_int),
    "tvg_lottie_animation_new": ([], c_void_p),
    "tvg_animation_del": ([c_void_p], c_int),
    "tvg_animation_get_picture": ([c_void_p], c_void_p),
    "tvg_animation_get_total_frame": ([c_void_p, c_void_p], c_int),
    "tvg_animation_set_frame": ([c_void_p, c_float], c_int),
    "tvg_picture_load_data": ([c_void_p, c_char_p, c_uint32, c_char_p, c_char_p, c_bool], c_int),
    "tvg_picture_load_raw": ([c_void_p, c_void_p, c_uint32, c_uint32, c_int, c_bool], c_int),
    "tvg_picture_set_asset_resolver": ([c_void_p, c_void_p, c_void_p], c_int),
    "tvg_picture_set_size": ([c_void_p, c_float, c_float], c_int),
    "tvg_picture_get_size": ([c_void_p, c_void_p, c_void_p], c_int),
    "tvg_paint_scale": ([c_void_p, c_float], c_int),
    "tvg_paint_translate": ([c_void_p, c_float, c_float], c_int),
    "tvg_shape_new": ([], c_void_p),
    "tvg_shape_append_rect": ([c_void_p, c_float, c_float, c_float, c_float, c_float, c_float, c_bool], c_int),
    "tvg_shape_set_fill_color": ([c_void_p, c_uint8, c_uint8, c_uint8, c_uint8], c_int),
}
_WHOLE_FRAMES: Final = 0
"""Nothing of the last frame is looked for that could be kept: a Lottie marks everything as changed, and ThorVG would
clear every part that changes before it draws."""
_RESOLVER: Final = ctypes.CFUNCTYPE(c_bool, c_void_p, c_char_p, c_void_p)


class Lent:
    """A picture of a Lottie whose pixels are ours: R, G, B, A, multiplied by alpha.

    ThorVG is lent the memory and draws what stands in it, which may change from frame to frame. `address`: the asset's,
    as the Lottie names it.
    """

    def __init__(self, address: str, width: int, height: int) -> None:
        self.address, self.width, self.height = address, width, height
        self.pixels = (c_uint8 * (width * height * 4))()


class DrawingFailed(Exception):
    """ThorVG refused; the message says at what."""


def _load() -> ctypes.CDLL:
    spec = importlib.util.find_spec("thorvg_python")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for name in ("libthorvg-1.so", "libthorvg-1.dylib", "thorvg-1.dll"):
            path = Path(place) / name
            if path.is_file():
                library = ctypes.CDLL(str(path))
                for function, (arguments, result) in _SIGNATURES.items():
                    entry = getattr(library, function)
                    entry.argtypes, entry.restype = arguments, result
                return library
    raise Unavailable("ThorVG was not found; run `pip install thorvg-python`.")


class Lottie:
    """A Lottie on a software canvas of one size. `background` is RGB, 0 to 255; without it the canvas is transparent.
    `pictures`: those that come from elsewhere. `straight`: without a background, colours are not multiplied by alpha.

    With a background every pixel is opaque, so the cheaper pre-multiplied form is the straight one too.
    """

    _library: ctypes.CDLL | None = None

    def __init__(
        self,
        data: bytes,
        width: int,
        height: int,
        background: tuple[int, int, int] | None = None,
        pictures: Sequence[Lent] = (),
        *,
        straight: bool = True,
    ) -> None:
        if Lottie._library is None:
            Lottie._library = _load()
            Lottie._library.tvg_engine_init(0)
        self._tvg = tvg = Lottie._library
        self.width, self.height = width, height
        self._colorspace = STRAIGHT if straight and background is None else PREMULTIPLIED
        self._data = data
        self._animation = c_void_p(tvg.tvg_lottie_animation_new())
        self._canvas = c_void_p(tvg.tvg_swcanvas_create(_WHOLE_FRAMES))
        self._target: int | None = None
        self._background = background
        self._added = False
        picture = c_void_p(tvg.tvg_animation_get_picture(self._animation))
        self._lent = {one.address.encode(): one for one in pictures}
        self._resolver = _RESOLVER(self._resolve)  # kept: ThorVG calls it while it draws
        if pictures:
            tvg.tvg_picture_set_asset_resolver(picture, ctypes.cast(self._resolver, c_void_p), None)
        if tvg.tvg_picture_load_data(picture, data, len(data), b"lottie+json", None, True):
            raise DrawingFailed("ThorVG cannot read the Lottie")
        self._picture = picture
        own_width, own_height = c_float(), c_float()
        tvg.tvg_picture_get_size(picture, byref(own_width), byref(own_height))
        if own_width.value <= 0 or own_height.value <= 0:
            raise DrawingFailed("the Lottie has no size")
        scale = min(width / own_width.value, height / own_height.value)
        if abs(scale - 1) > 1e-6:
            tvg.tvg_picture_set_size(picture, own_width.value * scale, own_height.value * scale)
        left, top = (width - own_width.value * scale) / 2, (height - own_height.value * scale) / 2
        if left > 0.01 or top > 0.01:
            tvg.tvg_paint_translate(picture, left, top)
        total = c_float()
        tvg.tvg_animation_get_total_frame(self._animation, byref(total))
        self.frame_count = total.value

    def draw(self, frame: float, address: int) -> None:
        """Draws a frame (from 0) into the `width` x `height` x 4 bytes at `address`: R, G, B, A, straight alpha."""
        tvg = self._tvg
        if address != self._target:
            if tvg.tvg_swcanvas_set_target(
                self._canvas, address, self.width, self.width, self.height, self._colorspace
            ):
                raise DrawingFailed("ThorVG refused the frame buffer")
            self._target = address
        tvg.tvg_animation_set_frame(self._animation, frame)
        if not self._added:
            self._add()
        tvg.tvg_canvas_update(self._canvas)
        # The background covers what an earlier frame left. 2 is "insufficient condition": there is nothing to draw; the
        # buffer is cleared all the same.
        if tvg.tvg_canvas_draw(self._canvas, self._background is None) not in (0, 2):
            raise DrawingFailed("ThorVG could not draw")
        tvg.tvg_canvas_sync(self._canvas)

    def _resolve(self, paint: int, address: bytes, _: int) -> bool:
        """Called by ThorVG for a picture that the Lottie does not hold."""
        found = self._lent.get(address)
        if found is None:
            return False
        size = found.width, found.height
        return bool(self._tvg.tvg_picture_load_raw(paint, found.pixels, *size, PREMULTIPLIED, False) == 0)

    def close(self) -> None:
        """Frees the canvas and the animation."""
        if self._animation:
            self._tvg.tvg_canvas_destroy(self._canvas)
            self._tvg.tvg_animation_del(self._animation)
            self._animation = c_void_p()

    def _add(self) -> None:
        tvg = self._tvg
        if self._background is not None:
            shape = c_void_p(tvg.tvg_shape_new())
            tvg.tvg_shape_append_rect(shape, 0, 0, self.width, self.height, 0, 0, True)
            tvg.tvg_shape_set_fill_color(shape, *self._background, 255)
            tvg.tvg_canvas_add(self._canvas, shape)
        if tvg.tvg_canvas_add(self._canvas, self._picture):
            raise DrawingFailed("ThorVG refused the picture")
        self._added = True
