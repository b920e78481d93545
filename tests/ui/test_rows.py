"""Justified rows, computed by the module that the browser runs."""

import json
from pathlib import Path
from typing import Any

from flatrender.core import process
from flatrender.core.runtime import find_node

MODULE = Path(__file__).resolve().parents[2] / "flatrender" / "ui" / "components" / "row_heights.js"


def _heights(ratios: list[float], width: float, gap: float = 18, wanted: float = 214) -> list[dict[str, Any]]:
    node = find_node()
    assert node is not None
    script = (
        f"import {{ heights }} from {json.dumps(MODULE.as_uri())};"
        f"console.log(JSON.stringify(heights({json.dumps(ratios)}, {width}, {gap}, {wanted})));"
    )
    done = process.run([node.path, "--input-type=module", "-e", script], limits=process.Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _rows(ratios: list[float], found: list[dict[str, Any]], width: float) -> list[list[tuple[float, float]]]:
    """As flex-wrap breaks them."""
    rows: list[list[tuple[float, float]]] = [[]]
    used = 0.0
    for ratio, item in zip(ratios, found, strict=True):
        wide = ratio * item["height"]
        if rows[-1] and used + 18 + wide > width + 0.01:
            rows.append([])
            used = 0.0
        used += wide + (18 if rows[-1] else 0)
        rows[-1].append((ratio, item["height"]))
    return rows


def test_full_rows_fill_the_width() -> None:
    ratios = [1, 16 / 9, 9 / 16, 16 / 9, 0.8, 9 / 16, 16 / 9, 0.8, 16 / 9, 1, 16 / 9]
    found = _heights(ratios, 1376)
    rows = _rows(ratios, found, 1376)
    for row in rows[:-1]:
        wide = sum(ratio * height for ratio, height in row) + 18 * (len(row) - 1)
        assert abs(wide - 1376) < 0.01
        assert 150 < row[0][1] < 320


def test_a_short_last_row_keeps_about_its_height() -> None:
    found = _heights([16 / 9], 1376)
    assert found == [{"height": 214 * 1.18, "full": False}]


def test_nothing_is_wider_than_the_page() -> None:
    found = _heights([16 / 9, 21 / 9, 9 / 16], 358, 12, 150)
    assert all(item["height"] * ratio <= 358.01 for item, ratio in zip(found, [16 / 9, 21 / 9, 9 / 16], strict=True))


def test_no_items_no_rows() -> None:
    assert _heights([], 1376) == []
