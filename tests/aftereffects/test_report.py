"""The scan's report: complete, honest, and the same after a way through JSON."""

import json
import sys
import time
from pathlib import Path

import py_aep
import pytest
from py_aep import BlendingMode

from flatrender.aftereffects import reading
from flatrender.aftereffects.graph import Properties
from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.report import ProjectReport
from flatrender.aftereffects.scan import rational_rate
from flatrender.commands import main
from flatrender.core.process import Limits, run
from tests.aftereffects.authored import Author, fill_of, template


def test_a_report_survives_json(tmp_path: Path) -> None:
    report = open_project(template(tmp_path)).report()
    assert ProjectReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_compositions_and_layers(tmp_path: Path) -> None:
    report = open_project(template(tmp_path)).report()
    by_name = {composition.name: composition for composition in report.compositions}
    intro = by_name["Intro"]
    assert (intro.width, intro.height, intro.frame_rate, intro.frames, intro.duration) == (400, 300, 30.0, 60, 2.0)
    assert intro.frame_rate_rational == (30, 1)
    assert intro.used_in == (by_name["flatrender"].id,)
    layers = {layer.name: layer for layer in intro.layers}
    assert {name: layer.type for name, layer in layers.items()} == {
        "frd_show_bar": "text", "frd_dtitle": "text", "frl_title": "text", "bar": "shape", "frl_photo": "image",
    }  # fmt: skip
    assert (layers["frl_title"].text, layers["frl_title"].direction) == ("Hello", "ltr")
    assert not layers["frd_show_bar"].enabled
    assert (layers["frl_photo"].source, layers["frl_photo"].width, layers["frl_photo"].missing) == (
        "photo.png",
        80,
        False,
    )
    assert [layer.index for layer in intro.layers] == [1, 2, 3, 4, 5]


def test_line_ends_of_every_kind_are_told_as_one(tmp_path: Path) -> None:
    author = Author()
    author.text(author.comp("Intro"), "frl_title", "one\x03two\rthree\u2028four")
    [composition] = open_project(author.save(tmp_path / "lines.aep")).report().compositions
    assert composition.layers[0].text == "one\ntwo\nthree\nfour"


def test_rates_as_fractions() -> None:
    assert rational_rate(29.970001220703125) == (30000, 1001)
    assert rational_rate(23.976) == (24000, 1001)
    assert rational_rate(25.0) == (25, 1)
    assert rational_rate(12.5) == (12500, 1000)


def test_missing_fonts_name_their_substitute(tmp_path: Path) -> None:
    author = Author()
    layer = author.text(author.comp("Main"), "words", "Hi")
    layer.text["ADBE Text Document"].value.font = "NoSuchFont-Bold"
    report = open_project(author.save(tmp_path / "made.aep")).report()
    (font,) = report.fonts
    assert (font.postscript_name, font.found, len(font.layers)) == ("NoSuchFont-Bold", False, 1)
    assert font.substitute
    (told,) = [one for one in report.capabilities if one.feature == "missing font"]
    assert told.status == "approximated"
    assert font.substitute in told.note


def test_a_file_among_the_fonts_that_is_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    author = Author()
    layer = author.text(author.comp("Main"), "words", "Hi")
    layer.text["ADBE Text Document"].value.font = "NoSuchFont-Bold"
    project = author.save(tmp_path / "made.aep")
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "NoSuchFont-Bold.ttf").write_bytes(b"no font")
    told = "fonts/NoSuchFont-Bold.ttf cannot be read as a font with outlines; replace it."
    for given in (project, tmp_path):
        assert main(["scan", str(given)]) == 0
        said = capsys.readouterr().out
        assert f"warning: {told}" in said.splitlines()
        assert said.count("NoSuchFont-Bold") == 2, "and the missing font is told once"


def test_a_key_of_several_scenes_is_told_once_and_by_scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    author = Author()
    final = author.comp("flatrender")
    for name in ("Opening", "The end"):
        scene = author.comp(name)
        author.text(scene, "frl_title", name)
        final.add(scene)
    assert main(["scan", str(author.save(tmp_path / "made.aep"))]) == 0
    keys = [line.strip() for line in capsys.readouterr().out.splitlines() if "--set" in line]
    assert sorted(line.split("=")[0] for line in keys[:2]) == ["--set 'The end/title", "--set Opening/title"]
    assert [line.split("=")[0] for line in keys[2:]] == ["in 2 scenes at once --set title"]


