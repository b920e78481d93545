"""A node whose bucket is away or refuses: it takes nothing until the bucket is well, and renders nothing for ever.

The bucket is a real S3 server.
"""

import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from flatrender.core.db import Database
from flatrender.core.errors import StorageAway
from flatrender.core.object_storage import ObjectStorage
from flatrender.core.storage import get_storage
from flatrender.farm import nodes, writer
from flatrender.farm.models import Node as Row
from flatrender.farm.states import Limits, TaskState
from tests.deadline import until
from tests.installation import installed
from tests.servers import free_port
from tests.strict_bucket import Refuses, StrictBucket
from tests.workers.conftest import Node
from workers import files
from workers.context import TaskContext
from workers.outcomes import MOST_RELEASES

AWAY = "The file storage did not answer; try again in a moment."


class Bucket:
    """A server that comes and goes at one address."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: StrictBucket | None = None

    def start(self) -> None:
        self._server = StrictBucket(self.port)
        self._server.start()
        boto3.client("s3").create_bucket(Bucket="films")

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def refuses(self, what: Refuses) -> None:
        assert self._server is not None
        self._server.refuses = what

    def allows(self) -> None:
        self.refuses(lambda method, path: None)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    found = Bucket()
    for name, value in (
        ("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{found.port}"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    yield found
    found.stop()


@pytest.fixture
def node(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """It puts a film under each task's name, and tries again at once."""
    monkeypatch.setattr(files, "PROBE_SECONDS", 0.05)
    monkeypatch.setattr(writer, "limits", Limits(crash_wait=0.0))
    with installed(tmp_path / "data", monkeypatch, FLATRENDER_STORAGE="s3://films/site") as database:
        found = Node(database, tmp_path / "nodes")
        storage = get_storage()
        assert isinstance(storage, ObjectStorage)
        storage.__dict__["_client"] = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))

        def keep(context: TaskContext) -> dict[str, object]:
            get_storage().put_bytes(b"film", f"films/{context.name}")
            return {}

        found.handlers["test"] = keep
        yield found
        for agent in found.agents:
            agent.stop()


def problem(database: Database) -> str | None:
    with database.system_session(read_only=True) as session:
        row: Row = nodes.get(session, "n1")
        assert row.healthy is (row.problem is None)
        return row.problem


def refused(code: str, status: int = 403, *, key: str = "") -> Refuses:
    return lambda method, path: (status, code) if method == "PUT" and key in path else None


def test_a_node_whose_storage_is_away_takes_nothing_until_it_answers(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PROBE_SECONDS", 0.05)
    with installed(tmp_path / "data", monkeypatch, FLATRENDER_STORAGE="s3://films/site") as database:
        storage, node = get_storage(), Node(database, tmp_path / "nodes")
        assert isinstance(storage, ObjectStorage)
        storage.__dict__["_client"] = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))

        def keep(context: TaskContext) -> dict[str, object]:
            if not goes:
                bucket.stop()
            get_storage().put_bytes(b"film", f"films/{context.tag}")
            return {}

        goes = [True]
        node.handlers["test"] = keep
        agent = node.agent()
        [first] = node.enqueue("first")
        try:
            agent.start()
            assert problem(database) == AWAY
            agent.tick()
            until(lambda: problem(database) == AWAY and node.state(first) == TaskState.WAITING)
            bucket.start()
            until(node.is_in(first, TaskState.DONE))
            goes.clear()
            [second] = node.enqueue("second")
            until(lambda: node.task(second).epoch == 1 and node.state(second) == TaskState.WAITING)
            until(lambda: problem(database) == AWAY)
            goes.append(True)
            bucket.start()
            until(node.is_in(second, TaskState.DONE))
            found = node.task(second)
            assert (found.epoch, found.crashes, found.lost_leases) == (2, 0, 0)
            until(lambda: problem(database) is None)
        finally:
            agent.stop()


def test_a_film_that_the_storage_refuses_fails_with_its_words(bucket: Bucket, node: Node) -> None:
    bucket.start()
    bucket.refuses(refused("EntityTooLarge", 400, key="long"))
    node.agent(tick_seconds=0.02).start()
    [long], [short] = node.enqueue("long", owner="a"), node.enqueue("short", owner="b")
    until(node.is_in(long, TaskState.FAILED))
    until(node.is_in(short, TaskState.DONE))
    found = node.task(long)
    assert (found.crashes, found.epoch, found.error) == (4, 4, "The file storage refused: EntityTooLarge")
    assert found.error_code == "storage-refused"
    until(lambda: problem(node.database) is None)


@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("ExpiredToken", 400)])
def test_a_node_whose_bucket_refuses_all_takes_nothing_and_loses_nothing(
    bucket: Bucket, node: Node, code: str, status: int
) -> None:
    bucket.start()
    node.agent(tick_seconds=0.02).start()
    refuses, asked = refused(code, status), []
    bucket.refuses(lambda method, path: asked.append(path) or refuses(method, path))
    first, second = node.enqueue("first", "second")
    until(lambda: node.task(first).epoch == 1 and node.state(first) == TaskState.WAITING and len(asked) > 4)
    until(lambda: problem(node.database) == f"The file storage refused: {code}")
    assert node.task(first).crashes == 0
    assert (node.state(first), node.task(first).epoch, node.task(second).epoch) == (TaskState.WAITING, 1, 0)
    bucket.allows()
    until(node.is_in(second, TaskState.DONE))
    until(node.is_in(first, TaskState.DONE))
    until(lambda: problem(node.database) is None)


def test_a_film_that_never_gets_through_is_not_rendered_for_ever(bucket: Bucket, node: Node) -> None:
    bucket.start()
    bucket.refuses(refused("SlowDown", 503, key="long"))
    node.agent(tick_seconds=0.02).start()
    [long] = node.enqueue("long")
    until(node.is_in(long, TaskState.FAILED))
    found = node.task(long)
    assert (found.crashes, found.epoch) == (4, MOST_RELEASES + 4)
    assert found.error == "The file storage refused: SlowDown"


def test_whatever_a_probe_meets_the_storage_is_asked_again(
    bucket: Bucket, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.start()
    answered, probes = threading.Event(), [StorageAway("away"), RuntimeError("of a library")]
    whole = get_storage().probe

    def probe() -> None:
        if probes:
            raise probes.pop(0)
        whole()

    monkeypatch.setattr(get_storage(), "probe", probe)
    watch = files.StorageWatch(threading.Event(), answered.set)
    watch.ask()
    assert watch.problem == "away"
    assert answered.wait(10)
    assert watch.problem is None
