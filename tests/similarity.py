"""How alike two pictures are: the structural similarity of Wang, Bovik, Sheikh and Simoncelli (2004), on luma."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WINDOW = 8
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
Plane = NDArray[np.float64]


def luma(picture: bytes | Image.Image, size: tuple[int, int] | None = None) -> Plane:
    """The luma of a picture or of its PNG, 0 to 255, scaled to `size` (width, height) where given."""
    opened = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture
    image = opened.convert("RGB").convert("L")
    if size and image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(image, dtype=np.float64)


def _means(plane: Plane) -> Plane:
    """The mean of every window, by an integral image."""
    total = np.pad(plane.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    sums = total[WINDOW:, WINDOW:] - total[:-WINDOW, WINDOW:] - total[WINDOW:, :-WINDOW] + total[:-WINDOW, :-WINDOW]
    return np.asarray(sums / WINDOW**2)


def ssim(one: Plane, other: Plane, *, background: float | None = None) -> float:
    """1 for equal pictures. With `background`, only where either picture shows something else than that grey."""
    mean_one, mean_other = _means(one), _means(other)
    var_one = _means(one * one) - mean_one**2
    var_other = _means(other * other) - mean_other**2
    covariance = _means(one * other) - mean_one * mean_other
    likeness = ((2 * mean_one * mean_other + C1) * (2 * covariance + C2)) / (
        (mean_one**2 + mean_other**2 + C1) * (var_one + var_other + C2)
    )
    if background is None:
        return float(likeness.mean())
    drawn = (np.abs(one - background) > 6) | (np.abs(other - background) > 6)
    inside = _means(drawn.astype(np.float64)) > 0
    return float(likeness[inside].mean()) if inside.any() else 1.0