def test_nothing_degrades_silently(tmp_path: Path) -> None:
    author = Author()
    comp = author.comp("Main")
    box = author.box(comp, "box")
    box.blending_mode = BlendingMode.VIVID_LIGHT
    author.box(comp, "odd").blending_mode = BlendingMode.DIVIDE
    author.box(comp, "bright").blending_mode = BlendingMode.LUMINOSITY
    fill_of(author.box(comp, "multiplied"))["ADBE Vector Blend Mode"].value = 4
    author.box(comp, "flat").three_d_layer = True
    author.box(comp, "all below").adjustment_layer = True
    comp.add_camera("eye", [0.0, 0.0])
    solid = comp.add_solid([1.0, 0.0, 0.0], "soft", 100, 100)
    mask = author.mask(solid, [[0.0, 0.0], [50.0, 0.0], [50.0, 50.0]])
    mask["ADBE Mask Feather"].value = [10.0, 10.0]
    twisted = author.box(comp, "twisted")
    twisted["ADBE Root Vectors Group"].add_property("ADBE Vector Filter - Twist")
    for name, group, amount in (("tapered", "Taper", "Taper Start Length"), ("waved", "Wave", "Taper Wave Amount")):
        inside = author.box(comp, name)["ADBE Root Vectors Group"][0]["ADBE Vectors Group"]
        stroke = inside.add_property("ADBE Vector Graphic - Stroke")
        stroke[f"ADBE Vector Stroke {group}"][f"ADBE Vector {amount}"].value = 50.0
    hidden = author.box(comp, "hidden")
    hidden.blending_mode = BlendingMode.VIVID_LIGHT
    hidden.enabled = False
    report = open_project(author.save(tmp_path / "made.aep")).report()
    told = {(one.layer, one.feature): one.status for one in report.capabilities if one.status != "supported"}
    assert told == {
        ("box", "blend mode"): "approximated",
        ("odd", "blend mode"): "ignored",
        ("bright", "blend mode"): "approximated",
        ("multiplied", "blend mode"): "ignored",
        ("flat", "3D"): "approximated",
        ("all below", "adjustment"): "ignored",
        ("eye", "camera"): "ignored",
        ("twisted", "Twist"): "approximated",
        ("tapered", "stroke taper"): "ignored",
        ("waved", "stroke wave"): "ignored",
    }
    assert all(one.note for one in report.capabilities)
    supported = {one.feature for one in report.capabilities if one.status == "supported"}
    assert supported >= {"shape", "solid", "mask", "mask feather"}


def test_a_layer_that_cannot_be_read_does_not_take_the_others_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = Author()
    comp = author.comp("Main")
    author.box(comp, "good")
    author.box(comp, "bad")
    project = open_project(author.save(tmp_path / "made.aep"))
    plain = reading._read_properties

    def broken(layer: py_aep.Layer) -> Properties:
        if layer.name == "bad":
            raise KeyError("no such chunk")
        return plain(layer)

    monkeypatch.setattr(reading, "_read_properties", broken)
    told = [one for one in project.report().capabilities if one.status == "ignored"]
    assert [(one.layer, one.feature) for one in told] == [("bad", "unreadable")]
    assert [layer["ty"] for layer in project.lottie(comp.id)["layers"]] == [3, 4]


def test_the_command_speaks_json_and_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = template(tmp_path).parent
    assert main(["scan", str(home), "--json"]) == 0
    raw = json.loads(capsys.readouterr().out)
    assert {"name", "width", "height", "frame_rate", "duration", "layers"} <= raw["compositions"][0].keys()
    assert {"name", "type"} <= raw["compositions"][0]["layers"][0].keys()
    assert {"kind", "scenes", "shared_colors"} <= raw.keys()
    assert {"key", "kind", "default", "addresses"} <= raw["scenes"][0]["elements"][0].keys()
    assert main(["scan", str(home)]) == 0
    text = capsys.readouterr().out
    assert "Intro" in text
    assert "“Hello”" in text


def test_a_long_text_is_shown_in_part_with_its_length(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    author = Author()
    words = "one\ntwo\n" + "word " * 19_998 + "end"
    author.text(author.comp("Main"), "frl_title", words)
    author.text(author.comp("Card"), "frl_title", "w" * 300)
    path = author.save(tmp_path / "made.aep")
    assert main(["scan", str(path)]) == 0
    said = capsys.readouterr().out
    assert said.count("…” (100,001 characters)") == 2
    assert said.count(f"“{'w' * 300}”") == 2, "what is as long as is shown is shown whole"
    assert len(said) < 5_000
    assert main(["scan", str(path), "--json"]) == 0
    [text] = {layer["text"] for one in json.loads(capsys.readouterr().out)["compositions"] for layer in one["layers"]
              if len(layer["text"]) > 300}  # fmt: skip
    assert text.splitlines() == words.splitlines()


def test_a_text_of_thousands_of_lines_is_scanned_in_a_moment(tmp_path: Path) -> None:
    author = Author()
    author.text(author.comp("Main"), "poem", "line\n" * 3_000)
    project = open_project(author.save(tmp_path / "made.aep"))
    began = time.process_time()
    [layer] = project.report(survey=False).compositions[0].layers
    assert time.process_time() - began < 10, "it took minutes: each line was looked for among all"
    assert layer.text is not None
    assert len(layer.text.splitlines()) == 3_000


def test_scanning_loads_no_web_framework(tmp_path: Path) -> None:
    path = template(tmp_path)
    code = (
        "import sys; from flatrender.commands import main; status = main(['scan', sys.argv[1], '--json']);"
        "assert not {'reflex', 'arq', 'sqlmodel', 'sqlalchemy'} & set(sys.modules); sys.exit(status)"
    )
    done = run([sys.executable, "-c", code, str(path)], limits=Limits(wall_seconds=60))
    assert done.returncode == 0, done.stderr.decode()
