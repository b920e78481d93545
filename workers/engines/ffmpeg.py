"""FFmpeg as an engine: scene films joined, music mixed under them."""

import time

from flatrender.film import ffmpeg
from flatrender.film.compose import compose
from workers.engines.base import CancelledCheck, ComposeRequest, EngineResult, OnProgress


class FfmpegEngine:
    """Composes anywhere FFmpeg runs."""

    name = "ffmpeg"

    def versions(self) -> dict[str, str]:
        """FFmpeg's. Raises Unavailable without it."""
        return {"ffmpeg": ffmpeg.version()}

    def compose(self, request: ComposeRequest, on_progress: OnProgress, cancelled: CancelledCheck) -> EngineResult:
        """Joins, mixes and encodes. Errors: see `workers.engines.base`."""
        began = time.monotonic()
        info = compose(
            request.clips,
            request.music,
            request.out,
            rate=request.rate,
            size=request.size,
            on_progress=lambda fraction: on_progress(0.99 * fraction, "joining"),
            cancelled=cancelled,
        )
        on_progress(1.0, "done")
        return EngineResult(request.out, info, time.monotonic() - began)
