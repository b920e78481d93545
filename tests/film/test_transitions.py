"""The table of transitions: what it says at each moment, and that no moment shows less than a whole picture."""

from itertools import pairwise

import pytest

from flatrender.core.errors import InvalidInput
from flatrender.film import transitions
from flatrender.film.transitions import KINDS, State, corners, motions, pixels, states

WAYS = [(kind, way) for kind in KINDS for way in (("",) if kind in ("crossfade", "dip") else transitions.DIRECTIONS)]


def test_a_cross_fade_is_a_share_of_each() -> None:
    for progress in (0.0, 0.25, 0.5, 0.75):
        assert states("crossfade", progress) == (State(opacity=1 - progress), State(opacity=progress))


def test_a_dip_is_all_colour_in_the_middle_and_shows_one_picture_at_a_time() -> None:
    assert states("dip", 0.0) == (State(), State(opacity=0, tint=1))
    assert states("dip", 0.25) == (State(tint=0.5), State(opacity=0, tint=1))
    assert states("dip", 0.5) == (State(opacity=0, tint=1), State(tint=1))
    assert states("dip", 0.75) == (State(opacity=0, tint=1), State(tint=0.5))


def test_a_wipe_uncovers_and_a_slide_pushes() -> None:
    assert states("wipe", 0.25, "left") == (State(right=0.75), State(left=0.75))
    assert states("wipe", 0.25, "down") == (State(top=0.25), State(bottom=0.25))
    assert states("slide", 0.25, "left") == (State(x=-0.25), State(x=0.75))
    assert states("slide", 0.75, "up") == (State(y=-0.75), State(y=0.25))


@pytest.mark.parametrize(("kind", "way"), WAYS)
def test_it_begins_with_the_old_picture_ends_with_the_new_and_covers_the_frame(kind: str, way: str) -> None:
    def covered(state: State) -> float:
        wide = min(state.right + state.x, 1) - max(state.left + state.x, 0)
        high = min(state.bottom + state.y, 1) - max(state.top + state.y, 0)
        return state.opacity * max(wide, 0) * max(high, 0)

    for step in range(25):
        old, new = states(kind, step / 24, way)
        assert covered(old) + covered(new) == pytest.approx(1), step
        assert covered(old) == pytest.approx(1) if step == 0 else True
        assert covered(new) == pytest.approx(1) if step == 24 else True


@pytest.mark.parametrize(("kind", "way"), WAYS)
def test_between_corners_every_attribute_is_one_straight_line(kind: str, way: str) -> None:
    edges = [0.0, *corners(kind, way), 1.0]
    for motion in motions(kind, way):
        for start, end in pairwise(edges):
            for name in motion.points:
                first, last = motion.line(name, start, end)
                for share in (0.0, 0.3, 0.9):
                    wanted = first + (last - first) * share
                    assert getattr(motion.at(start + (end - start) * share), name) == pytest.approx(wanted)


def test_the_nearest_pixel_is_the_upper_of_two() -> None:
    assert [pixels(share, 10) for share in (0.04, 0.05, -0.05, -0.06, 1.0)] == [0, 1, 0, -1, 10]


def test_what_there_is_not_is_told() -> None:
    with pytest.raises(InvalidInput, match="use crossfade, dip, wipe, slide"):
        motions("star")
    with pytest.raises(InvalidInput, match="left, right, up, down"):
        motions("wipe", "inwards")
    assert motions("wipe") == motions("wipe", "left")
