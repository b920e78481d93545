"""The golden table of edits (`edit_table.py`), and what is refused."""

import json
from dataclasses import replace

import pytest

from flatrender.core.errors import Conflict, InvalidInput
from flatrender.projects import edits, permitted, upgrades
from flatrender.projects.items import SceneClip
from flatrender.projects.timeline import Document
from tests.projects.edit_table import CASES, DOCUMENT, abridged


@pytest.fixture
def document():
    return upgrades.read(DOCUMENT)


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["op"], ensure_ascii=False)[:70])
def test_table(document, case) -> None:
    before = document.to_dict()
    applied = edits.apply(document, case["op"])
    assert abridged(applied.document.to_dict()) == case["after"]
    assert applied.operation == case["understood"]
    assert applied.inverse == case["inverse"]
    assert document.to_dict() == before, "the old document is as it was"
    assert edits.apply(applied.document, applied.inverse).document == document
    assert edits.apply(document, applied.operation).document == applied.document, "what was understood says the same"
    assert upgrades.read(applied.document.to_dict()) == applied.document


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["op"], ensure_ascii=False)[:70])
def test_a_message_is_small(case) -> None:
    """An operation as it is sent, as it was understood, and its undo: each within 1 kB."""
    for operation in (case["op"], case["understood"], case["inverse"]):
        sent = {"op_id": "0" * 24, "base_revision": 10**6, "ops": [operation]}
        assert len(json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()) <= 1024


def _seen(document: Document) -> list[float]:
    """What the fades leave of the clips on the second track at each of the film's frames 0 to 60."""
    shares = []
    for clip in document.tracks[1].clips:
        assert not isinstance(clip, SceneClip)
        assert clip.duration is not None
        for frame in range(clip.duration):
            rising = falling = 1.0
            if clip.fade_in:
                rising = clip.fade_in_from + (1 - clip.fade_in_from) * frame / clip.fade_in
            if clip.fade_out:
                falling = clip.fade_out_to + (1 - clip.fade_out_to) * (clip.duration - frame) / clip.fade_out
            shares.append(min(1, rising) * min(1, falling))
    return shares


