"""Signed-in clients, as the tests of the API have them, with passwords that hash at once; a node that ingests."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from flatrender.core.db import Database
from flatrender.farm import nodes
from flatrender.farm import service as farm
from flatrender.farm.nodes import NodeInfo
from flatrender.settings import get_settings
from tests.api.conftest import client, quick_passwords, signed_in
from tests.media.films import Films
from workers import handlers, housekeeping
from workers.agent import Agent
from workers.node import node_settings

__all__ = ["client", "films", "ingest", "quick_passwords", "signed_in", "sweep"]


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    """Small films and sounds made by FFmpeg, each once per run."""
    return Films(tmp_path_factory.mktemp("films"))


@pytest.fixture
def ingest(installation: Database) -> Callable[[], int]:
    """`ingest()` lets a real node do all that waits, here and now; how many tasks it ran."""
    node = node_settings(get_settings(), "n" * 32, "node-1", 1)
    agent = Agent(installation, node, handlers.find)
    with installation.system_session() as session:
        nodes.register(session, NodeInfo(node.id, node.name, node.host, "", "", 0, 1, node.engines, {}))

    def work() -> int:
        ran = 0
        while True:
            with installation.system_session() as session:
                task = farm.claim(session, node.id, lease_seconds=600)
            if task is None:
                return ran
            agent.run(task, time.monotonic())
            ran += 1

    return work


@pytest.fixture
def sweep(installation: Database) -> Callable[[], None]:
    """`sweep()` is housekeeping days later: files that no row names are gone."""
    ages = housekeeping.Ages(unnamed=timedelta(seconds=-1))
    return lambda: housekeeping.run(installation, get_settings().data_dir, "node-1", ages)
