"""Arithmetic on arrays becomes calls, however it is written; what is no JavaScript stays as it is."""

import pytest

from flatrender.aftereffects.expressions.operators import overloaded


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