@pytest.mark.parametrize("kind", ["video", "image", "text", "voice"])
@pytest.mark.parametrize("fades", [(20, 30), (50, 40)], ids=["apart", "meeting"])
def test_nothing_is_seen_or_heard_of_a_cut_in_a_fade(kind: str, fades: tuple[int, int]) -> None:
    of = {"text": "Say"} if kind == "text" else {"media": "say"}
    clip = {"type": "clip", "id": "v", **of, "duration": 60, "fade_in": fades[0], "fade_out": fades[1]}
    track = {"id": "other", "kind": kind, "items": [clip]}
    whole = upgrades.read({**DOCUMENT, "tracks": [DOCUMENT["tracks"][0], track]})
    wanted = pytest.approx(_seen(whole), abs=1e-9)
    for at in range(1, 60):
        cut = edits.apply(whole, {"op": "split", "clip": "v", "at": at, "id": "w"})
        assert _seen(cut.document) == wanted, at
        assert upgrades.read(cut.document.to_dict()) == cut.document
        assert edits.apply(cut.document, cut.inverse).document == whole
        for again in (at // 2, (at + 60) // 2):
            if again not in (0, at):
                part = {"op": "split", "clip": "v" if again < at else "w", "at": again, "id": "x"}
                assert _seen(edits.apply(cut.document, part).document) == wanted


@pytest.mark.parametrize("kind", ["video", "image", "text", "voice"])
def test_trimmed_back_out_a_cut_fade_has_its_rest_again(kind: str) -> None:
    of = {"text": "Say"} if kind == "text" else {"media": "say"}
    clip = {"type": "clip", "id": "v", **of, "duration": 60, "fade_in": 24, "fade_out": 30}
    track = {"id": "other", "kind": kind, "items": [clip]}
    whole = upgrades.read({**DOCUMENT, "tracks": [DOCUMENT["tracks"][0], track]})
    shares = _seen(whole)
    for edge, at in [("start", at) for at in range(1, 23)] + [("end", at) for at in range(32, 60)]:
        left, gone, sign = ("w", "v", 1) if edge == "start" else ("v", "w", -1)
        cut = edits.apply(whole, {"op": "split", "clip": "v", "at": at, "id": "w"}).document
        cut = edits.apply(cut, {"op": "remove_clips", "clips": [gone]}).document
        lost = at if edge == "start" else 60 - at
        for steps in ([-lost], [-1] * lost, [1, -1 - lost]):  # at once, frame by frame, first a frame further in
            made, missing = cut, lost
            for step in steps:
                missing += step
                made = edits.apply(made, {"op": "trim", "clip": left, "edge": edge, "delta": step * sign}).document
                wanted = shares[missing:] if edge == "start" else shares[: 60 - missing]
                assert _seen(made) == pytest.approx(wanted, abs=1e-9), (edge, at, steps)
            assert replace(made.tracks[1].clips[0], id="v") == whole.tracks[1].clips[0]


def test_the_cut_of_a_fade_is_rolled_unseen() -> None:
    clip = {"type": "clip", "id": "v", "media": "say", "duration": 60, "fade_in": 24, "fade_out": 30}
    track = {"id": "other", "kind": "video", "items": [clip]}
    whole = upgrades.read({**DOCUMENT, "tracks": [DOCUMENT["tracks"][0], track]})
    for at, to in [(1, 20), (20, 1), (8, 9), (40, 33), (33, 59)]:
        cut = edits.apply(whole, {"op": "split", "clip": "v", "at": at, "id": "w"}).document
        rolled = edits.apply(cut, {"op": "roll", "clips": ["v", "w"], "delta": to - at}).document
        assert _seen(rolled) == pytest.approx(_seen(whole), abs=1e-9), (at, to)


def test_moving_a_clip_across_500_is_still_a_small_message() -> None:
    clips = [{"type": "clip", "id": f"clip-number-{n}", "media": "m" * 32, "duration": 10} for n in range(500)]
    data = {**DOCUMENT, "tracks": [DOCUMENT["tracks"][0], {"id": "film", "kind": "video", "items": clips}]}
    document = upgrades.read(data)
    for operation in (
        {"op": "move_clips", "clips": ["clip-number-0"], "delta": 5000},
        {"op": "move_clips", "clips": ["clip-number-499"], "delta": -4990, "mode": "insert"},
        {"op": "remove_clips", "clips": ["clip-number-7"], "ripple": True},
        {"op": "trim", "clip": "clip-number-3", "edge": "end", "delta": -5, "ripple": True},
    ):
        applied = edits.apply(document, operation)
        assert edits.apply(applied.document, applied.inverse).document == document
        assert len(json.dumps(applied.inverse)) < 700, operation


def test_what_is_done_with_all_clips_of_a_film_is_taken_back() -> None:
    texts = [{"type": "clip", "id": f"t{n}", "text": "x", "duration": 10} for n in range(permitted.MAX_ITEMS)]
    data = {**DOCUMENT, "tracks": [DOCUMENT["tracks"][0], {"id": "texts", "kind": "text", "items": texts}]}
    before = upgrades.read(data)
    names = [text["id"] for text in texts]
    for chosen in (names[::8], names):  # a hole for each of them, or all
        applied = edits.apply(before, {"op": "remove_clips", "clips": chosen, "ripple": False})
        assert edits.apply(applied.document, applied.inverse).document == before
    edits.apply(before, {"op": "group", "clips": names, "id": "all"})


def test_every_operation_stands_in_the_table() -> None:
    assert {case["op"]["op"] for case in CASES} == set(edits.NAMES)


def test_many_operations_are_taken_back_in_one_go(document) -> None:
    operations = [case["op"] for case in CASES if case["op"]["op"] in {"set_value", "move_scene", "set_color"}]
    operations += [
        {"op": "remove_scene", "clip": "b"},
        {"op": "duplicate_scene", "clip": "a", "id": "z"},
        {"op": "set_transition", "after": "c", "transition": {"id": "ww", "kind": "crossfade", "duration": 5}},
        {"op": "remove_scene", "clip": "a"},
    ]
    after, forward, inverse = edits.apply_all(document, operations)
    assert len(forward) == len(operations)
    assert edits.apply_all(after, inverse)[0] == document


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ({"op": "explode"}, "op"),
        ({}, "op"),
        ({"op": "set_value", "clip": "a", "key": "title"}, "title"),
        ({"op": "set_value", "clip": 7, "key": "title", "value": "x"}, "clip"),
        ({"op": "add_scene", "index": 0}, "clip"),
        ({"op": "add_scene", "clip": {"id": "d", "scene": "s", "duration": 5}, "index": -1}, "index"),
        ({"op": "move_scene", "clip": "a", "index": 1.5}, "index"),
        ({"op": "set_duration", "clip": "a", "duration": 0}, "duration"),
        ({"op": "rename_scene", "clip": "a", "name": "x" * 500}, "name"),
        ({"op": "set_color", "key": "accent", "value": "red"}, "accent"),
        ({"op": "apply_preset", "preset": "p"}, "colors"),
        ({"op": "patch_clips", "clips": {"x1": {"style.color": "#FFFFFF", "style": {"size": 9}}}}, "style"),
        ({"op": "set_music_volume", "volume": 2.5}, "volume"),
        ({"op": "set_music_volume", "volume": True}, "volume"),
        (
            {"op": "set_transition", "after": "c", "transition": {"id": "q", "kind": "crossfade", "duration": 5}},
            "transition",
        ),
        (
            {"op": "set_transition", "after": "a", "transition": {"id": "q", "kind": "star wipe", "duration": 5}},
            "transition",
        ),
    ],
)
def test_a_malformed_operation_names_its_field(document, operation, field) -> None:
    with pytest.raises(InvalidInput) as caught:
        edits.apply(document, operation)
    assert caught.value.field == field


