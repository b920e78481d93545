"""What no database and no answer can carry is taken out of JSON bodies, or refused, before any route sees them.

Browsers may send half of a surrogate pair (an emoji cut in the middle), a pasted NUL, numbers beyond 64 bits, and
`1e999`, which is read as infinity.
"""

import re
from typing import Annotated, Any

from fastapi import Path, Query, Request
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from flatrender.api.routes import in_a_thread
from flatrender.core.errors import InvalidInput

MOST = 2**31 - 1
"""The largest number of anything: rows, revisions, frames."""

Position = Annotated[int, Query(ge=0, le=MOST)]
"""How many rows to leave out, or after which number to begin."""
Revision = Annotated[int, Path(ge=0, le=MOST)]


def _no_truth(given: Any) -> Any:
    if isinstance(given, bool):
        raise PydanticCustomError("int-type", "give a number, not true or false")
    return given


Number = Annotated[int, BeforeValidator(_no_truth)]
"""A whole number of a JSON body; `true` is none, though Python takes it for 1."""

SMALL_BODY = 10_000
"""Bytes of a body that is cleaned at once: a thread would take longer."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_NUMBER = 2**53  # what JavaScript counts exactly


def clean_text(text: str) -> str:
    """The text without NUL; halves of surrogate pairs become U+FFFD."""
    return _SURROGATE.sub("\ufffd", text.replace("\0", ""))


def clean(value: Any) -> Any:
    """A JSON value with clean texts and keys, changed in place. Raises InvalidInput for numbers that are none."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        value[:] = [clean(part) for part in value]
    elif isinstance(value, dict):
        parts = [(clean_text(key), clean(part)) for key, part in value.items()]
        value.clear()
        value.update(parts)
    elif isinstance(value, int | float) and not abs(value) <= _MOST_NUMBER:  # nor is NaN
        raise InvalidInput("A number in this request is too large to be used.", field="body")
    return value


async def clean_body(request: Request) -> None:
    """A dependency of every route: cleans the JSON body, which the request keeps once it was read.

    A large one in a thread, for two million small values keep a processor busy for a second.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().endswith("json") and await request.body():
        try:
            if len(await request.body()) > SMALL_BODY:
                await in_a_thread(clean, await request.json())
            else:
                clean(await request.json())
        except (ValueError, RecursionError):
            raise InvalidInput("This request is no JSON that can be read.", field="body") from None
