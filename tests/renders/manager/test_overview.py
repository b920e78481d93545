"""The queue over time and failures by cause: what can be said without a database."""

from datetime import UTC, datetime, timedelta

from flatrender.renders.manager import overview

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


def test_how_many_waited_and_ran_at_a_moment() -> None:
    rows = [
        (minutes(0), minutes(5), minutes(10)),
        (minutes(0), None, None),
        (minutes(4), None, minutes(6)),  # cancelled while it waited
        (minutes(20), None, None),
    ]
    told = [overview.at(rows, minutes(moment)) for moment in (-1, 0, 5, 10, 20)]
    assert [(each["waiting"], each["running"]) for each in told] == [(0, 0), (2, 0), (2, 1), (1, 0), (2, 0)]


def test_failures_are_grouped_by_cause() -> None:
    failures = [
        ("3", "C", "The film is not complete: it has 7 frames instead of 10.", "incomplete-film", minutes(3)),
        ("2", "B", "The project has no composition “Main”; check the name.", "missing-composition", minutes(2)),
        ("1", "A", "The film is not complete: it has 12 frames instead of 90.", "incomplete-film", minutes(1)),
    ]
    first, second = overview.grouped(failures)
    assert (first["count"], first["code"], first["last_at"]) == (2, "incomplete-film", minutes(3).isoformat())
    assert [job["id"] for job in first["jobs"]] == ["3", "1"]
    assert second["cause"] == "The project has no composition “…”; check the name."


def test_paths_do_not_make_causes() -> None:
    assert overview.cause_of(r"C:\Users\a\b.aep is gone") == overview.cause_of(r"C:\Users\c\d.aep is gone")
