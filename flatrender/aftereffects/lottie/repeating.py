"""Repeaters whose copies fade, worked out beforehand: ThorVG draws each copy a step fainter than After Effects does.

The first copy has the start opacity and the last the end opacity, the others lie evenly between. Every copy becomes a
group. What moves in a way that is no such group's transform is left to the player (reported).
"""

from typing import Final

from flatrender.aftereffects.lottie.keyframes import Json, rounded

REPEATER: Final = "rp"
_MOST: Final = 60  # copies
_ABOVE: Final = 2  # later copies lie over earlier ones; 1, After Effects' default, is below
_HARMLESS: Final = frozenset({"sh", "rc", "el", "sr", "gr", "tr"})  # below a repeater: they do not touch its copies


def fades(repeater: Json) -> bool:
    """Whether the copies of a repeater differ in opacity."""
    return bool(repeater["tr"]["so"] != repeater["tr"]["eo"])


def repeated(above: list[Json], repeater: Json, below: list[Json]) -> list[Json] | None:
    """The copies of the items above a repeater; None where the player is to make them.

    Args:
        above, below: the items of its group before and after it.
    """
    change = repeater["tr"]
    still = [repeater["c"], repeater["o"], *(change[name] for name in ("so", "eo", "s", "a"))]
    if not fades(repeater) or any(prop["a"] for prop in still) or any(one["ty"] not in _HARMLESS for one in below):
        return None
    count, offset = float(repeater["c"]["k"]), float(repeater["o"]["k"])
    scale = [float(part) / 100 for part in change["s"]["k"][:2]]
    turns = change["r"]["a"] or change["r"]["k"]
    if count != int(count) or not 1 <= count <= _MOST or min(scale) <= 0 or (turns and scale[0] != scale[1]):
        return None
    first, last = float(change["so"]["k"]), float(change["eo"]["k"])
    copies = [
        _copy(above, repeater, number, number + offset, first + (last - first) * number / max(1.0, count - 1))
        for number in range(int(count))
    ]
    return copies[::-1] if int(repeater["m"]) == _ABOVE else copies


def _copy(above: list[Json], repeater: Json, number: int, times: float, opacity: float) -> Json:
    change = repeater["tr"]
    anchor = [float(part) for part in change["a"]["k"][:2]]
    scale = [rounded(100 * (float(part) / 100) ** times, 6) for part in change["s"]["k"][:2]]
    transform = {
        "ty": "tr",
        "a": change["a"],
        "p": _multiplied(change["p"], times, anchor),
        "s": {"a": 0, "k": scale},
        "r": _multiplied(change["r"], times, [0.0]),
        "o": {"a": 0, "k": rounded(opacity, 6)},
        "sk": {"a": 0, "k": 0},
        "sa": {"a": 0, "k": 0},
        "nm": "Transform",
    }
    name = f"{repeater['nm']} {number + 1}"
    return {"ty": "gr", "it": [*above, transform], "np": len(above) + 1, "bm": 0, "nm": name, "hd": False}


def _multiplied(prop: Json, times: float, start: list[float]) -> Json:
    """A property so many times as far from zero, from `start` on."""

    def far(values: list[float]) -> list[float | int]:
        return [rounded(value * times + begin, 6) for value, begin in zip(values, [*start, 0.0], strict=False)]

    def longer(values: list[float]) -> list[float | int]:
        return [rounded(value * times, 6) for value in values]

    if not prop["a"]:
        value = prop["k"]
        return {"a": 0, "k": far(value) if isinstance(value, list) else rounded(value * times + start[0], 6)}
    keys = []
    for key in prop["k"]:
        tangents = {name: longer(key[name]) for name in ("to", "ti") if key.get(name)}
        keys.append({**key, "s": far(key["s"]), **tangents})
    return {"a": 1, "k": keys}
