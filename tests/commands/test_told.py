"""What the commands that draw tell of a project, under the values they are given."""

import json
import sys
from pathlib import Path

import pytest
from py_aep import ParagraphJustification

from flatrender.aftereffects.inline import opened
from flatrender.aftereffects.notes import notes
from flatrender.aftereffects.report import MISSING_FONT, ProjectReport
from flatrender.core.process import Completed, Limits, run
from flatrender.templates import convention
from tests.aftereffects.authored import Author, keyed


def flatrender(*words: object) -> Completed:
    return run([sys.executable, "-m", "flatrender", *map(str, words)], limits=Limits(wall_seconds=240))


@pytest.fixture(scope="module")
def without_footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two placeholders, whose files are not handed in with it."""
    folder = tmp_path_factory.mktemp("told")
    author = Author()
    comp = author.comp("frfinal", (160, 120), 0.2)
    for name in ("photo", "logo"):
        author.picture(comp, f"frl_{name}", folder / "elsewhere" / f"{name}.png")
    project = author.save(folder / "project" / "film.aep")
    (folder / "elsewhere").rename(folder / "given")
    return project


@pytest.mark.parametrize(
    "words",
    [
        ("render", "--out", "film.mp4"),
        ("snapshot", "--comp", "frfinal", "--frame", "0", "--out", "frames"),
        ("lottie", "--comp", "frfinal", "--out", "film.json"),
    ],
)
def test_footage_that_a_value_replaces_is_not_told_as_missing(
    without_footage: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    photo = without_footage.parent.parent / "given" / "photo.png"
    done = flatrender(words[0], without_footage, *words[1:-1], tmp_path / words[-1], "--set", f"photo={photo}")
    said = [line for line in done.stderr.decode().splitlines() if line.startswith("flatrender:")]
    assert done.returncode == 0, said
    assert said == [
        "flatrender: The image logo.png is missing; its place stays empty.",
        "flatrender: frfinal/frl_logo: missing footage is ignored (logo.png is missing, its layer stays empty).",
    ]


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Hello!", "Inter-Black"),
        ("سلام!", "NotoSansArabic-Black"),
        ("سلام Hello", "Inter-Black + NotoSansArabic-Black"),
        ("۷", "NotoSansArabic-Black"),
        ("", "Inter-Black"),
    ],
)
def test_a_missing_font_is_told_with_those_that_draw_its_letters(tmp_path: Path, text: str, drawn: str) -> None:
    author = Author()
    layer = author.text(author.comp("frfinal", (160, 120), 0.2), "frl_title", text)
    layer["ADBE Text Properties"]["ADBE Text Document"].value.font = "Gilroy-Black"
    with opened(author.save(tmp_path / "film.aep")) as project:
        report = ProjectReport.from_dict(json.loads(json.dumps(project.report().to_dict())))
    assert notes(report, [report.compositions[0].id]) == (f"The font Gilroy-Black is missing; {drawn} stands in.",)
    assert [found.note for found in report.capabilities if found.feature == MISSING_FONT] == [
        f"Gilroy-Black is missing, {drawn} stands in"
    ]
    assert report.fonts[0].substitute == "Inter-Black", "what a review offers draws most scripts"


@pytest.mark.parametrize(
    ("designed", "text", "change", "told"),
    [
        ("Two", "A very long title which has no room", None, True),
        ("Two", "Short", None, False),
        ("A very long title which has no room", "A longer title that has no room either", None, False),
        ("Two", "A very long title which has no room", "moves", False),
        ("Two", "A very long title which has no room", "expression", False),
        ("Two", "A very long title which has no room", "small", False),
        ("Two", "A very long title which has no room", "parent", False),
    ],
)
def test_a_given_text_that_runs_out_of_the_picture_is_told(
    tmp_path: Path, designed: str, text: str, change: str | None, told: bool
) -> None:
    author = Author()
    comp = author.comp("frfinal", (320, 180), 0.2)
    layer = author.text(comp, "frl_title", designed)
    document = layer["ADBE Text Properties"]["ADBE Text Document"].value
    document.font_size, document.justification = 40, ParagraphJustification.CENTER_JUSTIFY
    position = layer.transform["ADBE Position"]
    position.value = [160.0, 100.0, 0.0]
    if change == "moves":
        keyed(position, (0.0, [160.0, 100.0, 0.0]), (0.1, [100.0, 100.0, 0.0]))
    elif change == "expression":
        position.expression = "value"
    elif change == "small":
        layer.transform["ADBE Scale"].value = [10.0, 10.0, 100.0]
    elif change == "parent":
        layer.parent = author.box(comp, "box", (0, 0, 0), 10)
    with opened(author.save(tmp_path / "film.aep")) as project:
        report = project.report()
        values = convention.resolve(convention.read(report), {"title": text})
        said = project.moving(report.compositions[0].id, values).notes
    where = "frfinal/frl_title: the text is too wide for the picture; what lies beyond its edges is not seen."
    assert list(said) == ([where] if told else [])
