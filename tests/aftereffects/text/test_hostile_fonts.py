"""Fonts that strangers upload: bombs and broken tables draw little or nothing, quickly, and crash nothing."""

import random
import time
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph

from flatrender.aftereffects.lottie import text
from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.text import FontLibrary, TextRun, TextSpec, TextStyle, layout
from flatrender.core.errors import TooLarge
from tests.aftereffects.authored import Author
from tests.aftereffects.text.library import lay_out, packaged_fonts

DEPTH, PARTS = 6, 30


def square() -> Glyph:
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((0, 500))
    pen.lineTo((500, 500))
    pen.lineTo((500, 0))
    pen.closePath()
    return pen.glyph()


def bomb(path: Path) -> Path:
    """A font whose “a” is made of 30 glyphs, each of 30 others, six deep: 729 million squares."""
    names = [".notdef", *(f"g{level}" for level in range(DEPTH + 1))]
    glyphs = {".notdef": square(), "g0": square()}
    for level in range(1, DEPTH + 1):
        pen = TTGlyphPen(dict.fromkeys(names))
        for part in range(PARTS):
            pen.addComponent(f"g{level - 1}", (1, 0, 0, 1, part, 0))
        glyphs[f"g{level}"] = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord("a"): f"g{DEPTH}", ord("b"): "g0"})
    builder.font["glyf"], builder.font["loca"] = table, _ = newTable("glyf"), newTable("loca")
    table.glyphs, table.glyphOrder = glyphs, names
    builder.setupHorizontalMetrics({name: (600, 0) for name in names})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Bomb", "styleName": "Regular", "psName": "Bomb-Regular"})
    builder.setupOS2()
    builder.setupPost()
    for glyph in glyphs.values():  # fontTools would count all those squares
        glyph.xMin = glyph.yMin = glyph.xMax = glyph.yMax = 0
    builder.font.recalcBBoxes = False
    builder.font["maxp"].recalc = lambda font: None
    builder.save(path)
    return path


def drawn(folder: Path, font: str, text: str) -> list[int]:
    """How many outlines each glyph has, with the folder's fonts before the packages'."""
    spec = TextSpec((TextRun(text, TextStyle(font, 40.0)),))
    return [len(glyph.contours) for glyph in layout(spec, FontLibrary([folder], system=False)).glyphs]


def test_a_font_bomb_draws_nothing_and_takes_no_time(tmp_path: Path) -> None:
    bomb(tmp_path / "bomb.ttf")
    began = time.process_time()
    assert drawn(tmp_path, "Bomb-Regular", "aba") == [0, 1, 0]
    assert time.process_time() - began < 2


def test_what_is_no_font_is_passed_over(tmp_path: Path) -> None:
    chance = random.Random(5)
    for number, data in enumerate((b"", b"\0\1\0\0", chance.randbytes(5000), b"OTTO" + bytes(500), b"<html>")):
        (tmp_path / f"none{number}.ttf").write_bytes(data)
    assert all(drawn(tmp_path, "Inter-Regular", "abc"))


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_font_crashes_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(Path(packaged_fonts().resolve("Arimo-Regular")[0].face.path).read_bytes())
    for _ in range(chance.choice((1, 20, 400))):
        data[chance.randrange(12, len(data))] = chance.randrange(256)
    if seed % 3 == 0:
        del data[chance.randrange(1000, len(data)) :]
    (tmp_path / "damaged.ttf").write_bytes(data)
    assert len(drawn(tmp_path, "Arimo-Regular", "Damage نه")) >= 8


def test_a_million_characters_are_refused_with_a_sentence() -> None:
    with pytest.raises(TooLarge, match="longer than 20,000 characters"):
        lay_out("a" * 1_000_000)


def test_a_million_letters_in_many_texts_are_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    author = Author()
    comp = author.comp("Main")
    words = "letters " * 20
    for name in ("one", "two"):
        author.text(comp, name, words)
    project = open_project(author.save(tmp_path / "many.aep"))
    monkeypatch.setattr(text, "MAX_LETTERS", 2 * len(words))
    project.lottie(comp.id)
    monkeypatch.setattr(text, "MAX_LETTERS", 2 * len(words) - 1)
    with pytest.raises(TooLarge, match="The texts of “Main” have more than 319 letters together"):
        project.lottie(comp.id)


def test_a_scan_says_that_a_text_is_too_long_to_be_drawn(tmp_path: Path) -> None:
    author = Author()
    author.comp("Main").add_box_text([300.0, 100.0], "a" * 20_001).name = "long"
    told = open_project(author.save(tmp_path / "long.aep")).report().capabilities
    assert ("long", "text", "ignored") in {(one.layer, one.feature, one.status) for one in told}
