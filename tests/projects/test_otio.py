"""Timelines out and in: ours come back as they were, others' as far as we have what they have, the rest listed."""

import json
from typing import Any

import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime, TimeRange

from flatrender.core.errors import BadFile, Conflict, InvalidInput, TooLarge
from flatrender.core.timing import Rate
from flatrender.projects import edits, exchange, otio_file, otio_import, timeline, upgrades
from flatrender.projects import otio as writing
from flatrender.projects.timeline import Document
from tests.projects.edit_table import DOCUMENT
from tests.projects.random_edits import Dice, Maker

FILES = {"shot.mov": ("id-shot", "video"), "still.png": ("id-still", "image"), "song.wav": ("id-song", "audio")}


def _any_file(known: str | None, name: str, kinds: frozenset[str]) -> tuple[str, str] | None:
    """Every id is a file of the kind that is wanted."""
    if known:
        return known, next(kind for kind in ("video", "audio", "image") if kind in kinds)
    return None


def _by_name(known: str | None, name: str, kinds: frozenset[str]) -> tuple[str, str] | None:
    found = FILES.get(name)
    return found if found is not None and found[1] in kinds else None


def _round(document: Document, rate: Rate | None = None) -> otio_import.Imported:
    text = writing.write(document, name="Film", template_id="t", names={"clip1": "shot.mov"})
    return otio_import.read(otio_file.parse(text.encode()), rate or document.rate, (16, 16), _any_file)


def test_a_document_comes_back_as_it_was() -> None:
    document = upgrades.read(DOCUMENT)
    made = _round(document)
    assert (made.document, made.left_out, made.own, made.name) == (document, [], True, "Film")


@pytest.mark.parametrize("seed", range(25))
def test_any_document_comes_back_as_it_was(seed: int) -> None:
    maker, document = Maker(Dice(seed)), upgrades.read(DOCUMENT)
    for _ in range(20):
        try:
            document = edits.apply(document, maker.operation(document)).document
        except (InvalidInput, Conflict):
            continue
    made = _round(document)
    assert made.document == document
    assert made.left_out == []


def test_other_programs_see_the_film_as_long_as_it_is() -> None:
    document = upgrades.read(DOCUMENT)
    text = writing.write(document, name="Film", template_id="t", names={"clip1": "shot.mov"})
    read = otio.adapters.read_from_string(text, "otio_json")
    lengths = {track.metadata["flatrender"]["id"]: track.duration() for track in read.tracks}
    assert lengths["scenes"].value == timeline.film_duration(document)
    assert lengths["film"].value == 190
    wipe = next(child for child in read.tracks[1] if isinstance(child, otio.schema.Transition))
    assert (wipe.in_offset.value, wipe.out_offset.value) == (5, 5)
    first = read.tracks[1].find_clips()[0]
    assert (first.name, first.media_reference.name) == ("shot.mov", "shot.mov")
    assert first.source_range == TimeRange(
        RationalTime(30, float(document.rate)), RationalTime(55, float(document.rate))
    )


def test_what_was_cut_elsewhere_counts() -> None:
    document = upgrades.read(DOCUMENT)
    text = writing.write(document, name="Film", template_id="t", names={})
    read = otio.adapters.read_from_string(text, "otio_json")
    last = read.tracks[1].find_clips()[-1]
    last.source_range = TimeRange(RationalTime(110, float(document.rate)), RationalTime(20, float(document.rate)))
    changed = otio.adapters.write_to_string(read, "otio_json").encode()
    made = otio_import.read(otio_file.parse(changed), document.rate, (16, 16), _any_file)
    found = made.document.find("v3")
    assert found is not None
    assert (found[1].offset, found[1].duration) == (110, 20)
    assert found[1].place == document.find("v3")[1].place


def test_at_another_rate_times_are_the_nearest_frames() -> None:
    made = _round(upgrades.read(DOCUMENT), Rate(60000, 1001))
    assert made.left_out == ["The film had another frame rate; its times are the nearest frames of this one."]
    assert timeline.film_duration(made.document) == 460
    found = made.document.find("v1")
    assert found is not None
    assert (found[1].fade_in, found[1].envelope) == (12, ((0, 1.0), (80, 0.5)))


