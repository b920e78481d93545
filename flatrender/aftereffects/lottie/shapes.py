"""Contents of shape layers as Lottie items, by tables: After Effects' match names against Lottie's letters."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from flatrender.aftereffects.graph import Animated, Group, Path
from flatrender.aftereffects.lottie.blending import SHAPE_BLENDS
from flatrender.aftereffects.lottie.gradients import color_stop_count
from flatrender.aftereffects.lottie.keyframes import Json, static
from flatrender.aftereffects.lottie.moments import moving_frames, value_at

Animate = Callable[..., Json]  # (property or None, default=…) -> Lottie property, after values and expressions


@dataclass(frozen=True)
class _Rule:
    """`type` is Lottie's `ty`; `animated` and `plain` map Lottie keys to match names (and defaults)."""

    type: str
    animated: dict[str, str] = field(default_factory=dict)
    plain: dict[str, tuple[str, int]] = field(default_factory=dict)


_DIRECTION = {"d": ("ADBE Vector Shape Direction", 1)}
_STROKE = {"o": "ADBE Vector Stroke Opacity", "w": "ADBE Vector Stroke Width"}
_STROKE_ENDS = {"lc": ("ADBE Vector Stroke Line Cap", 1), "lj": ("ADBE Vector Stroke Line Join", 1)}
_GRADIENT = {"s": "ADBE Vector Grad Start Pt", "e": "ADBE Vector Grad End Pt"}
_RULES = {
    "ADBE Vector Shape - Rect": _Rule(
        "rc",
        {"s": "ADBE Vector Rect Size", "p": "ADBE Vector Rect Position", "r": "ADBE Vector Rect Roundness"},
        _DIRECTION,
    ),
    "ADBE Vector Shape - Ellipse": _Rule(
        "el", {"s": "ADBE Vector Ellipse Size", "p": "ADBE Vector Ellipse Position"}, _DIRECTION
    ),
    "ADBE Vector Shape - Star": _Rule(
        "sr",
        {
            "pt": "ADBE Vector Star Points",
            "p": "ADBE Vector Star Position",
            "r": "ADBE Vector Star Rotation",
            "ir": "ADBE Vector Star Inner Radius",
            "or": "ADBE Vector Star Outer Radius",
            "is": "ADBE Vector Star Inner Roundess",  # After Effects' own spelling
            "os": "ADBE Vector Star Outer Roundess",
        },
        {"sy": ("ADBE Vector Star Type", 1), **_DIRECTION},
    ),
    "ADBE Vector Graphic - Fill": _Rule(
        "fl",
        {"c": "ADBE Vector Fill Color", "o": "ADBE Vector Fill Opacity"},
        {"r": ("ADBE Vector Fill Rule", 1)},
    ),
    "ADBE Vector Graphic - Stroke": _Rule("st", {"c": "ADBE Vector Stroke Color", **_STROKE}, _STROKE_ENDS),
    "ADBE Vector Graphic - G-Fill": _Rule(
        "gf",
        {"o": "ADBE Vector Fill Opacity", **_GRADIENT},
        {"r": ("ADBE Vector Fill Rule", 1), "t": ("ADBE Vector Grad Type", 1)},
    ),
    "ADBE Vector Graphic - G-Stroke": _Rule(
        "gs", {**_STROKE, **_GRADIENT}, {**_STROKE_ENDS, "t": ("ADBE Vector Grad Type", 1)}
    ),
    "ADBE Vector Filter - Trim": _Rule(
        "tm",
        {"s": "ADBE Vector Trim Start", "e": "ADBE Vector Trim End", "o": "ADBE Vector Trim Offset"},
        {"m": ("ADBE Vector Trim Type", 1)},
    ),
    "ADBE Vector Filter - Repeater": _Rule(
        "rp",
        {"c": "ADBE Vector Repeater Copies", "o": "ADBE Vector Repeater Offset"},
        {"m": ("ADBE Vector Repeater Order", 1)},
    ),
    "ADBE Vector Filter - RC": _Rule("rd", {"r": "ADBE Vector RoundCorner Radius"}),
    "ADBE Vector Filter - Merge": _Rule("mm", {}, {"mm": ("ADBE Vector Merge Type", 1)}),
    "ADBE Vector Filter - Offset": _Rule(
        "op",
        {"a": "ADBE Vector Offset Amount", "ml": "ADBE Vector Offset Miter Limit"},
        {"lj": ("ADBE Vector Offset Line Join", 1)},
    ),
    "ADBE Vector Filter - PB": _Rule("pb", {"a": "ADBE Vector PuckerBloat Amount"}),
    "ADBE Vector Filter - Twist": _Rule("tw", {"a": "ADBE Vector Twist Angle", "c": "ADBE Vector Twist Center"}),
    "ADBE Vector Filter - Zigzag": _Rule(
        "zz",
        {"s": "ADBE Vector Zigzag Size", "r": "ADBE Vector Zigzag Detail", "pt": "ADBE Vector Zigzag Points"},
    ),
    "ADBE Vector Filter - Roughen": _Rule(  # Lottie has no letters for it: it is always worked out
        "wg",
        {
            "s": "ADBE Vector Roughen Size",
            "r": "ADBE Vector Roughen Detail",
            "pt": "ADBE Vector Roughen Points",
            "f": "ADBE Vector Temporal Freq",
            "c": "ADBE Vector Correlation",
            "tp": "ADBE Vector Temporal Phase",
            "sp": "ADBE Vector Spatial Phase",
        },
        {"seed": ("ADBE Vector Random Seed", 0)},
    ),
    "ADBE Vector Filter - Wiggler": _Rule(  # nor for this one
        "wt",
        {
            "f": "ADBE Vector Xform Temporal Freq",
            "c": "ADBE Vector Correlation",
            "tp": "ADBE Vector Temporal Phase",
            "sp": "ADBE Vector Spatial Phase",
        },
        {"seed": ("ADBE Vector Random Seed", 0)},
    ),
}
DEFAULTS: dict[str, float | tuple[float, ...]] = {
    "ADBE Vector Rect Size": (100.0, 100.0),
    "ADBE Vector Rect Position": (0.0, 0.0),
    "ADBE Vector Ellipse Size": (100.0, 100.0),
    "ADBE Vector Ellipse Position": (0.0, 0.0),
    "ADBE Vector Star Position": (0.0, 0.0),
    "ADBE Vector Star Points": 5.0,
    "ADBE Vector Star Inner Radius": 50.0,
    "ADBE Vector Star Outer Radius": 100.0,
    "ADBE Vector Fill Color": (1.0, 0.0, 0.0, 1.0),
    "ADBE Vector Fill Opacity": 100.0,
    "ADBE Vector Stroke Color": (1.0, 1.0, 1.0, 1.0),
    "ADBE Vector Stroke Opacity": 100.0,
    "ADBE Vector Stroke Width": 2.0,
    "ADBE Vector Stroke Miter Limit": 4.0,
    "ADBE Vector Grad Start Pt": (0.0, 0.0),
    "ADBE Vector Grad End Pt": (100.0, 0.0),
    "ADBE Vector Trim End": 100.0,
    "ADBE Vector Repeater Copies": 3.0,
    "ADBE Vector RoundCorner Radius": 10.0,
    "ADBE Vector Offset Miter Limit": 4.0,
    "ADBE Vector Twist Angle": 10.0,
    "ADBE Vector Twist Center": (0.0, 0.0),
    "ADBE Vector Zigzag Size": 5.0,
    "ADBE Vector Zigzag Detail": 10.0,
    "ADBE Vector Zigzag Points": 1.0,
    "ADBE Vector Roughen Size": 10.0,
    "ADBE Vector Roughen Detail": 10.0,
    "ADBE Vector Roughen Points": 1.0,
    "ADBE Vector Temporal Freq": 2.0,
    "ADBE Vector Xform Temporal Freq": 2.0,
    "ADBE Vector Correlation": 50.0,
}
_Table = tuple[tuple[str, str, float | tuple[float, ...]], ...]
_TRANSFORM: _Table = (
    ("p", "ADBE Vector Position", (0.0, 0.0)),
    ("a", "ADBE Vector Anchor", (0.0, 0.0)),
    ("s", "ADBE Vector Scale", (100.0, 100.0)),
    ("r", "ADBE Vector Rotation", 0.0),
    ("o", "ADBE Vector Group Opacity", 100.0),
    ("sk", "ADBE Vector Skew", 0.0),
    ("sa", "ADBE Vector Skew Axis", 0.0),
)
_WIGGLER_TRANSFORM: _Table = (  # by how much, not where to
    ("a", "ADBE Vector Wiggler Anchor", (0.0, 0.0)),
    ("p", "ADBE Vector Wiggler Position", (0.0, 0.0)),
    ("s", "ADBE Vector Wiggler Scale", (0.0, 0.0)),
    ("r", "ADBE Vector Wiggler Rotation", 0.0),
)
_REPEATER_TRANSFORM: _Table = (
    ("p", "ADBE Vector Repeater Position", (100.0, 0.0)),
    ("a", "ADBE Vector Repeater Anchor", (0.0, 0.0)),
    ("s", "ADBE Vector Repeater Scale", (100.0, 100.0)),
    ("r", "ADBE Vector Repeater Rotation", 0.0),
    ("so", "ADBE Vector Repeater Opacity 1", 100.0),
    ("eo", "ADBE Vector Repeater Opacity 2", 100.0),
)


