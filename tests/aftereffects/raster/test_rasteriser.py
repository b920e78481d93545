"""Drawing in children: pixels, backgrounds, sizes, and what happens when a child fails."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flatrender.aftereffects.client import EngineClient
from flatrender.aftereffects.raster import drawer as drawer_module
from flatrender.aftereffects.raster import rasteriser as rasteriser_module
from flatrender.aftereffects.raster import team as team_module
from flatrender.aftereffects.raster.member import Member
from flatrender.aftereffects.raster.rasteriser import Rasteriser, parse_color
from flatrender.core.errors import InvalidInput, ProcessFailed, TooLarge, Unavailable
from flatrender.core.process import Limits
from tests.aftereffects.raster.lotties import deep

FAULTY = Path(__file__).with_name("faulty_child.py")
PATIENT = 300.0  # seconds, where no test waits for a limit


def still(value: Any) -> dict[str, Any]:
    return {"a": 0, "k": value}


def moving_square(opacity: float = 100) -> dict[str, Any]:
    """100 x 50, 10 frames: a red square of 20 whose centre goes from (10, 25) at frame 0 by 10 a frame."""
    rectangle = {"ty": "rc", "p": still([0, 0]), "s": still([20, 20]), "r": still(0), "d": 1}
    fill = {"ty": "fl", "c": still([1, 0, 0, 1]), "o": still(opacity), "r": 1}
    place = {"ty": "tr", "p": still([0, 0]), "a": still([0, 0]), "s": still([100, 100]), "r": still(0), "o": still(100)}
    ease = {"i": {"x": [1], "y": [1]}, "o": {"x": [0], "y": [0]}}
    keys = [{"t": 0, "s": [10, 25, 0], **ease}, {"t": 10, "s": [110, 25, 0]}]
    transform = {
        "p": {"a": 1, "k": keys},
        "a": still([0, 0, 0]),
        "s": still([100, 100, 100]),
        "r": still(0),
        "o": still(100),
    }
    layer = {
        "ty": 4,
        "ind": 1,
        "nm": "square",
        "ks": transform,
        "ip": 0,
        "op": 10,
        "st": 0,
        "shapes": [{"ty": "gr", "it": [rectangle, fill, place]}],
    }
    return {"v": "5.7.0", "fr": 10, "ip": 0, "op": 10, "w": 100, "h": 50, "layers": [layer], "assets": []}


def pixel(frame: memoryview | bytes, width: int, x: int, y: int) -> tuple[int, ...]:
    start = (y * width + x) * 4
    return tuple(frame[start : start + 4])


@pytest.fixture(scope="module")
def rasteriser() -> Iterator[Rasteriser]:
    made = Rasteriser(2)
    yield made
    made.close()


def test_frames_count_from_time_zero(rasteriser: Rasteriser) -> None:
    for number, frame in zip((0, 3, 9), rasteriser.frames(moving_square(), 100, 50, (0, 3, 9)), strict=True):
        assert len(frame) == 100 * 50 * 4
        assert pixel(frame, 100, 10 + number * 10 - 1, 25) == (255, 0, 0, 255)
        assert pixel(frame, 100, (60 + number * 10) % 100, 25) == (0, 0, 0, 0)


def test_frames_before_the_first_layer_keep_their_number(rasteriser: Rasteriser) -> None:
    """A composition whose layers begin late is drawn empty until then, not shifted."""
    lottie = moving_square()
    lottie["layers"][0]["ip"] = 5
    frames = [bytes(frame) for frame in rasteriser.frames(lottie, 100, 50, (4, 5))]
    assert not any(frames[0])
    assert pixel(frames[1], 100, 59, 25) == (255, 0, 0, 255)


def test_alpha_is_straight(rasteriser: Rasteriser) -> None:
    frame = rasteriser.picture(moving_square(50), 100, 50, 0)
    red, green, blue, alpha = pixel(frame, 100, 10, 25)
    assert (green, blue) == (0, 0)
    assert red >= 253
    assert 126 <= alpha <= 129


def test_background(rasteriser: Rasteriser) -> None:
    frame = rasteriser.picture(moving_square(50), 100, 50, 0, "#0000FF")
    assert pixel(frame, 100, 90, 40) == (0, 0, 255, 255)
    red, _, blue, alpha = pixel(frame, 100, 10, 25)
    assert alpha == 255
    assert 126 <= red <= 129
    assert 126 <= blue <= 129


def test_other_sizes_are_fitted_and_centred(rasteriser: Rasteriser) -> None:
    half = rasteriser.picture(moving_square(), 50, 25, 0)
    assert pixel(half, 50, 4, 12) == (255, 0, 0, 255)
    assert pixel(half, 50, 40, 12) == (0, 0, 0, 0)
    tall = rasteriser.picture(moving_square(), 100, 150, 0)
    assert pixel(tall, 100, 9, 75) == (255, 0, 0, 255)


def test_more_frames_than_slots_and_a_warm_child(rasteriser: Rasteriser) -> None:
    started = rasteriser.started
    numbers = [n % 10 for n in range(37)]
    for number, frame in zip(numbers, rasteriser.frames(moving_square(), 100, 50, numbers), strict=True):
        assert pixel(frame, 100, min(10 + number * 10 - 1, 99), 25) == (255, 0, 0, 255)
    assert rasteriser.started <= max(started, 1)


def test_stopping_in_the_middle_keeps_the_child(rasteriser: Rasteriser) -> None:
    frames = rasteriser.frames(moving_square(), 100, 50, range(10))
    next(frames)
    started = rasteriser.started
    frames.close()
    assert pixel(rasteriser.picture(moving_square(), 100, 50, 0), 100, 9, 25) == (255, 0, 0, 255)
    assert rasteriser.started == started


def test_a_child_that_drew_large_frames_is_not_kept_with_their_memory(
    rasteriser: Rasteriser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def child_after(side: int) -> int | None:
        for _ in rasteriser.frames(moving_square(), side, side, [0]):
            pass
        if not rasteriser.pool.has_idle:
            return None
        drawer = rasteriser.pool.take()
        rasteriser.pool.give_back(drawer)
        return int(drawer.child.popen.pid)

    monkeypatch.setattr(drawer_module, "KEPT_BYTES", 1_000_000)
    kept = child_after(64)
    assert kept is not None
    assert child_after(64) == kept
    assert child_after(1024) is None


def test_two_drawings_at_once(rasteriser: Rasteriser) -> None:
    one = rasteriser.frames(moving_square(), 100, 50, range(10))
    two = rasteriser.frames(moving_square(), 50, 25, range(10))
    for number, (large, small) in enumerate(zip(one, two, strict=True)):
        assert pixel(large, 100, 10 + number * 10 - 1, 25) == (255, 0, 0, 255)
        assert pixel(small, 50, min(5 + number * 5 - 1, 49), 12) == (255, 0, 0, 255)


def squares(rasteriser: Rasteriser, numbers: list[int]) -> Iterator[int]:
    """Draws the frames and looks at each; yields how many children there are."""
    for number, frame in zip(numbers, rasteriser.frames(moving_square(), 100, 50, numbers), strict=True):
        assert pixel(frame, 100, min(10 + number * 10 - 1, 99), 25) == (255, 0, 0, 255)
        assert pixel(frame, 100, (60 + number * 10) % 100, 25) == (0, 0, 0, 0)
        yield rasteriser.started


def waits_for_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits at all waits too long, on two processors."""
    monkeypatch.setattr(team_module, "HELP_WAITED", 0.0)
    monkeypatch.setattr(team_module, "WAITING_SHARE", -1.0)
    monkeypatch.setattr(team_module, "processors", lambda: 2)


