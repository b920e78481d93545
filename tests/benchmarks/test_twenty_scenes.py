"""A film of twenty scenes: what one changed word costs, and what a second node brings.

The nodes are real processes, each kept to one processor by the system; every render is of words that were never
rendered before, so that nothing comes from the cache that is not meant to.
"""

import copy
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlmodel import select

from flatrender.core import process
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import nodes
from flatrender.farm.models import Node
from flatrender.projects import service as projects
from flatrender.renders.models import RenderJob
from flatrender.templates import background, bundles, definitions
from flatrender.templates import service as templates
from flatrender.templates.demos import hear_the_room
from tests.benchmarks.table import Figure
from tests.deadline import until
from tests.installation import installed
from tests.renders.conftest import DESIGNER, Renderer

ROOT = Path(__file__).resolve().parents[2]
SCENES, FRAMES, SIZE, TURNS = 20, 50, (960, 540), 2
Record = Callable[[Figure], None]


class Film:
    """A project of twenty scenes and two nodes, each on a processor of its own."""

    def __init__(self, database: Database, project_id: str, keys: list[tuple[str, str]]) -> None:
        self.renderer = Renderer(database, project_id)
        self.database, self.keys = database, keys
        self.written = 0

    def write(self, scenes: int = SCENES) -> None:
        """The film has this many scenes, each with words that it never had before."""
        self.written += 1

        def change(document: dict[str, Any]) -> None:
            known = document["tracks"][0]["items"]
            items = []
            for number in range(scenes):
                scene, key = self.keys[number % len(self.keys)]
                like = next(item for item in known if item.get("scene") == scene)
                item = {**copy.deepcopy(like), "id": f"scene{number}", "duration": FRAMES}
                items.append({**item, "values": {key: f"Take {self.written}, part {number}"}})
            document["size"], document["tracks"][0]["items"] = list(SIZE), items

        self.renderer.edit(change)

    def write_one_word(self) -> None:
        self.written += 1

        def change(document: dict[str, Any]) -> None:
            item = document["tracks"][0]["items"][7]
            [key] = item["values"]
            item["values"] = {key: f"Take {self.written}, part 7"}

        self.renderer.edit(change)

    def render(self) -> tuple[float, RenderJob]:
        """Seconds from the button to the finished film."""
        job = self.renderer.finished(self.renderer.submit(), 600)
        assert job.state == "COMPLETED", job.error
        assert job.finished_at is not None
        return (job.finished_at - job.created_at).total_seconds(), job

    def nodes(self) -> list[Node]:
        with self.database.system_session(read_only=True) as session:
            return list(session.exec(select(Node).order_by(Node.name)).all())

    def work_with(self, number: int) -> None:
        """How many of the nodes take work from now on."""
        with self.database.system_session() as session:
            for place, node in enumerate(nodes.every(session)):
                nodes.drain(session, node.id, place >= number)


@pytest.fixture
def film(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Film]:
    processors = sorted(psutil.Process().cpu_affinity() or range(psutil.cpu_count() or 1))
    if len(processors) < 2:
        pytest.skip("two nodes on a processor each need two processors")
    monkeypatch.setattr(background, "submit", lambda call: None)
    with ExitStack() as stack:
        database = stack.enter_context(installed(tmp_path / "data", monkeypatch, REDIS_URL=redis_url))
        packed = tmp_path / "hear-the-room.zip"
        bundles.pack_folder(hear_the_room.TEMPLATE.build(tmp_path), packed)
        template = templates.create(DESIGNER, packed, packed.name)
        with database.tenant_session(DEFAULT_TENANT) as session:
            project = projects.create(session, DESIGNER, template, name="Twenty scenes")["id"]
            definition = definitions.get(session, template)
        keys = [
            (scene.key, next(element.key for element in scene.elements if element.kind == "text"))
            for scene in definition.scenes
            if any(element.kind == "text" for element in scene.elements)
        ]
        found = Film(database, project, keys)
        for name, processor in zip(("one", "two"), processors, strict=False):
            words = [sys.executable, "-m", "flatrender", "node", "--name", name, "--slots", "1"]
            out = {"stdin": process.DEVNULL, "stdout": process.DEVNULL, "keep_stderr": 20_000}
            child = stack.enter_context(process.Child(words, cwd=ROOT, env=dict(os.environ), **out))
            psutil.Process(child.popen.pid).cpu_affinity([processor])
        until(lambda: sum(node.online for node in found.nodes()) == 2, 60, "both nodes on line")
        found.write(4)
        found.render()  # both have the template and their programs now
        yield found


def test_one_changed_word(film: Film, figure: Record) -> None:
    """By one node: several share out the scenes of a whole film, but make the one changed scene no sooner."""
    film.work_with(1)
    film.write()
    whole, job = film.render()
    assert (job.scenes, job.scenes_cached) == (SCENES, 0)
    changed = []
    for _ in range(3):
        film.write_one_word()
        seconds, job = film.render()
        assert job.scenes_cached == SCENES - 1
        changed.append(seconds)
    how = f"{SCENES} scenes of {FRAMES} frames at {SIZE[1]}p, one node"
    figure(Figure("a film of twenty scenes", whole, "s", note=how))
    figure(Figure("the same after one changed word", min(changed), "s", note="best of 3"))
    figure(Figure("one changed word / the whole film", 100 * min(changed) / whole, "%", 10, "same run"))


def test_two_nodes_against_one(film: Film, figure: Record) -> None:
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(TURNS):
        for number, spent in seconds.items():
            film.work_with(number)
            film.write()
            spent.append(film.render()[0])
    one, two = min(seconds[1]), min(seconds[2])
    how = f"{SCENES} scenes of {FRAMES} frames at {SIZE[1]}p, best of {TURNS} turns"
    figure(Figure("twenty scenes by one node on one processor", one, "s", note=how))
    figure(Figure("the same by two nodes on one each", two, "s", note="taking turns, same run"))
    figure(Figure("one node / two nodes, time", one / two, "×", at_least=1.7))
