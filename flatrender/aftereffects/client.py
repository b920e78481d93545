"""The engine as the rest of the product sees it: synchronous calls, answered by warm, limited children.

A stranger's file is only ever parsed in a child. A child that hangs, crashes or eats memory is killed; the call that it
served fails with one sentence, and the next call finds a fresh child.
"""

import atexit
import contextlib
import io
import os
import signal
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Condition, Lock
from typing import TYPE_CHECKING, Any, Final, cast

from flatrender.aftereffects.messages import Channel, Closed, TimedOut
from flatrender.aftereffects.raster.rasteriser import GIB, Rasteriser, child_environment
from flatrender.aftereffects.server import HELD_PROJECTS
from flatrender.core import errors
from flatrender.core.errors import FlatRenderError, ProcessFailed, TooLarge, Unavailable
from flatrender.core.process import PIPE, Child, Limits, TimeoutExpired

if TYPE_CHECKING:
    from flatrender.aftereffects.lottie.films import Track
    from flatrender.aftereffects.report import ProjectReport
    from flatrender.aftereffects.sounds import LayerSound

SERVER_COMMAND: Final = (sys.executable, "-P", "-m", "flatrender.aftereffects.server")

Values = Mapping[str, Mapping[str, Any]]
"""Engine values by address: see `Project.lottie`."""
Color = str | None

DRAWINGS: Final = 8
"""How many drawings may run at once, at least: renders, snapshots and thumbnails of one process."""

LARGEST_BAKE: Final = 64 * 1024 * 1024

# Wall seconds per request. Processor time is limited to the same.
_SECONDS: Final = {
    **dict.fromkeys(("scan", "lottie", "moving", "sounds", "save"), 60.0),
    **dict.fromkeys(("bake", "font"), 20.0),
    "warm": 30.0,
}


# Wall seconds to wait for a free child, where it is not four times the request's own: who types wants to know soon.
_WAITS: Final = {"bake": 2.5}


