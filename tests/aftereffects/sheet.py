"""One composition that a test fills, and its pixels."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatrender.aftereffects.project import Project, open_project
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.authored import Author

SIDE = 200


class Sheet:
    """A composition of 200 x 200 on black."""

    def __init__(self, folder: Path, rasteriser: Rasteriser) -> None:
        self.author, self._folder, self._rasteriser = Author(), folder, rasteriser
        self.comp = self.author.comp("Main", (SIDE, SIDE))

    def contents(self) -> Any:
        """Of a new shape layer's group."""
        layer = self.comp.add_shape()
        return layer["ADBE Root Vectors Group"].add_property("ADBE Vector Group")["ADBE Vectors Group"]

    def group(self, size: float = 100) -> Any:
        """The contents of a red box in the middle."""
        return self.author.box(self.comp, "box", size=size)["ADBE Root Vectors Group"][0]["ADBE Vectors Group"]

    def opened(self) -> Project:
        path = self._folder / "sheet.aep"
        path.unlink(missing_ok=True)
        return open_project(self.author.save(path))

    def pixels(self, frame: float = 0, *, supported: bool = False) -> NDArray[np.uint8]:
        """`supported`: the report must not name anything as approximated or ignored."""
        project = self.opened()
        if supported:
            assert {one.status for one in project.report().capabilities} == {"supported"}
        drawn = self._rasteriser.picture(project.lottie(self.comp.id), SIDE, SIDE, frame, "#000000")
        return np.frombuffer(drawn, np.uint8).reshape(SIDE, SIDE, 4)

    def red(self, frame: float = 0) -> NDArray[np.bool_]:
        """Where it is red, by features that are all supported."""
        return self.pixels(frame, supported=True)[..., 0] > 128