def shape_items(contents: Iterable[object], put: Animate) -> list[Json]:
    """The visible items of a shape group, top to bottom; items switched off are left out as bodymovin leaves them out.

    Args:
        contents: the children of "ADBE Root Vectors Group" or of a group's "ADBE Vectors Group".
        put: writes one property, see `Animate`.
    """
    items: list[Json] = []
    for child in contents:
        if isinstance(child, Group) and child.enabled:
            item = _item(child, put)
            if item is not None:
                items.append({**item, "nm": child.name, "mn": child.match_name, "hd": False})
    return items


def without_frame_merges(items: list[Json]) -> list[Json]:
    """Drops a rectangle that a later "intersect" merge clips to, together with that merge, as bodymovin does.

    Artwork imported from vector files comes clipped to its artboard this way; players do not merge paths.
    """
    kept: list[Json] = []
    for item in items:
        if item["ty"] == "mm" and item["mm"] == 4 and kept and _is_frame(kept[-1]):
            kept.pop()
            continue
        kept.append({**item, "it": without_frame_merges(item["it"])} if item["ty"] == "gr" else item)
    return kept


def _is_frame(item: Json) -> bool:
    if item["ty"] == "gr":
        inner = [part for part in item["it"] if part["ty"] != "tr"]
        return bool(inner) and inner[-1]["ty"] == "sh" and _is_frame(inner[-1])
    if item["ty"] != "sh" or item["ks"]["a"]:
        return False
    path = item["ks"]["k"]
    corners = path["v"]
    if len(corners) != 4 or any(any(tangent) for tangent in [*path["i"], *path["o"]]):
        return False
    return all(_square(corners[i], corners[(i + 1) % 4], corners[(i + 2) % 4]) for i in range(3))


