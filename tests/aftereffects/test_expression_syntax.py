"""Arithmetic on arrays becomes calls, however it is written; what is no JavaScript stays as it is."""

import time

import pytest

from flatrender.aftereffects.expressions.operators import overloaded
from flatrender.aftereffects.expressions.syntax import completed


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("a+b+c", "__add(__add(a,b),c)"),
        ("-a+b", "__add(__neg(a),b)"),
        ("a + b * -c", "__add(a , __mul(b , __neg(c)))"),
        ("(a+b)*2", "__mul((__add(a,b)),2)"),
        ("x += [1,2]", "x =__add(x, [1,2])"),
        ("a- -1", "__sub(a, -1)"),
        ("[a+1,b-1]/2", "__div([__add(a,1),__sub(b,1)],2)"),
        ("«سلام»", "«سلام»"),
        ("'سلام' + name", "__add('سلام' , name)"),
        ("a /* + */ + b // + c", "__add(a /* + */ , b) // + c"),
        ("a +", "a +"),
        ("i++; x = y ? a+b : c", "i++; x = y ? __add(a,b) : c"),
    ],
)
def test_operators_become_calls(source: str, written: str) -> None:
    assert overloaded(source) == written


def test_deep_nesting_is_no_matter() -> None:
    deep = "(" * 3000 + "1+x" + ")" * 3000
    assert overloaded(deep).count("__add(") == 1


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("if (time>1) 100 else 0", "if (time>1) 100; else 0"),
        ("if (c) [100] else [0]", "if (c) [100]; else [0]"),
        ("if (a) 1 else if (b) x.y(3) else 3", "if (a) 1; else if (b) x.y(3); else 3"),
        ("for (;;) if (a) b++ else c--", "for (;;) if (a) b++; else c--"),
        ("if (a) /else/ /* b else c */ else 'd else e'", "if (a) /else/; /* b else c */ else 'd else e'"),
        ("if (a) x = function () {} else 3", "if (a) x = function () {}; else 3"),
        ("if (a) {1} else 2; if (b) 'س' else a.else", "if (a) {1} else 2; if (b) 'س'; else a.else"),
        ("if (a) x = {k:2} else y", "if (a) x = {k:2}; else y"),
        ("if (a) 1\nelse 2", "if (a) 1\nelse 2"),  # right as it is
        ("var a = {else: 1}; a.else", "var a = {else: 1}; a.else"),
        ("if (a) 1 + else 2", "if (a) 1 + else 2"),  # wrong either way
        ("1 else 2", "1 else 2"),
    ],
)
def test_an_else_of_the_legacy_engine_needs_no_semicolon(source: str, written: str) -> None:
    assert completed(source) == written


def test_a_long_expression_is_not_searched_for_what_is_missing() -> None:
    """Which took seconds, in this process: the parser's work grows by the square of the errors."""
    short = "if (a) 1 else " * 250 + "2"
    assert completed(short) == "if (a) 1; else " * 250 + "2"
    long = "if (a) 1 else " * 1400 + "2"
    began = time.process_time()
    assert completed(long) == long
    assert time.process_time() - began < 0.5
