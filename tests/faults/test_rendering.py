"""Faults 5 to 8: a full disk, a damaged bundle, an evil archive, a renderer that hangs."""

import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import boto3
import psutil
import pytest
from moto.server import ThreadedMotoServer
from sqlmodel import col, select

from flatrender.core import process
from flatrender.core.outbox import OutboxEvent
from flatrender.core.storage import get_storage
from flatrender.farm import nodes as farm_nodes
from flatrender.farm.models import Node, Task, TaskAttempt
from tests.deadline import until
from tests.faults.conftest import PATIENT, Farm, farm_on, gone
from tests.faults.node_process import BUNDLE, SOURCE

SMALL = process.Limits(wall_seconds=10)


@pytest.fixture(scope="module")
def bucket() -> Iterator[dict[str, str]]:
    """A bucket on a server of this process; as settings of a farm."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address, key, region = f"http://{host}:{port}", "test", "us-east-1"
    client = boto3.client(
        "s3", endpoint_url=address, aws_access_key_id=key, aws_secret_access_key=key, region_name=region
    )
    client.create_bucket(Bucket="films")
    yield {
        "AWS_ENDPOINT_URL_S3": address,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": key,
        "AWS_DEFAULT_REGION": region,
    }
    server.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def farm_with_a_bucket(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, str]
) -> Iterator[Farm]:
    """Its files are in the bucket, in a folder of this test's own."""
    url = request.getfixturevalue("filled_postgres_url") if request.param == "postgres" else None
    settings = {**PATIENT, **bucket, "FLATRENDER_STORAGE": f"s3://films/{tmp_path.name}"}
    with farm_on(request.param, tmp_path, monkeypatch, url, **settings) as nodes:
        yield nodes


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[None]:
    """The farm's data folder, a disk of 320 MB: what nodes render, fetch and print, and with SQLite the database too. A
    node with a data folder of its own is elsewhere."""
    disk = tmp_path / "data"
    disk.mkdir()
    if process.run(["mount", "-t", "tmpfs", "-o", "size=320m", "tmpfs", str(disk)], limits=SMALL).returncode != 0:
        pytest.skip("a small disk needs root's rights")
    yield
    process.run(["umount", "-l", str(disk)], limits=SMALL)


@pytest.fixture
def farm_on_a_small_disk(small_disk: None, farm_with_a_bucket: Farm) -> Farm:
    return farm_with_a_bucket


def alarms(nodes: Farm) -> int:
    """How often those who run the farm were told that n1 has no space: once each time."""
    with nodes.database.system_session(read_only=True) as session:
        events = session.exec(select(OutboxEvent).where(col(OutboxEvent.kind) == "system.error")).all()
    return sum("Node n1: No space" in event.payload["message"] for event in events)


def first_attempt(nodes: Farm, task: Task) -> TaskAttempt:
    first = col(TaskAttempt.task_id) == task.id, col(TaskAttempt.epoch) == 1
    with nodes.database.system_session(read_only=True) as session:
        return session.exec(select(TaskAttempt).where(*first)).one()


def nothing_is_left(nodes: Farm) -> bool:
    """Whether nothing can be seen of what was half made: neither frames nor copies, nor in the bucket."""
    half = [path for path in nodes.folder.rglob("*") if path.name == "frames" or path.suffix == ".tmp"]
    films = [file.key for file in get_storage().files("exports")]
    return not half and len(films) == sum(nodes.job(job_id).state == "COMPLETED" for job_id in nodes.submitted)


def test_a_full_disk(farm_on_a_small_disk: Farm, tmp_path: Path) -> None:
    """Fault 5, while fetching, rendering and logging: FAILED with "no space", no partial output, the node unhealthy;
    with another node it is retried there. On SQLite nothing could be written either while the disk is full."""
    nodes = farm_on_a_small_disk
    get_storage().put_bytes(bytes(16 << 20), "bundles/large")

    def node(node_id: str) -> Node:
        with nodes.database.system_session(read_only=True) as session:
            return farm_nodes.get(session, node_id)

    def drain(yes: bool) -> None:
        with nodes.database.system_session() as session:
            farm_nodes.drain(session, "n2", yes)

    def scene(job_id: str) -> Task:
        return next(task for task in nodes.tasks(job_id) if task.kind == "scene")

    nodes.start("n1")
    nodes.mode("log")
    alone = nodes.submit()
    nodes.is_job(alone, "FAILED")
    assert "no space" in (nodes.job(alone).error or "").lower()
    assert (scene(alone).epoch, scene(alone).lost_leases) == (1, 0)
    assert alarms(nodes) == 1
    until(lambda: nothing_is_left(nodes), what="the end of what was half made")
    elsewhere = {"FLATRENDER_DATA": str(tmp_path / "n2"), "FAULT_FOLDER": str(nodes.folder)}
    nodes.start("n2", **elsewhere, DATABASE_URL=nodes.database.url)
    for told, how in enumerate(("fetch", "fill", "log"), 2):
        drain(True)
        nodes.hold(True)
        job_id = nodes.submit()
        assert until(lambda job_id=job_id: nodes.running(job_id)).node_id == "n1"
        drain(False)
        nodes.mode(how)
        nodes.is_job(job_id, "COMPLETED")
        found = scene(job_id)
        assert (found.crashes, found.lost_leases) == (1, 0), how
        assert str((found.result or {})["by"]).startswith("n2 "), how
        assert "no space" in (first_attempt(nodes, found).error or "").lower(), how
        assert alarms(nodes) == told, how
        until(lambda: nothing_is_left(nodes), what="the end of what was half made")
    assert nodes.nodes["n1"].alive
    ballast = nodes.folder / "ballast"
    ballast.write_bytes(bytes(80 << 20))  # less than a node needs is left
    until(lambda: not node("n1").healthy, 20)
    assert "No space" in (node("n1").problem or "")


