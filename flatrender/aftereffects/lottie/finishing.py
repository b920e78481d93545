"""Written shapes restated where ThorVG 1.0 draws what they say otherwise than After Effects.

- A rectangle without roundness snaps to whole pixels, so one that moves slowly goes in jumps: it gets a roundness that
  nobody sees. (Not where it is trimmed or dashed: it would begin at another corner.)
- The length of a star's sides is measured wrongly, which trims and dashes follow: it becomes a path.
- The radius of a radial gradient whose end lies aslant is a rough guess of its distance: the end comes to lie level,
  and the highlight's angle turns by as much.
- A group's opacity shows in each of its parts, which then shine through one another: where the group is all that its
  layer has, it becomes the layer's.
"""

import math
from typing import Any, Final

from flatrender.aftereffects.lottie.keyframes import Json, rounded, static
from flatrender.aftereffects.lottie.modifiers import KINDS
from flatrender.aftereffects.lottie.moments import moving_frames, still
from flatrender.aftereffects.lottie.outlines import outline

UNSEEN: Final = 0.002
"""A roundness, in pixels, that no picture shows."""
PAINTS: Final = frozenset({"fl", "st", "gf", "gs"})
_BENDING: Final = frozenset({"rd", "op", *KINDS})  # they would bend the corners that a path has besides
_LINE: Final[Json] = {"i": {"x": [0.833], "y": [0.833]}, "o": {"x": [0.167], "y": [0.167]}}


def finished(items: list[Json]) -> list[Json]:
    """A layer's shapes as ThorVG draws them right."""
    kinds = _kinds(items)
    return _finished(items, bent=bool(kinds & _BENDING), measured="tm" in kinds or "d" in kinds)


def _kinds(items: list[Json]) -> set[str]:
    """The types of all items, and "d" where a stroke is dashed."""
    found: set[str] = set()
    for item in items:
        found |= {item["ty"], *(("d",) if item["ty"] in ("st", "gs") and item.get("d") else ())}
        found |= _kinds(item["it"]) if item["ty"] == "gr" else set()
    return found


def _finished(items: list[Json], *, bent: bool, measured: bool) -> list[Json]:
    return [_one(item, bent=bent, measured=measured) for item in items]


def _one(item: Json, *, bent: bool, measured: bool) -> Json:
    kind = item["ty"]
    if kind == "gr":
        return {**item, "it": _finished(item["it"], bent=bent, measured=measured)}
    if kind == "rc" and not bent and not measured and not item["r"]["a"] and item["r"]["k"] == 0:
        return {**item, "r": static(UNSEEN)}
    if kind == "sr" and measured and not bent and moving_frames([item]) is None:
        return {"ty": "sh", "ks": {"a": 0, "k": _short(outline(item))}, "nm": item["nm"], "mn": item["mn"], "hd": False}
    if kind in ("gf", "gs") and item["t"] == 2:
        return _level(item)
    return item


def _short(path: Json) -> Json:
    return {key: [[rounded(x), rounded(y)] for x, y in path[key]] for key in "vio"} | {"c": path["c"]}


def _level(gradient: Json) -> Json:
    """A radial gradient with its end as far to the right of its start as it was away."""
    ends = {"s": gradient["s"], "e": gradient["e"], "a": gradient["a"]}
    frames = moving_frames([{"s": ends["s"], "e": ends["e"]}])
    if frames is None:
        (sx, sy), (ex, ey) = ends["s"]["k"][:2], ends["e"]["k"][:2]
        if not (ex - sx and ey - sy):
            return gradient
        frames = moving_frames([{"a": ends["a"]}])
    moments = [_turned(still(ends, frame)) for frame in frames] if frames is not None else [_turned(ends)]
    if frames is None:
        end, angle = moments[0]
        return {**gradient, "e": static(tuple(end)), "a": static(angle)}
    return {
        **gradient,
        "e": _frame_by_frame(frames, [end for end, _ in moments]),
        "a": _frame_by_frame(frames, [[angle] for _, angle in moments]),
    }


def _turned(ends: Json) -> tuple[list[float], float]:
    (sx, sy), (ex, ey) = ends["s"]["k"][:2], ends["e"]["k"][:2]
    return [sx + math.hypot(ex - sx, ey - sy), sy], float(ends["a"]["k"]) + math.degrees(math.atan2(ey - sy, ex - sx))


def _frame_by_frame(frames: range, values: list[list[float]]) -> Json:
    keys: list[Json] = []
    for number, (frame, value) in enumerate(zip(frames, values, strict=True)):
        if not 0 < number < len(values) - 1 or not value == values[number - 1] == values[number + 1]:
            keys.append({"t": frame, "s": [rounded(part) for part in value], **_LINE})
    return {"a": 1, "k": keys}


def painted(items: list[Json]) -> int:
    """How many fills and strokes there are."""
    return sum(painted(item["it"]) if item["ty"] == "gr" else item["ty"] in PAINTS for item in items)


def fades_in_parts(items: list[Json], layer_opacity: Json) -> list[Json]:
    """The groups whose opacity shows in each of their parts."""
    if hoisted(items, layer_opacity) is not None:
        return []
    found: list[Json] = []
    for item in items:
        if item["ty"] == "gr":
            own = item["it"][-1]["o"]
            inside = fades_in_parts(item["it"][:-1], static(0.0))
            found += (
                [item] if (own["a"] or own["k"] != 100) and painted(item["it"]) > 1 and not _one_shape(item) else []
            )
            found += inside
    return found


def _one_shape(group: Json) -> bool:
    """Whether all that a group paints is one shape with one fill and one stroke, which fade as one."""
    kinds = [item["ty"] for item in group["it"][:-1]]
    fills, strokes = sum(kind in ("fl", "gf") for kind in kinds), sum(kind in ("st", "gs") for kind in kinds)
    return "gr" not in kinds and fills < 2 and strokes < 2


def hoisted(items: list[Json], layer_opacity: Json) -> tuple[list[Json], Any] | None:
    """A layer's shapes and its opacity, where that of its only group becomes the layer's; None where it does not."""
    if len(items) != 1 or items[0]["ty"] != "gr" or layer_opacity["a"]:
        return None
    *inside, transform = items[0]["it"]
    own = transform["o"]
    if _one_shape(items[0]) or (not own["a"] and own["k"] == 100):
        return None
    if own["a"] and layer_opacity["k"] != 100:
        return None
    opacity = own if own["a"] else static(own["k"] * layer_opacity["k"] / 100)
    return [{**items[0], "it": [*inside, {**transform, "o": static(100.0)}]}], opacity