def _range(start: int, length: int, rate: float = 24) -> TimeRange:
    return TimeRange(RationalTime(start, rate), RationalTime(length, rate))


def _clip(file: str, start: int, length: int, **more: Any) -> otio.schema.Clip:
    reference = otio.schema.ExternalReference(target_url=f"file:///Volumes/Media/{file}")
    return otio.schema.Clip(file, reference, _range(start, length), **more)


def _foreign() -> otio.schema.Timeline:
    """As another program might write it, with much that we lack."""
    made = otio.schema.Timeline("Their cut")
    video = otio.schema.Track("V1", kind="Video")
    fast = _clip("shot.mov", 0, 48)
    fast.effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0))
    fast.markers.append(otio.schema.Marker("Beat", _range(12, 0), color="RED"))
    blurred = _clip("shot.mov", 100, 24)
    blurred.effects.append(otio.schema.Effect(effect_name="Blur"))
    off = _clip("shot.mov", 0, 24)
    off.enabled = False
    inner = otio.schema.Stack("Nested", source_range=_range(0, 24))
    half = RationalTime(6, 24)
    video.extend(
        [
            otio.schema.Transition("Fade in", "SMPTE_Dissolve", RationalTime(0, 24), half),
            fast,
            otio.schema.Transition("Iris", "Custom_Transition", half, half),
            blurred,
            otio.schema.Gap(duration=RationalTime(24, 24)),
            _clip("still.png", 0, 48),
            _clip("missing.mov", 0, 24),
            off,
            inner,
            otio.schema.Clip("Bars", otio.schema.GeneratorReference("Bars", "SMPTEBars"), _range(0, 24)),
            _clip("shot.mov", 10, 24),
        ]
    )
    sound = otio.schema.Track("A1", kind="Audio")
    sound.append(_clip("song.wav", 24, 240))
    words = otio.schema.Track("Subs", kind="Subtitle")
    made.tracks.extend([video, sound, words, otio.schema.Stack("Versions")])
    made.tracks.markers.append(otio.schema.Marker("Span", _range(24, 24)))
    return made


def test_what_we_lack_is_listed_and_the_rest_is_there() -> None:
    data = otio.adapters.write_to_string(_foreign(), "otio_json").encode()
    made = otio_import.read(otio_file.parse(data), Rate(25), (1920, 1080), _by_name)
    assert not made.own
    for part in (
        "transition at the edge of “V1”",
        "“shot.mov” has another speed",
        "“Iris” is a cross-fade",
        "effect “Blur”",
        "“missing.mov”: its file is not among yours",
        "switched off",
        "“Nested”",
        "“Bars”",
        "track “Subs”",
        "“Versions”",
        "“Span” spans a range",
    ):
        assert any(part in sentence for sentence in made.left_out), part
    assert len(made.left_out) == 11, made.left_out
    tracks = made.document.tracks
    assert [track.kind for track in tracks] == ["scene", "video", "image", "music"]
    placed = timeline.layout(made.document)
    # 24 frames a second became 25; the dissolve takes a quarter of a second from either side of its cut.
    films = [(one.start, one.end, one.overlap) for one in placed if one.track == tracks[1].id]
    assert films == [(0, 56, 0), (44, 75, 12), (250, 275, 0)]
    stills = [(one.start, one.end) for one in placed if one.track == tracks[2].id]
    assert stills == [(100, 150)]
    song = tracks[3].clips[0]
    assert (song.media, song.offset, song.duration) == ("id-song", 25, 250)
    assert [(marker.name, marker.frame) for marker in made.document.markers] == [("Beat", 12), ("Span", 25)]


