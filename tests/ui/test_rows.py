"""Justified rows, computed by the module that the browser runs."""

import json
from pathlib import Path
from typing import Any

from flatrender.core import process
from flatrender.core.runtime import find_node

MODULE = Path(__file__).resolve().parents[2] / "flatrender" / "ui" / "components" / "row_heights.js"


def _run(expression: str) -> list[dict[str, Any]]:
    node = find_node()
    assert node is not None
    script = (
        f"import {{ filling, heights }} from {json.dumps(MODULE.as_uri())}; console.log(JSON.stringify({expression}));"
    )
    done = process.run([node.path, "--input-type=module", "-e", script], limits=process.Limits(wall_seconds=30))
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _heights(ratios: list[float], width: float, gap: float = 18, wanted: float = 214) -> list[dict[str, Any]]:
    return _run(f"heights({json.dumps(ratios)}, {width}, {gap}, {wanted})")


def _rows(
    ratios: list[float], found: list[dict[str, Any]], width: float, gap: float = 18
) -> list[list[tuple[float, float]]]:
    """As flex-wrap breaks them."""
    rows: list[list[tuple[float, float]]] = [[]]
    used = 0.0
    for ratio, item in zip(ratios, found, strict=True):
        wide = ratio * item["height"]
        if rows[-1] and used + gap + wide > width + 0.01:
            rows.append([])
            used = 0.0
        used += wide + (gap if rows[-1] else 0)
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
    assert [item["full"] for item in found] == [False]
    assert 214 <= found[0]["height"] <= 214 * 1.18


def test_a_few_things_share_one_row_rather_than_leave_an_orphan() -> None:
    found = _heights([16 / 9, 16 / 9, 9 / 16, 16 / 9, 0.8], 1376)
    assert len({item["height"] for item in found}) == 1
    assert all(item["full"] for item in found)


def test_nothing_is_wider_than_the_page() -> None:
    ratios = [16 / 9, 21 / 9, 9 / 16]
    found = _heights(ratios, 358, 12, 150)
    assert all(item["height"] * ratio <= 358.01 for item, ratio in zip(found, ratios, strict=True))


def test_no_items_no_rows() -> None:
    assert _heights([], 1376) == []


def test_rows_fill_a_box_without_leaving_it() -> None:
    ratios = [16 / 9, 16 / 9, 9 / 16, 16 / 9, 0.8]
    found = _run(f"filling({json.dumps(ratios)}, 752, 662, 20, 20)")
    rows = _rows(ratios, found, 752, 20)
    assert 400 < sum(row[0][1] for row in rows) + 20 * (len(rows) - 1) <= 662
    for row in rows:
        assert abs(sum(ratio * height for ratio, height in row) + 20 * (len(row) - 1) - 752) < 0.5
