"""A Lottie drawn with less work beside the same drawn plainly."""

import numpy as np
import pytest
from numpy.typing import NDArray

from flatrender.aftereffects.raster import member
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.raster.lotties import FRAMES, HEIGHT, WIDTH
from tests.aftereffects.raster.shapes import Json


def compared(rasteriser: Rasteriser, document: Json, monkeypatch: pytest.MonkeyPatch) -> NDArray[np.int_]:
    """By how much the frames of the light rasteriser differ from those of the plain one."""
    assert member.MANY_FRAMES <= FRAMES
    light = drawn(rasteriser, document)
    monkeypatch.setattr(member, "MANY_FRAMES", FRAMES + 1)
    return np.abs(light - drawn(rasteriser, document))


def drawn(rasteriser: Rasteriser, document: Json) -> NDArray[np.int_]:
    frames = rasteriser.frames(document, WIDTH, HEIGHT, range(FRAMES), "#304050")
    return np.stack([np.frombuffer(frame, np.uint8).astype(int) for frame in frames])