class _Server:
    """One warm child and what it holds."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self.child = Child(command, limits=limits, env=child_environment(), stdin=PIPE, stdout=PIPE, keep_stderr=8192)
        popen = self.child.popen
        assert popen.stdin is not None
        assert popen.stdout is not None
        self.channel = Channel(popen.stdout.fileno(), popen.stdin.fileno())
        self.paths: OrderedDict[str, None] = OrderedDict()
        self.answered = 0
        self.crowded = False
        """It ran out of memory while it held earlier projects too."""

    def ask(self, request: dict[str, Any], seconds: float) -> tuple[Any, bytes]:
        """One request and its answer. Raises core errors; after ProcessFailed the child is dead."""
        try:
            self.channel.send(request | {"cpu_seconds": int(seconds) + 1})
            header, payload = self.channel.receive(seconds)
        except (Closed, TimedOut) as error:
            raise self._why(error, seconds, str(request.get("path", ""))) from None
        self.answered += 1
        if "error" in header:
            raise rebuild(header["error"])
        name = os.path.basename(str(request.get("path", "")))
        if "memory" in header:
            self.crowded = self.answered > 1
            self.child.kill()
            raise TooLarge(f"{name} needs more memory than the engine may use; make the project smaller.")
        if "fault" in header:
            raise ProcessFailed(
                f"The engine could not work on {name} ({header['fault']}); report it with the project.",
                code="engine-fault",
                log=header.get("log", ""),
            )
        return header["ok"], payload

    def holds(self, path: str) -> None:
        """Notes that `path` was worked on last; what the child let go for it is forgotten here too."""
        self.paths[path] = None
        self.paths.move_to_end(path)
        while len(self.paths) > HELD_PROJECTS:
            self.paths.popitem(last=False)

    def _why(self, error: Exception, seconds: float, path: str) -> ProcessFailed:
        hung = isinstance(error, TimedOut)
        if not hung:
            with contextlib.suppress(TimeoutExpired):
                self.child.wait(2)
        code = self.child.kill()
        words = self.child.last_words()
        name = os.path.basename(path) or "the project"
        if hung:
            how = f"took longer than {seconds:g} s"
        elif code in (-signal.SIGXCPU, -signal.SIGPROF):
            how = "used up its processor time"
        elif code < 0:
            how = f"crashed ({signal.Signals(-code).name})"
        else:
            how = f"ended with status {code}"
        return ProcessFailed(
            f"The engine {how} on {name} and was restarted; the file may be damaged, or ask too much at once.",
            code="engine-crashed",
            log=words,
        )


class EngineClient:
    """Scan, Lottie, bake, snapshot, frames, save. Thread-safe; up to `size` requests run at once, others wait their
    turn.

    `size`: children for projects; drawing has its own, so that a long render keeps no preview waiting.
    `memory_bytes`: of each. `seconds`: wall time by request name, to change the defaults. Every method raises core
    errors: BadFile, NotFound, InvalidInput as the engine found them, ProcessFailed when a child crashed or took too
    long, Unavailable when none was free for too long (for a bake: 2.5 s).
    """

    def __init__(
        self,
        size: int = 2,
        *,
        memory_bytes: int = 4 * GIB,
        seconds: Mapping[str, float] | None = None,
        command: Sequence[str] = SERVER_COMMAND,
        rasteriser: Rasteriser | None = None,
    ) -> None:
        self._size = size
        self._limits = Limits(memory_bytes=memory_bytes)
        self._seconds = {**_SECONDS, **(seconds or {})}
        self._command = tuple(command)
        self._turn = Condition()
        self._idle: list[_Server] = []
        self._working: set[_Server] = set()
        self._busy = 0  # those at work, and those that are being started
        self._closed = False
        self.started = 0
        """How many engine processes were started so far (drawing ones apart: `rasteriser.started`)."""
        self.rasteriser = rasteriser or Rasteriser(max(DRAWINGS, size), limits=self._limits)

    def warm(self) -> None:
        """Starts one child and waits until it is ready, so that the first request finds it so."""
        self._ask({"do": "warm"})

    def scan(self, path: Path | str, *, survey: bool = True, layers: bool = True) -> "ProjectReport":
        """What the project holds; without `survey` (quicker) the capabilities are left out, without `layers` (at once)
        all but the compositions' sizes, rates and lengths.
        """
        from flatrender.aftereffects.report import ProjectReport

        value, _ = self._ask({"do": "scan", "path": _absolute(path), "survey": survey, "layers": layers})
        return ProjectReport.from_dict(value)

    def lottie(self, path: Path | str, comp_id: int, values: Values) -> dict[str, Any]:
        """The composition as Lottie with the values applied."""
        import json

        data, _ = self.lottie_bytes(path, comp_id, values)
        lottie: dict[str, Any] = json.loads(data)
        return lottie

    def lottie_bytes(
        self, path: Path | str, comp_id: int, values: Values, *, max_image_side: int | None = None
    ) -> tuple[bytes, dict[str, float]]:
        """The same as JSON text, and its `width`, `height`, `frame_rate`, `first` and `end` frame.

        `max_image_side` scales larger pictures down, for a preview.
        """
        request = {"do": "lottie", "path": _absolute(path), "comp_id": comp_id, "values": values}
        shape, data = self._ask(request | _side(max_image_side))
        return data, shape

    def moving(
        self, path: Path | str, comp_id: int, values: Values, *, max_image_side: int | None = None
    ) -> "tuple[bytes, dict[str, Any], list[Track]]":
        """As `lottie_bytes`, with an asset for each time that a film is shown, and what each of them shows when; in the
        second also `notes`, see `Project.moving`."""
        request = {"do": "moving", "path": _absolute(path), "comp_id": comp_id, "values": values}
        shape, data = self._ask(request | _side(max_image_side))
        told = shape.pop("tracks")
        if not told:
            return data, shape, []
        from flatrender.aftereffects.moving import from_wire

        return data, shape, [from_wire(track) for track in told]

    def sounds(self, path: Path | str, comp_id: int, values: Values) -> "list[LayerSound]":
        """What is heard of the composition, with the values applied."""
        from flatrender.aftereffects.sounds import LayerSound

        raw, _ = self._ask({"do": "sounds", "path": _absolute(path), "comp_id": comp_id, "values": values})
        return [LayerSound.from_wire(one) for one in raw]

    def bake(
        self,
        path: Path | str,
        comp_id: int,
        address: str,
        value: Mapping[str, Any] | None,
        values: Values,
        *,
        max_image_side: int | None = None,
    ) -> bytes:
        """The Lottie patches for one changed value (None: back to the project's own) as JSON text; `values` are the
        others. Pictures come first; see `Project.bake`. Raises TooLarge beyond `LARGEST_BAKE`.
        """
        request = {"do": "bake", "path": _absolute(path), "comp_id": comp_id, "address": address, "value": value}
        patches = self._ask(request | {"values": values} | _side(max_image_side))[1]
        if len(patches) > LARGEST_BAKE:
            raise TooLarge("This change draws too much to be shown while it is made; save it to see it.")
        return patches

    def save(self, path: Path | str, values: Values, out: Path | str) -> list[str]:
        """Writes the project with the values bound to `out`; tells what of them is not as it was given."""
        told, _ = self._ask({"do": "save", "path": _absolute(path), "values": values, "out": _absolute(out)})
        return list(told or ())

    def font(self, path: Path | str, file_name: str, postscript_name: str) -> tuple[str, bytes]:
        """A font file's own PostScript name, and the font under another; `file_name` is what its giver calls it.

        Raises BadFile for what is no TTF or OTF file.
        """
        request = {"do": "font", "path": _absolute(path), "file_name": file_name, "postscript_name": postscript_name}
        return self._ask(request)

    def web_font(self, path: Path | str, file_name: str, letters: str) -> tuple[dict[str, Any], bytes]:
        """A font for pages: `{"family", "weights"}` and its WOFF2, written anew (see `text.web_font`).

        Raises BadFile for what is no font or lacks some of the `letters`, TooLarge.
        """
        return self._ask({"do": "font", "path": _absolute(path), "file_name": file_name, "letters": letters})

    def frames(
        self,
        path: Path | str,
        comp_id: int,
        values: Values,
        first: int,
        last: int,
        *,
        size: tuple[int, int] | None = None,
        background: Color = None,
        planar: bool = False,
        notes: list[str] | None = None,
    ) -> Iterator[memoryview]:
        """Frames `first` to `last`, both included, as R, G, B, A bytes with straight alpha; counted from time 0.

        A view is valid until the next one is asked for. `background` `#RRGGBB` makes them opaque, and faster; `planar`
        gives them as encoders take them (see `Rasteriser.frames`). `notes` takes what is to be told of the values.
        """
        numbers = range(first, last + 1)
        yield from self._drawn(
            path, comp_id, values, numbers, lambda own: size or own, background, planar=planar, notes=notes
        )

    def snapshot(
        self,
        path: Path | str,
        comp_id: int,
        frames: Sequence[int],
        values: Values,
        *,
        width: int | None = None,
        background: Color = None,
    ) -> list[bytes]:
        """Frames as PNG, transparent without a background; `width` scales, the height follows."""
        size = (0, 0)

        def sized(own: tuple[int, int]) -> tuple[int, int]:
            nonlocal size
            size = own if width is None else (width, max(1, round(width * own[1] / own[0])))
            return size

        drawn = self._drawn(path, comp_id, values, frames, sized, background)
        return [png(view, size, background is not None) for view in drawn]

    def _drawn(
        self,
        path: Path | str,
        comp_id: int,
        values: Values,
        frames: Sequence[int],
        sized: Callable[[tuple[int, int]], tuple[int, int]],
        background: Color,
        *,
        planar: bool = False,
        notes: list[str] | None = None,
    ) -> Iterator[memoryview]:
        """Frames of a composition with its films in them. `sized`: its own size → the one that is drawn."""
        self.rasteriser.warm()
        data, shape, tracks = self.moving(path, comp_id, values)
        if notes is not None:
            notes += shape["notes"]
        own = int(shape["width"]), int(shape["height"])
        size = sized(own)
        try:
            if not tracks:
                yield from self.rasteriser.frames(data, *size, frames, background, planar=planar)
                return
            from flatrender.aftereffects import moving

            with moving.opened(tracks, max(size[0] / own[0], size[1] / own[1])) as pictures:
                yield from self.rasteriser.frames(data, *size, frames, background, pictures, planar=planar)
        except ProcessFailed as error:
            raise self.rasteriser.blamed(error, data, *size) from None

    def close(self, *, at_once: bool = False) -> None:
        """Ends all idle children; busy ones end with their request, or `at_once`: then it raises ProcessFailed."""
        with self._turn:
            self._closed = True
            idle, self._idle = self._idle, []
            working = list(self._working) if at_once else []
            self._turn.notify_all()
        for server in idle:
            server.child.close()
        for server in working:
            server.child.kill()
        self.rasteriser.close()

    def _ask(self, request: dict[str, Any]) -> tuple[Any, bytes]:
        path = str(request.get("path", ""))
        seconds = self._seconds[request["do"]]
        while True:
            server = self._take(path, time.monotonic() + _WAITS.get(request["do"], 4 * seconds))
            with self._turn:
                self._working.add(server)
            try:
                answer = server.ask(request, seconds)
                if path and request["do"] != "font":  # which is no project
                    server.holds(path)
                return answer
            except TooLarge:
                if not server.crowded:
                    raise  # else once more, in a child of its own
            finally:
                self._give_back(server)

    def _take(self, path: str, deadline: float) -> _Server:
        """An idle child, best one that holds the project; a new one when there is room; else waits."""
        with self._turn:
            while True:
                if self._closed:
                    raise Unavailable("The engine was shut down; start the studio again.")
                for dead in [server for server in self._idle if not server.child.alive]:
                    self._idle.remove(dead)
                    dead.child.close()
                # Of those that hold the project the last one used: what it needs is still in the processor's cache.
                holding = next((server for server in reversed(self._idle) if path in server.paths), None)
                chosen = holding or (min(self._idle, key=lambda server: len(server.paths)) if self._idle else None)
                if chosen is not None:
                    self._idle.remove(chosen)
                    self._busy += 1
                    return chosen
                if self._busy < self._size:
                    self._busy += 1
                    self.started += 1
                    break
                if not self._turn.wait(deadline - time.monotonic()):
                    raise Unavailable("The engine is busy; try again in a moment.")
        try:
            return _Server(self._command, self._limits)
        except BaseException:
            with self._turn:
                self._busy -= 1
                self._turn.notify()
            raise

    def _give_back(self, server: _Server) -> None:
        alive = server.child.alive
        with self._turn:
            self._busy -= 1
            self._working.discard(server)
            if alive and not self._closed:
                self._idle.append(server)
            self._turn.notify()
        if not alive or self._closed:
            server.child.close()


def png(pixels: memoryview | bytes, size: tuple[int, int], opaque: bool = False) -> bytes:
    """R, G, B, A pixels as PNG; RGB alone when nothing is transparent anyway."""
    from PIL import Image

    image = Image.frombuffer("RGBA", size, cast(bytes, pixels), "raw", "RGBA", 0, 1)
    out = io.BytesIO()
    (image.convert("RGB") if opaque else image).save(out, "PNG", compress_level=4)
    return out.getvalue()


def rebuild(description: Mapping[str, Any]) -> FlatRenderError:
    """The error that a child described."""
    kind = getattr(errors, str(description.get("class")), FlatRenderError)
    if not (isinstance(kind, type) and issubclass(kind, FlatRenderError)):
        kind = FlatRenderError
    error = kind(str(description["message"]), code=description.get("code"), field=description.get("field"))
    error.details = dict(description.get("details") or {})
    return error


def _side(longest: int | None) -> dict[str, int]:
    return {} if longest is None else {"max_image_side": longest}


def _absolute(path: Path | str) -> str:
    return os.path.abspath(os.fspath(path))


_shared: dict[str, tuple[int, EngineClient]] = {}
_sizes = {"default": 3, "scanning": 2}
_shared_lock = Lock()


def default_client() -> EngineClient:
    """The client that this process shares; made at the first call, ended with the process."""
    return _of_process("default")


def scanning_client() -> EngineClient:
    """Another one, for a designer's uploads: a scan takes seconds, and no preview is to wait for it."""
    return _of_process("scanning")


def make_room(tasks: int) -> None:
    """In a process that does `tasks` at once, before its shared clients are made: a task that waited for another's
    children would look as if it stood still."""
    with _shared_lock:
        _sizes.update({name: max(size, tasks) for name, size in _sizes.items()})


def forget_clients() -> None:
    """Ends this process's shared clients and their children, also those at work; the next call makes fresh ones."""
    with _shared_lock:
        mine = [client for owner, client in _shared.values() if owner == os.getpid()]
        _shared.clear()
    for client in mine:
        client.close(at_once=True)


def _of_process(name: str) -> EngineClient:
    with _shared_lock:
        found = _shared.get(name)
        if found is None or found[0] != os.getpid():
            client = EngineClient(_sizes[name])
            found = _shared[name] = (os.getpid(), client)
            atexit.register(_at_exit(client))
        return found[1]


def _at_exit(client: EngineClient) -> Callable[[], None]:
    owner = os.getpid()

    def close() -> None:
        if os.getpid() == owner:
            client.close()

    return close
