"""Small Lotties by hand, 160 x 90 pixels and 40 frames."""

import json
from typing import Any

from tests.aftereffects.raster.shapes import Json, still

WIDTH, HEIGHT, FRAMES = 160, 90, 40


def keyed(*keys: tuple[int, list[float]]) -> Json:
    ease = {"i": {"x": [0.3], "y": [1]}, "o": {"x": [0.6], "y": [0]}}
    return {"a": 1, "k": [{"t": time, "s": value, **ease} for time, value in keys]}


def place(**own: Json) -> Json:
    return {"p": still([80, 45, 0]), "a": still([0, 0, 0]), "s": still([100, 100, 100]), "r": still(0)} | {
        "o": still(100),
        **own,
    }


def layer(number: int, *shapes: Json, **more: Any) -> Json:
    whole = {"ty": "tr", "p": still([0, 0]), "a": still([0, 0]), "s": still([100, 100]), "r": still(0), "o": still(100)}
    return {
        **{"ty": 4, "ind": number, "nm": f"layer {number}", "ip": 0, "op": FRAMES, "st": 0, "ks": place()},
        "shapes": [{"ty": "gr", "it": [*shapes, whole]}],
        **more,
    }


def deep(groups: int, *shapes: Json) -> bytes:
    """A Lottie of one layer as JSON, its shapes in groups in groups: deeper than Python writes."""
    [whole] = layer(1)["shapes"][0]["it"]
    inner, outer = (json.dumps(part) for part in (shapes, whole))
    begin, end = '{"ty": "gr", "it": [', f", {outer}]}}"
    return (
        json.dumps(lottie(layer(1)))
        .replace(json.dumps(layer(1)["shapes"]), f"[{begin * groups}{inner[1:-1]}{end * groups}]")
        .encode()
    )


def lottie(*layers: Json, assets: list[Json] | None = None) -> Json:
    size = {"w": WIDTH, "h": HEIGHT}
    return {"v": "5.7.0", "fr": 25, "ip": 0, "op": FRAMES, **size, "layers": list(layers), "assets": assets or []}


TURNING = keyed((0, [0]), (39, [120]))
MOVING = keyed((0, [40, 45, 0]), (39, [120, 45, 0]))
