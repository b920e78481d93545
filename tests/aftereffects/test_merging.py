"""Merge Paths on boxes, checked point by point."""

from typing import Any

import pytest

from flatrender.aftereffects.lottie.merging import merged

STILL = {"a": 0, "k": 0}


def box(x: float, y: float, side: float, **more: Any) -> dict[str, Any]:
    item = {
        "ty": "rc", "p": {"a": 0, "k": [x, y]}, "s": {"a": 0, "k": [side, side]}, "r": STILL, "nm": "box", "d": 1,
    }  # fmt: skip
    return {**item, **more}


def group(*items: dict[str, Any], at: tuple[float, float] = (0, 0), turn: float = 0) -> dict[str, Any]:
    transform = {
        "ty": "tr", "p": {"a": 0, "k": list(at)}, "a": {"a": 0, "k": [0, 0]}, "s": {"a": 0, "k": [100, 100]},
        "r": {"a": 0, "k": turn}, "o": {"a": 0, "k": 100}, "sk": STILL, "sa": STILL,
    }  # fmt: skip
    return {"ty": "gr", "it": [*items, transform], "nm": "group"}


def covers(items: list[dict[str, Any]], x: float, y: float) -> bool:
    """Whether the non-zero rule fills a point; the outlines here are straight."""
    turns = 0
    for item in items:
        if item["ty"] != "sh":
            continue
        points = item["ks"]["k"]["v"]
        for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
            if (y0 <= y) != (y1 <= y) and ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0) > 0) == (y1 > y0):
                turns += 1 if y1 > y0 else -1
    return turns != 0


FILL = {"ty": "fl", "r": 1}
UPPER, LOWER, BOTH, NONE = (25, 25), (-25, -25), (5, 5), (60, 60)


@pytest.mark.parametrize(
    ("mode", "filled"),
    [(2, {UPPER, LOWER, BOTH}), (3, {LOWER}), (4, {BOTH}), (5, {UPPER, LOWER})],
)
def test_boxes(mode: int, filled: set[tuple[int, int]]) -> None:
    items = merged([box(10, 10, 50), box(-10, -10, 50), {"ty": "mm", "mm": mode}, FILL])
    assert {item["ty"] for item in items} == {"sh", "fl"}
    assert items[-1]["r"] == 1
    assert {point for point in (UPPER, LOWER, BOTH, NONE) if covers(items, *point)} == filled


def test_groups_bring_their_transform() -> None:
    items = merged([group(box(0, 0, 20), at=(30, 0), turn=45), box(0, 0, 80), {"ty": "mm", "mm": 3}, FILL])
    assert not covers(items, 30, 0)
    assert not covers(items, 30, 12)  # the corner of the turned box
    assert covers(items, 21, 9)


def test_round_shapes_stay_round() -> None:
    circle = {"ty": "el", "p": {"a": 0, "k": [0, 0]}, "s": {"a": 0, "k": [100, 100]}, "nm": "circle"}
    items = merged([box(0, 0, 10), circle, {"ty": "mm", "mm": 3}, FILL])
    outlines = [item["ks"]["k"] for item in items if item["ty"] == "sh"]
    assert len(outlines) == 2
    curved = max(outlines, key=lambda path: max(x for x, _ in path["v"]))
    assert any(any(tangent) for tangent in curved["o"])


def sliding(first: float, last: float) -> dict[str, Any]:
    """A position from (first, 0) at frame 0 to (last, 0) at frame 10, straight."""
    line = {"i": {"x": 0.833, "y": 0.833}, "o": {"x": 0.167, "y": 0.167}}
    return {"a": 1, "k": [{"t": 0, "s": [first, 0], **line}, {"t": 10, "s": [last, 0]}]}


def at(items: list[dict[str, Any]], frame: int) -> list[dict[str, Any]]:
    """Path items whose keyframes hold, as they are at a frame."""
    found = []
    for item in items:
        if item["ty"] == "sh":
            keys = item["ks"]["k"]
            assert all(key["h"] == 1 for key in keys)
            found.append({**item, "ks": {"a": 0, "k": [key for key in keys if key["t"] <= frame][-1]["s"][0]}})
    return found


def test_moving_boxes_are_merged_frame_by_frame() -> None:
    items = merged([box(0, 0, 20, p=sliding(-20, 20)), box(0, 0, 40), {"ty": "mm", "mm": 3}, FILL])
    assert {item["ty"] for item in items} == {"sh", "fl"}
    for frame, hole in ((0, -15), (5, 0), (10, 15)):
        now = at(items, frame)
        assert not covers(now, hole, 3)
        assert covers(now, -hole if hole else 15, 3)
        assert covers(now, 0, 17)


def test_plain_merges_stay() -> None:
    plain = [box(0, 0, 10), box(5, 5, 10), {"ty": "mm", "mm": 1}, FILL]
    assert merged(plain) == plain


def test_paths_that_another_operator_bends_first_stay() -> None:
    rounded = [box(0, 0, 10), box(5, 5, 10), {"ty": "rd", "r": STILL}, {"ty": "mm", "mm": 3}, FILL]
    assert merged(rounded) == rounded
    exclude = merged([box(0, 0, 10), box(5, 5, 10), {"ty": "rd", "r": STILL}, {"ty": "mm", "mm": 5}, FILL])
    assert exclude[-1] == {"ty": "fl", "r": 2}
