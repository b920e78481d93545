"""Outlines of a Lottie and where they lie: matrices and rectangles."""

from typing import Any, Final, NamedTuple

Json = dict[str, Any]
ROUND: Final = 0.5522847498
"""Of a radius: the handles of a quarter of a circle."""


class Matrix(NamedTuple):
    """Row vectors: x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def then(self, outer: "Matrix") -> "Matrix":
        a, b = outer.vector(self.a, self.b)
        c, d = outer.vector(self.c, self.d)
        return Matrix(a, b, c, d, *outer.point(self.e, self.f))

    def vector(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y, self.b * x + self.d * y

    def point(self, x: float, y: float) -> tuple[float, float]:
        x, y = self.vector(x, y)
        return x + self.e, y + self.f

    @property
    def is_plain(self) -> bool:
        return all(abs(own - other) < 1e-6 for own, other in zip(self, Matrix(), strict=True))


def fixed(value: Json | None) -> Any:
    """What a property is all the time; None where it changes or is not there."""
    return None if value is None or value.get("a") else value.get("k")


def own_matrix(ks: Json) -> Matrix | None:
    """Of a transform; None where it changes, turns or is skewed."""
    place, anchor, scale = (fixed(ks.get(key)) for key in ("p", "a", "s"))
    turn = ks.get("r")
    if not place or not anchor or not scale or fixed(turn) != 0 or (ks.get("sk") and fixed(ks["sk"]) != 0):
        return None
    x, y = scale[0] / 100, scale[1] / 100
    return Matrix(x, 0, 0, y, place[0] - anchor[0] * x, place[1] - anchor[1] * y)


def corners(size: list[float], at: list[float], radius: float) -> Json:
    """A rectangle as a path."""
    wide, high = abs(size[0]) / 2, abs(size[1]) / 2
    x, y = at[0], at[1]
    r = min(radius, wide, high)
    if r <= 0:
        points = [[x + wide, y - high], [x + wide, y + high], [x - wide, y + high], [x - wide, y - high]]
        return {"c": True, "v": points, "i": [[0, 0]] * 4, "o": [[0, 0]] * 4}
    h = r * ROUND
    bends = (
        ((x + wide, y - high + r), (0, -h), (0, 0)),
        ((x + wide, y + high - r), (0, 0), (0, h)),
        ((x + wide - r, y + high), (h, 0), (0, 0)),
        ((x - wide + r, y + high), (0, 0), (-h, 0)),
        ((x - wide, y + high - r), (0, h), (0, 0)),
        ((x - wide, y - high + r), (0, 0), (0, -h)),
        ((x - wide + r, y - high), (-h, 0), (0, 0)),
        ((x + wide - r, y - high), (0, 0), (h, 0)),
    )
    v, i, o = ([list(bend[part]) for bend in bends] for part in range(3))
    return {"c": True, "v": v, "i": i, "o": o}


def moved(bend: Json, place: Matrix) -> Json:
    """A path elsewhere."""
    return {
        "c": bend["c"],
        "v": [list(place.point(*point[:2])) for point in bend["v"]],
        "i": [list(place.vector(*point[:2])) for point in bend["i"]],
        "o": [list(place.vector(*point[:2])) for point in bend["o"]],
    }
