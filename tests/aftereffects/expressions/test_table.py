"""Expressions against values worked out by hand from After Effects' expression reference, five times each.

`table.json` holds one expression a line: where it stands, what it should give at each of the times, and the page of the
reference that says so.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from flatrender.aftereffects.expressions import Sandbox
from flatrender.aftereffects.graph import Path as Outline
from flatrender.aftereffects.text import TextSpec
from tests.aftereffects.expressions.stage import Stage
from tests.aftereffects.text.library import packaged_fonts

TABLE = json.loads(Path(__file__).with_name("table.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox()


def test_the_table_is_large_and_names_its_sources() -> None:
    assert len(TABLE["rows"]) >= 150
    assert len({(row["on"], row["expression"]) for row in TABLE["rows"]}) == len(TABLE["rows"])
    assert all(row["page"] and len(row["values"]) == len(TABLE["times"]) == 5 for row in TABLE["rows"])


@pytest.mark.parametrize("row", TABLE["rows"], ids=lambda row: row["expression"][:60])
def test_expression(row: dict[str, Any], sandbox: Sandbox) -> None:
    placed = Stage(row["on"], row["expression"], sandbox, packaged_fonts())
    given = [shown(placed.at(time)) for time in TABLE["times"]]
    assert not placed.said
    for value, wanted in zip(given, row["values"], strict=True):
        assert value == (wanted if isinstance(wanted, str) else pytest.approx(wanted, abs=1e-3))


def shown(value: object) -> Any:
    """A value as the table writes it: a text, a number, a list; a path as its vertices' coordinates."""
    if isinstance(value, TextSpec):
        return value.text
    if isinstance(value, Outline):
        return [part for vertex in value.vertices for part in vertex]
    return list(value) if isinstance(value, tuple) else value
