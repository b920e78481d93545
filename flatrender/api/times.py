"""Days and moments as programs give them: within the years that every calendar here can reckon with."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

FIRST, LAST = 1970, 2999


def _day(given: date) -> date:
    if not FIRST <= given.year <= LAST:
        said = "give a date between the years {first} and {last}"
        raise PydanticCustomError("date-range", said, {"first": FIRST, "last": LAST})
    return given


def _moment(given: datetime) -> datetime:
    _day(given)
    return given if given.tzinfo else given.replace(tzinfo=UTC)


Day = Annotated[date, AfterValidator(_day)]
Moment = Annotated[datetime, AfterValidator(_moment)]  # aware; without a zone it was meant in UTC
