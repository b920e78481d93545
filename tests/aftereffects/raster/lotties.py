"""Small Lotties by hand, 160 x 90 pixels and 40 frames."""

import json
from typing import Any

import numpy as np

WIDTH, HEIGHT, FRAMES = 160, 90, 40
Json = dict[str, Any]


def still(value: Any) -> Json:
    return {"a": 0, "k": value}


def keyed(*keys: tuple[int, list[float]]) -> Json:
    ease = {"i": {"x": [0.3], "y": [1]}, "o": {"x": [0.6], "y": [0]}}
    return {"a": 1, "k": [{"t": time, "s": value, **ease} for time, value in keys]}


def place(**own: Json) -> Json:
    return {"p": still([80, 45, 0]), "a": still([0, 0, 0]), "s": still([100, 100, 100]), "r": still(0)} | {
        "o": still(100),
        **own,
    }


def fill(color: list[float], opacity: float = 100) -> Json:
    return {"ty": "fl", "c": still(color), "o": still(opacity), "r": 1}


def gradient() -> Json:
    stops = [0, 1, 1, 1, 1, 1, 1, 1, 0, 0.1, 1, 0.9]
    line = {"s": still([0, -30]), "e": still([0, 30])}
    return {"ty": "gf", "t": 1, "r": 1, "o": still(100), **line, "g": {"p": 2, "k": still(stops)}}


def rectangle(size: Json, radius: float = 0, at: Json | None = None) -> Json:
    return {"ty": "rc", "d": 1, "s": size, "p": at or still([0, 0]), "r": still(radius)}


def mask(side: float) -> Json:
    """A square around the layer's zero, which lets through what lies inside of it."""
    far = side / 2
    corners = [[-far, -far], [far, -far], [far, far], [-far, far]]
    square = {"c": True, "v": corners, "i": [[0, 0]] * 4, "o": [[0, 0]] * 4}
    return {"mode": "a", "inv": False, "pt": still(square), "o": still(100), "x": still(0), "nm": "mask"}


def star(points: int = 60) -> Json:
    turns = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = np.where(np.arange(points) % 2, 12, 30)
    corners = np.stack([reach * np.cos(turns), reach * np.sin(turns)], 1).tolist()
    none = [[0, 0]] * points
    return {"ty": "sh", "ks": still({"c": True, "v": corners, "i": none, "o": none})}


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


RED, WHITE, BLUE = [1.0, 0.2, 0.1, 1], [1.0, 1, 1, 1], [0.1, 0.3, 1, 1]
TURNING = keyed((0, [0]), (39, [120]))
MOVING = keyed((0, [40, 45, 0]), (39, [120, 45, 0]))
