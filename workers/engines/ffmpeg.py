"""FFmpeg as an engine: films composed of scene films, pictures, texts and sounds, and written in every format."""

import time

from flatrender.core.process import Limits
from flatrender.film import exporting, ffmpeg, presets
from flatrender.film.compose import composed
from workers.engines.base import CancelledCheck, ComposeRequest, EngineResult, OnProgress

LIMITS = Limits(wall_seconds=12 * 3600, memory_bytes=16 << 30)  # of each child
# Of the work; each of the files shares in the rest.
_COMPOSING = 0.6


class FfmpegEngine:
    """Composes anywhere FFmpeg runs."""

    name = "ffmpeg"

    def versions(self) -> dict[str, str]:
        """FFmpeg's. Raises Unavailable without it."""
        return {"ffmpeg": ffmpeg.version()}

    def compose(
        self, request: ComposeRequest, on_progress: OnProgress, cancelled: CancelledCheck
    ) -> tuple[EngineResult, ...]:
        """Composes once and writes every export. Errors: see `workers.engines.base`."""
        wanted = [(presets.find(export.preset), export) for export in request.exports]
        made = []
        began = time.monotonic()
        with composed(
            request.film,
            request.exports[0].out.parent,
            window=request.window,
            target=request.loudness,
            pictures=any(preset.video for preset, _ in wanted),
            draft=request.draft,
            on_progress=lambda fraction: on_progress(_COMPOSING * fraction, "joining"),
            cancelled=cancelled,
            limits=LIMITS,
        ) as master:
            for number, (preset, export) in enumerate(wanted):

                def tell(fraction: float, name: str = preset.name, done: int = number) -> None:
                    share = (done + fraction) / len(wanted)
                    on_progress(_COMPOSING + (0.99 - _COMPOSING) * share, f"writing {name}")

                info = exporting.write(
                    master,
                    preset,
                    export.size,
                    export.out,
                    draft=request.draft,
                    on_progress=tell,
                    cancelled=cancelled,
                    limits=LIMITS,
                )
                made.append(EngineResult(export.out, info, time.monotonic() - began))
                began = time.monotonic()
        on_progress(1.0, "done")
        return tuple(made)
