"""Scene graphs of projects that a command has read before, so that the next one need not load the parser.

Loading py_aep takes longer than all else before a film's first frame. Kept is what was read of the project file, under
the hash of the file and of what reads it: no value of a customer, no picture. Values between keyframes are py_aep's to
work out; those that expressions asked for are kept too, and others load it after all.

A kept graph is only ever made of the graph's own classes (`_Reader`), in a folder of the owner's.
"""

import contextlib
import hashlib
import io
import os
import pickle
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from flatrender.aftereffects.bundle_cache import own
from flatrender.aftereffects.graph import Composition, Footage, Graph, Layer, Value
from flatrender.core.errors import Conflict, FlatRenderError
from flatrender.settings import default_data_dir

MOST: Final = 64
"""Graphs that are kept; the longest unused goes first."""
LARGEST: Final = 16 * 1024**2
_NEVER: Final = ".too-large"  # an empty file, so that the next command does not try again
_CLASSES: Final = ("flatrender.aftereffects.graph", "flatrender.aftereffects.text.spec")


class KeptGraphs:
    """`folder`: by default `cache/graphs` in the data folder. Whatever fails there, the project is read anew."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or default_data_dir(os.environ) / "cache" / "graphs"
        self._asked: dict[Path, tuple[str, _Originals | None]] = {}  # what each file was; its functions if kept

    def load(self, project: Path, read: Callable[[], Graph]) -> Graph | None:
        """The graph of a project file; None where it is not kept. `read` reads the file itself, if need be."""
        try:
            key = _key(project)
            self._asked[project] = key, None
            place = own(self._folder) / key
            data = place.read_bytes()
            os.utime(place)
        except (OSError, FlatRenderError):
            return None
        originals = _Originals(read, project, key)
        try:
            graph: Graph = _Reader(io.BytesIO(data), originals).load()
            _check(graph)
        except Exception:  # a damaged pickle may raise anything
            with contextlib.suppress(OSError):
                place.unlink()
            return None
        self._asked[project] = key, originals
        return graph

    def keep(self, project: Path, graph: Graph) -> None:
        """Keeps the graph of a project file, of which every layer is read then. Not of one that somebody has saved anew
        since `load` was asked for it: the old graph would be taken for the new file's from then on."""
        # The command's own work is done by now: whatever reading and pickling raise, it is not to fail for this.
        with contextlib.suppress(Exception):
            key = _key(project)
            known, originals = self._asked.get(project, (key, None))
            place = own(self._folder) / key
            nothing_new = place.exists() and (originals is None or not originals.were_asked)
            if key != known or nothing_new or not graph.authored:
                return
            too_large = place.with_name(f"{key}{_NEVER}")
            if too_large.exists():
                os.utime(too_large)
                return
            _read_whole(graph)
            written = _Bounded()
            try:
                _Writer(written).dump(graph)
            except _TooLarge:
                too_large.touch()
                self._trim()
                return
            half = place.with_name(f".{key}.{os.urandom(8).hex()}")
            half.write_bytes(written.getbuffer())
            half.replace(place)
            self._trim()

    def _trim(self) -> None:
        kept = sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in kept[MOST:]:
            file.unlink(missing_ok=True)


def _check(graph: Any) -> None:
    """Raises UnpicklingError for what is no project that commands could work with: it would fail each of them."""
    whole = (
        isinstance(graph, Graph)
        and _holds(graph.compositions, Composition)
        and _holds(graph.footage, Footage)
        and bool(graph.authored)
        and all(isinstance(layer, Layer) for one in graph.compositions.values() for layer in one.layers)
    )
    if not whole:
        raise pickle.UnpicklingError("this is no whole project")


def _holds(items: Any, kind: type[Composition] | type[Footage]) -> bool:
    """Whether it is a dict of such by their ids."""
    return isinstance(items, dict) and all(isinstance(one, kind) and one.id == key for key, one in items.items())


class _TooLarge(Exception):
    pass


class _Bounded(io.BytesIO):
    """Takes `LARGEST` bytes and refuses more, before they are in memory."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > LARGEST:
            raise _TooLarge
        return super().write(data)


class _Writer(pickle.Pickler):
    """Functions are left out, numbered in their order; of those between keyframes the answers given so far stay."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.functions: list[Any] = []
        self._numbers: dict[int, int] = {}

    def persistent_id(self, obj: Any) -> tuple[int, dict[float, Value]] | None:
        if not callable(obj) or isinstance(obj, type):
            return None
        number = self._numbers.setdefault(id(obj), len(self.functions))
        if number == len(self.functions):
            self.functions.append(obj)
        return number, getattr(obj, "answers", {})


class _Reader(pickle.Unpickler):
    def __init__(self, file: Any, originals: "_Originals") -> None:
        super().__init__(file)
        self._originals = originals

    def persistent_load(self, pid: Any) -> "_Sample":
        number, answers = pid
        return self._originals.sample(number, answers)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "frozenset"):
            return frozenset
        if module in _CLASSES and "." not in name:  # with a dot it could be anything that such a module has imported
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module and hasattr(found, "__setstate__"):
                return found  # the class itself can be given no state (`stored`)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a graph")


class _Originals:
    """The functions of a graph, from the project itself, which is read when one is asked for what is not kept."""

    def __init__(self, read: Callable[[], Graph], project: Path, key: str) -> None:
        self._read, self._project, self._key = read, project, key
        self._functions: list[Any] = []
        self._made: dict[int, _Sample] = {}

    @property
    def were_asked(self) -> bool:
        return bool(self._functions)

    def sample(self, number: int, answers: dict[float, Value]) -> "_Sample":
        """One object for one function, as it was."""
        return self._made.setdefault(number, _Sample(self, number, answers))

    def ask(self, number: int, time: float) -> Value:
        if not self._functions:
            graph = self._read()
            if _key(self._project) != self._key:  # their numbers would mean other functions
                raise Conflict(f"{self._project.name} was saved anew while it was read; try again.")
            _read_whole(graph)
            writer = _Writer(io.BytesIO())
            writer.dump(graph)
            self._functions = writer.functions
        value: Value = self._functions[number](time)
        return value


class _Sample:
    def __init__(self, originals: _Originals, number: int, answers: dict[float, Value]) -> None:
        self.answers = answers
        self._originals, self._number = originals, number

    def __call__(self, time: float) -> Value:
        if time not in self.answers:
            self.answers[time] = self._originals.ask(self._number, time)
        return self.answers[time]


def _read_whole(graph: Graph) -> None:
    for composition in graph.compositions.values():
        for layer in composition.layers:
            _ = layer.properties


def _key(project: Path) -> str:
    with project.open("rb") as file:
        return hashlib.sha256(_reading() + hashlib.file_digest(file, "sha256").digest()).hexdigest()


@lru_cache(maxsize=1)
def _reading() -> bytes:
    """What the graph depends on besides the file: the parser, and our own sources, by sizes and times (a hash of them
    all takes as long as a graph)."""
    digest = hashlib.sha256()
    parser = find_spec("py_aep")
    own_files = sorted(Path(__file__).parent.rglob("*.py"))
    for file in (*own_files, *([Path(parser.origin)] if parser is not None and parser.origin else [])):
        found = file.stat()
        digest.update(f"{file}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    return digest.digest()
