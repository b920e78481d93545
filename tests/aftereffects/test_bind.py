"""Values written into a copy of the project, and read back."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from py_aep import ImportOptions

from flatrender.aftereffects.inline import InlineClient
from flatrender.aftereffects.parsing import parse
from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.text import TextSpec
from flatrender.commands import main
from flatrender.core.errors import BadFile, Conflict, InvalidInput, NotFound
from flatrender.core.timing import Rate
from tests.aftereffects.authored import Author, keyed, template
from tests.film.conftest import make_film, make_tone


def bound(source: Path, out: Path, **values: str) -> int:
    words = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    return main(["bind", str(source), *words, "--out", str(out)])


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second, its left half white."""
    picture = np.full((40, 80, 4), (0, 0, 0, 255), np.uint8)
    picture[:, :40] = 255
    return make_film(tmp_path_factory.mktemp("bind") / "halves.mp4", [picture] * 15, Rate(30))


@pytest.fixture(scope="module")
def client() -> Iterator[InlineClient]:
    made = InlineClient()
    yield made
    made.close()


def test_texts_colours_and_toggles_are_read_back(tmp_path: Path) -> None:
    home = template(tmp_path / "in").parent
    out = tmp_path / "out.aep"
    assert bound(home, out, title="Zwei\nZeilen", accent="#0A0B0C", show_bar="0") == 0
    texts = {layer.name: layer.text for comp in open_project(out).report().compositions for layer in comp.layers}
    assert texts["frl_title"] == "Zwei\nZeilen"
    assert texts["accent"] == "10,11,12,255"
    assert texts["frd_show_bar"] == "0"
    assert texts["frd_dtitle"] == "0"


def test_a_replaced_picture_gets_the_old_ones_size(tmp_path: Path) -> None:
    home = template(tmp_path / "in").parent
    Image.new("RGB", (500, 200), "lime").save(tmp_path / "wide.png")
    out = tmp_path / "out" / "film.aep"
    assert bound(home, out, photo=str(tmp_path / "wide.png")) == 0
    report = open_project(out).report()
    (use,) = [use for use in report.footage if not use.missing]
    assert (use.width, use.height) == (80, 60)
    with Image.open(out.parent / "(Footage)" / "film wide.jpg") as picture:
        assert picture.size == (80, 60)


