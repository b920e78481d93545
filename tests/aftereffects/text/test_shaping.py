"""Shaping: golden advances, joined forms by glyph name, fall-back per glyph."""

import io
from pathlib import Path

import pytest
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont

from flatrender.aftereffects.text import FontLibrary, TextRun, TextSpec, TextStyle, layout
from tests.aftereffects.text.library import advances, lay_out, names
from tests.fonts import square_font


def test_kerning_golden_values() -> None:
    assert advances(lay_out("AV")) == [621.582, 689.941]
    assert advances(lay_out("AV", kerning=False)) == [689.941, 689.941]


def test_tracking_adds_thousandths_of_an_em_after_every_glyph() -> None:
    tracked = lay_out("AV", tracking=100)
    assert advances(tracked) == [721.582, 789.941]
    assert tracked.lines[0].width == 1511.523


def test_scales() -> None:
    wide = lay_out("AV", horizontal_scale=2.0, vertical_scale=0.5)
    plain = lay_out("AV")
    assert wide.lines[0].width == pytest.approx(plain.lines[0].width * 2, abs=0.002)
    assert plain.bounds is not None
    assert wide.bounds is not None
    assert abs(wide.bounds[1] - plain.bounds[1] / 2) < 0.01


def test_contextual_alternates() -> None:
    assert "arrowright" in names(lay_out("a -> b"))
    assert names(lay_out("3x4"))[1] == "multiply.case"


def test_persian_is_joined_and_ordered() -> None:
    """Glyphs come from left to right: the last letter first; initial, medial and final forms."""
    assert names(lay_out("سلام")) == ["uni0645", "uni0627.fina.rlig.2", "uni0644.medi.rlig", "uni0633.init"]
    letters = [name for name in names(lay_out("ببب")) if "dot" not in name]
    assert letters == ["uni066E.fina", "uni066E.medi", "uni066E.init"]


def test_lam_alef() -> None:
    assert names(lay_out("لا")) == ["uni0627.fina.rlig", "uni0644.init.rlig"]


def test_zero_width_non_joiner_parts_letters_and_draws_nothing() -> None:
    shaped = lay_out("می\u200cخواهم")
    assert "uni0649.fina" in names(shaped)
    assert "uni062D.init" in names(shaped)
    assert not shaped.missing
    assert ".notdef" not in names(shaped)


def test_letters_join_across_styles() -> None:
    from flatrender.aftereffects.text import TextRun, TextSpec, TextStyle, layout
    from tests.aftereffects.text.library import packaged_fonts

    red = TextStyle("NotoSansArabic-Regular", 100, fill=(1, 0, 0, 1))
    blue = TextStyle("NotoSansArabic-Regular", 100, fill=(0, 0, 1, 1))
    shaped = layout(TextSpec((TextRun("بب", red), TextRun("ب", blue))), packaged_fonts())
    letters = [(glyph.name, glyph.run) for glyph in shaped.glyphs if "dot" not in glyph.name]
    assert letters == [("uni066E.fina", 1), ("uni066E.medi", 0), ("uni066E.init", 0)]


def test_persian_digits_keep_their_order() -> None:
    assert names(lay_out("۱۲۳", "NotoSansArabic-Regular")) == ["uni0661", "uni06F2", "uni0663"]


def test_latin_number_after_persian() -> None:
    assert names(lay_out("سلام 123"))[:4] == ["one", "two", "three", "space"]


def test_mixed_sentence_in_a_left_to_right_line() -> None:
    shown = names(lay_out("Hello سلام 2024"))
    assert shown[:5] == ["H", "e", "l", "l", "o"]
    assert shown[6:10] == ["two", "zero", "two", "four"]
    assert shown[-1] == "uni0633.init"


def test_direction_moves_punctuation() -> None:
    assert names(lay_out("سلام!", direction="rtl"))[0] == "exclam"
    assert names(lay_out("سلام!", direction="ltr"))[-1] == "exclam"


def test_brackets_are_mirrored() -> None:
    shown = names(lay_out("(سلام)"))
    assert shown[0] == "parenleft"
    assert shown[-1] == "parenright"


def test_tracking_does_not_tear_joined_letters() -> None:
    assert advances(lay_out("سلام", tracking=100)) == advances(lay_out("سلام"))


def test_tracking_widens_spaces_and_other_scripts_beside_joined_letters() -> None:
    text = "سلام abc دنیا"
    plain, tracked = lay_out(text, direction="rtl"), lay_out(text, direction="rtl", tracking=100)
    wider = {
        glyph.cluster: round(glyph.advance - before.advance)
        for before, glyph in zip(plain.glyphs, tracked.glyphs, strict=True)
    }
    assert {text[at] for at, by in wider.items() if by == 100} == set(" abc")
    assert {text[at] for at, by in wider.items() if by == 0} == set("سلامدنیا")
    assert {glyph.cluster for glyph in plain.glyphs if glyph.em} == set(range(4, 9))


def test_fallback_takes_the_wanted_weight() -> None:
    assert lay_out("سلام Hello", "Inter-Bold").fallback_fonts == ("NotoSansArabic-Bold",)
    assert {glyph.font for glyph in lay_out("سلام Hello", "Inter-Bold").glyphs} == {"Inter-Bold", "NotoSansArabic-Bold"}


def test_missing_glyphs_are_reported_once() -> None:
    shaped = lay_out("日本日")
    assert shaped.missing == ("日", "本")
    assert names(shaped) == [".notdef"] * 3


