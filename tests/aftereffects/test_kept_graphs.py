"""Graphs that commands keep: the same answers without the parser, nothing but graphs, and never an old one."""

import io
import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from flatrender.aftereffects import graph as graph_module
from flatrender.aftereffects import kept_graphs
from flatrender.aftereffects.graph import Composition, Footage, Graph
from flatrender.aftereffects.kept_graphs import KeptGraphs
from flatrender.aftereffects.parsing import parse
from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.reading import read_project
from flatrender.aftereffects.text import spec
from flatrender.core.errors import Conflict
from tests.aftereffects.authored import Author, keyed


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Texts, and an expression that asks another property between its keyframes."""
    author = Author()
    comp = author.comp("Main")
    box = author.box(comp, "box")
    keyed(box.transform["ADBE Opacity"], (0.0, 20.0), (1.0, 80.0))
    follower = author.text(comp, "words", "one")
    follower.transform["ADBE Opacity"].expression = 'thisComp.layer("box").transform.opacity.valueAtTime(time) / 2'
    return author.save(tmp_path / "made.aep")


def opacity(graph: Graph, at: float) -> object:
    """Of the box, between its keyframes."""
    box = next(layer for layer in graph.compositions[1].layers if layer.name == "box")
    found = box.properties.transform.get("ADBE Opacity")
    assert found is not None
    return found.at(at)


def unread() -> Graph:
    raise AssertionError("the project is not to be read")


def test_a_kept_graph_gives_the_same_film_without_the_parser(project: Path, tmp_path: Path) -> None:
    kept = KeptGraphs(tmp_path / "graphs")
    assert kept.load(project, unread) is None
    first = open_project(project, kept=kept)
    number = next(iter(first.graph.compositions))
    wanted = first.lottie(number)
    kept.keep(project, first.graph)
    again = KeptGraphs(tmp_path / "graphs")
    graph = again.load(project, unread)
    assert graph is not None
    second = open_project(project, kept=again)
    second.graph = graph
    assert second.lottie(number) == wanted
    assert second.report() == first.report()


def test_what_is_not_kept_between_keyframes_is_read_and_kept_then(project: Path, tmp_path: Path) -> None:
    reads = 0

    def read() -> Graph:
        nonlocal reads
        reads += 1
        return read_project(parse(project))

    kept = KeptGraphs(tmp_path / "graphs")
    kept.keep(project, read())
    for at, so_far in ((0.25, 2), (0.25, 2), (0.75, 3)):
        later = KeptGraphs(tmp_path / "graphs")
        graph = later.load(project, read)
        assert graph is not None
        assert opacity(graph, at) == pytest.approx(20 + 60 * at)
        assert reads == so_far
        later.keep(project, graph)


def test_another_file_or_another_engine_finds_nothing(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptGraphs(tmp_path / "graphs")
    kept.keep(project, read_project(parse(project)))
    changed = tmp_path / "changed.aep"
    changed.write_bytes(project.read_bytes() + b"\0")
    assert kept.load(changed, unread) is None
    assert kept.load(project, unread) is not None
    monkeypatch.setattr(kept_graphs, "_reading", lambda: b"newer")
    assert kept.load(project, unread) is None


def test_a_file_that_is_saved_anew_meanwhile_keeps_no_old_graph(project: Path, tmp_path: Path) -> None:
    kept = KeptGraphs(tmp_path / "graphs")
    assert kept.load(project, unread) is None
    graph = read_project(parse(project))
    project.write_bytes(project.read_bytes() + b"\0")
    kept.keep(project, graph)
    assert KeptGraphs(tmp_path / "graphs").load(project, unread) is None


def test_functions_of_a_file_that_is_saved_anew_meanwhile_are_not_taken_for_the_old_ones(
    project: Path, tmp_path: Path
) -> None:
    kept = KeptGraphs(tmp_path / "graphs")
    kept.keep(project, read_project(parse(project)))
    graph = kept.load(project, lambda: read_project(parse(project)))
    assert graph is not None
    project.write_bytes(project.read_bytes() + b"\0")
    with pytest.raises(Conflict, match=r"made\.aep was saved anew"):
        opacity(graph, 0.25)


def test_each_of_several_files_has_functions_of_its_own(project: Path, tmp_path: Path) -> None:
    """What one was asked for is kept, whatever was loaded after it."""
    other = tmp_path / "other.aep"
    other.write_bytes(project.read_bytes() + b"\0")
    kept = KeptGraphs(tmp_path / "graphs")
    for file in (project, other):
        kept.keep(file, read_project(parse(file)))
    graph = kept.load(project, lambda: read_project(parse(project)))
    assert graph is not None
    assert kept.load(other, unread) is not None
    assert opacity(graph, 0.25) == pytest.approx(35)
    kept.keep(project, graph)
    again = KeptGraphs(tmp_path / "graphs").load(project, unread)
    assert again is not None
    assert opacity(again, 0.25) == pytest.approx(35)


COMPOSITION = Composition(1, "Main", 9, 9, 30.0, 1.0, (0.0, 0.0, 0.0), 0.0, 1.0, 0.0, 1.0, False, ())
STORED = [
    one
    for module in (graph_module, spec)
    for one in vars(module).values()
    if isinstance(one, type) and one.__module__ == module.__name__
]


class Foreign:
    def __reduce__(self) -> tuple[object, ...]:
        return print, ("run",)


def _named(name: str) -> bytes:
    """A pickle that calls what a module of graphs has under this name."""
    words = b"".join(b"\x8c" + bytes([len(word)]) + word.encode() for word in ("flatrender.aftereffects.graph", name))
    return b"\x80\x04" + words + b"\x93)R."


@pytest.mark.parametrize("name", ["dataclass", "Graph.__subclasses__", "Graph.__init__.__globals__.clear"])
def test_what_modules_of_graphs_have_besides_their_classes_is_refused(name: str) -> None:
    reader = kept_graphs._Reader(io.BytesIO(_named(name)), kept_graphs._Originals(unread, Path("made.aep"), ""))
    with pytest.raises(pickle.UnpicklingError, match="is no part of a graph"):
        reader.load()


def _state_of_a_class(name: str) -> bytes:
    """A pickle that sets an attribute of a class in place of an object's."""
    module, _, attribute = name.rpartition(".")
    return (
        b"\x80\x02c" + f"{module}\n{attribute}\n".encode() + b"N}X\x0a\x00\x00\x00expressionX\x01\x00\x00\x00xs\x86b."
    )


