"""UAX #9 against cases of Unicode, a part of BidiTest.txt and BidiCharacterTest.txt (15.0), which pass whole."""

from pathlib import Path

import pytest

from flatrender.aftereffects.text.bidi import (
    Levels,
    embedding_levels,
    line_levels,
    resolve_classes,
    visual_order,
)

CASES = [
    line
    for line in Path(__file__).with_name("bidi_cases.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def _check(levels: Levels, expected: str, order: str) -> None:
    wanted = expected.split()
    got = line_levels(levels, 0, len(levels.levels))
    assert [level if level == "x" else str(found) for level, found in zip(wanted, got, strict=True)] == wanted
    kept = [index for index, level in enumerate(wanted) if level != "x"]
    shown = [kept[index] for index in visual_order([got[index] for index in kept])]
    assert shown == [int(index) for index in order.split()]


@pytest.mark.parametrize("line", [line for line in CASES if not line.startswith("@")])
def test_characters(line: str) -> None:
    points, direction, base, expected, order = line.split(";")
    text = "".join(chr(int(point, 16)) for point in points.split())
    levels = embedding_levels(text, {"0": 0, "1": 1, "2": None}[direction])
    assert levels.base == int(base)
    _check(levels, expected, order)


@pytest.mark.parametrize("line", [line[1:] for line in CASES if line.startswith("@")])
def test_classes(line: str) -> None:
    classes, expected, order, directions = line.split(";")
    for bit, base in ((1, None), (2, 0), (4, 1)):
        if int(directions) & bit:
            _check(resolve_classes(classes.split(), base), expected, order)


def test_plain_latin_needs_no_work() -> None:
    assert embedding_levels("Hello, world 123").levels == (0,) * 16


def test_first_strong_character_decides() -> None:
    assert embedding_levels("123 سلام abc").base == 1
    assert embedding_levels("123 abc سلام").base == 0
    assert embedding_levels("123").base == 0


def test_numbers_in_persian_run_left_to_right() -> None:
    levels = embedding_levels("سال ۱۴۰۳ است")
    assert levels.levels[4:8] == (2, 2, 2, 2)
    assert levels.levels[0] == levels.levels[-1] == 1


def test_empty() -> None:
    assert embedding_levels("").levels == ()
    assert visual_order([]) == []