def test_who_waits_gets_a_second_child_and_the_frames_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    waits_for_help(monkeypatch)
    joined = threading.Event()
    plain = Member.ask

    def asked(member: Any, *words: Any) -> int:
        if member.drawer is not first[0]:
            joined.set()
        return plain(member, *words)

    monkeypatch.setattr(Member, "ask", asked)
    two = Rasteriser(2)
    first = [two.pool.take()]
    two.pool.give_back(first[0])
    try:
        numbers = [n % 10 for n in range(20_000)]
        drawn = squares(two, numbers)
        for _ in drawn:
            if joined.is_set():
                break
        assert joined.is_set()
        assert [next(drawn) for _ in range(40)] == [2] * 40
        drawn.close()
        assert list(squares(two, [1, 2]))[-1] == 2  # both were kept
        started = two.started
        for _ in range(2):
            two.pool.take().close()
        assert two.started == started
    finally:
        two.close()


@pytest.mark.parametrize("planar", [False, True])
def test_an_idle_child_helps_from_the_first_frame_on(planar: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where an encoder wants the second processor."""
    monkeypatch.setattr(team_module, "processors", lambda: 2)
    helped: list[int] = []
    monkeypatch.setattr(team_module.Help, "_get", lambda self, work, feed: helped.append(len(work.numbers)))
    two = Rasteriser(2)
    try:
        for drawer in [two.pool.take(), two.pool.take()]:
            two.pool.give_back(drawer)
        for count in (team_module.HELP_AT_ONCE - 1, team_module.HELP_AT_ONCE):
            frames = two.frames(moving_square(), 100, 50, [0] * count, "#000000", planar=planar)
            next(frames)
            frames.close()
        assert helped == ([] if planar else [team_module.HELP_AT_ONCE])
    finally:
        two.close()


@pytest.mark.parametrize("why", ["no place", "one processor", "a caller that has more to do"])
def test_no_second_child(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits_for_help(monkeypatch)
    if why == "one processor":
        monkeypatch.setattr(team_module, "processors", lambda: 1)
    if why == "a caller that has more to do":
        monkeypatch.setattr(team_module, "WAITING_SHARE", 1.0)
    alone = Rasteriser(1 if why == "no place" else 2)
    try:
        assert list(squares(alone, [n % 10 for n in range(60)]))[-1] == 1
        assert alone.pool.enter()  # the place is free again
        alone.pool.leave()
    finally:
        alone.close()


def test_where_no_thread_starts_one_child_draws_and_the_place_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    waits_for_help(monkeypatch)

    class Refused(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(team_module, "Thread", Refused)
    two = Rasteriser(2)
    try:
        assert list(squares(two, [n % 10 for n in range(60)]))[-1] == 1
        assert two.pool.enter() and two.pool.enter(), "both places are free again"
        assert not two.pool.enter()
    finally:
        two.close()


def test_a_child_that_does_not_start_leaves_no_memory() -> None:
    none = Rasteriser(1, command=("/no/such",))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(Unavailable, match="was not found"):
            none.picture(moving_square(), 100, 50, 0)
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_no_lottie_is_refused(rasteriser: Rasteriser) -> None:
    with pytest.raises(ProcessFailed, match="could not draw") as failure:
        rasteriser.picture(b"no Lottie", 100, 50, 0)
    assert failure.value.code == "renderer-failed"


def test_sizes_and_colours_are_checked(rasteriser: Rasteriser) -> None:
    with pytest.raises(TooLarge):
        rasteriser.picture(moving_square(), 100_000, 50, 0)
    with pytest.raises(InvalidInput, match="#RRGGBB"):
        rasteriser.picture(moving_square(), 100, 50, 0, "red")
    assert parse_color("#0a0B0c") == [10, 11, 12]


def faulty(fault: str, **options: Any) -> Rasteriser:
    return Rasteriser(1, command=(sys.executable, "-P", str(FAULTY), fault), **options)


@pytest.mark.parametrize(
    ("fault", "words", "options"),
    [
        ("segfault", "crashed (SIGSEGV) at frame 3", {}),
        ("kill", "was ended from outside at frame 3", {}),
        ("hang", "took too long at frame 3", {}),
        ("exit", "ended with status 3 at frame 3", {}),
        ("memory", "frame 3", {"limits": Limits(memory_bytes=512 * 1024**2)}),
        ("refuse", "a fault for a test", {}),
    ],
)
def test_a_failing_child_names_the_frame_and_spares_us(fault: str, words: str, options: dict[str, Any]) -> None:
    rasteriser = faulty(fault, **options)
    try:
        rasteriser.picture(moving_square(), 100, 50, 1)  # a child's start may take longer than the frames
        drawn = []
        if fault == "hang":
            rasteriser.frame_seconds = 1.5
        with pytest.raises(ProcessFailed) as failure:
            for frame in rasteriser.frames(moving_square(), 100, 50, range(10)):
                drawn.append(bytes(frame))
        assert words in failure.value.message
        assert failure.value.details["frame"] == 3
        assert len(drawn) == 3
        # A fresh child takes over.
        rasteriser.frame_seconds = PATIENT
        assert pixel(rasteriser.picture(moving_square(), 100, 50, 1), 100, 19, 25) == (255, 0, 0, 255)
        assert rasteriser.started == 2
    finally:
        rasteriser.close()


def many_squares(faulty_one: int | None) -> dict[str, Any]:
    """Five layers within a nested composition, between two others; what one of the five draws has the fault."""
    whole = moving_square()
    square = whole["layers"][0]

    def named(number: int) -> dict[str, Any]:
        inside = {**square["shapes"][0], "nm": "the fault" if number == faulty_one else "harmless"}
        return {**square, "ind": number, "nm": f"square {number}", "shapes": [inside]}

    nested = {key: square[key] for key in ("ks", "ip", "op", "st")}
    nested |= {"ty": 0, "ind": 2, "nm": "all five", "refId": "five", "w": 100, "h": 50, "tt": 1, "tp": 1}
    matte = {**square, "ind": 1, "td": 1}
    five = {"id": "five", "layers": [named(number) for number in range(1, 6)]}
    return {**whole, "layers": [matte, nested, {**square, "ind": 3, "parent": 2}], "assets": [five]}


@pytest.mark.parametrize("faulty_one", [4, 1])
def test_a_crash_names_the_layer_that_causes_it(faulty_one: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for patience in ("SEARCH_SECONDS", "SEARCH_TRY"):  # a child starts for each try, on a busy machine for seconds
        monkeypatch.setattr(rasteriser_module, patience, PATIENT)
    client = EngineClient(1, rasteriser=faulty("layer", frame_seconds=PATIENT))
    data, shape = json.dumps(many_squares(faulty_one)).encode(), {"width": 100, "height": 50}
    monkeypatch.setattr(client, "moving", lambda *_: (data, shape, []))
    name = f"square {faulty_one}"
    try:
        with pytest.raises(ProcessFailed) as failure:
            client.snapshot("a.aep", 1, [3], {})
    finally:
        client.close()
    assert (
        failure.value.message
        == f"The renderer crashed (SIGSEGV) at frame 3; the layer “{name}” cannot be drawn as it is."
    )
    assert (failure.value.details["frame"], failure.value.details["layer"]) == (3, name)


def test_a_failure_that_does_not_come_again_blames_nobody() -> None:
    rasteriser = faulty("layer")
    failure = ProcessFailed("It took too long; this composition cannot be drawn.", code="renderer-failed", frame=3)
    try:
        assert rasteriser.blamed(failure, many_squares(None), 100, 50) is failure
    finally:
        rasteriser.close()


def test_who_is_to_blame_in_what_is_too_deep_to_be_taken_apart_is_not_told(rasteriser: Rasteriser) -> None:
    failure = ProcessFailed("It crashed; this composition cannot be drawn.", code="renderer-failed", frame=3)
    assert rasteriser.blamed(failure, deep(2_000), 100, 50) is failure


def test_closing_leaves_no_process_and_no_descriptor() -> None:
    before = len(os.listdir("/proc/self/fd"))
    rasteriser = Rasteriser(1)
    rasteriser.picture(moving_square(), 100, 50, 0)
    drawer = rasteriser.pool.take()
    pid = drawer.child.pid
    rasteriser.pool.give_back(drawer)
    rasteriser.close()
    assert not Path(f"/proc/{pid}").exists()
    del drawer
    assert len(os.listdir("/proc/self/fd")) <= before + 1
