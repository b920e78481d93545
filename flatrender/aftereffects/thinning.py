"""Values frame by frame thinned out: which of them must stay so that straight lines between them are near all."""

import math
from collections.abc import Callable, Sequence


def corners(times: Sequence[float], rows: Sequence[Sequence[float]], tolerance: Callable[[float], float]) -> list[int]:
    """The indices of the values to keep; the first and the last are among them.

    No value that is left out lies farther from the line over it than `tolerance` of it allows, however slowly the
    values bend: from each one that is kept the lines that are still near all since form a narrowing cone.

    Args:
        times: ascending.
        rows: the values, all of one length.
        tolerance: how far from a number a line may pass.
    """
    count = len(rows)
    if count < 3:
        return list(range(count))
    kept = [0]
    width = len(rows[0])
    low, high = [-math.inf] * width, [math.inf] * width
    for index in range(1, count - 1):
        start = kept[-1]
        origin, gone = rows[start], times[index] - times[start]
        ahead = times[index + 1] - times[start]
        straight = True
        for axis, (begin, here, after) in enumerate(zip(origin, rows[index], rows[index + 1], strict=True)):
            room = tolerance(here)
            low[axis] = max(low[axis], (here - room - begin) / gone)
            high[axis] = min(high[axis], (here + room - begin) / gone)
            if not low[axis] <= (after - begin) / ahead <= high[axis]:
                straight = False
        if not straight:
            kept.append(index)
            low, high = [-math.inf] * width, [math.inf] * width
    return [*kept, count - 1]
