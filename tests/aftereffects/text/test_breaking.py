"""Where lines may break: Unicode's rules, in code points."""

from itertools import pairwise

import pytest

from flatrender.aftereffects.text.breaking import break_opportunities


@pytest.mark.parametrize(
    "words",
    [
        ["The ", "well-", "known ", "man"],
        ["one\u00a0two ", "three"],
        ["(before) ", "“these” ", "3.5 ", "$1,234 ", "end!"],
        ["字", "字、", "字"],
        ["😀", "b ", "👩‍👩‍👧 ", "字", "\U00020000"],
        ["سلام ", "(دوستان) ", "می‌خواهم؟ ", "۱۲٫۵"],
        ["ภาษา", "ไทย"],
    ],
)
def test_lines_break_between_these(words: list[str]) -> None:
    text = "".join(words)
    starts = [0, *(index for index, allowed in enumerate(break_opportunities(text)) if allowed), len(text)]
    assert [text[start:stop] for start, stop in pairwise(starts)] == words


def test_of_nothing() -> None:
    assert break_opportunities("") == []