def test_parts_of_unknown_kinds_and_transitions_without_two_clips_are_listed() -> None:
    time = {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 0.0}
    lasts = {"OTIO_SCHEMA": "TimeRange.1", "start_time": time, "duration": {**time, "value": 48.0}}
    data = json.loads(otio.adapters.write_to_string(_foreign(), "otio_json"))
    data["metadata"] = {"theirs": {"OTIO_SCHEMA": "Notes.3", "text": "may stand there"}}
    half = {**time, "value": 6.0}
    spin = {
        "OTIO_SCHEMA": "Transition.1",
        "name": "",
        "transition_type": "Custom_Spin",
        "in_offset": half,
        "out_offset": half,
    }
    video = data["tracks"]["children"][0]
    fast, missing, last = video["children"][1], video["children"][6], video["children"][-1]
    assert (fast["name"], missing["name"], last["name"]) == ("shot.mov", "missing.mov", "shot.mov")
    fast["effects"].append({"OTIO_SCHEMA": "Sparkle.2", "name": "Glow"})
    fast["markers"].append({"OTIO_SCHEMA": "Sticker.1"})
    missing["media_references"]["DEFAULT_MEDIA"] = {"OTIO_SCHEMA": "CloudReference.1", "name": "far away"}
    stranger = {"OTIO_SCHEMA": "Frobnicate.7", "name": "thing", "source_range": lasts}
    video["children"] = [fast, stranger, last, spin, missing, {"OTIO_SCHEMA": "Frobnicate.7"}]
    data["tracks"]["children"] = [video, {"OTIO_SCHEMA": "Hologram.1", "name": "H1"}]
    made = otio_import.read(otio_file.parse(json.dumps(data).encode()), Rate(25), (1920, 1080), _by_name)
    for part in (
        "“thing” is of a kind that is not known here, Frobnicate",
        "“A part” is of a kind that is not known here, Frobnicate",
        "“Glow” is of a kind that is not known here, Sparkle",
        "not known here, Sticker",
        "“far away” is of a kind that is not known here, CloudReference",
        "“H1” is of a kind that is not known here, Hologram",
        "transition “Custom_Spin” has no two clips",
        "“missing.mov”: its file is not among yours",
    ):
        assert any(part in sentence for sentence in made.left_out), (part, made.left_out)
    assert len(made.left_out) == 10, made.left_out  # the faster film and the marker as well
    assert not any("Notes" in sentence for sentence in made.left_out)
    # The stranger's two seconds stay free, so that the film behind it begins when it should.
    assert [(one.start, one.end) for one in timeline.layout(made.document) if one.track != "scenes"] == [
        (0, 50),
        (100, 131),
    ]


def test_a_camera_that_counts_from_a_time_of_day_and_a_sound_in_samples() -> None:
    made = otio.schema.Timeline("Rushes", global_start_time=RationalTime(86400, 24))
    shot = _clip("shot.mov", 86400 + 48, 24)
    shot.media_reference.available_range = _range(86400, 480)
    whole = otio.schema.Clip("still.png", otio.schema.ExternalReference("still.png", _range(86400, 24)))
    whole.markers.append(otio.schema.Marker("Whole", _range(86412, 0), color="BLUE"))
    plain = _clip("shot.mov", 24, 24)  # of a file that says when it begins, though the clip does not count so
    plain.media_reference.available_range = _range(86400, 480)
    video, sound = otio.schema.Track("V1", kind="Video"), otio.schema.Track("A1", kind="Audio")
    gap = otio.schema.Gap(duration=RationalTime(24, 24))
    gap.markers.append(otio.schema.Marker("Gap", _range(12, 0), color="YELLOW"))
    video.extend([shot, whole, plain, gap])
    video.markers.append(otio.schema.Marker("Track", _range(24, 0)))
    sound.append(_clip("song.wav", 0, 0))
    sound[0].source_range = _range(24_000, 96_000, 48_000)
    made.tracks.extend([video, sound])
    data = otio.adapters.write_to_string(made, "otio_json").encode()
    found = otio_import.read(otio_file.parse(data), Rate(25), (16, 16), _by_name)
    assert found.left_out == ["The film's timecode begins later than at zero there."]
    assert [(one.media, one.offset, one.duration) for one in found.document.tracks[1].clips] == [
        ("id-shot", 50, 25),
        ("id-shot", 25, 25),
    ]
    assert [(one.media, one.offset, one.duration) for one in found.document.tracks[3].clips] == [("id-song", 12, 50)]
    assert [(one.name, one.frame, one.color) for one in found.document.markers] == [
        ("Track", 25, "voice"),
        ("Whole", 37, "video"),
        ("Gap", 87, None),
    ]


