"""The sides of an outline: cubic Bezier curves of four points in the plane."""

from flatrender.aftereffects.graph import Path, Point

Side = tuple[Point, Point, Point, Point]


def side_of(path: Path, start: int, end: int) -> Side:
    """The side from one vertex to another."""
    (x0, y0), (x3, y3) = path.vertices[start], path.vertices[end]
    (ox, oy), (ix, iy) = path.out_tangents[start], path.in_tangents[end]
    return (x0, y0), (x0 + ox, y0 + oy), (x3 + ix, y3 + iy), (x3, y3)


def point_on(side: Side, t: float) -> Point:
    """The point at a parameter, 0 to 1."""
    u = 1 - t
    a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = side
    return a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3


def split(side: Side, t: float) -> tuple[Side, Side]:
    """The two parts of a side that is cut at a parameter (De Casteljau)."""

    def mix(a: Point, b: Point) -> Point:
        return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t

    a, b, c, d = side
    ab, bc, cd = mix(a, b), mix(b, c), mix(c, d)
    abc, bcd = mix(ab, bc), mix(bc, cd)
    middle = mix(abc, bcd)
    return (a, ab, abc, middle), (middle, bcd, cd, d)
