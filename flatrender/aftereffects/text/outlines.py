"""Glyph outlines as cubic Béziers as Lottie takes them: vertices with in and out tangents relative to them."""

from dataclasses import dataclass, field

import uharfbuzz as hb

Point = list[float]


@dataclass(frozen=True, slots=True)
class Contour:
    """One closed contour, y down. `v` vertices, `i` and `o` tangents relative to their vertex; all of one length.

    `i` and `o` may be shared between contours: never change them in place.
    """

    v: list[Point]
    i: list[Point]
    o: list[Point]

    def to_lottie(self) -> dict[str, object]:
        """A Lottie Bézier: `{"c": true, "v": …, "i": …, "o": …}`."""
        return {"c": True, "v": self.v, "i": self.i, "o": self.o}


@dataclass(slots=True)
class _Pen:
    """Collects HarfBuzz's drawing calls. `contours` holds (vertices, ins, outs) in font units, y up."""

    contours: list[tuple[list[tuple[float, float]], list[tuple[float, float]], list[tuple[float, float]]]] = field(
        default_factory=list
    )
    v: list[tuple[float, float]] = field(default_factory=list)
    i: list[tuple[float, float]] = field(default_factory=list)
    o: list[tuple[float, float]] = field(default_factory=list)

    def move(self, x: float, y: float) -> None:
        self.v, self.i, self.o = [(x, y)], [(0.0, 0.0)], [(0.0, 0.0)]

    def line(self, x: float, y: float) -> None:
        self.v.append((x, y))
        self.i.append((0.0, 0.0))
        self.o.append((0.0, 0.0))

    def cubic(self, x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> None:
        x0, y0 = self.v[-1]
        self.o[-1] = (x1 - x0, y1 - y0)
        self.v.append((x, y))
        self.i.append((x2 - x, y2 - y))
        self.o.append((0.0, 0.0))

    def quadratic(self, x1: float, y1: float, x: float, y: float) -> None:
        x0, y0 = self.v[-1]
        third = 2.0 / 3.0
        self.o[-1] = ((x1 - x0) * third, (y1 - y0) * third)
        self.v.append((x, y))
        self.i.append(((x1 - x) * third, (y1 - y) * third))
        self.o.append((0.0, 0.0))

    def close(self) -> None:
        if len(self.v) > 1 and self.v[0] == self.v[-1]:
            self.i[0] = self.i[-1]
            del self.v[-1], self.i[-1], self.o[-1]
        if len(self.v) > 1:
            self.contours.append((self.v, self.i, self.o))
        self.v, self.i, self.o = [], [], []


def _draw_functions() -> "hb.DrawFuncs":
    functions = hb.DrawFuncs()
    functions.set_move_to_func(lambda x, y, pen: pen.move(x, y))
    functions.set_line_to_func(lambda x, y, pen: pen.line(x, y))
    functions.set_cubic_to_func(lambda a, b, c, d, x, y, pen: pen.cubic(a, b, c, d, x, y))
    functions.set_quadratic_to_func(lambda a, b, x, y, pen: pen.quadratic(a, b, x, y))
    functions.set_close_path_func(lambda pen: pen.close())
    return functions


_FUNCTIONS = _draw_functions()


def draw(font: "hb.Font", glyph: int, scale_x: float, scale_y: float) -> tuple[Contour, ...]:
    """A glyph's contours, origin at (0, 0), y down, scaled from font units, rounded to 1/1000."""
    pen = _Pen()
    font.draw_glyph(glyph, _FUNCTIONS, pen)

    def scaled(points: list[tuple[float, float]]) -> list[Point]:
        return [[round(x * scale_x, 3), round(-y * scale_y, 3)] for x, y in points]

    return tuple(Contour(scaled(v), scaled(i), scaled(o)) for v, i, o in pen.contours)