def test_an_edit_of_a_removed_clip_says_so(document) -> None:
    with pytest.raises(Conflict) as caught:
        edits.apply(document, {"op": "set_value", "clip": "gone", "key": "title", "value": "x"})
    assert caught.value.code == "clip-gone"


def test_an_id_is_used_once(document) -> None:
    for operation in (
        {"op": "duplicate_scene", "clip": "a", "id": "m"},
        {"op": "add_scene", "clip": {"id": "t", "scene": "s", "duration": 5}},
        {"op": "set_transition", "after": "b", "transition": {"id": "a", "kind": "crossfade", "duration": 5}},
        {"op": "set_music", "clip": {"id": "a", "media": "x"}},
    ):
        with pytest.raises(Conflict):
            edits.apply(document, operation)


@pytest.mark.parametrize(
    ("mine", "theirs", "meet"),
    [
        ({"op": "set_value", "clip": "a", "key": "x"}, {"op": "set_value", "clip": "a", "key": "y"}, False),
        ({"op": "set_value", "clip": "a", "key": "x"}, {"op": "reset_value", "clip": "a", "key": "x"}, True),
        ({"op": "set_value", "clip": "a", "key": "x"}, {"op": "set_value", "clip": "b", "key": "x"}, False),
        ({"op": "set_value", "clip": "a", "key": "x"}, {"op": "remove_scene", "clip": "a"}, True),
        ({"op": "set_color", "key": "x"}, {"op": "apply_preset"}, True),
        ({"op": "apply_preset"}, {"op": "set_color", "key": "x"}, True),
        ({"op": "set_color", "key": "x"}, {"op": "set_color", "key": "xy"}, False),
        ({"op": "set_music", "clip": None}, {"op": "set_music_volume", "volume": 1}, False),
        ({"op": "move_scene", "clip": "a"}, {"op": "rename_scene", "clip": "a"}, False),
    ],
)
def test_fields_that_meet(mine, theirs, meet) -> None:
    assert bool(edits.overlapping(edits.fields(mine), edits.fields(theirs))) is meet
