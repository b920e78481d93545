"""The queue over time and failures by cause: what can be said from what jobs tell."""

from datetime import UTC, datetime, timedelta

from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT
from flatrender.renders.manager import overview
from flatrender.renders.models import RenderJob
from tests.renders.job_life import Studio, studio

__all__ = ["studio"]

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


def test_a_rush_between_two_moments_is_seen() -> None:
    rows = [
        (minutes(0), minutes(5), minutes(10)),
        (minutes(0), None, None),
        (minutes(4), None, minutes(6)),  # cancelled while it waited
        (minutes(12), minutes(12), minutes(13)),  # taken at once: it never waited
        (minutes(20), None, None),
        *[(minutes(31), minutes(32), minutes(33))] * 40,
    ]
    moments = [minutes(moment) for moment in (-1, 0, 5, 10, 20, 30, 40, 50)]
    told = [(each["waiting"], each["running"]) for each in overview.most_between(rows, moments)]
    assert told == [(0, 0), (2, 0), (3, 1), (2, 1), (2, 1), (2, 0), (42, 40), (2, 0)]


def test_the_first_moment_says_what_there_was_then() -> None:
    rows = [*[(minutes(0), minutes(1), minutes(2))] * 9, (minutes(3), None, None)]
    assert overview.most_between(rows, [minutes(5), minutes(6)]) == [{"waiting": 1, "running": 0}] * 2


def test_the_queue_over_time_counts_what_has_not_moved(studio: Studio) -> None:
    now = clock.now()
    ages: list[tuple[float, float | None, float | None]] = [
        *[(100, None, None)] * 5,  # waits since long before
        (100, 99, None),  # renders as long
        (100, 50, 1.5),
        (100, 99, 98),  # over
        *[(2.5, 2.4, 2.3)] * 7,  # a rush
    ]

    def ago(hours: float | None) -> datetime | None:
        return None if hours is None else now - timedelta(hours=hours)

    with studio.database.tenant_session(DEFAULT_TENANT) as session:
        for created, started, finished in ages:
            times = {"created_at": ago(created), "started_at": ago(started), "finished_at": ago(finished)}
            session.add(RenderJob(user_id="u" * 32, title="A", document={}, state="COMPLETED", **times))
    with studio.database.system_session(read_only=True) as session:
        depth = overview.depth_over_time(session, hours=6, points=7)
    told = [(each["waiting"], each["running"]) for each in depth]
    assert told == [(5, 2), (5, 2), (5, 2), (5, 2), (12, 9), (5, 2), (5, 1)]


def test_failures_are_grouped_by_cause() -> None:
    failures = [
        ("3", "C", "The film is not complete: it has 7 frames instead of 10.", "incomplete-film", minutes(3)),
        ("2", "B", "The project has no composition “Main”; check the name.", "missing-composition", minutes(2)),
        ("1", "A", "The film is not complete: it has 12 frames instead of 90.", "incomplete-film", minutes(1)),
    ]
    first, second = overview.grouped(failures)
    assert (first["count"], first["code"], first["last_at"]) == (2, "incomplete-film", minutes(3).isoformat())
    assert [job["id"] for job in first["jobs"]] == ["3", "1"]
    assert first["cause"] == "The film is not complete: it has … frames instead of …."
    assert second["cause"] == "The project has no composition “Main”; check the name."


def test_what_all_of_a_cause_share_is_told_and_what_differs_counted() -> None:
    def failed(layer: str, path: str, number: int) -> tuple[str, str, str, str, datetime]:
        error = f"The layer “{layer}” has no property at {path}; “Title” is {number} wide."
        return str(number), "A", error, "not-found", minutes(number)

    [cause] = overview.grouped([failed("Edge", "a/b", 7), failed("Glow", "a/b", 8), failed("Edge", "a/b", 9)])
    assert cause["cause"] == "The layer “…” has no property at a/b; “Title” is … wide."
    assert cause["names"] == [{"name": "Edge", "count": 2}, {"name": "Glow", "count": 1}]
    [alone] = overview.grouped([failed("Edge", "a/b", 7)])
    assert alone["cause"] == failed("Edge", "a/b", 7)[2] and alone["names"] == []


def test_a_name_may_hold_what_stands_for_numbers() -> None:
    def failed(scene: str) -> tuple[str, str, str, str, datetime]:
        return scene, "A", f"{scene} has no element “x” any more.", "scene-gone", minutes(1)

    found = overview.grouped([failed("Intro …"), failed("Intro 5"), failed("Intro 7"), failed("Intro …")])
    assert [(cause["cause"], cause["count"]) for cause in found] == [
        ("Intro … has no element “x” any more.", 2),
        ("Intro … has no element “x” any more.", 2),
    ]
    assert [[job["id"] for job in cause["jobs"]] for cause in found] == [["Intro …"] * 2, ["Intro 5", "Intro 7"]]


def test_paths_do_not_make_causes() -> None:
    assert overview.cause_of(r"C:\Users\a\b.aep is gone") == overview.cause_of(r"C:\Users\c\d.aep is gone")
