"""Paths with more vertices and the same outline, as players mix the vertices of two paths one by one."""

from flatrender.aftereffects.graph import Key, Path
from flatrender.aftereffects.lottie.sides import side_of, split


def same_vertex_count(keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """Keyframes of a path whose vertex counts differ get the missing ones, because players interpolate one by one."""
    paths = [key.value for key in keys if isinstance(key.value, Path)]
    most = max((len(path.vertices) for path in paths), default=0)
    if all(len(path.vertices) == most for path in paths):
        return keys
    return tuple(
        Key(
            key.time,
            subdivided(key.value, most) if isinstance(key.value, Path) else key.value,
            key.in_type,
            key.out_type,
            key.ease_in,
            key.ease_out,
        )
        for key in keys
    )


def subdivided(path: Path, count: int) -> Path:
    """The same outline with `count` vertices: sides are cut evenly, the first ones once more for the rest."""
    have = len(path.vertices)
    sides = have if path.closed else have - 1
    if have >= count:
        return path
    if sides <= 0:
        spot = path.vertices[0] if path.vertices else (0.0, 0.0)
        none = ((0.0, 0.0),) * count
        return Path((spot,) * count, none, none, path.closed)
    extra = count - have
    cuts = [extra // sides + (1 if index < extra % sides else 0) for index in range(sides)]
    vertices, incoming, outgoing = [path.vertices[0]], [path.in_tangents[0]], []
    for side in range(sides):
        end = (side + 1) % have
        rest = side_of(path, side, end)
        for pieces in range(cuts[side] + 1, 0, -1):
            first, rest = split(rest, 1 / pieces) if pieces > 1 else (rest, rest)
            outgoing.append(_minus(first[1], first[0]))
            vertices.append(first[3])
            incoming.append(_minus(first[2], first[3]))
    if path.closed:
        incoming[0] = incoming.pop()
        vertices.pop()
    else:
        outgoing.append(path.out_tangents[-1])
    return Path(tuple(vertices), tuple(incoming), tuple(outgoing), path.closed)


def _minus(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    return a[0] - b[0], a[1] - b[1]
