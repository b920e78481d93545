"""What an engine offers a node, whatever runs behind it: requests in, one finished and probed file out.

Engines know nothing of tasks, leases or jobs. The caller (a handler) gives paths and values, a callback for progress
and one that says whether to stop; it gets a result or one of the errors of `flatrender.core.errors`:

- `Cancelled`      `cancelled()` said so; nothing is left behind
- `NoSpace`        the disk is full; nothing is left behind
- `ProcessFailed`  the renderer or the encoder died or left an incomplete film; its last words are in `details["log"]`
- `InvalidInput`   the request itself cannot be rendered (retrying will not help)

    engine = scene_engine("native")
    result = engine.render_scene(SceneRequest(project=…, composition_id=…, values=…, out=…), on_progress, cancelled)

Both calls block (run them in a thread), write beside `out` under a temporary name, and rename at the end: `out` exists
only when it is complete. They may be repeated.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from flatrender.core.errors import FlatRenderError, NotFound
from flatrender.film.ffmpeg import Cancelled
from flatrender.film.probe import FilmInfo

if TYPE_CHECKING:  # a scene's start is not to wait for it
    from flatrender.film.spec import Film

__all__ = [
    "Cancelled",
    "CancelledCheck",
    "ComposeEngine",
    "ComposeRequest",
    "Engine",
    "EngineResult",
    "ExportRequest",
    "OnProgress",
    "ProjectEngine",
    "ProjectRequest",
    "SceneEngine",
    "SceneRequest",
    "Watch",
    "compose_engine",
    "installed",
    "project_engine",
    "scene_engine",
]

# fraction done (0 to 1, never falling) and what is being done ("rendering", "encoding", "checking").
OnProgress = Callable[[float, str], None]
# Asked at least five times a second; True stops the work and raises Cancelled.
CancelledCheck = Callable[[], bool]
# A frame's R, G, B, A or Y, Cb, Cr planes, valid within the call alone, its width and height, how many were drawn by
# now. Must be quick and raise nothing.
Watch = Callable[[memoryview, tuple[int, int], int], None]


@dataclass(frozen=True)
class SceneRequest:
    """One composition to be made a film.

    `project`: an .aep, a .zip bundle or a folder. `composition_id`: py_aep's item id. `values`: engine values
    by address (`{"<comp>/<layer>": {"kind": "text", …}}`). `first`, `frames`: the frames wanted, counted from the
    composition's time 0 (None: to its end). `size`: width and height of the film (None: the composition's).
    `format`: "scene" for the intermediate that `ComposeRequest` joins, else mp4, webm, mov, gif or png (then `out` is
    a folder). `alpha`: keep transparency where the format can. `background`: "#RRGGBB" under transparent parts
    otherwise (None: the composition's). `sound`: the film has what its layers sound, where the format can; scenes that
    are composed need it not, `compose` mixes them. `watch`: shown each frame as it is drawn, where the engine has them
    one by one.
    """

    project: Path
    composition_id: int
    values: Mapping[str, Mapping[str, Any]]
    out: Path
    first: int = 0
    frames: int | None = None
    size: tuple[int, int] | None = None
    format: str = "scene"
    alpha: bool = False
    background: str | None = None
    sound: bool = False
    watch: Watch | None = None


@dataclass(frozen=True)
class ExportRequest:
    """One file: a preset's name (`flatrender.film.presets`), its size, where to."""

    preset: str
    size: tuple[int, int]
    out: Path


@dataclass(frozen=True)
class ComposeRequest:
    """A film to be composed once and written as several files.

    `window`: its first frame and the one after its last (None: all of it). `loudness`: LUFS to bring the sound to.
    `draft`: fast rather than fine.
    """

    film: "Film"
    exports: Sequence[ExportRequest]
    window: tuple[int, int] | None = None
    loudness: float | None = None
    draft: bool = False


@dataclass(frozen=True)
class ProjectRequest:
    """A composition as After Effects itself is to render it, from a project where it lies, with its own modules.

    `composition`: by name. `first`, `last`: frames, both rendered (None: to the composition's ends). `out`: its ending
    is the output module's. `assets`: nexrender's; other engines refuse them.
    """

    project: Path
    composition: str
    out: Path
    first: int | None = None
    last: int | None = None
    output_module: str | None = None
    settings_template: str | None = None
    continue_on_missing: bool = False
    assets: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class EngineResult:
    """A finished film: where, what it is (probed), how long it took in seconds, and what the person should be told."""

    path: Path
    info: FilmInfo
    seconds: float
    warnings: tuple[str, ...] = ()


class Engine(Protocol):
    """Anything a node can offer. `versions()` raises Unavailable, with what to do, where it cannot run."""

    name: str

    def versions(self) -> dict[str, str]: ...


@runtime_checkable
class SceneEngine(Engine, Protocol):
    """Makes a film of one composition."""

    def render_scene(self, request: SceneRequest, on_progress: OnProgress, cancelled: CancelledCheck) -> EngineResult:
        """Renders and encodes; see the module for the errors."""


@runtime_checkable
class ComposeEngine(Engine, Protocol):
    """Joins scene films, lays pictures over them, mixes sounds under them."""

    def compose(
        self, request: ComposeRequest, on_progress: OnProgress, cancelled: CancelledCheck
    ) -> tuple[EngineResult, ...]:
        """Composes once and writes every export, in order; see the module for the errors."""


@runtime_checkable
class ProjectEngine(Engine, Protocol):
    """Lets the installed After Effects render a project as it is."""

    def render_project(
        self, request: ProjectRequest, on_progress: OnProgress, cancelled: CancelledCheck
    ) -> EngineResult:
        """Renders; see the module for the errors."""


# Name -> where its class is; loaded on first use.
_ENGINES: dict[str, tuple[str, str]] = {
    "native": ("workers.engines.native", "NativeEngine"),
    "ffmpeg": ("workers.engines.ffmpeg", "FfmpegEngine"),
    "aerender": ("workers.engines.aerender", "AerenderEngine"),
    "nexrender": ("workers.engines.nexrender", "NexrenderEngine"),
}


# Those that render compositions.
_SCENE_ENGINES = ("native", "aerender", "nexrender")


def _load(name: str, offered: Iterable[str] = tuple(_ENGINES)) -> Engine:
    if name not in _ENGINES:
        raise NotFound(f"There is no engine “{name}”; there are {', '.join(offered)}.")
    module, attribute = _ENGINES[name]
    engine: Engine = getattr(import_module(module), attribute)()
    return engine


def scene_engine(name: str = "native") -> SceneEngine:
    """The engine of that name that renders compositions, or NotFound."""
    engine = _load(name, _SCENE_ENGINES)
    if not isinstance(engine, SceneEngine):
        raise NotFound(f"The engine “{name}” does not render compositions.")
    return engine


def compose_engine(name: str = "ffmpeg") -> ComposeEngine:
    """The engine of that name that joins films, or NotFound."""
    engine = _load(name)
    if not isinstance(engine, ComposeEngine):
        raise NotFound(f"The engine “{name}” does not join films.")
    return engine


def project_engine(name: str) -> ProjectEngine:
    """The engine of that name that renders with the installed After Effects, or NotFound."""
    engine = _load(name)
    if not isinstance(engine, ProjectEngine):
        raise NotFound(f"The engine “{name}” does not run After Effects.")
    return engine


def installed() -> dict[str, dict[str, str]]:
    """The engines that can run here, each with its versions (what a node tells the farm)."""
    found: dict[str, dict[str, str]] = {}
    for name in _ENGINES:
        try:
            found[name] = _load(name).versions()
        except FlatRenderError:
            continue
    return found
