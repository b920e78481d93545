"""Layers whose time runs backwards, drawn: each moment is the mirrored one of the same layer played forwards.

A layer's own keyframes mirror as moments do, about its end. What a nested composition shows mirrors as frames do: the
last one comes first.
"""

from pathlib import Path

import pytest

from flatrender.aftereffects.project import Project, open_project
from flatrender.aftereffects.raster.rasteriser import Rasteriser
from tests.aftereffects.authored import Author, keyed

SIZE, RATE, SECONDS = 120, 30, 2.0


def project(folder: Path, *, nested: bool, backwards: bool) -> tuple[Project, int]:
    author = Author()
    place = author.comp("Main", (SIZE, SIZE), SECONDS)
    home = author.comp("Inner", (SIZE, SIZE), SECONDS) if nested else place
    box = author.box(home, "box", size=20)
    box.transform["ADBE Position"].value = [20.0, 60.0, 0.0]
    keyed(box.transform["ADBE Position"], (0.0, [20.0, 60.0, 0.0]), (1.0, [90.0, 60.0, 0.0]))
    keyed(box.transform["ADBE Opacity"], (0.5, 20.0), (1.5, 100.0))
    layer = place.add(home) if nested else box
    if backwards:
        layer.stretch = -100
        layer.start_time = SECONDS
    return open_project(author.save(folder / "made.aep")), place.id


@pytest.mark.parametrize("nested", [False, True])
def test_every_frame_is_the_mirrored_one(tmp_path: Path, nested: bool) -> None:
    (forwards, first), (backwards, second) = (
        project(tmp_path / str(turn), nested=nested, backwards=turn) for turn in (False, True)
    )
    assert {one.status for one in backwards.report().capabilities} == {"supported"}
    last = round(RATE * SECONDS) - nested
    rasteriser = Rasteriser(1)
    try:
        for frame in (*([0] if nested else []), 3, 17, 30, 44, 57, 59):
            wanted = rasteriser.picture(forwards.lottie(first), SIZE, SIZE, frame, "#000000")
            found = rasteriser.picture(backwards.lottie(second), SIZE, SIZE, last - frame, "#000000")
            assert max(abs(a - b) for a, b in zip(wanted, found, strict=True)) <= 12, frame
            assert max(wanted[::4]) > 40
    finally:
        rasteriser.close()


@pytest.mark.parametrize("percent", [-100, -50])
def test_a_reversed_composition_is_seen_from_the_first_frame_to_the_last(tmp_path: Path, percent: int) -> None:
    author = Author()
    inner, place = (author.comp(name, (SIZE, SIZE), SECONDS) for name in ("Inner", "Main"))
    author.box(inner, "box", size=20)
    layer = place.add(inner)
    layer.stretch, layer.start_time = percent, SECONDS * -percent / 100
    drawn = open_project(author.save(tmp_path / "made.aep")).lottie(place.id)
    rasteriser = Rasteriser(1)
    try:
        for frame in (0, 1, round(RATE * SECONDS * -percent / 100) - 1):
            red = rasteriser.picture(drawn, SIZE, SIZE, frame, "#000000")[::4]
            assert sum(value > 128 for value in red) == 400, frame
    finally:
        rasteriser.close()


@pytest.mark.parametrize(
    ("percent", "rate", "keeps"),
    [
        (50, 30, False),
        (100, 15, False),
        (100, 60, False),
        (50, 24, False),
        (200, 30, True),
        (100, 15, True),
        (50, 15, True),
    ],
)
def test_at_another_pace_or_rate_each_frame_is_the_mirrored_one(
    tmp_path: Path, percent: int, rate: int, keeps: bool
) -> None:
    """`rate`: the nested composition's; `keeps`: it shows its own frames. Beside it, the same layer forwards."""
    drawn = []
    for turn in (1, -1):
        author = Author()
        inner = author.comp("Inner", (SIZE, SIZE), SECONDS, rate)
        place = author.comp("Main", (SIZE, SIZE), SECONDS * percent / 100, RATE)
        box = author.box(inner, "box", size=20)
        box.transform["ADBE Position"].value = [15.0, 60.0, 0.0]
        keyed(box.transform["ADBE Position"], (0.0, [15.0, 60.0, 0.0]), (SECONDS, [105.0, 60.0, 0.0]))
        inner.preserve_nested_frame_rate = keeps
        layer = place.add(inner)
        layer.stretch, layer.start_time = turn * percent, 0.0 if turn > 0 else SECONDS * percent / 100
        drawn.append(open_project(author.save(tmp_path / f"{turn}.aep")).lottie(place.id))
    last = round(RATE * SECONDS * percent / 100) - 1
    rasteriser = Rasteriser(1)
    try:
        for frame in range(last + 1):
            wanted = rasteriser.picture(drawn[0], SIZE, SIZE, last - frame, "#000000")
            found = rasteriser.picture(drawn[1], SIZE, SIZE, frame, "#000000")
            assert max(abs(a - b) for a, b in zip(wanted, found, strict=True)) <= 12, frame
            assert max(wanted[::4]) > 40
    finally:
        rasteriser.close()
