"""What aerender and nexrender share: the installed After Effects, run, listened to, and never believed.

An exit status of 0 proves nothing: After Effects can leave a valid but truncated file. A render has succeeded when the
file's probed duration and number of frames are those of the composition, as our own reader of the project knows it;
where it cannot read the project, as After Effects announced them.
"""

import contextlib
import os
import queue
import re
import shutil
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, Self

from flatrender.aftereffects.bundle import open_bundle
from flatrender.aftereffects.client import EngineClient, default_client
from flatrender.aftereffects.report import ProjectReport
from flatrender.core.errors import BadFile, FlatRenderError, InvalidInput, NotFound, ProcessFailed, Unavailable
from flatrender.core.ids import new_id
from flatrender.core.process import DEVNULL, PIPE, STDOUT, Child, TimeoutExpired
from flatrender.core.timing import Rate
from flatrender.film import formats, read
from flatrender.film.encode import Encoder, discard, put_in_place, temporary
from flatrender.film.probe import FilmInfo, probe
from workers.engines.aerender_log import frames_of
from workers.engines.base import Cancelled, CancelledCheck, EngineResult, OnProgress, ProjectRequest, SceneRequest

_LONGEST_LINE, _SKIPPED, _PIPE = 16_384, 1 << 20, 1 << 16
_WAITING_LINES = 2_000  # the renderer waits when nobody reads faster
_TURN_SECONDS = 0.1
_ENDING_SECONDS = 10.0
_RENDERING_SHARE = 0.9  # the rest is for checking, and for encoding anew
_SLACK_FRAMES = 1  # an output module may round the last frame's time

# What After Effects writes when no output module is named: "Lossless", a film of the system's own kind.
DEFAULT_SUFFIX = ".mov" if sys.platform == "darwin" else ".avi"


@dataclass(frozen=True)
class Patience:
    """How long nothing may happen, in seconds: until the render starts (After Effects loads for minutes), between two
    signs of life (a single frame may take long), and after it has said that it is done (it may forget to quit).
    """

    start: float = 600.0
    still: float = 1800.0
    end: float = 60.0


PATIENT = Patience()


class Reading(Protocol):
    """What the lines have told so far. Immutable."""

    @property
    def started(self) -> bool: ...
    @property
    def finished(self) -> bool: ...
    @property
    def steps(self) -> int: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...
    @property
    def log(self) -> str: ...
    def after(self, line: str) -> Self: ...
    def fraction(self, frames: int | None) -> float: ...


@dataclass(frozen=True)
class Wanted:
    """What the film must be. `rate` is the composition's; another one is possible where a template may set it."""

    frames: int
    rate: Rate
    exact: bool = True


def find_aerender(env: Mapping[str, str] = os.environ) -> Path:
    """`AERENDER_PATH`: the program, or the folder it lies in. Raises Unavailable, with what to do."""
    given = env.get("AERENDER_PATH", "").strip().strip('"')
    if not given:
        raise Unavailable("After Effects is not set up here; AERENDER_PATH names its aerender.", code="no-aerender")
    path = Path(given).expanduser()
    for found in (path, path / "aerender.exe", path / "aerender"):
        if found.is_file():
            return found
    raise Unavailable(f"AERENDER_PATH names {given}, where there is no aerender; correct it.", code="no-aerender")


def find_nexrender(env: Mapping[str, str] = os.environ) -> Path:
    """`NEXRENDER_PATH`, else `nexrender-cli` on the PATH. Raises Unavailable, with what to do."""
    given = env.get("NEXRENDER_PATH", "").strip().strip('"')
    found = given if given and Path(given).is_file() else shutil.which("nexrender-cli", path=env.get("PATH"))
    if given and not Path(given).is_file():
        raise Unavailable(f"NEXRENDER_PATH names {given}, which is not there; correct it.", code="no-nexrender")
    if not found:
        raise Unavailable("nexrender is not installed here; run `npm install -g @nexrender/cli`.", code="no-nexrender")
    return Path(found)


def release_of(program: Path) -> str:
    """The After Effects that a program belongs to, from its folder: "2024"; empty where the path does not tell."""
    found = re.search(r"After Effects (?:CC )?(\d{4}|\d{2}\.\d)", str(program))
    return found[1] if found else ""


