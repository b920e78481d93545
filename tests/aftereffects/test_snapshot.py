"""`flatrender snapshot` on projects made here: pixels, names of the files, and every way to ask for the wrong thing."""

from pathlib import Path

import py_aep
import pytest
from PIL import Image

from flatrender.commands import main
from tests.aftereffects.authored import Author

WIDTH, HEIGHT, RATE = 160, 90, 25


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compositions "Card" (a white Persian text at the middle), and "Twin" twice."""
    path = tmp_path_factory.mktemp("snapshot") / "card.aep"
    made = py_aep.new("26.0x67", platform="windows").project
    card = made.root_folder.add_comp("Card", WIDTH, HEIGHT, 1.0, 2.0, RATE)
    layer = card.add_text("سلام")
    layer.name = "title"
    document = layer.property("ADBE Text Properties").property("ADBE Text Document").value
    document.font, document.font_size, document.fill_color = "NotoSansArabic-Bold", 40, [1.0, 1.0, 1.0]
    layer.transform.property("ADBE Position").value = [WIDTH / 2, HEIGHT / 2, 0]
    for _ in range(2):
        made.root_folder.add_comp("Twin", WIDTH, HEIGHT, 1.0, 1.0, RATE)
    made.save(path)
    return path


def snapshot(project: Path, out: Path, *words: str) -> int:
    return main(["snapshot", str(project), *words, "--out", str(out)])


def ink(path: Path) -> int:
    """How many pixels of the text are white."""
    image = Image.open(path).convert("RGBA")
    return sum(count for count, color in image.getcolors(WIDTH * HEIGHT) or [] if color == (255, 255, 255, 255))


def test_frames_are_named_by_their_number_and_transparent(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert snapshot(project, tmp_path / "new" / "folder", "--comp", "Card", "--frame", "0", "--frame", "49") == 0
    files = sorted((tmp_path / "new" / "folder").iterdir())
    assert [file.name for file in files] == ["000000.png", "000049.png"]
    said = [f"{file}  frame {number} of “Card”, 160 × 90" for file, number in zip(files, (0, 49), strict=True)]
    assert capsys.readouterr().out.splitlines() == said
    image = Image.open(files[0])
    assert (image.mode, image.size) == ("RGBA", (WIDTH, HEIGHT))
    assert image.getpixel((2, 2)) == (0, 0, 0, 0)
    assert ink(files[0]) > 100


def test_a_failing_expression_is_told_with_its_layer_property_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    author = Author()
    box = author.box(author.comp("Card", (WIDTH, HEIGHT)), "bad")
    box.transform["ADBE Rotate Z"].expression = "1;\nnope.x"
    box.transform["ADBE Opacity"].expression = "1;\nnope.x"
    project = author.save(tmp_path / "card.aep")
    left = "expression is ignored (its expression is left out, the value kept: line 2:"
    for arguments in (
        ["snapshot", str(project), "--comp", "Card", "--frame", "0", "--out", str(tmp_path / "frames")],
        ["lottie", str(project), "--comp", "Card", "--out", str(tmp_path / "card.json")],
    ):
        assert main(arguments) == 0
        told = capsys.readouterr().err
        for prop in ("Rotation", "Opacity"):
            assert f"flatrender: Card/bad/{prop}: {left}" in told


def test_a_text_that_an_expression_drives_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    author = Author()
    comp = author.comp("Card", (WIDTH, HEIGHT))
    for name, expression in (("frl_driven", "'mine'"), ("frl_plain", "value"), ("frl_broken", "nope")):
        author.text(comp, name, name)["ADBE Text Properties"]["ADBE Text Document"].expression = expression
    project = author.save(tmp_path / "card.aep")
    given = [word for name in ("driven", "plain", "broken") for word in ("--set", f"{name}=New")]
    told = "an expression drives the text; what that says is drawn."
    for arguments in (
        ["snapshot", str(project), "--comp", "Card", "--frame", "0", *given, "--out", str(tmp_path / "frames")],
        ["lottie", str(project), "--comp", "Card", *given, "--out", str(tmp_path / "card.json")],
    ):
        assert main(arguments) == 0
        said = [line for line in capsys.readouterr().err.splitlines() if line.endswith(told)]
        assert said == [f"flatrender: Card/frl_driven: {told}"]


def test_what_is_not_shown_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    author = Author()
    author.text(author.comp("Card", (WIDTH, HEIGHT)), "title", "\u65e5")
    project = author.save(tmp_path / "card.aep")
    assert snapshot(project, tmp_path, "--comp", "Card", "--frame", "0") == 0
    told = "Card/title: missing characters is ignored (no font has \u65e5)."
    assert told in capsys.readouterr().err
    words = ("--comp", "Card", "--frame", "0", "--set", "Card/title=\u5b57")
    assert snapshot(project, tmp_path, *words) == 0
    given = "flatrender: Card/title: no font has \u5b57; their places stay empty."
    assert given in capsys.readouterr().err.splitlines(), "of what was given too"
    assert Image.open(tmp_path / "000000.png").getextrema()[3] == (0, 0), "and no sign of the font's own is drawn"
    assert main(["lottie", str(project), *words[:2], *words[4:], "--out", str(tmp_path / "card.json")]) == 0
    assert given in capsys.readouterr().err.splitlines()


def test_background_and_width(project: Path, tmp_path: Path) -> None:
    words = ("--comp", "Card", "--frame", "3", "--background", "#102030", "--width", "80")
    assert snapshot(project, tmp_path, *words) == 0
    image = Image.open(tmp_path / "000003.png")
    assert (image.mode, image.size) == ("RGB", (80, 45))
    assert image.getpixel((1, 1)) == (0x10, 0x20, 0x30)


def test_values_change_the_picture(project: Path, tmp_path: Path) -> None:
    assert snapshot(project, tmp_path / "a", "--comp", "Card", "--frame", "0") == 0
    assert snapshot(project, tmp_path / "b", "--comp", "Card", "--frame", "0", "--set", "Card/title=.") == 0
    assert ink(tmp_path / "b" / "000000.png") < ink(tmp_path / "a" / "000000.png")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--comp", "Crad", "--frame", "0"), "“Card”"),
        (("--comp", "#9999", "--frame", "0"), "no composition “#9999”"),
        (("--comp", "Card", "--frame", "50"), "frames 0 to 49"),
        (("--comp", "Card", "--frame", "-1"), "frames 0 to 49"),
        (("--comp", "Card", "--frame", "0", "--background", "blue"), "#RRGGBB"),
        (("--comp", "Card", "--frame", "0", "--set", "title"), "KEY=VALUE"),
        (("--comp", "Card", "--frame", "0", "--set", "Card/titel=x"), "title"),
        (("--comp", "Card", "--frame", "0", "--width", "0"), "--width"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert snapshot(project, tmp_path / "out", *words) == 2
    said = capsys.readouterr().err.strip()
    assert told in said
    assert said.startswith("flatrender: ")
    assert "\n" not in said
    assert not (tmp_path / "out").exists()


def test_two_compositions_of_one_name_are_told_apart_by_their_ids(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert snapshot(project, tmp_path, "--comp", "Twin", "--frame", "0") == 2
    said = capsys.readouterr().err
    identifiers = [word.strip("#:;,()") for word in said.split() if word.startswith("#")]
    assert len(identifiers) == 2
    assert snapshot(project, tmp_path, "--comp", f"#{identifiers[1]}", "--frame", "0") == 0
    assert (tmp_path / "000000.png").is_file()


def test_a_file_in_the_folders_place(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("")
    assert snapshot(project, tmp_path / "out", "--comp", "Card", "--frame", "0") == 2
    assert "is a file" in capsys.readouterr().err
    assert snapshot(project, tmp_path / "out" / "in", "--comp", "Card", "--frame", "0") == 2
    said = capsys.readouterr().err
    assert said == f"flatrender: {tmp_path / 'out' / 'in'} cannot be written (Not a directory); choose another place.\n"


def test_a_text_file_named_aep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.aep").write_text("no project")
    assert snapshot(tmp_path / "text.aep", tmp_path / "out", "--comp", "Card", "--frame", "0") == 2
    assert "text.aep" in capsys.readouterr().err
