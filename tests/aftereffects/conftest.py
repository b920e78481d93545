"""What tests of the engine draw with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.sheet import Sheet


@pytest.fixture(scope="module")
def rasteriser() -> Iterator[Rasteriser]:
    made = Rasteriser(1)
    yield made
    made.close()


@pytest.fixture
def sheet(tmp_path: Path, rasteriser: Rasteriser) -> Sheet:
    return Sheet(tmp_path, rasteriser)
