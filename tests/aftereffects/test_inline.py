"""The engine in the caller's own process: the same answers as the children's, the same kind of errors."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flatrender.aftereffects import parsing
from flatrender.aftereffects.client import EngineClient
from flatrender.aftereffects.inline import InlineClient
from flatrender.aftereffects.project import Project
from flatrender.commands import main
from flatrender.core.errors import BadFile, ProcessFailed
from tests.aftereffects.authored import Author, template


@pytest.fixture
def inline() -> Iterator[InlineClient]:
    made = InlineClient()
    yield made
    made.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    author = Author()
    author.box(author.comp("Main"), "box")
    return author.save(tmp_path / "made.aep")


def test_it_answers_as_a_child_does(inline: InlineClient, project: Path) -> None:
    child = EngineClient(1)
    try:
        report = child.scan(project)
        assert inline.scan(project) == report
        number = report.compositions[0].id
        assert inline.lottie(project, number, {}) == child.lottie(project, number, {})
        frames = [bytes(frame) for frame in inline.frames(project, number, {}, 0, 1, background="#102030")]
        assert frames == [bytes(frame) for frame in child.frames(project, number, {}, 0, 1, background="#102030")]
    finally:
        child.close()
    assert inline.started == 0
    assert inline.rasteriser.started == 1


def test_a_quick_scan_leaves_the_capabilities_out(inline: InlineClient, project: Path) -> None:
    quick = inline.scan(project, survey=False)
    assert quick.capabilities == ()
    assert quick.compositions == inline.scan(project).compositions


def test_the_quickest_scan_reads_no_layer(inline: InlineClient, tmp_path: Path) -> None:
    project = template(tmp_path)
    report = inline.scan(project, survey=False, layers=False)
    whole = inline.scan(project)
    assert report.compositions == tuple(replace(found, layers=()) for found in whole.compositions)
    assert (report.fonts, report.footage, report.capabilities) == ((), (), ())
    assert any(found.layers for found in whole.compositions)


def test_its_errors_are_sentences(
    inline: InlineClient, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "text.aep"
    text.write_text("no project")
    with pytest.raises(BadFile):
        inline.scan(text)

    def broken(self: Project, *, survey: bool = True, layers: bool = True) -> None:
        raise KeyError("opacity")

    monkeypatch.setattr(Project, "report", broken)
    with pytest.raises(ProcessFailed, match=r"could not work on made\.aep \(KeyError"):
        inline.scan(project)


def unread(path: Path) -> None:
    raise AssertionError("the project is not to be read")


@pytest.mark.parametrize(
    "words",
    [["scan"], ["snapshot", "--comp", "Main", "--frame", "0"], ["lottie", "--comp", "Main"]],
    ids=lambda w: w[0],
)
def test_a_command_needs_no_parser_for_what_a_scan_has_read(
    words: list[str], project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLATRENDER_DATA", str(tmp_path / "data"))
    assert main(["scan", str(project)]) == 0
    scanned = capsys.readouterr().out
    monkeypatch.setattr(parsing, "parse", unread)
    out = [] if words[0] == "scan" else ["--out", str(tmp_path / "out")]
    assert main([*words, str(project), *out]) == 0
    told = capsys.readouterr().out
    assert told == scanned if words[0] == "scan" else "“Main”" in told


def test_what_a_command_failed_on_is_not_kept(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLATRENDER_DATA", str(tmp_path / "data"))
    assert main(["lottie", "--comp", "none", str(project), "--out", str(tmp_path / "out.json")]) == 2
    assert "none" in capsys.readouterr().err
    assert not list((tmp_path / "data").rglob("graphs/*"))