def test_a_bundle_that_is_not_what_was_planned_with(farm_with_a_bucket: Farm) -> None:
    """Fault 6: a copy that is truncated, or is something else, is removed and fetched once more; a bundle that is wrong
    itself is refused before anything of it is unpacked, and that is said."""
    nodes = farm_with_a_bucket
    nodes.mode("bundle")
    get_storage().put_bytes(BUNDLE, SOURCE.bundle_key)
    nodes.start("n1")
    nodes.is_job(nodes.submit(), "COMPLETED")

    def copies() -> list[Path]:
        kept = (path for path in (nodes.folder / "cache" / "files").rglob("*") if path.is_file())
        return [path for path in kept if path.suffix != ".mp4"]

    for damage in (BUNDLE[: len(BUNDLE) // 2], b"x" * len(BUNDLE)):
        [copy] = copies()
        copy.write_bytes(damage)
        nodes.is_job(nodes.submit(), "COMPLETED")
        [copy] = copies()
        assert copy.read_bytes() == BUNDLE
    get_storage().put_bytes(BUNDLE[: len(BUNDLE) // 2], SOURCE.bundle_key)
    job_id = nodes.submit()
    nodes.is_job(job_id, "FAILED")
    assert nodes.job(job_id).error == "The template's files are damaged; upload the template again."
    scene = next(task for task in nodes.tasks(job_id) if task.kind == "scene")
    assert scene.crashes == 0  # trying again could not help
    assert [each.read_bytes() for each in copies()] == [BUNDLE]  # of the older version; none of the damaged one


def _slip(archive: zipfile.ZipFile) -> None:
    archive.writestr("a.aep", b"RIFX")
    archive.writestr("../../outside.txt", b"evil")


def _absolute(archive: zipfile.ZipFile) -> None:
    archive.writestr("a.aep", b"RIFX")
    archive.writestr("/tmp/fr-outside.txt", b"evil")


def _link(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("a.aep")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, "/etc/passwd")


def _bomb(archive: zipfile.ZipFile) -> None:
    archive.writestr("a.aep", b"RIFX")
    archive.writestr("zeros", bytes(80 << 20))


EVIL: dict[Callable[[zipfile.ZipFile], None], str] = {
    _slip: "holds a path that leads out of it (../../outside.txt), which is not allowed.",
    _absolute: "holds an absolute path (/tmp/fr-outside.txt), which is not allowed.",
    _link: "holds a link or a device (a.aep), which is not allowed.",
    _bomb: "grows to more than 64 MB when unpacked, which is not allowed.",
}


def test_archives_that_mean_harm(farm_of_processes: Farm, tmp_path: Path) -> None:
    """Fault 7: nothing outside the root, the size is capped, FAILED with the reason."""
    nodes = farm_of_processes
    nodes.mode("unpack")
    nodes.start("n1")
    before = {path for path in tmp_path.rglob("*outside*")}
    for make, reason in EVIL.items():
        path = tmp_path / "evil.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            make(archive)
        get_storage().put_file(path, SOURCE.bundle_key + ".zip")
        get_storage().put_file(path, SOURCE.bundle_key)
        job_id = nodes.submit()
        nodes.is_job(job_id, "FAILED", 20)
        assert (nodes.job(job_id).error or "").endswith(reason), (make.__name__, nodes.job(job_id).error)
        scene = next(task for task in nodes.tasks(job_id) if task.kind == "scene")
        assert (scene.epoch, scene.crashes) == (1, 0), make.__name__  # trying again could not help
    assert {path for path in tmp_path.rglob("*outside*")} == before
    assert not os.path.exists("/tmp/fr-outside.txt")
    unpacked = nodes.folder / "cache" / "n1" / "work" / "unpacked"
    assert not [path for path in unpacked.rglob("*") if path.is_file()]


def test_a_renderer_that_hangs(farm_of_processes: Farm) -> None:
    """Fault 8: the stall timeout kills the whole group, also what the renderer itself has started; at most three
    retries."""
    nodes = farm_of_processes
    nodes.mode("hang")
    nodes.start("n1")
    job_id = nodes.submit()
    renderers: set[psutil.Process] = set()  # those that were seen: on a busy machine not each

    def failed() -> bool:
        if found := nodes.renderer("n1"):
            renderers.add(found)
        return nodes.job(job_id).state == "FAILED"

    until(failed, 40, "the last try")
    assert renderers and all(gone(renderer) for renderer in renderers)
    for epoch in range(1, 5):
        with suppress(psutil.NoSuchProcess):
            assert gone(psutil.Process(int((nodes.folder / f"grandchild-{epoch}").read_text()))), epoch
    scene = next(task for task in nodes.tasks(job_id) if task.kind == "scene")
    assert (scene.crashes, scene.lost_leases, scene.error_code) == (4, 0, "stalled")
    assert "no progress" in (nodes.job(job_id).error or "")