def _square(a: list[float], b: list[float], c: list[float]) -> bool:
    first, second = (a[0] - b[0], a[1] - b[1]), (c[0] - b[0], c[1] - b[1])
    lengths = (first[0] ** 2 + first[1] ** 2) * (second[0] ** 2 + second[1] ** 2)
    return lengths > 0 and (first[0] * second[0] + first[1] * second[1]) ** 2 <= 3e-8 * lengths


def _item(group: Group, put: Animate) -> Json | None:
    if group.match_name == "ADBE Vector Group":
        return _group(group, put)
    if group.match_name == "ADBE Vector Shape - Group":
        return _path(group, put)
    rule = _RULES.get(group.match_name)
    if rule is None:
        return None
    item: Json = {"ty": rule.type}
    for key, (match_name, default) in rule.plain.items():
        item[key] = int(group.number(match_name, default))
    for key, match_name in rule.animated.items():
        item[key] = put(group.get(match_name), default=DEFAULTS.get(match_name, 0.0))
    _finish(item, group, put)
    return item


def _finish(item: Json, group: Group, put: Animate) -> None:
    """What a table does not say: gradients, dashes, mitre limits, blend modes, transforms of
    repeaters and wigglers."""
    kind = item["ty"]
    if kind == "sr" and item["sy"] == 2:  # a polygon has no inner radius
        del item["ir"], item["is"]
    if kind in ("fl", "st", "gf", "gs"):
        item["bm"] = SHAPE_BLENDS.get(int(group.number("ADBE Vector Blend Mode", 1)), 0)
    if kind in ("st", "gs"):
        if item["lj"] == 1:
            limit = group.get("ADBE Vector Stroke Miter Limit")
            item["ml"] = round(float(limit.value), 2) if limit and isinstance(limit.value, int | float) else 4
        dashes = _dashes(group.group("ADBE Vector Stroke Dashes"), put)
        if dashes:
            item["d"] = dashes
    if kind in ("gf", "gs"):
        colors = group.get("ADBE Vector Grad Colors")
        count = color_stop_count(colors) if colors is not None else 2
        item["g"] = {"p": count, "k": put(colors, default=(0, 1, 1, 1, 1, 0, 0, 0))}
        if item["t"] == 2:
            item["h"] = put(group.get("ADBE Vector Grad HiLite Length"))
            item["a"] = put(group.get("ADBE Vector Grad HiLite Angle"))
    if kind == "wt":
        amounts = _transform(group.group("ADBE Vector Wiggler Transform"), put, _WIGGLER_TRANSFORM)
        item |= {key: amounts[key] for key, _, _ in _WIGGLER_TRANSFORM}
    if kind == "rp":
        item["c"] = _whole(item["c"])
        item["tr"] = _transform(group.group("ADBE Vector Repeater Transform"), put, _REPEATER_TRANSFORM)


