"""nexrender's command line as an engine: one process a render, nothing of its server or network."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flatrender.aftereffects.client import EngineClient
from flatrender.aftereffects.report import ProjectReport
from flatrender.core.errors import FlatRenderError, Unavailable
from flatrender.core.ids import new_id
from flatrender.core.runtime import version_of
from workers.engines import nexrender_log
from workers.engines.after_effects import (
    PATIENT,
    AfterEffects,
    Patience,
    Reading,
    find_aerender,
    find_nexrender,
    release_of,
)
from workers.engines.base import ProjectRequest, SceneRequest


class NexrenderEngine(AfterEffects):
    """Renders where nexrender and After Effects are installed.

    `as_assets`: texts, pictures and switches reach After Effects as nexrender's assets instead of in the project; what
    no asset can say (a solid's colour) is written into the project all the same.
    """

    name = "nexrender"

    def __init__(
        self,
        program: Path | None = None,
        aerender: Path | None = None,
        client: EngineClient | None = None,
        patience: Patience = PATIENT,
        *,
        as_assets: bool = False,
    ) -> None:
        super().__init__(client, patience)
        self._program, self._aerender, self._as_assets = program, aerender, as_assets

    def versions(self) -> dict[str, str]:
        """Of nexrender and After Effects. Raises Unavailable without nexrender."""
        program = self._program or find_nexrender()
        aerender = self._binary()
        return {"nexrender": version_of(program), "aerender": release_of(aerender) if aerender else ""}

    def _binary(self) -> Path | None:
        """After Effects' program; None lets nexrender look for it in the usual places."""
        try:
            return self._aerender or find_aerender()
        except Unavailable:
            return None

    def _command(self, request: ProjectRequest, work: Path) -> Sequence[str]:
        job = work / "job.json"
        document = nexrender_log.document(new_id(), request)
        job.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        return nexrender_log.argv(self._program or find_nexrender(), job, self._binary(), work)

    def _bind(
        self, request: SceneRequest, report: ProjectReport, folder: Path
    ) -> tuple[Path, Sequence[Mapping[str, Any]], Sequence[str]]:
        if not self._as_assets:
            return super()._bind(request, report, folder)
        places = {
            f"{composition.id}/{layer.id}": (composition.name, layer.index)
            for composition in report.compositions
            for layer in composition.layers
        }
        assets, rest = [], {}
        for address, value in request.values.items():
            place = places.get(address)
            asset = nexrender_log.asset_of(value, *place) if place else None
            if asset is None:
                rest[address] = value
            else:
                assets.append(asset)
        bound, told = self._bound_copy(request, report, rest, folder)
        return bound, assets, told

    def _silence(self) -> Reading:
        return nexrender_log.Reading()

    def _failure(self, reading: Any, returncode: int, composition: str) -> FlatRenderError | None:
        return nexrender_log.failure(reading, returncode, composition)