def test_what_the_other_program_makes_itself_is_said_so() -> None:
    made = otio.schema.Timeline("x")
    made.tracks.append(otio.schema.Track("V"))
    frames = otio.schema.ImageSequenceReference("file:///a/", "img.", ".exr", 1, 1, 24, 4, available_range=_range(0, 9))
    bars = otio.schema.GeneratorReference("Bars", "SMPTEBars")
    gone = otio.schema.MissingReference("gone.mov")
    for name, reference in (("Bars", bars), ("Render", frames), ("Gone", gone)):
        made.tracks[0].append(otio.schema.Clip(name, reference, _range(0, 9)))
    data = otio.adapters.write_to_string(made, "otio_json").encode()
    assert otio_import.read(otio_file.parse(data), Rate(25), (16, 16), _by_name).left_out == [
        "“Bars” is made by the other program; there is nothing like it here.",
        "“Render” is a sequence of pictures; make a film of it, upload that and import again.",
        "“Gone”: its file is not among yours; upload it and import again.",
    ]


def test_a_file_of_a_newer_library_is_read_as_far_as_we_know_it() -> None:
    data = json.loads(otio.adapters.write_to_string(_foreign(), "otio_json"))
    marker = next(one for one in _all(data) if one.get("OTIO_SCHEMA") == "Marker.2" and one["name"] == "Beat")
    marker |= {"OTIO_SCHEMA": "Marker.3", "color": {"OTIO_SCHEMA": "Color.1", "name": "RED", "r": 1.0}}
    data["OTIO_SCHEMA"] = "Timeline.99"
    made = otio_import.read(otio_file.parse(json.dumps(data).encode()), Rate(25), (1920, 1080), _by_name)
    assert [one.name for one in made.document.markers] == ["Beat", "Span"]
    newer = [sentence for sentence in made.left_out if "newer form" in sentence]
    assert newer == [
        f"“{name}” is written in a newer form; what is new in it is left out." for name in ("Marker", "Timeline")
    ]


def _all(part: Any) -> list[dict[str, Any]]:
    """All objects in a timeline's JSON."""
    if isinstance(part, dict):
        return [part, *(found for child in part.values() for found in _all(child))]
    return [found for child in part for found in _all(child)] if isinstance(part, list) else []


ODD = (None, True, 5, 1e308, 10**400, "x", ["x"], [[5]], {"x": [1]})


def _metadata(part: Any) -> list[tuple[str, dict[str, Any]]]:
    """All metadata in a timeline's JSON, each with the schema of what it belongs to."""
    found: list[tuple[str, dict[str, Any]]] = []
    if isinstance(part, dict):
        found = [(part["OTIO_SCHEMA"], part["metadata"])] if part.get("metadata") else []
        part = list(part.values())
    if isinstance(part, list):
        for child in part:
            found += _metadata(child)
    return found


def _places(data: Any) -> dict[tuple[str, str], tuple[dict[str, Any], str]]:
    """One place of each kind in which a word of ours stands, and of each kind of them as a whole."""
    found: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}
    for schema, metadata in _metadata(data):
        found.setdefault((schema, ""), (metadata, writing.KEY))
        for key in metadata[writing.KEY]:
            found.setdefault((schema, key), (metadata[writing.KEY], key))
    return found


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_crafted_words_of_our_own_are_told_never_a_crash(odd: Any) -> None:
    text = writing.write(upgrades.read(DOCUMENT), name="Film", template_id="t", names={})
    for kind in _places(json.loads(text)):
        data = json.loads(text)
        place, key = _places(data)[kind]
        place[key] = odd
        try:
            parsed = otio_file.parse(json.dumps(data).encode())
            otio_import.wanted(parsed)
            otio_import.template_of(parsed)
            otio_import.read(parsed, Rate(60000, 1001), (16, 16), _any_file)
        except InvalidInput:
            continue


