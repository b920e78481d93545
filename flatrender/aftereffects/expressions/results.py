"""What expressions read and give, as JSON values on their side and the graph's values on ours."""

import math
from dataclasses import replace
from typing import Any

from flatrender.aftereffects.expressions.sandbox import ExpressionFailed
from flatrender.aftereffects.expressions.styles import apply_style
from flatrender.aftereffects.graph import Animated, Path, Value
from flatrender.aftereffects.text import TextSpec
from flatrender.aftereffects.values import DataValue, rebound_text

MAX_VERTICES = 5_000
MAX_TEXT = 20_000
_FEWEST = {"vector": 2, "spatial": 2, "color": 3}  # numbers; the third axis and a colour's alpha may be left out
_FOR_ALL = "ADBE Text Expressible Amount"  # here one number stands for all axes


def told(value: Value) -> Any:
    """A value for an expression to read. Raises ExpressionFailed for one that expressions cannot hold."""
    if isinstance(value, TextSpec):
        return value.text
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, Path):
        return {
            "__path": True,
            "points": value.vertices,
            "inTangents": value.in_tangents,
            "outTangents": value.out_tangents,
            "closed": value.closed,
        }
    raise ExpressionFailed("gradients cannot be read by expressions yet")


def typed(prop: Animated, value: Any, time: float) -> Value:
    """What an expression gave, as a value of the property's kind. Where it gives fewer numbers than there are, the
    third axis or the alpha keeps its own. Raises ExpressionFailed for what the property does not take."""
    match prop.kind:
        case "text":
            return _text(prop.at(time), value)
        case "scalar":
            if isinstance(value, list) and len(value) != 1:
                raise ExpressionFailed(f"it gives {len(value)} numbers where one belongs")
            return number(value[0] if isinstance(value, list) else value)
        case "vector" | "spatial" | "color":
            old = prop.at(time)
            parts = [number(part) for part in (value if isinstance(value, list) else [value])]
            kept = list(old) if isinstance(old, tuple) else []
            fewest = min(_FEWEST[prop.kind], len(kept))
            if len(parts) < fewest and prop.match_name != _FOR_ALL:
                given = {0: "no number", 1: "one number"}.get(len(parts), f"{len(parts)} numbers")
                raise ExpressionFailed(f"it gives {given} where {'two' if fewest == 2 else 'three'} belong")
            return tuple([*parts, *kept[len(parts) :]][: max(len(kept), 1)])
        case "path":
            return _path(value)
        case _:
            raise ExpressionFailed(f"expressions of a {prop.kind} are not supported yet")


def near(one: Value, other: Value, tolerance: float = 1e-4) -> bool:
    """Whether two values look the same."""
    if isinstance(one, Path) and isinstance(other, Path):
        if one.closed != other.closed or len(one.vertices) != len(other.vertices):
            return False
        parts = zip(
            (*one.vertices, *one.in_tangents, *one.out_tangents),
            (*other.vertices, *other.in_tangents, *other.out_tangents),
            strict=True,
        )
        return all(near(a, b, tolerance) for a, b in parts)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(near(a, b, tolerance) for a, b in zip(one, other, strict=True))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= tolerance
    return one == other


def number(value: Any) -> float:
    """A finite number. Raises ExpressionFailed."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise ExpressionFailed(f"it gives a text, {value[:30]!r}, where a number belongs") from None
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return float(value)
    raise ExpressionFailed("it gives no number" if value is not None else "it gives no number (NaN or infinity)")


def _text(old: Value, value: Any) -> Value:
    if not isinstance(old, TextSpec):
        return old
    if isinstance(value, dict) and value.get("__style"):
        return apply_style(old, value)
    text = _said(value)
    if len(text) > MAX_TEXT:
        raise ExpressionFailed(f"it gives a text of more than {MAX_TEXT} characters")
    return rebound_text(old, DataValue(text)) if text != old.text else old


def _said(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list):
        return ",".join(_said(part) for part in value)
    if isinstance(value, dict):
        raise ExpressionFailed("it gives no text")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _path(value: Any) -> Path:
    if not isinstance(value, dict) or not value.get("__path"):
        raise ExpressionFailed("it gives no path; createPath makes one")

    def points(name: str) -> tuple[tuple[float, float], ...]:
        rows = value.get(name)
        if not isinstance(rows, list) or len(rows) > MAX_VERTICES:
            raise ExpressionFailed("its path is not understood")
        if any(not isinstance(row, list) or len(row) < 2 for row in rows):
            raise ExpressionFailed("a point of its path has no x and y")
        return tuple((number(row[0]), number(row[1])) for row in rows)

    made = Path(points("points"), points("inTangents"), points("outTangents"), bool(value.get("closed")))
    if len({len(made.vertices), len(made.in_tangents), len(made.out_tangents)}) > 1:
        raise ExpressionFailed("its path has more points than tangents, or fewer")
    return made


def with_path_counts(frames: list[tuple[float, Value]]) -> list[tuple[float, Value]]:
    """Frames of a path whose number of points changes, as players take them: each of the most points."""
    most = max((len(value.vertices) for _, value in frames if isinstance(value, Path)), default=0)

    def filled(path: Path) -> Path:
        lacking = most - len(path.vertices)
        if not lacking or not path.vertices:
            return path
        last, still = (path.vertices[-1],) * lacking, ((0.0, 0.0),) * lacking
        out = (*path.out_tangents[:-1], (0.0, 0.0), *still[1:], path.out_tangents[-1])
        return replace(
            path, vertices=(*path.vertices, *last), in_tangents=(*path.in_tangents, *still), out_tangents=out
        )

    return [(time, filled(value) if isinstance(value, Path) else value) for time, value in frames]
