"""Lotties as text: strict JSON, whatever a stranger's project has in its names and numbers."""

import json
import math
from typing import Any

import orjson
import pytest

from flatrender.aftereffects.messages import json_text

DEEP: Any = []
for _ in range(400):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"nm": "متن 😀", "k": [1, 2.5]}, {"nm": "متن 😀", "k": [1, 2.5]}),
        ({"nm": "a\ud83d"}, {"nm": "a?"}),
        ({"k": [math.nan, math.inf, 0.5]}, {"k": [None, None, 0.5]}),
        ({"k": math.nan, "nm": "\udc00"}, {"k": None, "nm": "?"}),
        ({"k": 2**70, 3: (1, 2)}, {"k": 2**70, "3": [1, 2]}),
        (DEEP, DEEP),
    ],
)
def test_what_is_written_is_strict(value: Any, read: Any) -> None:
    written = json_text(value)
    assert json.loads(written, parse_constant=pytest.fail) == read
    if read is not DEEP and 2**70 not in (read.get("k"),):
        assert orjson.loads(written) == read