class AfterEffects(ABC):
    """An engine over the installed After Effects; `name` and the three abstract methods make it one."""

    name: str

    def __init__(self, client: EngineClient | None = None, patience: Patience = PATIENT) -> None:
        self._given_client, self._patience = client, patience

    @abstractmethod
    def versions(self) -> dict[str, str]:
        """What is installed. Raises Unavailable."""

    @abstractmethod
    def _command(self, request: ProjectRequest, work: Path) -> Sequence[str]:
        """The command line; `work` is an empty folder for the render's own files."""

    @abstractmethod
    def _failure(self, reading: Any, returncode: int, composition: str) -> FlatRenderError | None:
        """The error behind lines and exit status."""

    @abstractmethod
    def _silence(self) -> Reading:
        """The reading before the first line."""

    def render_project(
        self, request: ProjectRequest, on_progress: OnProgress, cancelled: CancelledCheck
    ) -> EngineResult:
        """Renders a project as it lies. `request.out` appears only when the film is complete."""
        began = time.monotonic()
        request, wanted = self._ranged(request)
        made = temporary(request.out).with_suffix(request.out.suffix)
        work = made.with_suffix(".work")
        request.out.parent.mkdir(parents=True, exist_ok=True)
        work.mkdir()
        try:
            reading = self._run(replace(request, out=made), work, wanted, on_progress, cancelled)
            on_progress(0.97, "checking")
            film = _result(made)
            info = checked(film, wanted, getattr(reading, "duration", None))
            out = request.out.with_suffix(film.suffix)
            put_in_place(film, out)
        finally:
            shutil.rmtree(work, ignore_errors=True)
            for left in made.parent.glob(f"{made.stem}.*"):
                discard(left)
        on_progress(1.0, "done")
        return EngineResult(out, info, time.monotonic() - began, reading.warnings)

    def render_scene(self, request: SceneRequest, on_progress: OnProgress, cancelled: CancelledCheck) -> EngineResult:
        """Writes the values into a copy of the project, lets After Effects render it, and encodes as asked."""
        began = time.monotonic()
        report = self._client.scan(request.project, survey=False)
        found = [each for each in report.compositions if each.id == request.composition_id]
        if not found:
            raise NotFound(f"{report.file_name} has no composition #{request.composition_id}; scan it again.")
        composition = found[0]
        if sum(each.name == composition.name for each in report.compositions) > 1:
            raise InvalidInput(
                f"After Effects finds compositions by name, and several are called “{composition.name}”; rename them."
            )
        first, count = request.first, request.frames or composition.frames - request.first
        raw = temporary(request.out).with_suffix(DEFAULT_SUFFIX)
        folder = temporary(request.out).with_suffix(".project")
        try:
            bound, assets, told = self._bind(request, report, folder)
            ordered = ProjectRequest(bound, composition.name, raw, first, first + count - 1, assets=assets)
            part = _part(on_progress, _RENDERING_SHARE)
            result = self.render_project(ordered, part, cancelled)
            raw = result.path
            size = request.size or (composition.width, composition.height)
            alpha = request.alpha and formats.find(request.format).alpha
            rate = Rate(*composition.frame_rate_rational)
            with Encoder(
                request.out,
                *size,
                rate,
                request.format,
                opaque=not alpha,
                alpha=alpha,
                frames=count,
                first=first,
                cancelled=cancelled,
            ) as encoder:
                for frame in read.frames(raw, size=size):
                    if cancelled():
                        raise Cancelled
                    encoder.write(frame)
                    on_progress(_RENDERING_SHARE + (1 - _RENDERING_SHARE) * encoder.written / (count + 1), "encoding")
        finally:
            discard(raw)
            shutil.rmtree(folder, ignore_errors=True)
        on_progress(1.0, "done")
        assert encoder.info is not None
        return EngineResult(request.out, encoder.info, time.monotonic() - began, (*told, *result.warnings))

    def _bind(
        self, request: SceneRequest, report: ProjectReport, folder: Path
    ) -> tuple[Path, Sequence[Mapping[str, Any]], Sequence[str]]:
        """A copy of the project with the values in it, in `folder`; what is left to be said by assets (nothing); and
        what of the values is not as given.
        """
        bound, told = self._bound_copy(request, report, request.values, folder)
        return bound, (), told

    def _bound_copy(
        self, request: SceneRequest, report: ProjectReport, values: Mapping[str, Mapping[str, Any]], folder: Path
    ) -> tuple[Path, Sequence[str]]:
        """Beside copies of its footage: After Effects looks for that from where the project lies."""
        folder.mkdir(parents=True)
        bundle = open_bundle(request.project, cache=folder / "bundle")
        if bundle.held is not None:  # an archive, unpacked for us alone
            home = bundle.project.parent
        else:
            home = folder / bundle.project.parent.relative_to(bundle.root)
            home.mkdir(parents=True, exist_ok=True)
            for use in report.footage:
                if use.path and not use.missing and not use.path.startswith(("/", "..")):
                    _link(bundle.root / use.path, folder / use.path)
        bound = home / f"bound-{new_id()[-8:]}.aep"
        return bound, self._client.save(request.project, values, bound)

    @property
    def _client(self) -> EngineClient:
        return self._given_client or default_client()

    def _ranged(self, request: ProjectRequest) -> tuple[ProjectRequest, Wanted | None]:
        """The request with its first and last frame, and what the film must be; None where we cannot read the project.

        Where no frames are asked for it is the work area, as After Effects does it; said aloud, so that it is checked.
        """
        if not request.project.is_file():
            raise NotFound(f"The project {request.project.name} is not there.", code="project-gone")
        try:
            report = self._client.scan(request.project, survey=False)
        except (BadFile, ProcessFailed):
            return request, None
        for composition in report.compositions:
            if composition.name == request.composition:
                rate = Rate(*composition.frame_rate_rational)
                start, end = (rate.frames(seconds) for seconds in composition.work_area)
                if not 0 <= start < end <= composition.frames:
                    start, end = 0, composition.frames
                first = start if request.first is None else request.first
                last = end - 1 if request.last is None else request.last
                if not 0 <= first <= last < composition.frames:
                    raise InvalidInput(
                        f"“{composition.name}” has frames 0 to {composition.frames - 1}; {first} to {last} are wanted."
                    )
                wanted = Wanted(last - first + 1, rate, exact=request.settings_template is None)
                return replace(request, first=first, last=last), wanted
        raise NotFound(
            f"{report.file_name} has no composition “{request.composition}”; check the name.",
            code="missing-composition",
        )

    def _run(
        self,
        request: ProjectRequest,
        work: Path,
        wanted: Wanted | None,
        on_progress: OnProgress,
        cancelled: CancelledCheck,
    ) -> Reading:
        frames = wanted.frames if wanted else None

        def heard(reading: Reading) -> None:
            part = reading.fraction(frames)
            on_progress(_RENDERING_SHARE * part, "rendering" if reading.started else "starting After Effects")

        reading, returncode = listen(
            self._command(request, work), self._silence(), request.out, heard, cancelled, self._patience
        )
        error = self._failure(reading, returncode, request.composition)
        if error is not None:
            raise error
        return reading


