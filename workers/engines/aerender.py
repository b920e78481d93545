"""aerender, After Effects' own command-line renderer, as an engine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flatrender.aftereffects.client import EngineClient
from flatrender.core.errors import FlatRenderError, InvalidInput
from workers.engines import aerender_log
from workers.engines.after_effects import PATIENT, AfterEffects, Patience, Reading, find_aerender, release_of
from workers.engines.base import ProjectRequest


class AerenderEngine(AfterEffects):
    """Renders where After Effects is installed (`AERENDER_PATH`)."""

    name = "aerender"

    def __init__(
        self, program: Path | None = None, client: EngineClient | None = None, patience: Patience = PATIENT
    ) -> None:
        super().__init__(client, patience)
        self._program = program

    def versions(self) -> dict[str, str]:
        """Of After Effects, from where it lies: asking it would start it. Raises Unavailable without it."""
        return {"aerender": release_of(self._program or find_aerender())}

    def _command(self, request: ProjectRequest, work: Path) -> Sequence[str]:
        if request.assets:
            raise InvalidInput("Assets are nexrender's; write the values into the project, or choose nexrender.")
        return aerender_log.argv(self._program or find_aerender(), request)

    def _silence(self) -> Reading:
        return aerender_log.Reading()

    def _failure(self, reading: Any, returncode: int, composition: str) -> FlatRenderError | None:
        return aerender_log.failure(reading, returncode, composition)
