"""The project's own engine: After Effects projects drawn by ThorVG, encoded by FFmpeg as they are drawn."""

import contextlib
import threading
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flatrender.aftereffects.client import EngineClient, default_client
from flatrender.aftereffects.notes import notes
from flatrender.core.errors import FlatRenderError, InvalidInput, NotFound
from flatrender.core.timing import Rate
from flatrender.film import ffmpeg, formats
from flatrender.film.encode import Encoder, takes_planes
from flatrender.film.probe import FilmInfo
from workers.engines.base import Cancelled, CancelledCheck, EngineResult, OnProgress, SceneRequest

if TYPE_CHECKING:
    from flatrender.aftereffects.report import CompositionReport, ProjectReport

# What is left after the last frame was handed over: the encoder's queue, the index at the front, the check.
_RENDERING_SHARE = 0.97


class NativeEngine:
    """Renders anywhere. Its children are those of the process's shared client unless another is given."""

    name = "native"

    def __init__(self, client: EngineClient | None = None) -> None:
        self._client = client

    def versions(self) -> dict[str, str]:
        """Of the parser, the renderer and the encoder. Raises Unavailable without FFmpeg."""
        from importlib.metadata import version

        return {
            "py-aep": version("py-aep"),
            "thorvg": version("thorvg-python"),
            "ffmpeg": ffmpeg.version(),
        }

    def prepare(self) -> None:
        """Starts what a first render will need (the drawing child, FFmpeg's place) while the caller goes on."""
        (self._client or default_client()).rasteriser.warm()
        threading.Thread(target=_find_ffmpeg, name="prepare", daemon=True).start()

    def render_scene(self, request: SceneRequest, on_progress: OnProgress, cancelled: CancelledCheck) -> EngineResult:
        """Draws and encodes one composition. Errors: see `workers.engines.base`."""
        return self.render_sequence(request, [request.composition_id], on_progress, cancelled)

    def render_sequence(
        self,
        request: SceneRequest,
        composition_ids: Sequence[int],
        on_progress: OnProgress,
        cancelled: CancelledCheck,
    ) -> EngineResult:
        """Several compositions one after the other as one film, in the size and at the rate of the first.

        `request.first` and `request.frames` hold for a single composition only.
        """
        began = time.monotonic()
        client = self._client or default_client()
        report = client.scan(request.project, survey=False, layers=False)
        compositions = [_composition(report, number) for number in composition_ids]
        if not compositions:
            raise InvalidInput("There is no composition to render.")
        size = request.size or (compositions[0].width, compositions[0].height)
        rate = Rate(*compositions[0].frame_rate_rational)
        if any(Rate(*other.frame_rate_rational) != rate for other in compositions):
            raise InvalidInput("The scenes have different frame rates; render them one by one.")
        ranges = [_range(composition, request, len(compositions) == 1) for composition in compositions]
        frames = sum(len(wanted) for wanted in ranges)
        keeps_alpha = request.alpha and formats.find(request.format).alpha
        planar = not keeps_alpha and takes_planes(request.format, *size)
        told: list[str] = []
        with Encoder(
            request.out,
            *size,
            rate,
            request.format,
            opaque=not keeps_alpha,
            planar=planar,
            alpha=keeps_alpha,
            frames=frames,
            first=ranges[0].start,
            cancelled=cancelled,
        ) as encoder:
            for composition, wanted in zip(compositions, ranges, strict=True):
                drawn = client.frames(
                    request.project,
                    composition.id,
                    request.values,
                    wanted.start,
                    wanted.stop - 1,
                    size=size,
                    background=None if keeps_alpha else request.background or composition.background,
                    planar=planar,
                    notes=told,
                )
                for frame in drawn:
                    if cancelled():
                        raise Cancelled
                    if request.watch is not None:
                        request.watch(frame, size, encoder.written + 1)
                    encoder.write(frame)
                    on_progress(_RENDERING_SHARE * (encoder.written / frames), "rendering")
            on_progress(_RENDERING_SHARE, "encoding")
            # What cannot be shown takes longest to find out: FFmpeg has its queue to encode meanwhile.
            told += _told(client, request, composition_ids)
        assert encoder.info is not None
        info = encoder.info
        if request.sound and formats.find(request.format).sound:
            info = self._dubbed(request, client, compositions, ranges, info, cancelled)
        on_progress(1.0, "done")
        return EngineResult(request.out, info, time.monotonic() - began, tuple(dict.fromkeys(told)))

    @staticmethod
    def _dubbed(
        request: SceneRequest,
        client: EngineClient,
        compositions: "Sequence[CompositionReport]",
        ranges: Sequence[range],
        info: FilmInfo,
        cancelled: CancelledCheck,
    ) -> FilmInfo:
        """The film with what its compositions' layers sound, if anything."""
        heard = [client.sounds(request.project, composition.id, request.values) for composition in compositions]
        if not any(heard):
            return info
        # Loaded only now: mixing brings NumPy, a tenth of a second that most scenes never need.
        from flatrender.aftereffects.sound_lane import placed
        from flatrender.film import dubbing
        from flatrender.film.spec import Sound, SoundLane

        found: list[Sound] = []
        at = 0
        for sounds, shown in zip(heard, ranges, strict=True):
            found += placed(sounds, info.rate, at, len(shown), first=shown.start)
            at += len(shown)
        if not found:
            return info
        return dubbing.dub(request.out, info, request.format, SoundLane(tuple(found)), cancelled=cancelled)


def _find_ffmpeg() -> None:
    with contextlib.suppress(FlatRenderError):  # whoever needs it next is told
        ffmpeg.find_ffmpeg()


def _told(client: EngineClient, request: SceneRequest, composition_ids: Iterable[int]) -> tuple[str, ...]:
    """`notes`; that they cannot be found out is one, and costs no film that was drawn."""
    try:
        return notes(client.scan(request.project), composition_ids, request.values)
    except FlatRenderError as error:
        return (f"What is not shown could not be found out: {error.message}",)


def _composition(report: "ProjectReport", number: int) -> "CompositionReport":
    for composition in report.compositions:
        if composition.id == number:
            return composition
    raise NotFound(f"{report.file_name} has no composition #{number}; scan it again.")


def _range(composition: "CompositionReport", request: SceneRequest, alone: bool) -> range:
    if not alone:
        return range(composition.frames)
    last = composition.frames if request.frames is None else request.first + request.frames
    if not 0 <= request.first < last <= composition.frames:
        raise InvalidInput(
            f"“{composition.name}” has frames 0 to {composition.frames - 1}; {request.first} to {last - 1} are wanted."
        )
    return range(request.first, last)