def _whole(copies: Json) -> Json:
    """A number of copies as players that know only whole ones draw it nearest; ThorVG leaves out one that is begun."""
    if not copies["a"]:
        return {**copies, "k": math.floor(copies["k"] + 0.5)}
    keys: list[Json] = []
    for frame in moving_frames([{"c": copies}]) or ():
        value = math.floor(value_at(copies["k"], frame) + 0.5)
        if not keys or keys[-1]["s"] != [value]:
            keys.append({"t": frame, "s": [value], "h": 1})
    return {"a": 1, "k": keys} if len(keys) > 1 else {"a": 0, "k": keys[0]["s"][0]}


def filled_rectangle(width: float, height: float, color: tuple[float, ...]) -> Json:
    """A still rectangle from the layer's corner."""
    named: Json = {"nm": "Solid", "hd": False}
    size, middle, corner = (width, height), (width / 2, height / 2), (0.0, 0.0)
    rectangle = {"ty": "rc", "d": 1, "s": static(size), "p": static(middle), "r": static(0.0), **named}
    fill = {"ty": "fl", "r": 1, "c": static((*color[:3], 1.0)), "o": static(100.0), "bm": 0, **named}
    transform: Json = {"ty": "tr", "p": static(corner), "a": static(corner), "s": static((100.0, 100.0))}
    transform |= {key: static(value) for key, value in (("r", 0.0), ("o", 100.0), ("sk", 0.0), ("sa", 0.0))}
    return {"ty": "gr", "it": [rectangle, fill, {**transform, "nm": "Transform"}], "np": 3, "bm": 0, **named}


def _group(group: Group, put: Animate) -> Json:
    inside = group.group("ADBE Vectors Group")
    items = shape_items(inside.children if inside is not None else (), put)
    transform = _transform(group.group("ADBE Vector Transform Group"), put, _TRANSFORM)
    blend = SHAPE_BLENDS.get(int(group.number("ADBE Vector Blend Mode", 1)), 0)
    return {"ty": "gr", "it": [*items, transform], "np": len(items) + 1, "bm": blend}


def _transform(group: Group | None, put: Animate, table: _Table) -> Json:
    written: Json = {"ty": "tr"}
    for key, match_name, default in table:
        written[key] = put(group.get(match_name) if group is not None else None, default=default)
    return {**written, "nm": "Transform"}


def _path(group: Group, put: Animate) -> Json | None:
    prop = group.get("ADBE Vector Shape")
    if prop is None:
        return None
    backwards = int(group.number("ADBE Vector Shape Direction", 1)) == 3
    return {"ty": "sh", "ks": put(_reversed(prop) if backwards else prop)}


def _reversed(prop: Animated) -> Animated:
    def turn(value: object) -> object:
        return value.reversed() if isinstance(value, Path) else value

    return replace(prop, value=turn(prop.value), keys=tuple(replace(key, value=turn(key.value)) for key in prop.keys))


def _dashes(group: Group | None, put: Animate) -> list[Json]:
    """Dash and gap lengths in use, then the offset; a stroke without dashes has none."""
    written: list[Json] = []
    for child in group.children if group is not None else ():
        if not isinstance(child, Animated):
            continue
        letter = "o" if child.match_name.endswith("Offset") else "g" if "Gap" in child.match_name else "d"
        written.append({"n": letter, "nm": child.name.lower().replace(" ", ""), "v": put(child)})
    return written if any(entry["n"] == "d" for entry in written) else []
