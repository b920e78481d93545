"""Customers' values: checked, typed, and laid over a text."""

import pytest

from flatrender.aftereffects.text import TextRun, TextSpec, TextStyle
from flatrender.aftereffects.values import (
    MAX_TEXT,
    ColorValue,
    DataValue,
    TextValue,
    VisibleValue,
    read_values,
    rebound_text,
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
    assert (color.hex, round(color.rgba[3], 2)) == ("#ff0080", 0.5)
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