def listen(
    argv: Sequence[str],
    reading: Reading,
    out: Path,
    heard: Callable[[Reading], None],
    cancelled: CancelledCheck,
    patience: Patience,
) -> tuple[Reading, int]:
    """Runs the program to its end: what was heard, and the exit status (0 when it forgot to quit after its last word).

    A growing `out` is a sign of life too: some output modules print no frames. Raises Cancelled, and ProcessFailed for
    a renderer that hangs; either way its whole group is ended.
    """
    with Child(argv, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, bufsize=_PIPE) as child:
        lines: queue.Queue[str | None] = queue.Queue(_WAITING_LINES)
        threading.Thread(target=_read, args=(child, lines), name="after-effects", daemon=True).start()
        moved, size, looked = time.monotonic(), 0, 0.0
        while True:
            if cancelled():
                raise Cancelled
            line: str | None = ""
            with contextlib.suppress(queue.Empty):
                line = lines.get(timeout=_TURN_SECONDS)
            now = time.monotonic()
            if line is None:
                break
            if line:
                before, reading = reading, reading.after(line)
                # Chatter is no sign of life: a hanging After Effects goes on warning.
                if _state(reading) != _state(before):
                    moved = now
                heard(reading)
            if now - looked >= _TURN_SECONDS:
                looked, grown = now, _size(out)
                if grown != size:
                    moved, size = now, grown
            silent = now - moved
            if reading.finished and silent > patience.end:
                return reading, 0
            if silent > (patience.still if reading.started else patience.start):
                raise _hangs(reading, silent)
        with contextlib.suppress(TimeoutExpired):  # it has closed its output: it is about to end
            return reading, child.wait(max(patience.end, _ENDING_SECONDS))
        return reading, 0 if reading.finished else child.kill()


