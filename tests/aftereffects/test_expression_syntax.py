"""Expressions are parsed without esprima's table of all Unicode characters."""

import sys

import pytest

from flatrender.aftereffects.expressions.syntax import Character, NotParsed, parse_script
from flatrender.core.process import Limits, run


def test_names_in_any_script_are_names() -> None:
    tree = parse_script("var متن = $value_2 + [0, é];\u00a0// done")
    assert tree.body[0].declarations[0].id.name == "متن"
    assert tree.body[0].declarations[0].init.right.elements[1].name == "é"


def test_what_is_no_script_is_told() -> None:
    for source in ("var 2x = 1", "a +", "x = {", "value ?? 1"):
        with pytest.raises(NotParsed):
            parse_script(source)


def test_no_character_is_nothing() -> None:
    for question in ("isIdentifierStart", "isIdentifierPart", "isWhiteSpace", "isLineTerminator", "isHexDigit"):
        assert not getattr(Character, question)("")
        assert not getattr(Character, question)(None)


def test_loading_it_takes_little_memory() -> None:
    source = "from flatrender.aftereffects.expressions.syntax import parse_script; parse_script('a + 1')"
    done = run([sys.executable, "-c", source], limits=Limits(wall_seconds=60, memory_bytes=120_000_000))
    assert done.returncode == 0, done.stderr.decode()