def test_spaces_that_no_font_has_are_spaces() -> None:
    shaped = lay_out("a\u3000b")
    assert (names(shaped), shaped.missing) == (["a", "space", "b"], ())


@pytest.mark.parametrize(
    ("emoji", "missing"),
    [("😀", "😀"), ("👍🏽", "👍🏽"), ("👩‍👧", "👩👧"), ("🇮🇷", "🇮🇷"), ("🎉😀🎉", "🎉😀")],
    ids=["one", "with a tone", "a family", "a flag", "twice"],
)
def test_emoji_are_told_and_leave_the_text_around_them(emoji: str, missing: str) -> None:
    """No packaged font draws them; their place is the font's own sign for what it lacks."""
    shaped = lay_out(f"سلام {emoji} Hello")
    assert shaped.missing == tuple(missing)
    drawn = sorted(name for name in names(shaped) if name not in (".notdef", "space"))
    assert drawn == sorted(name for name in names(lay_out("سلام  Hello")) if name != "space")
    assert names(shaped).count(".notdef") == sum(letter in missing for letter in emoji)


def test_letters_that_come_from_another_font_join_and_stay_in_their_place(tmp_path: Path) -> None:
    (tmp_path / "partial.ttf").write_bytes(square_font("Partial", "سام "))
    run = TextRun("سلام سلام", TextStyle("Partial", 100.0))
    shaped = layout(TextSpec((run,), direction="rtl"), FontLibrary([tmp_path], system=False))
    assert not shaped.missing
    assert shaped.fallback_fonts == ("NotoSansArabic-Regular",)
    assert [glyph.cluster for glyph in shaped.glyphs] == [8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert [glyph.word for glyph in shaped.glyphs] == [1] * 4 + [0] * 5
    for word in (0, 5):
        at = {glyph.cluster: glyph for glyph in shaped.glyphs}
        assert [at[word + letter].font for letter in (0, 1, 2, 3)] == [
            "Partial", "NotoSansArabic-Regular", "Partial", "Partial"
        ]  # fmt: skip
        assert at[word + 1].name.startswith("uni0644.medi"), "between its neighbours, though they are of another font"
        assert at[word + 1].x == pytest.approx(at[word + 2].x + at[word + 2].advance, abs=0.01)
        assert at[word].x == pytest.approx(at[word + 1].x + at[word + 1].advance, abs=0.01)


def test_marks_stay_with_their_letter() -> None:
    shaped = lay_out("e\u0301 سَلام")
    assert not shaped.missing
    assert all(glyph.font == "NotoSansArabic-Regular" for glyph in shaped.glyphs if glyph.cluster >= 3)


def test_capitals() -> None:
    assert names(lay_out("aß", all_caps=True)) == ["A", "germandbls"]
    small = lay_out("Ab", small_caps=True)
    assert names(small) == ["A", "B"]
    assert advances(small)[1] < advances(lay_out("AB"))[1]


def test_all_small_capitals() -> None:
    """Capitals are as small as the rest; what is no letter keeps its size."""
    small, both = lay_out("Éb1,", all_small_caps=True, small_caps=True), lay_out("ÉB1,")
    assert names(small) == names(both)
    shares = [one / other for one, other in zip(advances(small), advances(both), strict=True)]
    assert shares == pytest.approx([0.7, 0.7, 1, 1], abs=0.03)  # a pair is kerned across sizes nowhere


def test_superscript_is_smaller_and_higher() -> None:
    raised, plain = lay_out("2", superscript=True), lay_out("2")
    assert raised.glyphs[0].y < plain.glyphs[0].y
    assert advances(raised)[0] < advances(plain)[0]


def test_faux_styles_change_the_outline() -> None:
    plain, bold, slanted = lay_out("H"), lay_out("H", faux_bold=True), lay_out("H", faux_italic=True)
    assert plain.bounds is not None
    assert bold.bounds is not None
    assert slanted.bounds is not None
    assert bold.bounds[2] - bold.bounds[0] > plain.bounds[2] - plain.bounds[0]
    assert slanted.bounds[2] > plain.bounds[2] + 50


def test_long_paragraphs_join_everywhere() -> None:
    """Segments see their neighbours though not the whole paragraph."""
    shaped = lay_out("سلام " * 60)
    assert names(shaped)[-4:] == names(lay_out("سلام"))
    assert [glyph.cluster for glyph in shaped.glyphs] == sorted(
        (glyph.cluster for glyph in shaped.glyphs), reverse=True
    )


def test_lone_surrogates_are_drawn_as_replacement() -> None:
    assert names(lay_out("a\ud83db"))[1] == names(lay_out("\ufffd"))[0]


@pytest.mark.parametrize(
    ("letters", "wanted", "drawn"),
    [("fi", True, ["u0066"]), ("fi", False, ["u0066", "u0069"]), ("لا", False, ["u0644"])],
)
def test_ligatures_only_where_they_are_wanted_or_letters_join(
    letters: str, wanted: bool, drawn: list[str], tmp_path: Path
) -> None:
    font = TTFont(io.BytesIO(square_font("Ligated", letters)))
    first, second = (f"u{ord(letter):04X}" for letter in letters)
    rule = f"sub {first} {second} by {first};"
    addOpenTypeFeaturesFromString(font, f"feature liga {{ script latn; {rule} script arab; {rule} }} liga;")
    font.save(tmp_path / "ligated.ttf")
    run = TextRun(letters, TextStyle("Ligated", 100.0, ligatures=wanted))
    assert names(layout(TextSpec((run,)), FontLibrary([tmp_path], system=False))) == drawn