def _state(reading: Reading) -> tuple[bool, int, bool]:
    return reading.started, reading.steps, reading.finished


def _read(child: Child, lines: "queue.Queue[str | None]") -> None:
    assert child.popen.stdout is not None
    with contextlib.suppress(OSError, ValueError):
        while line := child.popen.stdout.readline(_LONGEST_LINE):
            text, rest = line.decode("utf-8", "replace"), line
            while rest and not rest.endswith(b"\n"):  # of an endless line its beginning is enough
                rest = child.popen.stdout.readline(_SKIPPED)
            while True:
                try:
                    lines.put(text, timeout=1.0)
                    break
                except queue.Full:
                    if not child.alive:
                        return
    with contextlib.suppress(queue.Full):
        lines.put(None, timeout=5.0)


def _hangs(reading: Reading, silent: float) -> ProcessFailed:
    where = "between two frames" if reading.started else "before it started to render"
    return ProcessFailed(
        f"After Effects hung {where} ({silent:.0f} s without a sign) and was ended.", code="ae-hangs", log=reading.log
    )


def _size(path: Path) -> int:
    """Bytes written so far, whatever ending After Effects chose."""
    with contextlib.suppress(OSError):
        return sum(each.stat().st_size for each in path.parent.glob(f"{path.stem}.*") if each.is_file())
    return 0


def _result(made: Path) -> Path:
    """The file that was written: with the ending that was asked for, or the output module's own."""
    if made.is_file():
        return made
    others = [path for path in made.parent.glob(f"{made.stem}.*") if path.is_file()]
    if len(others) == 1:
        return others[0]
    raise ProcessFailed("After Effects ended without an error and left no film.", code="no-output")


def checked(film: Path, wanted: Wanted | None, announced: str | None) -> FilmInfo:
    """The film, probed and complete. Raises ProcessFailed naming what is wrong with it."""
    try:
        info = probe(film)
    except (BadFile, NotFound) as error:
        raise ProcessFailed(f"The film is not complete: {error.message}", code="incomplete-film") from error
    if info.video_codec is None:
        raise ProcessFailed("The film is not complete: it has no picture.", code="incomplete-film")
    if wanted is None:
        frames = frames_of(announced, info.rate) if announced else None
        if frames is None:
            raise ProcessFailed(
                "Nobody knows how long the film should be: the project cannot be read here, and After Effects did not "
                "say.",
                code="unknown-length",
            )
        wanted = Wanted(frames, info.rate)
    if problem := shortfall(info, wanted):
        raise ProcessFailed(f"The film is not complete: {problem}.", code="incomplete-film")
    return info


def shortfall(info: FilmInfo, wanted: Wanted) -> str | None:
    """In what a film falls short, in words; None when it is whole."""
    seconds = float(wanted.rate.seconds(wanted.frames))
    frames = wanted.frames if wanted.exact else info.rate.frames(seconds)
    if abs(info.frames - frames) > (0 if wanted.exact else _SLACK_FRAMES):
        return f"it has {info.frames} frames instead of {frames}"
    if abs(info.duration - seconds) > 1.01 / float(info.rate):
        return f"it lasts {info.duration:.3f} seconds instead of {seconds:.3f}"
    return None


def _link(source: Path, target: Path) -> None:
    if not source.is_file() or target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(source, target)


def _part(on_progress: OnProgress, share: float) -> OnProgress:
    return lambda fraction, doing: on_progress(share * fraction, doing)
