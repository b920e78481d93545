import json
from pathlib import Path

import pytest

from flatrender.core.errors import InvalidInput
from flatrender.core.timing import Rate
from flatrender.projects import timeline, upgrades
from flatrender.projects.items import SceneClip, SoundClip, Transition
from flatrender.projects.timeline import Document, Track

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
    assert places == [("a", 0, 100, 0), ("b", 90, 150, 10), ("c", 150, 230, 0), ("m", 0, 230, 0)]
    assert timeline.film_duration(document) == 230
    assert list(timeline.media_ids(document)) == ["m1", "song"]


def test_a_transition_is_held_to_half_of_its_shorter_neighbour() -> None:
    first, second = SceneClip("a", "s", 100), SceneClip("b", "s", 9)
    document = timeline.new_document(Rate(25), (1920, 1080))
    joined = document.scene_track.with_pairs([(None, first), (Transition("t", "crossfade", 50), second)])
    document = document.with_track(joined)
    assert timeline.film_duration(document) == 105
    assert document.scene_track.pairs[1][0].duration == 50


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
        lambda d: d["tracks"][1].update(volume=2.5),
        lambda d: d["tracks"][1]["items"][0].update(fade_in=-1),
        lambda d: d["tracks"][0].update(kind="hologram"),
        lambda d: d["tracks"][0]["items"].append(7),
    ],
)
@pytest.mark.parametrize("version", range(1, timeline.VERSION + 1))
def test_a_broken_document_is_refused(version, change) -> None:
    data = _golden(f"document_v{version}.json")
    if version > 1:
        data["tracks"] = [track for track in data["tracks"] if track["kind"] in {"scene", "music"}]
    change(data)
    with pytest.raises(InvalidInput):
        upgrades.read(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(markers=[{"id": "k", "frame": -1}]),
        lambda d: d.update(markers=[{"id": "a", "frame": 1}]),
        lambda d: d.update(audio={}),
        lambda d: d.update(audio={"loudness": 3}),
        lambda d: d["tracks"].append({"id": "s", "kind": "subtitle", "items": []}),
        lambda d: _items(d, "film").insert(0, {"type": "gap", "id": "q", "duration": 0}),
        lambda d: _items(d, "film").insert(3, {"type": "gap", "id": "q", "duration": 5}),
        lambda d: _items(d, "film")[1].update(volume=3),
        lambda d: _items(d, "film")[1].update(opacity=float("nan")),
        lambda d: _items(d, "film")[1].update(fit={"mode": "cover", "crop": [0.5, 0, 0.5, 0]}),
        lambda d: _items(d, "film")[1].update(envelope=[[5, 1], [5, 0]]),
        lambda d: _items(d, "film")[1].update(place={"width": 0}),
        lambda d: _items(d, "film")[1].pop("media"),
        lambda d: _items(d, "titles")[1].update(text="x" * 5001),
        lambda d: _items(d, "titles")[1].update(style={"color": "red"}),
        lambda d: _items(d, "voice")[1].update(duration=None),
        lambda d: _items(d, "voice").insert(2, {"type": "transition", "id": "q", "kind": "wipe", "duration": 3}),
        lambda d: _items(d, "voice")[1].update(loop=1),
        lambda d: d["tracks"][1].update(mute="yes"),
    ],
)
def test_what_version_2_brought_is_checked_as_well(change) -> None:
    data = _golden("document_v2.json")
    change(data)
    with pytest.raises(InvalidInput):
        upgrades.read(data)


def _items(data: dict, track: str) -> list:
    return next(one["items"] for one in data["tracks"] if one["id"] == track)


def test_version_1_becomes_a_document_of_scenes_and_music() -> None:
    document = upgrades.read(_golden("document_v1.json"))
    assert [(track.id, track.kind, track.volume) for track in document.tracks] == [
        ("scenes", "scene", 1.0),
        ("music", "music", 0.8),
    ]
    assert document.music == SoundClip("m", "song", fade_out=25)
    assert (document.loudness, document.markers) == (None, ())
    assert document.clips[0].offset == 0


def test_each_track_is_a_sequence_of_its_own() -> None:
    document = upgrades.read(_golden("document_v2.json"))
    placed = [(one.track, one.clip.id, one.start, one.end, one.overlap) for one in timeline.layout(document)]
    assert placed[3:] == [
        ("film", "v1", 20, 80, 0),
        ("film", "v2", 70, 110, 10),
        ("film", "v3", 140, 190, 0),
        ("logo", "i1", 0, 230, 0),
        ("titles", "x1", 10, 60, 0),
        ("titles", "x2", 60, 100, 0),
        ("music", "m", 0, 230, 0),
        ("voice", "s1", 20, 80, 0),
        ("voice", "s2", 80, 110, 0),
        ("effects", "e1", 90, 110, 0),
    ]
    assert timeline.layout(document)[4].transition == Transition("w", "wipe", 10, {"direction": "left"})


def test_sound_does_not_lengthen_the_film_and_pictures_do() -> None:
    data = _golden("document_v2.json")
    _items(data, "voice")[2]["duration"] = 900
    assert timeline.film_duration(upgrades.read(data)) == 230
    _items(data, "titles")[2]["duration"] = 300
    longer = upgrades.read(data)
    assert timeline.film_duration(longer) == 360
    assert next(one.end for one in timeline.layout(longer) if one.clip.id == "m") == 360


def test_gaps_are_put_in_order_when_read() -> None:
    data = _golden("document_v2.json")
    gaps = [{"type": "gap", "id": "one", "duration": 5}, {"type": "gap", "id": "two", "duration": 7}]
    _items(data, "effects")[0:1] = gaps
    _items(data, "effects").append({"type": "gap", "id": "three", "duration": 9})
    track = upgrades.read(data).track("effects")
    assert [(item.id, item.duration) for item in track.items] == [("e1~", 12), ("e1", 20)]


def test_versions_are_lifted_step_by_step() -> None:
    def first(data):
        return {**data, "lifted": True}

    data = {**_golden("document_v1.json"), "version": 0}
    lifted = upgrades.upgrade(data, {**upgrades.STEPS, 0: first})
    assert lifted["version"] == timeline.VERSION
    assert lifted["lifted"] is True
    assert data["version"] == 0
    with pytest.raises(InvalidInput, match="version 0 cannot be read"):
        upgrades.upgrade(data, {})


def test_a_newer_document_says_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="newer version") as caught:
        upgrades.read({"version": timeline.VERSION + 1})
    assert caught.value.code == "newer-document"
    with pytest.raises(InvalidInput, match="no version"):
        upgrades.read({})


def test_a_track_is_replaced_by_its_id_or_added() -> None:
    document = timeline.new_document(Rate(25), (100, 100))
    assert [track.id for track in document.with_track(Track("extra", "music")).tracks] == ["scenes", "music", "extra"]
    assert document.with_track(Track("music", "music", volume=0.5)).music_track.volume == 0.5
    assert Document.from_dict(document.to_dict()) == document
