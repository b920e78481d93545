"""Words, numbers and times on pages: expressions that the browser speaks in the visitor's language.

`t("gallery.search")`, `t("gallery.found", count=State.total)`, `number(var)`, `clock(seconds)`, `bytes_(var)`,
`ago(iso)`, `date(iso)`. Keys are checked against every catalogue while the page is built."""

from typing import Any

import reflex as rx
from reflex.vars import FunctionStringVar, VarData
from reflex.vars.base import LiteralVar, Var

from flatrender.ui.catalogues import check
from flatrender.ui.catalogues.assets import SPEAK

__all__ = ["ago", "bytes_", "clock", "date", "direction", "number", "t"]


def _call(name: str, *arguments: object) -> rx.Var[str]:
    data = VarData(imports={SPEAK: [rx.ImportVar(tag=name)]})
    function: FunctionStringVar[Any] = FunctionStringVar.create(name, _var_data=data)
    return function.call(*(LiteralVar.create(argument) for argument in arguments)).to(str)


def t(key: str, **values: object) -> rx.Var[str]:
    """The text of a catalogue key; values may be Vars. KeyError at build time when a language lacks the key."""
    check(key)
    return _call("speak", key, values) if values else _call("speak", key)


def number(value: object) -> rx.Var[str]:
    """A number in the page's digits."""
    return _call("number", value)


def clock(seconds: object) -> rx.Var[str]:
    """Seconds as 0:12; put it in an element of class `num ltr`."""
    return _call("clock", seconds)


def bytes_(value: object) -> rx.Var[str]:
    """Bytes as 8.4 MB; put it in an element of class `num ltr`."""
    return _call("bytes", value)


def ago(instant: object) -> rx.Var[str]:
    """An ISO instant as "2 minutes ago"."""
    return _call("ago", instant)


def date(instant: object) -> rx.Var[str]:
    """An ISO instant as a date in the page's calendar."""
    return _call("date", instant)


def direction() -> Var[str]:
    """`ltr` or `rtl`, the page's direction, as an expression."""
    data = VarData(imports={SPEAK: [rx.ImportVar(tag="isRtl")]})
    return Var(_js_expr='(isRtl ? "rtl" : "ltr")', _var_type=str, _var_data=data)
