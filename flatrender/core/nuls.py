"""PostgreSQL keeps no NUL in texts and JSON: it is taken out of what programs of others have said."""

from collections.abc import Mapping
from typing import Any, overload


@overload
def without(value: str) -> str: ...
@overload
def without(value: None) -> None: ...
@overload
def without(value: dict[str, Any]) -> dict[str, Any]: ...
def without(value: Any) -> Any:
    """A text, or JSON with texts at any depth, without NULs."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, Mapping):
        return {without(key) if isinstance(key, str) else key: _any(each) for key, each in value.items()}
    return value


def _any(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_any(each) for each in value]
    return without(value) if isinstance(value, str | Mapping) else value
