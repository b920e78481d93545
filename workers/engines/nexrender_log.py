"""nexrender's job document and command line, and what its lines say: pure functions.

nexrender runs aerender and tells of it in lines of its own (`[uid] rendering progress 47%...`); some versions end with
status 0 although the job failed, so its last sentence counts. The lines were printed by real runs (public issues of
nexrender: 148, 519, 692, 714, 805, 1043); nexrender itself was never run with this code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath
from typing import Any
from urllib.parse import quote

from flatrender.core.errors import FlatRenderError, ProcessFailed
from workers.engines.aerender_log import KEPT_LINES
from workers.engines.aerender_log import Reading as AeReading
from workers.engines.aerender_log import failure as ae_failure
from workers.engines.base import ProjectRequest

_PROGRESS = re.compile(r"\brendering progress (\d{1,3})\s*%")
_ERROR = re.compile(r"\brendering reached an error:\s*(.*)")
_RENDERING = re.compile(r"\] rendering job\b")
_DONE = "> job rendering successfully finished"
_FAILED = "> job rendering failed"


@dataclass(frozen=True)
class Reading:
    """What was heard so far. `percent`: of the frames; `ae`: what aerender said in between."""

    percent: int = 0
    rendering: bool = False
    done: bool = False
    failed: bool = False
    said: str = ""
    ae: AeReading = field(default_factory=AeReading)

    @property
    def started(self) -> bool:
        """Whether After Effects has begun to render frames."""
        return self.percent > 0 or self.ae.started

    @property
    def finished(self) -> bool:
        """Whether nothing more is to come."""
        return self.done or self.failed

    @property
    def steps(self) -> int:
        """What grows as long as it renders."""
        return self.percent + self.ae.frame

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.ae.warnings

    @property
    def log(self) -> str:
        """The last lines."""
        return self.ae.log

    def after(self, line: str) -> "Reading":
        """What is known with one more line."""
        text = line.strip()
        if progress := _PROGRESS.search(text):
            tail = (*self.ae.tail, text[:500])[-KEPT_LINES:]
            return replace(self, percent=max(self.percent, min(100, int(progress[1]))), ae=replace(self.ae, tail=tail))
        heard = replace(self, ae=self.ae.after(text), rendering=self.rendering or bool(_RENDERING.search(text)))
        if error := _ERROR.search(text):
            return replace(heard, said=heard.said or error[1][:300])
        if text.startswith(_DONE):
            return replace(heard, done=True)
        if text.startswith(_FAILED):
            return replace(heard, failed=True)
        return heard

    def fraction(self, frames: int | None) -> float:
        """How much is rendered, 0 to 1."""
        return self.percent / 100


def argv(program: Path, job: Path, aerender: Path | None, work: Path) -> list[str]:
    """nexrender-cli's command line: one job, its files kept until we have taken the film."""
    words = [str(program), "--file", str(job), "--workpath", str(work), "--skip-cleanup", "--stop-on-error", "true"]
    # The licence file is After Effects' own matter: nexrender must not write one.
    return [*words, "--no-license", *(["--binary", str(aerender)] if aerender else [])]


def document(uid: str, request: ProjectRequest) -> dict[str, Any]:
    """The job for nexrender. It holds no actions: they would be programs to run."""
    template: dict[str, Any] = {
        "src": file_address(request.project),
        "composition": request.composition,
        "outputExt": request.out.suffix.lstrip("."),
        "outputModule": request.output_module,
        "settingsTemplate": request.settings_template,
        "frameStart": request.first,
        "frameEnd": request.last,
        "continueOnMissing": True if request.continue_on_missing else None,
    }
    return {
        "uid": uid,
        "type": "default",
        "state": "queued",
        "output": str(request.out),
        "template": {name: value for name, value in template.items() if value is not None},
        "assets": [dict(asset) for asset in request.assets],
        "actions": {"prerender": [], "postrender": []},
    }


def file_address(path: Path | PureWindowsPath) -> str:
    """A file's address as nexrender reads it: `file:///C:/Projects/a%20b.aep`."""
    return "file:///" + quote(path.as_posix().lstrip("/"), safe="/:()!'~*")


def asset_of(value: Mapping[str, Any], composition: str, layer_index: int) -> dict[str, Any] | None:
    """One value of ours as a nexrender asset; None for what no asset can say (a solid's colour)."""
    place = {"composition": composition, "layerIndex": layer_index}
    match value.get("kind"):
        case "text" | "data":
            return {"type": "data", "property": "Source Text", "value": str(value.get("text", "")), **place}
        case "visible":
            return {"type": "data", "property": "enabled", "value": bool(value.get("value", True)), **place}
        case "image":
            return {"type": "image", "src": file_address(Path(str(value.get("path", "")))), **place}
    return None


def failure(reading: Reading, returncode: int, composition: str) -> FlatRenderError | None:
    """The error behind the lines and the exit status; None when neither tells of one."""
    if (reading.done and returncode == 0) and not reading.failed:
        return None
    known = ae_failure(reading.ae, returncode, composition)
    if known is not None and known.code != "ae-failed":
        return known
    said = reading.said or reading.ae.said
    how = f"ended with status {returncode}" if returncode >= 0 else f"was ended by signal {-returncode}"
    why = said or ("it did not say that the job is finished" if not reading.failed else "")
    return ProcessFailed(
        f"nexrender {how}{': ' + why.rstrip('.') if why else ''}.",
        code="nexrender-failed",
        log=reading.log,
        returncode=returncode,
    )
