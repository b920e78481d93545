"""Customers' values: checked, typed, and laid over a text."""

from dataclasses import replace

import pytest

from flatrender.aftereffects.text import TextRun, TextSpec, TextStyle, default_library, fitting, layout
from flatrender.aftereffects.text.fitting import TINIEST, fit_factor, scaled
from flatrender.aftereffects.text.fonts import FontLibrary
from flatrender.aftereffects.text.layout import lines
from flatrender.aftereffects.text.spec import Line
from flatrender.aftereffects.values import (
    MAX_TEXT,
    ColorValue,
    DataValue,
    TextValue,
    VisibleValue,
    read_values,
    rebound_text,
    resized,
    too_long,
)
from flatrender.core.errors import InvalidInput, TooLarge

FIRST, SECOND = TextStyle("A", 20.0), TextStyle("B", 30.0)


def spec(direction: str) -> TextSpec:
    return TextSpec((TextRun("one ", FIRST), TextRun("two", SECOND)), direction=direction, paragraphs=("left", "right"))  # type: ignore[arg-type]


def test_wire_forms() -> None:
    values = read_values(
        {
            "1/1": {"kind": "text", "text": "a\r\nb", "direction": "rtl"},
            "1/2": {"kind": "data", "text": "1"},
            "1/3": {"kind": "color", "value": "#FF008080"},
            "1/4": {"kind": "visible", "value": False},
        }
    )
    assert values["1/1"] == TextValue("a\nb", "rtl")
    assert values["1/2"] == DataValue("1")
    color = values["1/3"]
    assert isinstance(color, ColorValue)
    assert [round(part, 2) for part in color.rgba] == [1, 0, 0.5, 0.5]
    assert values["1/4"] == VisibleValue(False)
    assert read_values(values) == values


