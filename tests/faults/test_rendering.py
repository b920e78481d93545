"""Faults 5 to 8: a full disk, a damaged bundle, an evil archive, a renderer that hangs."""

import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flatrender.core import process
from flatrender.core.storage import get_storage
from flatrender.farm import nodes as farm_nodes
from tests.deadline import until
from tests.faults.conftest import Farm, gone

KEY = "bundles/x"
SMALL = process.Limits(wall_seconds=10)


@pytest.fixture
def small_disk(farm_of_processes: Farm) -> Iterator[Path]:
    """The folder of node n1, on a disk of 300 MB."""
    folder = farm_of_processes.folder / "cache" / "n1"
    folder.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", str(folder)]
    if process.run(words, limits=SMALL).returncode != 0:
        pytest.skip("a small disk needs root's rights")
    yield folder
    farm_of_processes.close()
    process.run(["umount", "-l", str(folder)], limits=SMALL)


def test_a_full_disk(farm_of_processes: Farm, small_disk: Path) -> None:
    """Fault 5: FAILED with "no space", no partial output; with another node it is retried there."""
    nodes = farm_of_processes
    nodes.start("n1")
    nodes.mode("fill")
    alone = nodes.submit()
    nodes.is_job(alone, "FAILED")
    assert "no space" in (nodes.job(alone).error or "").lower()
    until(lambda: shutil.disk_usage(small_disk).free > 290 << 20, what="the end of what was half rendered")
    (small_disk / "ballast").write_bytes(bytes(60 << 20))  # less than a node needs is left
    nodes.mode("")

    def unwell() -> str | None:
        with nodes.database.system_session(read_only=True) as session:
            return farm_nodes.get(session, "n1").problem

    assert "No space" in until(unwell, 8)
    (small_disk / "ballast").unlink()
    until(lambda: not unwell(), 8)
    nodes.hold(True)
    second = nodes.submit()
    assert until(lambda: nodes.running(second)).node_id == "n1"
    nodes.start("n2")
    (small_disk / "n1-fills").touch()
    nodes.mode("")  # n1 fills its disk before it is done; n2 finds nothing in its way
    nodes.is_job(second, "COMPLETED")
    scene = next(task for task in nodes.tasks(second) if task.kind == "scene")
    assert scene.crashes == 1
    assert str((scene.result or {})["by"]).startswith("n2 ")
    until(lambda: not list(small_disk.rglob("frames")), what="the end of what was half rendered")


def test_a_bundle_that_is_not_what_was_planned_with(farm_of_processes: Farm) -> None:
    """Fault 6: refused before extraction, and said; its md5 lies."""
    nodes = farm_of_processes
    nodes.mode("bundle")
    get_storage().put_bytes(b"PK\3\4 truncated", KEY)
    nodes.start("n1")
    job_id = nodes.submit()
    nodes.is_job(job_id, "FAILED")
    assert nodes.job(job_id).error == "The template's files are damaged; upload the template again."
    scene = next(task for task in nodes.tasks(job_id) if task.kind == "scene")
    assert scene.crashes == 0  # trying again could not help


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


EVIL: tuple[Callable[[zipfile.ZipFile], None], ...] = (_slip, _absolute, _link, _bomb)


def test_archives_that_mean_harm(farm_of_processes: Farm, tmp_path: Path) -> None:
    """Fault 7: nothing outside the root, the size is capped, FAILED with the reason."""
    nodes = farm_of_processes
    nodes.mode("unpack")
    nodes.start("n1")
    before = {path for path in tmp_path.rglob("*outside*")}
    for make in EVIL:
        path = tmp_path / "evil.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            make(archive)
        get_storage().put_file(path, KEY + ".zip")
        get_storage().put_file(path, KEY)
        job_id = nodes.submit()
        nodes.is_job(job_id, "FAILED", 20)
        error = nodes.job(job_id).error
        assert error, make.__name__
        assert "Traceback" not in error
    assert {path for path in tmp_path.rglob("*outside*")} == before
    assert not os.path.exists("/tmp/fr-outside.txt")
    unpacked = nodes.folder / "cache" / "n1" / "work" / "unpacked"
    assert not [path for path in unpacked.rglob("*") if path.is_file()]


def test_a_renderer_that_hangs(farm_of_processes: Farm) -> None:
    """Fault 8: the stall timeout kills the whole group, at most three retries."""
    nodes = farm_of_processes
    nodes.mode("hang")
    nodes.start("n1")
    job_id = nodes.submit()
    renderers = []
    for epoch in range(1, 5):
        until(lambda epoch=epoch: (found := nodes.running(job_id)) and found.epoch == epoch, 8, f"claim {epoch}")
        renderers.append(until(lambda: (found := nodes.renderer("n1")) and found not in renderers and found))
    nodes.is_job(job_id, "FAILED")
    assert all(gone(renderer) for renderer in renderers)
    scene = next(task for task in nodes.tasks(job_id) if task.kind == "scene")
    assert (scene.crashes, scene.lost_leases, scene.error_code) == (4, 0, "stalled")
    assert "no progress" in (nodes.job(job_id).error or "")
