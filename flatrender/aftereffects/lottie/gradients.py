"""The stops of a gradient as Lottie lists them."""

from flatrender.aftereffects.graph import Animated, Gradient


def _with_midpoints(stops: list[tuple[float, ...]]) -> list[list[float]]:
    """Stops (offset, midpoint, values…) as (offset, values…), each midpoint a stop of its own, as in bodymovin."""
    written: list[list[float]] = []
    for index, (offset, midpoint, *values) in enumerate(stops):
        written.append([offset, *values])
        if index + 1 < len(stops):
            following = stops[index + 1]
            middle = [(a + b) / 2 for a, b in zip(values, following[2:], strict=True)]
            written.append([offset + (following[0] - offset) * midpoint, *middle])
    return written


def gradient_stops(gradient: Gradient, counts: tuple[int, int] | None = None) -> list[float]:
    """A gradient as one flat list: offset, r, g, b of each colour stop, then offset, alpha of each opacity stop.

    `counts` says how many stops of each the longest keyframe has; shorter ones repeat their last stop.
    """
    colors = _with_midpoints(list(gradient.colors)) or [[0.0, 1.0, 1.0, 1.0], [1.0, 0.0, 0.0, 0.0]]
    alphas = _with_midpoints(list(gradient.alphas)) if has_opacity(gradient) or (counts and counts[1]) else []
    if counts:
        colors = _filled(colors, counts[0])
        alphas = _filled(alphas, counts[1])
    return [number for stop in [*colors, *alphas] for number in stop]


def _filled(stops: list[list[float]], count: int) -> list[list[float]]:
    while stops and len(stops) < count:
        stops = [*stops, list(stops[-1])]
    return stops


def has_opacity(gradient: Gradient) -> bool:
    return any(alpha != 1 for _, _, alpha in gradient.alphas)


def stop_counts(prop: Animated) -> tuple[int, int]:
    """How many colour and opacity stops a property is written with: those of its longest keyframe."""
    values = [key.value for key in prop.keys] or [prop.value]
    gradients = [value for value in values if isinstance(value, Gradient)]
    colors = max((2 * len(gradient.colors) - 1 for gradient in gradients if gradient.colors), default=2)
    opaque = not any(has_opacity(gradient) for gradient in gradients)
    alphas = 0 if opaque else max(2 * len(gradient.alphas) - 1 for gradient in gradients)
    return colors, alphas


def color_stop_count(prop: Animated) -> int:
    """How many colour stops a gradient is written with (Lottie's `g.p`)."""
    return stop_counts(prop)[0]
