"""Shapes of small Lotties by hand, and what they are painted with."""

from typing import Any

import numpy as np

Json = dict[str, Any]
RED, WHITE, BLUE = [1.0, 0.2, 0.1, 1], [1.0, 1, 1, 1], [0.1, 0.3, 1, 1]


def still(value: Any) -> Json:
    return {"a": 0, "k": value}


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
