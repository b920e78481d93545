"""The warm child: parses strangers' projects and keeps the parsed ones, so that no process starts per keystroke.

Requests come as messages (`messages.py`): `{"do": NAME, …}`; answers are `{"ok": …}` with an optional payload, or
`{"error": {…}}` with one of `core.errors`. Projects are held by the hash of what they are made of, least used first
out.
"""

import contextlib
import gc
import hashlib
import json
import os
import signal
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from flatrender.aftereffects.messages import Channel, Closed, json_text
from flatrender.core.errors import FlatRenderError, NotFound, TooLarge

HELD_PROJECTS: Final = 8
FOLDER_SECONDS: Final = 1.0
"""How long a folder counts as unchanged without another look at all its files."""

Answer = tuple[Any, bytes]
Identity = tuple[tuple[str, int, int], ...]


class Projects:
    """Parsed projects by md5, least recently used out first."""

    def __init__(self, opener: Callable[[Path], Any], most: int = HELD_PROJECTS) -> None:
        self.opener = opener
        self._most = most
        self._held: OrderedDict[str, Any] = OrderedDict()
        self._hashes: OrderedDict[tuple[str, Identity], str] = OrderedDict()
        self._folders: dict[str, tuple[float, str]] = {}

    def get(self, path: Path) -> Any:
        """The project at a path, parsed anew only when its content changed. Raises NotFound, BadFile."""
        key = self._hash(path)
        project = self._held.get(key)
        if project is None:
            project = self.opener(path)
            self._held[key] = project
            while len(self._held) > self._most:
                _close(self._held.popitem(last=False)[1])
        self._held.move_to_end(key)
        return project

    def forget(self, path: Path) -> None:
        """Drops a project whose state cannot be trusted any more."""
        with contextlib.suppress(FlatRenderError, OSError):
            project = self._held.pop(self._hash(path), None)
            if project is not None:
                _close(project)

    def _hash(self, path: Path) -> str:
        seen = self._folders.get(str(path))
        if seen is not None and time.monotonic() - seen[0] < FOLDER_SECONDS:
            return seen[1]
        identity = _identity(path)
        known = self._hashes.get((str(path), identity))
        if known is None:
            known = self._hashes[str(path), identity] = _content_hash(path, identity)
            if len(self._hashes) > 256:
                self._hashes.popitem(last=False)
        if len(identity) > 1:
            self._folders[str(path)] = (time.monotonic(), known)
        return known


def _close(project: Any) -> None:
    close = getattr(project, "close", None)
    if callable(close):
        close()


def _identity(path: Path) -> Identity:
    """What changes when the content does: name, size and time of the file, or of every file of a folder."""
    try:
        if not path.is_dir():
            stat = path.stat()
            return (("", stat.st_size, stat.st_mtime_ns),)
        entries: list[tuple[str, int, int]] = []
        for place, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                file = Path(place) / name
                stat = file.stat()
                entries.append((str(file.relative_to(path)), stat.st_size, stat.st_mtime_ns))
                if len(entries) > 20_000:
                    raise TooLarge(f"{path.name} holds more than 20,000 files; give the project's own folder.")
        return tuple(entries)
    except OSError:
        raise NotFound(f"{path} was not found; check the path.") from None


def _content_hash(path: Path, identity: Identity) -> str:
    """md5 of a file; of a folder the md5 of its listing (footage can be large) and place."""
    digest = hashlib.md5(usedforsecurity=False)
    if path.is_dir():
        digest.update(json.dumps([str(path), identity]).encode())
        return digest.hexdigest()
    # A project finds its footage and fonts beside it: the same file elsewhere is another project.
    digest.update(str(path.parent).encode())
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


class Server:
    """Answers requests one by one."""

    def __init__(self, channel: Channel, opener: Callable[[Path], Any]) -> None:
        self._channel = channel
        self.projects = Projects(opener)

    def serve(self) -> None:
        """Until the parent closes. A fault of ours is answered, and the project concerned is dropped."""
        while True:
            header, _ = self._channel.receive()
            path = Path(header["path"]) if "path" in header else None
            try:
                limit_processor_time(header.get("cpu_seconds"))
                value, payload = self.answer(header, path)
                said: dict[str, Any] = {"ok": value}
            except FlatRenderError as error:
                said, payload = {"error": describe(error)}, b""
            except MemoryError:
                said, payload = {"memory": True}, b""
                self.projects = Projects(self.projects.opener)
            except Exception as error:
                said, payload = (
                    {"fault": f"{type(error).__name__}: {error}", "log": traceback.format_exc()[-4000:]},
                    b"",
                )
                if path is not None:
                    self.projects.forget(path)
            self._channel.send(said, payload)

    def answer(self, header: dict[str, Any], path: Path | None) -> Answer:
        """One request; a seam for fault tests."""
        return answer(self.projects, header, path)


