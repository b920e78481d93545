"""How much a site may use in a calendar month (UTC): films, their minutes, calls of programs. 0: any number.

The house sets it. What is used is what `tenants.usage` counts, so films that are under way when a limit is reached are
finished all the same, and calls are about right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from flatrender.core import outbox
from flatrender.core.errors import Forbidden, InvalidInput, TooLarge
from flatrender.tenants import service as tenants
from flatrender.tenants import usage
from flatrender.tenants.models import Tenant, UsageDay

FILMS, FILM_MINUTES, CALLS = usage.MONTHLY
MOST: Mapping[str, int] = {FILMS: 10**9, FILM_MINUTES: 10**9, CALLS: 10**15}
_OF_FILM = {FILMS: "films", FILM_MINUTES: "minutes of film"}  # what a film needs, as sentences say it
_COLUMNS = {name: f"month_{name}" for name in MOST}
_SECONDS = 60  # of a minute


@dataclass(frozen=True)
class Share:
    """What was used of a limit in a month; no limit: 0."""

    used: float
    limit: int

    @property
    def over(self) -> bool:
        """Whether it is used up."""
        return bool(self.limit) and self.used >= self.limit

    @property
    def warning(self) -> bool:
        """Whether four fifths are used."""
        return bool(self.limit) and self.used >= self.limit * usage.WARN_AT

    @property
    def step(self) -> int:
        """Of how much a site is told: 1 from four fifths on, 2 when it is used up."""
        return self.warning + self.over


def of_site(tenant: Tenant) -> dict[str, int]:
    """The limits of a site by name."""
    return {name: int(getattr(tenant, column)) for name, column in _COLUMNS.items()}


def change(session: Session, tenant_id: str, wish: Mapping[str, int]) -> tuple[Tenant, dict[str, int]]:
    """Sets the limits that `wish` names, and warns of what is used of them already; the site, and what they were.
    Raises InvalidInput, NotFound. Whoever calls it sees to it that the house asks."""
    tenant = tenants.get(session, tenant_id, lock=True)
    before = of_site(tenant)
    for name, value in wish.items():
        if not 0 <= value <= MOST[name]:
            raise InvalidInput(f"A limit is a whole number from 0 (none) to {MOST[name]:,}.", field=name)
        setattr(tenant, _COLUMNS[name], value)
    session.add(tenant)
    session.flush()
    found, told = shares(session, tenant_id), enumerate(("warned", "used_up"), start=1)
    usage.warn_anew(
        session,
        tenant_id,
        [f"{name}_{said}" for step, said in told for name in wish if found[name].step < step],
        since=month()[0],
    )
    measure(session, tenant_id)
    return tenant, before


def month() -> tuple[date, date]:
    """The first day of the month that is counted now, and of the next."""
    first = usage.today().replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _anew() -> str:
    """The day from which is counted anew, as sentences say it: a first."""
    return f"1 {month()[1]:%B}"


def shares(session: Session, tenant_id: str) -> dict[str, Share]:
    """What a site has used of its limits this month, by name. Takes a session of the site or of the system."""
    limits = select(*(getattr(Tenant, column) for column in _COLUMNS.values())).where(col(Tenant.id) == tenant_id)
    found = session.execute(limits).one_or_none() or (0,) * len(_COLUMNS)
    sums = select(func.sum(UsageDay.films), func.sum(UsageDay.film_seconds), func.sum(UsageDay.calls)).where(
        col(UsageDay.tenant_id) == tenant_id, col(UsageDay.day) >= month()[0].isoformat()
    )
    films, seconds, calls = session.execute(sums).one()
    used = (int(films or 0), round(float(seconds or 0) / _SECONDS, 2), int(calls or 0))
    return {name: Share(*each) for name, *each in zip(_COLUMNS, used, found, strict=True)}


def check_film(session: Session, tenant_id: str) -> None:
    """Raises TooLarge (`over-quota`) when the films of this month, or their minutes, are used up."""
    found = shares(session, tenant_id)
    for name, said in _OF_FILM.items():
        if found[name].over:
            raise TooLarge(
                f"This site has used up its {said} for this month ({found[name].limit:,}). Films are rendered again "
                f"from {_anew()} on, or when those who run this service raise the limit.",
                code="over-quota",
                field=name,
            )


def over_calls(limit: int) -> Forbidden:
    """What a program hears when the calls of this month are used up. Not 429: programs wait those out by themselves."""
    return Forbidden(
        f"This site has used up its calls with API keys for this month ({limit:,}). Keys work again from {_anew()} on, "
        "or when those who run this service raise the limit.",
        code="over-quota",
        field=CALLS,
    )


def measure(session: Session, tenant_id: str) -> None:
    """Records `quota.warning` from four fifths of a limit on, and again when it is used up: each step of a limit once
    in a month. Whoever counts calls it after that, in the same transaction."""
    for name, share in shares(session, tenant_id).items():
        said = f"{name}_used_up" if share.over else f"{name}_warned"
        if share.step and usage.warn_once(session, tenant_id, said, since=month()[0]):
            told = {"of": name, "used": share.used, "limit": share.limit}
            outbox.record(session, usage.WARNING, told, tenant_id=tenant_id)


def view(session: Session, tenant_id: str) -> dict[str, Any]:
    """For pages and programs: `{"ends", "films": {"used", "limit", "warning", "over"}, "film_minutes": …, "calls": …}`;
    `ends`: the day from which it is counted anew."""
    found = {
        name: {"used": share.used, "limit": share.limit, "warning": share.warning, "over": share.over}
        for name, share in shares(session, tenant_id).items()
    }
    return {"ends": month()[1].isoformat(), **found}
