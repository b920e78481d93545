"""The quick reader of text styles gives what py_aep's own parser gives, or leaves the data to it."""

import io
from typing import Any

import pytest
from py_aep.cos.cos import CosParser, CosString

from flatrender.aftereffects.text_data import NotPlain, TextDataParser, read_text_data

PLAIN = [
    b"/0 << /1 [ 1 -2 .5 -0.25 true false null ] /2 /Name >> /1 (\xfe\xff\x00A\x06\x33)",
    b"/0<</1[(a\\(b\\)\\\\ \\n\\101\\7)(plain)]>>",
    b"/a (open ( is kept) /b () /c << >> /d [ ]\n",
    b"/raw (\xff\x00\xfe)",
    b"/odd (\xfe\xff\xd8\x00)",
]
OTHER = [b"/0 1 0 R", b"/0 <4142>", b"/a#20b 1", b"/0 1 % note\n/1 2", b"/0 (\xff\xfea\x00)", b"/0 5.", b"/0 (\\400)"]
BROKEN = [b"/0", b"/0 <<", b"/0 [1 >>", b"/0 (", b"/0 <</1>>", b">>", b"1 2", b"", b"/0 (\\x)", b"/0 << 1 2 >>"]
BROKEN += [b"/0 [" * 101]


def shape(value: Any) -> Any:
    """A value with the types and the marks of its strings, for comparison."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    if isinstance(value, CosString):
        return (str(value), vars(value))
    return (type(value), value)


@pytest.mark.parametrize("data", PLAIN)
def test_same_as_py_aep(data: bytes) -> None:
    slow = CosParser(io.BytesIO(data), len(data)).parse()
    assert shape(read_text_data(data)) == shape(slow)
    assert shape(TextDataParser(io.BytesIO(data), len(data)).parse()) == shape(slow)


@pytest.mark.parametrize("data", OTHER + BROKEN)
def test_anything_else_is_left_to_py_aep(data: bytes) -> None:
    with pytest.raises(NotPlain):
        read_text_data(data)
    assert outcome(TextDataParser, data) == outcome(CosParser, data)


def outcome(parser: type[CosParser], data: bytes) -> Any:
    try:
        return shape(parser(io.BytesIO(data), len(data)).parse())
    except (SyntaxError, OverflowError, ValueError) as error:
        return type(error)
