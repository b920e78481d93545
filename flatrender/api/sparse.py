"""`?fields=id,name`: an answer with the named parts alone, so that programs carry what they need.

In a list they are parts of each item; the rest of the list's answer (`total`, `next`) stays. `project.name` is a part
of a part.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flatrender.core.errors import InvalidInput

MOST = 50
_NAME = re.compile(r"\w{1,60}(\.\w{1,60}){0,4}", re.ASCII)
Wanted = dict[str, Any]  # a part's name → the parts of it, {} for the whole


def read(text: str) -> Wanted:
    """What a query asks for. Raises InvalidInput."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not 1 <= len(names) <= MOST or not all(map(_NAME.fullmatch, names)):
        raise InvalidInput(
            f"Name 1 to {MOST} fields, with commas between them: ?fields=id,name.", field="fields", code="fields"
        )
    wanted: Wanted = {}
    for name in sorted(set(names)):  # the whole of a part comes before parts of it
        _add(wanted, name.split("."))
    return wanted


def pick(answer: Any, wanted: Wanted) -> Any:
    """The answer with those parts alone. Raises InvalidInput where nothing in it has any of the names."""
    items = answer.get("items") if isinstance(answer, dict) else answer
    if isinstance(items, list):
        _check([item for item in items if isinstance(item, dict)], wanted)
        left = [_parts(item, wanted) for item in items]
        return {**answer, "items": left} if isinstance(answer, dict) else left
    if isinstance(answer, dict):
        _check([answer], wanted)
    return _parts(answer, wanted)


def _add(wanted: Wanted, names: list[str]) -> None:
    first, *rest = names
    if first in wanted and not wanted[first]:
        return  # the whole of it is asked for already
    below = wanted.setdefault(first, {})
    if rest:
        _add(below, rest)


def _check(things: list[Mapping[str, Any]], wanted: Wanted) -> None:
    if things and not any(name in thing for thing in things for name in wanted):
        known = ", ".join(sorted(set[str]().union(*things))[:40])
        raise InvalidInput(f"Nothing here has such a field; there are: {known}.", field="fields", code="fields")


def _parts(value: Any, wanted: Wanted) -> Any:
    if isinstance(value, list):
        return [_parts(each, wanted) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _whole_or_parts(value[name], below) for name, below in _in_order(value, wanted)}


def _in_order(value: Mapping[str, Any], wanted: Wanted) -> Iterable[tuple[str, Wanted]]:
    return ((name, wanted[name]) for name in value if name in wanted)


def _whole_or_parts(value: Any, below: Wanted) -> Any:
    return _parts(value, below) if below else value
