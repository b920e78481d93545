import json
from pathlib import Path

import pytest

from flatrender.core.errors import InvalidInput
from flatrender.core.timing import Rate
from flatrender.projects import timeline, upgrades
from flatrender.projects.timeline import Document, SceneClip, Track, Transition

GOLDEN = Path(__file__).parent / "golden"


def _golden(name: str) -> dict:
    return json.loads((GOLDEN / name).read_text("utf-8"))


def test_every_version_has_a_golden_file_that_still_reads() -> None:
    for version in range(1, timeline.VERSION + 1):
        document = upgrades.read(_golden(f"document_v{version}.json"))
        assert document.clips[0].values["title"] == "شب‌های کویر"


def test_the_current_version_is_written_as_it_was_read() -> None:
    stored = _golden(f"document_v{timeline.VERSION}.json")
    assert upgrades.read(stored).to_dict() == stored


def test_the_film_overlaps_at_a_transition() -> None:
    document = upgrades.read(_golden("document_v1.json"))
    places = [(placed.clip.id, placed.start, placed.end, placed.overlap) for placed in timeline.layout(document)]
    assert places == [("a", 0, 100, 0), ("b", 90, 150, 10), ("c", 150, 230, 0)]
    assert timeline.film_duration(document) == 230
    assert list(timeline.media_ids(document)) == ["m1", "song"]


def test_a_transition_is_held_to_half_of_its_shorter_neighbour() -> None:
    clips = (SceneClip("a", "s", 100), SceneClip("b", "s", 9))
    document = timeline.new_document(Rate(25), (1920, 1080))
    document = document.with_scenes(clips, (Transition("t", "crossfade", 50),))
    assert timeline.film_duration(document) == 105
    assert document.gaps[0].duration == 50


def test_an_empty_film_lasts_no_time() -> None:
    assert timeline.film_duration(timeline.new_document(Rate(25), (1920, 1080))) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("rate"),
        lambda d: d.update(rate=[0, 1]),
        lambda d: d.update(size=[0, 10]),
        lambda d: d.update(tracks=[]),
        lambda d: d["tracks"].append({"id": "second", "kind": "scene", "items": []}),
        lambda d: d["tracks"][0]["items"].insert(
            0, {"type": "transition", "id": "x", "kind": "crossfade", "duration": 3}
        ),
        lambda d: d["tracks"][0]["items"].append({"type": "transition", "id": "x", "kind": "crossfade", "duration": 3}),
        lambda d: d["tracks"][0]["items"][0].update(duration=0),
        lambda d: d["tracks"][0]["items"][0].update(duration=1.5),
        lambda d: d["tracks"][0]["items"][2].update(id="a"),
        lambda d: d["tracks"][0]["items"][1].update(kind="star wipe"),
        lambda d: d["tracks"][1].update(volume=2),
        lambda d: d["tracks"][1]["items"][0].update(fade_in=-1),
        lambda d: d["tracks"][0].update(kind="hologram"),
    ],
)
def test_a_broken_document_is_refused(change) -> None:
    data = _golden("document_v1.json")
    change(data)
    with pytest.raises(InvalidInput):
        upgrades.read(data)


def test_versions_are_lifted_step_by_step() -> None:
    def first(data):
        return {**data, "lifted": True}

    data = {**_golden("document_v1.json"), "version": 0}
    lifted = upgrades.upgrade(data, {0: first})
    assert lifted["version"] == timeline.VERSION
    assert lifted["lifted"] is True
    assert data["version"] == 0
    with pytest.raises(InvalidInput, match="version 0 cannot be read"):
        upgrades.upgrade(data, {})


def test_a_newer_document_says_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="update FlatRender") as caught:
        upgrades.read({"version": timeline.VERSION + 1})
    assert caught.value.code == "newer-document"
    with pytest.raises(InvalidInput, match="no version"):
        upgrades.read({})


def test_a_track_is_replaced_by_its_id_or_added() -> None:
    document = timeline.new_document(Rate(25), (100, 100))
    assert [track.id for track in document.with_track(Track("extra", "music")).tracks] == ["scenes", "music", "extra"]
    assert document.with_track(Track("music", "music", volume=0.5)).music_track.volume == 0.5
    assert Document.from_dict(document.to_dict()) == document