@pytest.mark.parametrize("written", ["Infinity", "Inf"])
@pytest.mark.parametrize("newer", [False, True])
def test_numbers_without_end_spoil_no_file(written: str, newer: bool) -> None:
    made = otio.schema.Timeline('Inf, "Inf')
    made.tracks.append(otio.schema.Track("V"))
    made.tracks[0].append(_clip("shot.mov", 0, 5))
    clip = made.tracks[0][0]
    clip.metadata["other"] = {"most": float("inf"), "least": -float("inf"), "none": float("nan")}
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float("inf")))
    text = otio.adapters.write_to_string(made, "otio_json").replace("Infinity", written)
    if newer:
        text = text.replace("Clip.2", "Clip.3")
    read = otio_import.read(otio_file.parse(text.encode()), Rate(25), (16, 16), _by_name)
    assert read.name == made.name
    assert [item.duration for item in read.document.tracks[-1].items] == [5]
    assert any("another speed" in sentence for sentence in read.left_out)


def test_a_time_that_is_no_number_is_said() -> None:
    made = otio.schema.Timeline("x")
    made.tracks.append(otio.schema.Track("V"))
    made.tracks[0].append(_clip("shot.mov", 0, 5))
    made.tracks[0][0].source_range = TimeRange(RationalTime(float("inf"), 25), RationalTime(5, 25))
    data = otio.adapters.write_to_string(made, "otio_json").encode()
    with pytest.raises(BadFile, match="not those of a film"):
        otio_import.read(otio_file.parse(data), Rate(25), (16, 16), _by_name)


def test_what_is_no_object_is_said() -> None:
    data = json.loads(writing.write(upgrades.read(DOCUMENT), name="Film", template_id="t", names={}))
    data["metadata"][writing.KEY] = "x"
    made = otio_import.read(otio_file.parse(json.dumps(data).encode()), Rate(25), (16, 16), _any_file)
    assert any("own words cannot be read" in sentence for sentence in made.left_out)


def test_words_of_our_own_that_are_no_words_are_left_out() -> None:
    text = writing.write(upgrades.read(DOCUMENT), name="Film", template_id="t", names={})
    data = json.loads(text)
    data["metadata"]["flatrender"]["size"] = "huge"
    film = data["tracks"]["children"][1]
    film["metadata"]["flatrender"]["volume"] = 99
    for child in film["children"]:
        if child["OTIO_SCHEMA"].startswith("Clip"):
            child["metadata"]["flatrender"]["opacity"] = "much"
    made = otio_import.read(otio_file.parse(json.dumps(data).encode()), Rate(30000, 1001), (16, 16), _any_file)
    assert made.document.size == (16, 16)
    assert any("size" in sentence for sentence in made.left_out)
    assert any("opacity is a number" in sentence for sentence in made.left_out)
    assert made.document.find("x1") is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"not json",
        b"[]",
        b"{}",
        b'{"OTIO_SCHEMA": "Clip.2"}',
        b'{"OTIO_SCHEMA": "Nonsense.1"}',
        b"[" * 500 + b"]" * 500,
        b"[" * 200_000,
        json.dumps({"OTIO_SCHEMA": "Timeline.1", "tracks": {"OTIO_SCHEMA": "Stack.1", "children": [7]}}).encode(),
        b'{"OTIO_SCHEMA": "Timeline.1", "tracks": null}',
        b'{"OTIO_SCHEMA": "Clip.2", "media_references": 5}',
    ],
    ids=lambda data: data[:20].decode("latin-1"),
)
def test_files_that_are_none(data: bytes) -> None:
    with pytest.raises(BadFile):
        otio_file.parse(data)


def test_a_part_of_an_unknown_kind_may_have_half_a_sign_in_its_name() -> None:
    odd = {"OTIO_SCHEMA": "Odd\ud800.1", "name": "\ud800"}
    data = {"OTIO_SCHEMA": "Timeline.1", "tracks": {"OTIO_SCHEMA": "Stack.1", "children": [odd]}}
    made = otio_import.read(otio_file.parse(json.dumps(data).encode()), Rate(25), (16, 16), _by_name)
    assert made.left_out == ["“?” is of a kind that is not known here, Odd?."]