def answer(projects: Projects, header: dict[str, Any], path: Path | None) -> Answer:
    """One request about the project at `path`. Raises core errors."""
    if path is None:
        return None, b""  # "warm": the imports are done
    if header["do"] == "font" and "letters" in header:
        from flatrender.aftereffects.text.web_font import web_font

        return web_font(path, header["file_name"], header["letters"])
    if header["do"] == "font":
        from flatrender.aftereffects.text.given import renamed

        return renamed(path, header["file_name"], header["postscript_name"])
    project = projects.get(path)
    match header["do"]:
        case "scan":
            wanted = {name: bool(header[name]) for name in ("survey", "layers") if name in header}
            return project.report(**wanted).to_dict(), b""
        case "lottie":
            lottie = project.lottie(int(header["comp_id"]), header["values"], **_side(header))
            return _shape(lottie), json_text(lottie)
        case "moving":
            made = project.moving(int(header["comp_id"]), header["values"], **_side(header))
            told = {"tracks": _told(made.tracks), "notes": made.notes}
            return {**_shape(made.lottie), **told}, json_text(made.lottie)
        case "sounds":
            heard = project.sounds(int(header["comp_id"]), header["values"])
            return [sound.to_wire() for sound in heard], b""
        case "bake":
            where = (int(header["comp_id"]), header["address"])
            return None, json_text(project.bake(*where, header["value"], header["values"], **_side(header)))
        case "save":
            return project.save(header["values"], Path(header["out"])), b""
        case other:
            raise ValueError(f"unknown request {other!r}")


def _told(tracks: Sequence[Any]) -> list[dict[str, Any]]:
    if not tracks:
        return []
    from flatrender.aftereffects.moving import to_wire  # slow to load, and most compositions show no film

    return [to_wire(track) for track in tracks]


_SHAPE: Final = {"width": "w", "height": "h", "frame_rate": "fr", "first": "ip", "end": "op"}


def _shape(lottie: dict[str, Any]) -> dict[str, Any]:
    return {name: lottie[key] for name, key in _SHAPE.items()}


def _side(header: dict[str, Any]) -> dict[str, int]:
    return {"max_image_side": int(header["max_image_side"])} if "max_image_side" in header else {}


def describe(error: FlatRenderError) -> dict[str, Any]:
    """An error of ours as JSON; `client.rebuild` makes it again."""
    details = {name: value for name, value in error.details.items() if _plain(value)}
    return {
        "class": type(error).__name__,
        "message": error.message,
        "code": error.code,
        "field": error.field,
        "details": details,
    }


def _plain(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def limit_processor_time(seconds: float | None) -> None:
    """From now on this process may use so many more seconds of processor time (SIGPROF ends it after that).

    No RLIMIT_CPU: it is an absolute time, by the kernel's count of ticks, which drifts from every time that a process
    can ask for. A child that had worked for some minutes was ended in the middle of a short request.
    """
    if seconds is not None and os.name == "posix":
        signal.setitimer(signal.ITIMER_PROF, max(seconds, 0.1))  # 0 would be no limit


def main(server: type[Server] = Server, opener: Callable[[Path], Any] | None = None) -> None:
    """Serves on stdin and stdout until the parent closes them. `opener` opens projects (by default the engine's)."""
    write_fd = os.dup(1)
    os.dup2(2, 1)  # prints of libraries must not enter the protocol
    if opener is None:
        # What is imported stays for ever: collecting garbage in between costs a tenth of the start.
        gc.disable()
        from flatrender.aftereffects.project import open_project

        import_module("flatrender.aftereffects.bind")  # the parser with it
        import_module("flatrender.aftereffects.reading")
        import_module("PIL.Image")  # else it would come with the first picture, on which somebody waits
        gc.freeze()
        gc.enable()
        opener = open_project
    with contextlib.suppress(Closed):
        server(Channel(0, write_fd), opener).serve()


if __name__ == "__main__":
    main()
