"""PostgreSQL keeps no NUL in texts and JSON: it is taken out of what programs of others have said."""

from typing import Any, TypeVar, cast

T = TypeVar("T")


def without(value: T) -> T:
    """A text, or JSON with texts at any depth, without NULs."""
    return cast(T, _without(value))


def _without(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\x00", "")
        case dict():
            return {_without(key): _without(each) for key, each in value.items()}
        case list() | tuple():
            return [_without(each) for each in value]
    return value