@pytest.mark.parametrize("one", STORED, ids=lambda one: one.__name__)
def test_a_class_of_a_graph_takes_no_state(one: type) -> None:
    before = dict(vars(one))
    reader = kept_graphs._Reader(
        io.BytesIO(_state_of_a_class(f"{one.__module__}.{one.__name__}")),
        kept_graphs._Originals(unread, Path("made.aep"), ""),
    )
    with pytest.raises((pickle.UnpicklingError, TypeError)):
        reader.load()
    assert dict(vars(one)) == before


NONSENSE = [
    Graph("24.0", {}, {}),
    Graph("24.0", {1: Footage(1, "a", "solid", 1, 1)}, {}),  # type: ignore[dict-item]
    Graph("24.0", [], {}),  # type: ignore[arg-type]
    Graph("24.0", {1: replace(COMPOSITION, layers=(1,))}, {}),  # type: ignore[arg-type]
    Graph("24.0", {2: COMPOSITION}, {}),
    Graph("24.0", {1: COMPOSITION}, {1: COMPOSITION}),  # type: ignore[dict-item]
]


@pytest.mark.parametrize(
    "content", [b"", b"damaged", pickle.dumps(Foreign()), pickle.dumps([1]), *map(pickle.dumps, NONSENSE)]
)
def test_nothing_else_is_taken_for_a_graph(
    content: bytes, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = KeptGraphs(tmp_path / "graphs")
    kept.keep(project, read_project(parse(project)))
    (file,) = (tmp_path / "graphs").iterdir()
    file.write_bytes(content)
    assert kept.load(project, unread) is None
    assert not file.exists()
    assert capsys.readouterr().out == ""


def test_nobody_can_name_a_half_made_file_before(project: Path, tmp_path: Path) -> None:
    """Two threads of a process, or a link that lies there."""
    kept = KeptGraphs(tmp_path / "graphs")
    graph = read_project(parse(project))
    kept.keep(project, graph)
    (file,) = (tmp_path / "graphs").iterdir()
    file.unlink()
    other = tmp_path / "other"
    (tmp_path / "graphs" / f".{file.name}.{os.getpid()}").symlink_to(other)
    kept.keep(project, graph)
    assert file.is_file()
    assert not file.is_symlink()
    assert not other.exists()


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_folder_that_others_may_write_to_is_left_alone(mode: int, project: Path, tmp_path: Path) -> None:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs").chmod(mode)
    KeptGraphs(tmp_path / "graphs").keep(project, read_project(parse(project)))
    assert list((tmp_path / "graphs").iterdir()) == []


def test_the_longest_unused_goes_first(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_graphs, "MOST", 1)
    kept = KeptGraphs(tmp_path / "graphs")
    graph = read_project(parse(project))
    kept.keep(project, graph)
    changed = tmp_path / "changed.aep"
    changed.write_bytes(project.read_bytes() + b"\0")
    kept.keep(changed, graph)
    assert len(list((tmp_path / "graphs").iterdir())) == 1


@pytest.mark.parametrize("error", [TypeError, ValueError, MemoryError, RecursionError])
def test_what_cannot_be_kept_ends_no_command(error: type[Exception], project: Path, tmp_path: Path) -> None:
    """A property that cannot be read, or a value that cannot be pickled."""

    class Stubborn:
        def __reduce__(self) -> str:
            raise error

    graph = read_project(parse(project))
    layer = graph.compositions[1].layers[0]
    vars(layer)["comment"] = Stubborn()
    kept = KeptGraphs(tmp_path / "graphs")
    kept.keep(project, graph)
    assert list((tmp_path / "graphs").iterdir()) == []
    assert kept.load(project, unread) is None


def test_a_graph_that_is_too_large_is_given_up_at_the_limit_and_not_tried_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = read_project(parse(project))
    vars(graph.compositions[1].layers[0])["comment"] = [f"{number} words" for number in range(200_000)]
    monkeypatch.setattr(kept_graphs, "LARGEST", 200_000)
    made: list[int] = []
    begin = kept_graphs._Writer.persistent_id

    def count(writer: kept_graphs._Writer, one: object) -> object:
        made.append(1)
        return begin(writer, one)

    monkeypatch.setattr(kept_graphs._Writer, "persistent_id", count)
    KeptGraphs(tmp_path / "graphs").keep(project, graph)
    assert 0 < len(made) < 50_000
    made.clear()
    again = KeptGraphs(tmp_path / "graphs")
    assert again.load(project, unread) is None
    again.keep(project, graph)
    assert not made
    assert [file.stat().st_size for file in (tmp_path / "graphs").iterdir()] == [0]
