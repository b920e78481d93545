"""Pictures as Lottie assets: data URIs, scaled down on demand, fitted into the box of the one they replace."""

import base64
import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flatrender.aftereffects.graph import Alpha, Composition, Layer, PhotoshopLayer
from flatrender.aftereffects.lottie.keyframes import Json
from flatrender.aftereffects.lottie.picture_scale import HEADROOM, shown_scales
from flatrender.core.errors import BadFile

if TYPE_CHECKING:  # Pillow is loaded with the first picture: many projects have none, and a command waits for it
    from PIL import Image

    from flatrender.aftereffects.lottie.films import Film
    from flatrender.aftereffects.scene import Scene

_MAX_PIXELS = 80_000_000
_ORIENTATION = 0x0112  # the EXIF tag
# What Pillow reads by itself; others (EPS) start programs, and the files are strangers'.
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "TGA", "PSD")
Crop = tuple[float, float, float, float]
"""What is cut away at the left, top, right and bottom, as fractions."""
UNCUT: Crop = (0.0, 0.0, 0.0, 0.0)
_KEPT = {"PNG": "image/png", "JPEG": "image/jpeg"}  # written through as they are, where nothing has to change


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a box of `width` × `height`: its asset id, its file (None: missing), and how it fits the box."""

    asset: str
    path: Path | None
    width: int
    height: int
    fit: str | None
    focus: tuple[float, float]
    crop: Crop = UNCUT
    alpha: Alpha = "straight"
    inverted: bool = False
    part: PhotoshopLayer | None = None


class ImageAssets:
    """Collects the picture assets that the written layers refer to.

    Args:
        scene: what the layers show.
        root: the composition that is looked at; pictures get about the pixels that they need in it.
        max_side: the composition is drawn with its longest side this long at most: pictures get the pixels that they
            need in it, and none is longer. None: drawn in its own size.
    """

    def __init__(self, scene: "Scene", root: Composition, max_side: int | None = None) -> None:
        self._scene = scene
        self._root = root
        self._max_side = max_side
        self._scales: dict[str, float] | None = None
        self.assets: dict[str, Json] = {}
        self.films: dict[str, tuple[Film, int | None]] = {}
        """The films among the assets, and the longest side that their pictures need."""

    def use_film(self, film: "Film") -> str:
        """The id of the asset that shows a film."""
        self.assets[film.asset] = film.asset_object(slot=self._max_side is not None)
        self.films[film.asset] = film, self._side(film)
        return film.asset

    def use(self, composition: Composition, layer: Layer) -> str | None:
        """The id of the asset that shows the layer's picture; None where its file is missing (reported elsewhere)."""
        picture = self._scene.image(composition, layer)
        if picture is None or picture.path is None:
            return None
        if picture.asset not in self.assets:
            stamp = picture.path.stat()
            key = (str(picture.path), stamp.st_mtime_ns, stamp.st_size)
            side = self._side(picture)
            try:
                box = picture.width, picture.height
                fit = picture.fit, picture.focus, side, picture.crop, picture.alpha, picture.inverted, picture.part
                uri = data_uri(key, *box, *fit, preview=self._max_side is not None)
            except BadFile:
                if picture.fit is not None:
                    raise
                return None  # the project's own file is of a kind that is not read; the survey tells
            self.assets[picture.asset] = {
                "id": picture.asset,
                "w": picture.width,
                "h": picture.height,
                "u": "",
                "p": uri,
                "e": 1,
            }
        return picture.asset

    def _side(self, picture: "Picture | Film") -> int | None:
        """The longest side that the picture may have."""
        if self._scales is None:
            self._scales = shown_scales(self._scene, self._root)
        scale = self._scales.get(picture.asset, 1.0)
        if self._max_side is None:
            scale *= HEADROOM
        else:
            scale *= min(1.0, self._max_side / max(self._root.width, self._root.height))
        if scale >= 1 or scale == 0:
            return self._max_side
        needed = max(16, math.ceil(max(picture.width, picture.height) * scale))
        return needed if self._max_side is None else min(needed, self._max_side)


@lru_cache(maxsize=64)
def data_uri(
    file: tuple[str, int, int],
    width: int,
    height: int,
    fit: str | None,
    focus: tuple[float, float],
    max_side: int | None,
    crop: Crop = UNCUT,
    alpha: Alpha = "straight",
    inverted: bool = False,
    part: PhotoshopLayer | None = None,
    *,
    preview: bool = False,
) -> str:
    """The picture as a data URI whose pixels have the proportions of the box.

    Args:
        file: path, time of change and size; the last two only keep the cache honest.
        width, height: the box, in pixels.
        fit: cover (crop around `focus`), contain (transparent borders) or stretch; None for the project's own picture,
            which fills its box by definition.
        focus: 0..1 across and down, the spot that a crop keeps.
        max_side: no side of the written picture is longer; None keeps the pixels.
        crop: what is cut away before it is fitted.
        alpha, inverted: how the file's transparency is read.
        part: the layer of the file that it is.
        preview: it may lose a little to be a fifth as long: it is read anew at each keystroke. Films lose nothing.

    Raises:
        BadFile: the file is no picture that can be read.
    """
    path = Path(file[0])
    plain = alpha == "straight" and not inverted and not any(crop)
    kept = _as_it_is(path, width, height, fit, max_side) if plain else None
    if kept is not None:
        return kept
    image = fitted_picture(path, width, height, fit or "stretch", focus, crop, alpha, inverted, part)
    if max_side is not None and max(image.size) > max_side:
        share = max_side / max(image.size)
        size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
        image = _smaller(image, size)
    stream = io.BytesIO()
    opaque = image.mode != "RGBA" or image.getchannel("A").getextrema() == (255, 255)
    if opaque:
        image.convert("RGB").save(stream, "JPEG", quality=92, subsampling=0)
        return _uri("image/jpeg", stream.getvalue())
    if preview:
        image.save(stream, "WEBP", quality=90, method=2)
        return _uri("image/webp", stream.getvalue())
    image.save(stream, "PNG", compress_level=3)
    return _uri("image/png", stream.getvalue())


