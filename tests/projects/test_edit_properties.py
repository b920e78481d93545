"""What holds of any edits: they are taken back exactly, they leave a sound document, and settings of different fields
do not care for their order."""

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flatrender.core.errors import Conflict, InvalidInput
from flatrender.projects import edits, timeline, upgrades
from flatrender.projects.timeline import Document
from tests.projects.edit_table import DOCUMENT
from tests.projects.random_edits import MAKERS, SETTINGS, Maker

START = upgrades.read(DOCUMENT)
# The same examples on every machine and no clock: a failure here is a failure everywhere.
BOUNDED = settings(derandomize=True, deadline=None, database=None, max_examples=120)


class Drawn:
    """Chances that Hypothesis can make smaller."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def of(self, things: Any) -> Any:
        return things[self._data.draw(st.integers(0, len(things) - 1))]

    def between(self, low: int, high: int) -> int:
        return self._data.draw(st.integers(low, high))


def _edited(maker: Maker, document: Document, count: int) -> tuple[Document, list[edits.Applied]]:
    steps = []
    for _ in range(count):
        operation = maker.operation(document)
        try:
            step = edits.apply(document, operation)
        except (InvalidInput, Conflict):
            continue
        steps.append(step)
        document = step.document
    return document, steps


@BOUNDED
@given(st.data())
def test_any_edits_are_taken_back_to_the_first_document(data: st.DataObject) -> None:
    document, steps = _edited(Maker(Drawn(data)), START, 8)
    assert Document.from_dict(document.to_dict()) == document, "an edit leaves what can be read"
    redo = []
    for step in reversed(steps):
        back = edits.apply(document, step.inverse)
        redo.insert(0, back.inverse)
        document = back.document
    assert document == START
    for step, again in zip(steps, redo, strict=True):
        document = edits.apply(document, again).document
        assert document == step.document, "redo, the inverse of the inverse, leads there again"


@BOUNDED
@given(st.data())
def test_what_was_understood_says_the_same_and_goes_through_json(data: st.DataObject) -> None:
    document, steps = _edited(Maker(Drawn(data)), START, 4)
    again = START
    for step in steps:
        again = edits.apply(again, json.loads(json.dumps(step.operation))).document
    assert again == document


@BOUNDED
@given(st.data())
def test_settings_of_different_fields_merge_in_either_order(data: st.DataObject) -> None:
    dice = Drawn(data)
    mine = Maker(dice, "a", SETTINGS).operation(START)
    theirs = Maker(dice, "b", SETTINGS).operation(START)
    try:
        first, second = edits.apply(START, mine), edits.apply(START, theirs)
    except (InvalidInput, Conflict):
        assume(False)
    if edits.overlapping(edits.fields(first.operation), edits.fields(second.operation)):
        return
    one = edits.apply(first.document, theirs).document
    other = edits.apply(second.document, mine).document
    # Choosing a colour by hand leaves the preset: that is said of no colour in particular.
    assert {**one.to_dict(), "preset": 0} == {**other.to_dict(), "preset": 0}


@BOUNDED
@given(st.data())
def test_what_is_put_over_others_moves_none_of_them(data: st.DataObject) -> None:
    dice = Drawn(data)
    document, _ = _edited(Maker(dice), START, 3)
    track = dice.of([track for track in document.tracks if track.kind != "scene"])
    length, at = dice.between(1, 90), dice.between(0, 300)
    clip = {**Maker(dice, "new").new_clip(track.kind), "duration": length}
    made = edits.apply(document, {"op": "insert_clip", "track": track.id, "at": at, "clip": clip}).document
    before = {one.clip.id: one for one in timeline.layout(document) if one.track == track.id}
    after = {one.clip.id: one for one in timeline.layout(made) if one.track == track.id}
    assert (after[clip["id"]].start, after[clip["id"]].end) == (at, at + length)
    for name, one in before.items():
        if one.clip.duration is not None and (one.end <= at or one.start >= at + length):
            assert after[name].start == one.start
    others = [other for other in document.tracks if other.id != track.id]
    assert all(other in made.tracks for other in others), "other tracks are as they were"


def test_every_operation_is_tried() -> None:
    assert set(MAKERS) == set(edits.NAMES) - {"arrange"}, "arrange is tried as the inverse of gestures"