@pytest.mark.parametrize(
    "raw",
    [
        "text",
        {"kind": "dance"},
        {"kind": "text", "text": 5},
        {"kind": "text", "text": "x", "direction": "up"},
        {"kind": "text", "text": "x", "font": 5},
        {"kind": "text", "text": "x", "font": "a\nb"},
        {"kind": "color", "value": "blue"},
        {"kind": "image", "path": "/nowhere.png"},
    ],
)
def test_wrong_values_name_their_place(raw: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_values({"1/7": raw})
    assert caught.value.field == "1/7"


def test_a_file_that_is_not_there_is_called_neither_picture_nor_sound() -> None:
    with pytest.raises(InvalidInput, match=r"^The file none\.wav is not there"):
        read_values({"1/1": {"kind": "image", "path": "/nowhere/none.wav"}})


def test_texts_have_a_limit() -> None:
    with pytest.raises(TooLarge):
        read_values({"1/1": {"kind": "text", "text": "x" * (MAX_TEXT + 1)}})


def test_a_new_text_takes_the_first_style() -> None:
    new = rebound_text(spec("ltr"), TextValue("three"))
    assert new.runs == (TextRun("three", FIRST),)
    assert new.paragraphs == ()


@pytest.mark.parametrize(
    ("designed", "text", "given", "expected"),
    [
        ("ltr", "hello", "auto", "auto"),
        ("rtl", "hello!", "auto", "auto"),
        ("rtl", "سلام", "auto", "rtl"),
        ("rtl", "PlayStation آمد", "auto", "rtl"),
        ("ltr", "PlayStation آمد", "auto", "auto"),
        ("rtl", "2026", "auto", "rtl"),
        ("ltr", "سلام", "ltr", "ltr"),
    ],
)
def test_directions(designed: str, text: str, given: str, expected: str) -> None:
    assert rebound_text(spec(designed), TextValue(text, given)).direction == expected  # type: ignore[arg-type]


def test_a_text_may_be_set_in_another_font() -> None:
    style = TextStyle("Inter-Bold", 20.0, family="Inter", tracking=40)
    before = TextSpec((TextRun("one", style),))
    (run,) = rebound_text(before, TextValue("two", font="Arimo")).runs
    assert (run.style.font, run.style.family, run.style.size, run.style.tracking) == ("Arimo", "", 20.0, 40)
    assert rebound_text(before, TextValue("two")).runs[0].style is style


@pytest.mark.parametrize("box", [None, (0.0, 0.0, 160.0, 30.0)])
@pytest.mark.parametrize("words", ["Far more words than were designed", "چهار شب در دل کویر لوت"])
def test_a_text_is_made_to_fit_into_the_room_that_was_designed(
    words: str, box: tuple[float, float, float, float] | None
) -> None:
    fonts = default_library()
    designed = TextSpec((TextRun("Two words", TextStyle("Inter-Bold", 24.0, leading=30.0)),), box=box)
    room = 160.0 if box else layout(designed, fonts).lines[0].width
    sized = resized(designed, TextValue(words, fit=True), fonts)
    style = sized.runs[0].style
    assert 6 < style.size < 24
    assert style.leading == pytest.approx(30 * style.size / 24)
    lines = layout(sized, fonts).lines
    assert all(line.width <= room + 0.5 for line in lines)
    assert lines[-1].baseline + lines[-1].descent <= 30.5
    assert resized(designed, TextValue("Short", fit=True), fonts).runs[0].style.size == 24
    assert resized(designed, TextValue("Short", size=1.5), fonts).runs[0].style.size == 36


@pytest.mark.parametrize("box", [None, (0.0, 0.0, 160.0, 30.0)])
def test_nothing_is_made_to_fit_in_less_than_a_quarter_of_its_size(box: tuple[float, ...] | None) -> None:
    fonts, value = default_library(), TextValue("Far more words than any title has. " * 30, fit=True)
    designed = TextSpec((TextRun("Two words", TextStyle("Inter-Bold", 24.0)),), box=box)
    sized = resized(designed, value, fonts)
    assert sized.runs[0].style.size == 6
    assert too_long(sized, designed, value, fonts) == (box is None), "of box text the layout tells"
    assert layout(sized, fonts).overflow == (box is not None)
    fitting = TextValue("Two more words", fit=True)
    assert not too_long(resized(designed, fitting, fonts), designed, fitting, fonts)


@pytest.mark.parametrize("size", [0, 5, True, "large"])
def test_a_size_is_a_factor(size: object) -> None:
    with pytest.raises(InvalidInput, match="factor"):
        read_values({"1/1": {"kind": "text", "text": "a", "size": size}})


@pytest.mark.parametrize(
    ("words", "box", "most"),
    [
        ("Far more words than were designed for, and then some. " * 12, (0.0, 0.0, 400.0, 120.0), 6),
        ("متن بلندی که باید در جای خود بنشیند و کوچک شود " * 8, (0.0, 0.0, 300.0, 90.0), 6),
        ("Wider", None, 5),
        ("Incomprehensibilities", (0.0, 0.0, 60.0, 300.0), 11),  # the longest word says it, not the room
        ("first\rsecond\r\rfourth " * 6, (0.0, 0.0, 200.0, 140.0), 10),
    ],
)
def test_a_fit_is_found_in_few_tries(
    words: str, box: tuple[float, float, float, float] | None, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same size as trying them all finds: of 128 steps the largest at which the text fits."""
    fonts, tries = default_library(), []
    designed = TextSpec((TextRun("Wide", TextStyle("Inter-Bold", 40.0)),), box=box)
    spec = replace(designed, runs=(TextRun(words, designed.runs[0].style),))

    def counted(spec: TextSpec, fonts: FontLibrary) -> list[Line]:
        found = lines(spec, fonts)
        assert tuple(found) == layout(spec, fonts).lines
        tries.append(found)
        return found

    monkeypatch.setattr(fitting, "lines", counted)
    found = fit_factor(spec, designed, fonts, TINIEST)
    assert len(tries) <= most
    step = round((found - TINIEST) * 128 / (1 - TINIEST))
    assert found == pytest.approx(TINIEST + step * (1 - TINIEST) / 128)
    assert 0 < step < 127
    as_large = replace(spec, runs=scaled(spec, found).runs)
    assert fit_factor(as_large, designed, fonts, TINIEST) == 1
    larger = scaled(spec, TINIEST + (step + 1) * (1 - TINIEST) / 128)
    assert fit_factor(larger, designed, fonts, TINIEST) < 1