def test_a_project_that_is_bound_elsewhere_has_its_footage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the old one had it by its path; in the folder of collected files where it was found by its name alone."""
    home = template(tmp_path / "in").parent
    for place in ("images", "other"):
        (home / "images").rename(home / "moved")
        (home / "moved").rename(home / place)
        out = tmp_path / place / "out.aep"
        assert bound(home, out, title="x") == 0
        beside = out.parent / ("images" if place == "images" else "(Footage)") / "photo.png"
        assert capsys.readouterr().out.splitlines()[1:] == [f"{beside}  copied beside it"]
        assert beside.read_bytes() == (home / place / "photo.png").read_bytes()
        assert not any(use.missing for use in open_project(out).report().footage)
        (home / place).rename(home / "images")
    assert bound(home, home / "same.aep", title="x") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1, "nothing is copied where it lies already"


def test_what_is_wrong_with_a_value_is_told_with_its_layers_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    author = Author()
    author.text(author.comp("Main"), "words", "one")
    source = author.save(tmp_path / "in.aep")
    assert bound(source, tmp_path / "out.aep", **{"Main/words": "a" * 5001}) == 2
    assert "The text of “words” has 5001 characters; 5000 are allowed." in capsys.readouterr().err
    assert not (tmp_path / "out.aep").exists()


def test_a_text_runs_as_its_first_letter_does(tmp_path: Path) -> None:
    author = Author()
    author.text(author.comp("Main"), "words", "one")
    source = author.save(tmp_path / "in.aep")
    for number, (text, direction) in enumerate(
        (
            ("\u0646\u0627\u0645 ABC", "rtl"),
            ("1 ABC \u0646", "ltr"),
            ("1", "ltr"),
            ("\u2068ABC\u2069 \u0646\u0627\u0645", "rtl"),  # what is isolated does not count
        )
    ):
        out = tmp_path / f"{number}.aep"
        assert bound(source, out, **{"Main/words": text}) == 0
        [layer] = open_project(out).graph.compositions[1].layers
        assert layer.properties.text is not None
        found = layer.properties.text.get("ADBE Text Document")
        assert found is not None
        assert isinstance(found.value, TextSpec)
        assert (found.value.text, found.value.direction) == (text, direction)


@pytest.mark.parametrize(
    ("given", "corners"),
    [
        ({"fit": "cover", "focus": [1, 0.5]}, ["black", "black", "black"]),
        ({"fit": "contain"}, [None, "white", None]),
        ({"fit": "contain", "crop": [0.5, 0, 0, 0.5]}, [None, "black", None]),
        ({"fit": "stretch"}, ["white", "white", "black"]),
    ],
)
def test_a_film_is_fitted_and_plays_on(
    tmp_path: Path, film: Path, client: InlineClient, given: dict[str, Any], corners: list[Any]
) -> None:
    author = Author()
    comp = author.comp("Main", (60, 60), 2.0)
    author.picture(comp, "place", tmp_path / "old.png", (40, 40))
    source = author.save(tmp_path / "in.aep")
    address = f"{comp.id}/{comp.layers[0].id}"
    out = tmp_path / "out" / "bound.aep"
    open_project(source).save({address: {"kind": "image", "path": str(film), **given}}, out)
    [png] = client.snapshot(out, comp.id, [50], {})  # the film is half a second long
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    seen: Any = [picture.getpixel(place) for place in ((13, 13), (20, 30), (47, 47))]
    assert [None if not pixel[3] else "white" if pixel[0] > 128 else "black" for pixel in seen] == corners


def test_a_sound_is_replaced_by_a_sound_alone(tmp_path: Path, film: Path) -> None:
    author = Author()
    comp = author.comp("Main")
    layer = comp.add(author.project.import_file(ImportOptions(make_tone(tmp_path / "old.wav", 2.0))))
    project = open_project(author.save(tmp_path / "in.aep"))
    address = f"{comp.id}/{layer.id}"
    given = {address: {"kind": "image", "path": str(make_tone(tmp_path / "new.wav", 1.0))}}
    project.save(given, tmp_path / "out" / "bound.aep")
    [sound] = open_project(tmp_path / "out" / "bound.aep").sounds(comp.id)
    assert sound.path.name == "bound new.wav"
    with pytest.raises(BadFile, match="is no sound"):
        project.save({address: {"kind": "image", "path": str(film)}}, tmp_path / "other.aep")
    assert not list((tmp_path / "(Footage)").iterdir())


def test_a_shared_solid_is_only_changed_where_it_was_meant(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main")
    first = comp.add_solid([1.0, 0.0, 0.0], "card", 100, 100)
    second = comp.add(first.source)
    first.name, second.name = "one", "two"
    source = author.save(tmp_path / "in.aep")
    assert bound(source, tmp_path / "out.aep", **{"Main/one": "#0000FF"}) == 0
    (found,) = open_project(tmp_path / "out.aep").report().compositions
    assert {layer.name: layer.color for layer in found.layers} == {"one": "#0000FF", "two": "#FF0000"}


def test_every_keyframed_text_is_replaced(tmp_path: Path) -> None:
    author = Author()
    layer = author.text(author.comp("Main"), "words", "one")
    keyed(layer.text["ADBE Text Document"], (0.0, "one"), (1.0, "two"))
    source = author.save(tmp_path / "in.aep")
    assert bound(source, tmp_path / "out.aep", **{"Main/words": "same"}) == 0
    graph = open_project(tmp_path / "out.aep").graph
    (composition,) = graph.compositions.values()
    group = composition.layers[0].properties.text
    prop = group.get("ADBE Text Document") if group is not None else None
    assert prop is not None
    assert {key.value.text for key in prop.keys} == {"same"}  # type: ignore[union-attr]


def test_what_is_not_as_given_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    author = Author()
    comp = author.comp("Main")
    driven = author.text(comp, "driven", "old")
    driven.text["ADBE Text Document"].expression = '"always this"'
    changing = author.text(comp, "changing", "one")
    keyed(changing.text["ADBE Text Document"], (0.0, "one"), (1.0, "two"))
    author.text(comp, "plain", "as given")
    comp.add_solid([1.0, 0.0, 0.0], "card", 100, 100)
    project = open_project(author.save(tmp_path / "in.aep"))
    [main_comp] = project.graph.compositions.values()
    at = {layer.name: f"{main_comp.id}/{layer.id}" for layer in main_comp.layers}
    text = {"kind": "text", "text": "new"}
    values = {at[name]: text for name in ("driven", "changing", "plain")}
    told = project.save(values | {at["card"]: {"kind": "color", "value": "#00FF0080"}}, tmp_path / "out.aep")
    assert told == (
        "The text of “driven” is driven by an expression; After Effects shows what that says.",
        "“changing” changed its text; it keeps the new one now.",
        "The colour of “card” is written without its transparency.",
    )
    assert bound(tmp_path / "in.aep", tmp_path / "two.aep", **{"Main/driven": "new", "Main/plain": "new"}) == 0
    assert capsys.readouterr().err.splitlines() == [f"flatrender: {told[0]}"]


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    home = template(tmp_path / "in").parent
    out = tmp_path / "out.aep"
    out.write_text("mine")
    with pytest.raises(Conflict, match="is there already"):
        open_project(home).save({}, out)
    assert bound(home, out, title="x") == 2
    assert bound(home, out / "in.aep", title="x") == 2, "and no traceback"
    assert out.read_text() == "mine"


def test_the_open_project_stays_as_it_is(tmp_path: Path) -> None:
    project = open_project(template(tmp_path / "in").parent)
    before = project.report()
    address = next(f"{c.id}/{x.id}" for c in before.compositions for x in c.layers if x.name == "frl_title")
    project.save({address: {"kind": "text", "text": "other"}}, tmp_path / "out.aep")
    assert project.report() == before


def test_wrong_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = template(tmp_path / "in").parent
    out = tmp_path / "out.aep"
    assert bound(home, out, titel="x") == 2
    assert "did you mean “title”" in capsys.readouterr().err
    assert bound(home, out, accent="red") == 2
    assert bound(home, out, photo="nowhere.png") == 2
    assert main(["bind", str(home), "--out", str(out)]) == 2
    with pytest.raises(NotFound):
        open_project(home).save({"99/99": {"kind": "text", "text": "x"}}, out)
    with pytest.raises(InvalidInput):
        open_project(home).save({"1/1": {"kind": "music"}}, out)
    assert not out.exists()


def test_a_picture_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = template(tmp_path / "in").parent
    (tmp_path / "fake.png").write_text("no picture")
    assert bound(home, tmp_path / "out.aep", photo=str(tmp_path / "fake.png")) == 2
    assert "fake.png is not a picture" in capsys.readouterr().err
    assert not (tmp_path / "out.aep").exists()


def test_a_chosen_font_is_read_back(tmp_path: Path) -> None:
    project = open_project(template(tmp_path / "in").parent)
    layers = {layer.name: f"{c.id}/{layer.id}" for c in project.report().compositions for layer in c.layers}
    value = {"kind": "text", "text": "Other", "font": "Inter-SemiBold"}
    project.save({layers["frl_title"]: value}, tmp_path / "out.aep")
    found = {layer.name: layer for c in open_project(tmp_path / "out.aep").report().compositions for layer in c.layers}
    assert (found["frl_title"].text, found["frl_title"].font) == ("Other", "Inter-SemiBold")
    assert found["frl_photo"].font is None


def test_a_text_in_another_size_is_read_back(tmp_path: Path) -> None:
    project = open_project(template(tmp_path / "in").parent)
    layers = {layer.name: f"{c.id}/{layer.id}" for c in project.report().compositions for layer in c.layers}
    value = {"kind": "text", "text": "Far more words than were designed for here", "fit": True}
    sizes: list[float] = []
    for name, values in (("as designed", {}), ("made to fit", {layers["frl_title"]: value})):
        project.save(values, tmp_path / f"{name}.aep")
        application = parse(tmp_path / f"{name}.aep")
        [title] = [
            layer
            for composition in application.project.compositions
            for layer in composition.layers
            if layer.name == "frl_title"
        ]
        sizes.append(title.text["ADBE Text Document"].value.font_size)
    assert 0 < sizes[1] < 0.7 * sizes[0]
