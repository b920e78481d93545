"""Names as they stand in sentences of others."""

import pytest

from flatrender.core.names import one_line


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Sara \n Karimi\t", "Sara Karimi"),
        ("\u202evil\u2066", "vil"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian joins and parts letters by signs
        ("👩\u200d🎨", "👩\u200d🎨"),
        ("\u200b \u200f", ""),
        ("\u202e", ""),
        ("e\u0301", "e\u0301"),
    ],
)
def test_a_name_is_one_line_that_turns_nothing_round(given: str, kept: str) -> None:
    assert one_line(given) == kept