@pytest.mark.parametrize(
    "data",
    [
        b'{"OTIO_SCHEMA": "UnknownSchema.1"}',  # the library ends its process
        b'{"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 1.0, "x": {"OTIO_SCHEMA": "Odd.1"}}',  # or dies
    ],
)
def test_a_file_that_ends_whoever_reads_it_is_refused(me, data: bytes) -> None:
    refused = me.post("/api/v1/projects/otio", files={"file": ("their.otio", data)})
    assert (refused.status_code, refused.json()["detail"]) == (422, "This OpenTimelineIO file cannot be read.")


def test_files_are_bounded() -> None:
    with pytest.raises(TooLarge):
        otio_file.parse(b" " * (otio_file.MAX_BYTES + 1))
    with pytest.raises(TooLarge):
        otio_file.parse(json.dumps([0] * (otio_file.MAX_OBJECTS + 1)).encode())


@pytest.mark.parametrize("rate", [0, -1, 1e9])
def test_times_of_no_film_are_refused(rate: float) -> None:
    made = otio.schema.Timeline("x")
    made.tracks.append(otio.schema.Track("V"))
    made.tracks[0].append(_clip("shot.mov", 0, 5))
    made.tracks[0][0].source_range = TimeRange(RationalTime(0, rate), RationalTime(5, rate))
    data = otio.adapters.write_to_string(made, "otio_json").encode()
    with pytest.raises(BadFile):
        otio_import.read(otio_file.parse(data), Rate(25), (16, 16), _by_name)


def test_files_are_asked_for_by_every_name_that_a_database_takes() -> None:
    assert exchange._sayable({"a\0", "\ud800"}) == []
    assert exchange._sayable({"نیم\u200cرخ.png"}) == ["نیم\u200cرخ.png"]


def test_a_project_goes_out_and_comes_back(me, promo) -> None:
    made = me.post("/api/v1/projects", json={"template_id": promo, "name": "قصه"}).json()
    opened = me.get(f"/api/v1/projects/{made['id']}").json()
    clip = opened["document"]["tracks"][0]["items"][0]["id"]
    ops = [
        {"op": "set_value", "clip": clip, "key": "title", "value": "سلام"},
        {"op": "add_track", "track": {"id": "words", "kind": "text"}},
        {"op": "insert_clip", "track": "words", "at": 3, "clip": {"id": "w", "text": "Hi", "duration": 9}},
    ]
    body = {"op_id": "one", "base_revision": 0, "ops": ops}
    assert me.post(f"/api/v1/projects/{made['id']}/ops", json=body).status_code == 200
    out = me.get(f"/api/v1/projects/{made['id']}/otio")
    assert out.status_code == 200
    assert ".otio" in out.headers["content-disposition"]
    back = me.post("/api/v1/projects/otio", files={"file": ("film.otio", out.content)})
    assert back.status_code == 201, back.text
    assert back.json()["left_out"] == []
    assert back.json()["project"]["name"] == "قصه"
    again = me.get(f"/api/v1/projects/{back.json()['project']['id']}").json()
    assert again["document"] == me.get(f"/api/v1/projects/{made['id']}").json()["document"]


def test_a_timeline_of_another_program_becomes_a_project(me, promo) -> None:
    data = otio.adapters.write_to_string(_foreign(), "otio_json").encode()
    refused = me.post("/api/v1/projects/otio", files={"file": ("their.otio", data)})
    assert (refused.status_code, refused.json()["field"]) == (422, "template_id")
    sent = {"template_id": promo}
    made = me.post("/api/v1/projects/otio", files={"file": ("their.otio", data)}, data=sent)
    assert made.status_code == 201, made.text
    assert any("“song.wav”: its file is not among yours" in sentence for sentence in made.json()["left_out"])
    opened = me.get(f"/api/v1/projects/{made.json()['project']['id']}").json()
    assert [item["scene"] for item in opened["document"]["tracks"][0]["items"]] == ["Opening", "Closing"]
    assert opened["project"]["name"] == "Their cut"
    bad = me.post("/api/v1/projects/otio", files={"file": ("bad.otio", b"{}")}, data=sent)
    assert (bad.status_code, bad.json()["field"]) == (422, "file")
