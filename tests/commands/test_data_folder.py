"""`--data`: every command has it, and those that need no studio take the fonts of that folder."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatrender.commands import COMMANDS, _module, main
from tests.aftereffects.authored import Author
from tests.fonts import square_font

FONT = "NoSuchFont-Bold"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    author = Author()
    layer = author.text(author.comp("Main"), "words", "Hi")
    layer.text["ADBE Text Document"].value.font = FONT
    return author.save(tmp_path_factory.mktemp("project") / "made.aep")


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that has the font, and another one that the environment names."""
    monkeypatch.setenv("FLATRENDER_DATA", str(tmp_path / "another"))
    folder = tmp_path / "the studio"
    (folder / "fonts").mkdir(parents=True)
    (folder / "fonts" / "square.ttf").write_bytes(square_font(FONT))
    return folder


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    inner = [each for action in parser._actions for each in getattr(action.choices, "values", list)()]
    for each in inner:
        yield from leaves(each)
    if not inner:
        yield parser


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_the_option(command: str) -> None:
    parser = argparse.ArgumentParser(command)
    _module(command).add_arguments(parser)
    for leaf in leaves(parser):
        [option] = [action for action in leaf._actions if "--data" in action.option_strings]
        assert option.help == "the data folder (default: FLATRENDER_DATA, else the user's own)"


def test_the_fonts_of_a_studio_are_used(
    project: Path, studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    drawn = ["lottie", str(project), "--comp", "Main", "--out", "drawn.json"]
    assert main([*drawn, "--data", studio.name]) == 0, "a folder may be named as seen from here"
    assert FONT not in capsys.readouterr().err
    squares = json.loads(Path("drawn.json").read_text("utf-8"))
    monkeypatch.setenv("FLATRENDER_DATA", str(tmp_path / "another"))
    assert main(drawn) == 0
    assert FONT in capsys.readouterr().err
    assert json.loads(Path("drawn.json").read_text("utf-8")) != squares
    frames = ["--comp", "Main", "--frame", "0", "--out", "frames", "--data", str(studio)]
    assert main(["snapshot", str(project), *frames]) == 0
    assert main(["render", str(project), "--frames", "0-1", "--out", "film.mp4", "--data", str(studio)]) == 0
    assert FONT not in capsys.readouterr().err
    assert list((studio / "cache" / "graphs").iterdir()), "and what was read of the project is kept there"
    monkeypatch.setenv("FLATRENDER_DATA", str(tmp_path / "another"))
    assert main(["scan", str(project)]) == 0
    assert f"font {FONT}: missing" in capsys.readouterr().out
    assert main(["scan", str(project), "--data", str(studio)]) == 0
    assert f"font {FONT}: found" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("scan",),
        ("lottie", "--comp", "Main", "--out", "a.json"),
        ("snapshot", "--comp", "Main", "--frame", "0", "--out", "frames"),
        ("render", "--out", "a.mp4"),
        ("bind", "--set", "Main/words=Ho", "--out", "a.aep"),
    ],
    ids=lambda words: str(words[0]),
)
@pytest.mark.parametrize("given", ["nowhere", "", "~nobody-of-that-name/x", "a file"])
def test_a_folder_that_is_none_is_refused(
    words: tuple[str, ...],
    given: str,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FLATRENDER_DATA", str(tmp_path / "another"))
    monkeypatch.chdir(tmp_path)
    Path("a file").touch()
    assert main([words[0], str(project), *words[1:], "--data", given]) == 2
    said = capsys.readouterr().err
    assert "folder" in said and "--data" in said and said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]