def _as_it_is(path: Path, width: int, height: int, fit: str | None, max_side: int | None) -> str | None:
    """The file itself as a data URI, where nothing about it has to change."""
    with _opened(path) as picture:
        same = (picture.width, picture.height) == (width, height) or fit in (None, "stretch")
        small = max_side is None or max(picture.size) <= max_side
        upright = picture.getexif().get(_ORIENTATION, 1) == 1
        if picture.format in _KEPT and picture.mode in ("RGB", "RGBA", "L") and same and small and upright:
            return _uri(_KEPT[picture.format], path.read_bytes())
    return None


def readable(path: Path, part: PhotoshopLayer | None = None) -> bool:
    """Whether a file, or the layer of it, is a picture that can be read."""
    try:
        with _opened(path, part):
            return True
    except BadFile:
        return False


def fitted_picture(
    path: Path,
    width: int,
    height: int,
    fit: str,
    focus: tuple[float, float],
    crop: Crop = UNCUT,
    alpha: Alpha = "straight",
    inverted: bool = False,
    part: PhotoshopLayer | None = None,
) -> "Image.Image":
    """The picture with the proportions of a box, upright, RGBA; never enlarged, never larger than twice the box.

    Raises:
        BadFile: the file is no picture that can be read, or too large a one.
    """
    with _opened(path, part) as picture:
        return _fitted(_cropped(_read_alpha(_upright(picture), alpha, inverted), crop), width, height, fit, focus)


@contextmanager
def _opened(path: Path, part: PhotoshopLayer | None = None) -> Iterator["Image.Image"]:
    from PIL import Image, UnidentifiedImageError

    try:
        if part is not None:
            from flatrender.aftereffects.lottie.photoshop import layer_picture

            yield layer_picture(path, part)
            return
        with Image.open(path, formats=_FORMATS) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                raise BadFile(f"{path.name} has too many pixels ({picture.width} × {picture.height}); scale it down.")
            yield picture
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadFile(f"{path.name} is not a picture that can be read; use PNG or JPEG.") from None


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _upright(image: "Image.Image") -> "Image.Image":
    from PIL import ImageOps

    turned = ImageOps.exif_transpose(image) or image
    return turned.convert("RGBA")


def _read_alpha(image: "Image.Image", alpha: Alpha, inverted: bool) -> "Image.Image":
    """The RGBA picture with straight alpha, its own read as the designer chose."""
    from PIL import Image, ImageOps

    if alpha == "ignored":
        image.putalpha(255)
        return image
    if inverted:
        image.putalpha(ImageOps.invert(image.getchannel("A")))
    if alpha == "premultiplied":
        return Image.frombytes("RGBa", image.size, image.tobytes()).convert("RGBA")
    return image


def _cropped(image: "Image.Image", crop: Crop) -> "Image.Image":
    """The picture without its edges; at least one pixel is left."""
    if not any(crop):
        return image
    left, top = (min(round(part * side), side - 1) for part, side in zip(crop[:2], image.size, strict=True))
    right, bottom = (side - round(part * side) for part, side in zip(crop[2:], image.size, strict=True))
    return image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))


def fitted(
    size: tuple[float, float], box: tuple[float, float], fit: str, focus: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """How much a picture or a film of `size` is enlarged, across and down, and where its corner then lies in the box.

    Cover fills the box and keeps what lies at `focus`, contain shows all of it in the middle, stretch does both.
    """
    across, down = box[0] / size[0], box[1] / size[1]
    if fit != "stretch":
        across = down = max(across, down) if fit == "cover" else min(across, down)
    shares = [min(max(share, 0.0), 1.0) for share in focus] if fit == "cover" else [0.5, 0.5]
    return (across, down), ((box[0] - size[0] * across) * shares[0], (box[1] - size[1] * down) * shares[1])


def _fitted(image: "Image.Image", width: int, height: int, fit: str, focus: tuple[float, float]) -> "Image.Image":
    """The picture with the box's proportions; never enlarged, never larger than twice the box."""
    from PIL import Image

    if fit != "stretch":
        (factor, _), place = fitted(image.size, (width, height), fit, focus)
        size = (max(1, round(width / factor)), max(1, round(height / factor)))
        left, top = (round(-part / factor) for part in place)
        if fit == "cover":
            size = (min(size[0], image.width), min(size[1], image.height))
            left, top = min(left, image.width - size[0]), min(top, image.height - size[1])
            image = image.crop((left, top, left + size[0], top + size[1]))
        else:
            canvas = Image.new("RGBA", size, (0, 0, 0, 0))
            canvas.paste(image, (-left, -top))
            image = canvas
    largest = (width * 2, height * 2)
    if image.width > largest[0] or image.height > largest[1]:
        image = _smaller(image, largest)
    return image


def _smaller(image: "Image.Image", size: tuple[int, int]) -> "Image.Image":
    from PIL import Image

    return image.resize(size, Image.Resampling.LANCZOS)
