"""The table of tasks and the log of a node: filters, pages, counts; on SQLite and PostgreSQL."""

import pytest

from flatrender.core.errors import InvalidInput
from flatrender.farm import log
from flatrender.renders import task_listing
from flatrender.renders.task_listing import TaskFilter
from tests.renders.job_life import Studio, studio

__all__ = ["studio"]


def test_tasks_are_filtered_counted_and_paged(studio: Studio) -> None:
    job_id = studio.validated()
    scene = studio.claim("scene")
    with studio.database.system_session(read_only=True) as session:
        page = task_listing.browse(session)
        assert [row["kind"] for row in page["items"]] == ["compose", "scene", "scene", "scene", "validate"]
        assert {row["title"] for row in page["items"]} == {"Teaser"}
        assert (page["next"], page["counts"], page["nodes"]) == (None, {"CLAIMED": 1, "WAITING": 3}, {"node-1": 1})
        assert page["kinds"] == {"compose": 1, "scene": 3}
        [running] = task_listing.browse(session, TaskFilter(states=("CLAIMED",)))["items"]
        assert (running["id"], running["node"], running["job_id"], running["can_requeue"]) == (
            scene.id,
            "node-1",
            job_id,
            True,
        )
        seen, before = [], None
        while True:
            page = task_listing.browse(session, before=before, limit=2)
            seen += [row["id"] for row in page["items"]]
            if (before := page["next"]) is None:
                break
        assert len(seen) == len(set(seen)) == 5
        for wanted, number in (
            (TaskFilter(kind="compose"), 1),
            (TaskFilter(node_id="n1"), 2),
            (TaskFilter(query="part 2"), 1),
            (TaskFilter(query="TEAS"), 5),
            (TaskFilter(query="100%"), 0),
        ):
            assert len(task_listing.browse(session, wanted)["items"]) == number, wanted
        with pytest.raises(InvalidInput):
            task_listing.browse(session, TaskFilter(states=("GONE",)))


def test_a_nodes_log_is_of_the_tasks_that_it_ran(studio: Studio) -> None:
    studio.validated()
    scene = studio.claim("scene")
    with studio.database.system_session() as session:
        log.write(session, scene.tenant_id, scene.owner_id, "frame 1", task_id=scene.id)
        log.write(session, scene.tenant_id, scene.owner_id, "somebody else's", task_id="x" * 32)
    with studio.database.system_session(read_only=True) as session:
        messages = [line.message for line in task_listing.log_of_node(session, "n1")]
        assert messages[-1] == "frame 1"
        assert "Check and plan: done" in messages
        assert task_listing.log_of_node(session, "n2") == []
