"""A node whose bucket is away, on a real S3 server: it takes nothing until the bucket answers, and loses nothing."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from flatrender.core.object_storage import ObjectStorage
from flatrender.core.storage import get_storage
from flatrender.farm import nodes
from flatrender.farm.models import Node as Row
from flatrender.farm.states import TaskState
from tests.deadline import until
from tests.installation import installed
from tests.servers import free_port
from tests.workers.conftest import Node
from workers import files
from workers.context import TaskContext

AWAY = "The file storage did not answer; try again in a moment."


class Bucket:
    """A server that comes and goes at one address."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: ThreadedMotoServer | None = None

    def start(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()
        boto3.client("s3").create_bucket(Bucket="films")

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None


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


def test_a_node_whose_storage_is_away_takes_nothing_until_it_answers(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PROBE_SECONDS", 0.05)
    with installed(tmp_path / "data", monkeypatch, FLATRENDER_STORAGE="s3://films/site") as database:
        storage, node = get_storage(), Node(database, tmp_path / "nodes")
        assert isinstance(storage, ObjectStorage)
        storage.__dict__["_client"] = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))

        def problem() -> str | None:
            with database.system_session(read_only=True) as session:
                row: Row = nodes.get(session, "n1")
                assert row.healthy is (row.problem is None)
                return row.problem

        def keep(context: TaskContext) -> dict[str, object]:
            if not goes:
                bucket.stop()
            get_storage().put_bytes(b"film", f"films/{context.tag}")
            return {}

        goes = [True]
        node.handlers["test"] = keep
        agent = node.agent(lease_seconds=0.6)
        [first] = node.enqueue("first")
        try:
            agent.start()
            assert problem() == AWAY
            agent.tick()
            until(lambda: problem() == AWAY and node.state(first) == TaskState.WAITING)
            bucket.start()
            until(node.is_in(first, TaskState.DONE))
            goes.clear()
            [second] = node.enqueue("second")
            until(lambda: node.task(second).epoch == 1 and node.state(second) == TaskState.WAITING)
            assert problem() == AWAY
            goes.append(True)
            bucket.start()
            until(node.is_in(second, TaskState.DONE))
            found = node.task(second)
            assert (found.epoch, found.crashes, found.lost_leases) == (2, 0, 0)
            assert problem() is None
        finally:
            agent.stop()
