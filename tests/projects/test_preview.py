"""The live preview: Lottie by content, patches of one value, and how values reach the engine."""

import base64
import io
import json
import zipfile
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image
from py_aep import ImportOptions
from sqlalchemy import event

from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.errors import NotFound
from flatrender.core.timing import Rate
from flatrender.film import read
from flatrender.projects import render_values, upgrades
from flatrender.templates import definitions, description, review
from flatrender.templates import service as templates
from tests.aftereffects.authored import Author
from tests.film.conftest import HEIGHT, WIDTH, make_film, make_tone, number_of, numbered
from tests.media.files import png_bytes
from tests.templates.conftest import DESIGNER


@pytest.fixture
def opened(me, promo):
    project = me.post("/api/v1/projects", json={"template_id": promo}).json()
    return me.get(f"/api/v1/projects/{project['id']}").json()


def _commit(client, opened, *ops):
    project = opened["project"]
    body = {"op_id": f"op-{len(ops)}-{ops[0]['op']}", "base_revision": project["revision"], "ops": list(ops)}
    answer = client.post(f"/api/v1/projects/{project['id']}/ops", json=body)
    assert answer.status_code == 200, answer.text


def _first_clip(opened) -> str:
    return opened["document"]["tracks"][0]["items"][0]["id"]


def test_a_clip_is_lottie_with_an_etag_by_content(me, opened) -> None:
    clip = _first_clip(opened)
    address = f"/api/v1/projects/{opened['project']['id']}/scenes/{clip}/lottie"
    first = me.get(address)
    assert first.status_code == 200
    lottie = first.json()
    assert (lottie["w"], lottie["h"], lottie["fr"]) == (320, 180, 25)
    tag = first.headers["etag"]
    assert me.get(address, headers={"If-None-Match": tag}).status_code == 304
    _commit(me, opened, {"op": "set_value", "clip": clip, "key": "title", "value": "Other"})
    second = me.get(address, headers={"If-None-Match": tag})
    assert second.status_code == 200
    assert second.headers["etag"] != tag
    assert second.content != first.content
    assert me.get(f"/api/v1/projects/{opened['project']['id']}/scenes/nothing/lottie").json()["code"] == "clip-gone"


def test_a_text_is_drawn(me, opened, signed_in) -> None:
    address = f"/api/v1/projects/{opened['project']['id']}/text-picture"
    body = {"text": "سلام", "width": 120, "height": 60, "frame_height": 180}
    drawn = me.post(address, json=body)
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/png")
    assert "x-missing-characters" not in drawn.headers
    assert "x-text-overflow" not in drawn.headers
    assert me.post(address, json={**body, "text": "سلام " * 30}).headers["x-text-overflow"] == "1"
    rare = me.post(address, json={**body, "text": "Sumer \U00012000"})
    assert unquote(rare.headers["x-missing-characters"]) == "\U00012000"
    with Image.open(io.BytesIO(drawn.content)) as picture:
        assert (picture.size, picture.mode) == ((120, 60), "RGBA")
    assert me.post(address, json={**body, "width": 0}).status_code == 422
    assert signed_in(email="b@example.com").post(address, json=body).status_code == 404


def test_a_baked_value_is_what_the_saved_one_will_be(me, opened) -> None:
    clip, project = _first_clip(opened), opened["project"]["id"]
    lottie = me.get(f"/api/v1/projects/{project}/scenes/{clip}/lottie").json()
    baked = me.post(f"/api/v1/projects/{project}/bake", json={"clip": clip, "key": "title", "value": "سلام"})
    assert baked.status_code == 200, baked.text
    patches = baked.json()["patches"]
    assert patches
    assert baked.json()["of"] == lottie["of"] != ""
    _apply(lottie, patches)
    unsaved = me.get(f"/api/v1/projects/{project}").json()
    assert unsaved["project"]["revision"] == 0, "nothing is saved by baking"
    _commit(me, opened, {"op": "set_value", "clip": clip, "key": "title", "value": "سلام"})
    saved = me.get(f"/api/v1/projects/{project}/scenes/{clip}/lottie").json()
    assert _layers(lottie) == _layers(saved)
    default = me.post(f"/api/v1/projects/{project}/bake", json={"clip": clip, "key": "title", "value": None})
    assert default.json()["patches"] != patches


def test_a_keystroke_asks_the_session_one_question(me, opened) -> None:
    clip, project = _first_clip(opened), opened["project"]["id"]
    asked: list[str] = []
    body = {"clip": clip, "key": "title", "value": "سلام"}
    me.post(f"/api/v1/projects/{project}/bake", json=body)  # the first one reads the template
    engine = get_database().engine
    count = lambda *said: asked.append(said[2])  # noqa: E731  # listeners are removed by themselves
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert me.post(f"/api/v1/projects/{project}/bake", json=body).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    questions = [words for words in asked if words.startswith("SELECT")]
    # What of. Who asks is a plain look beside it: core.db.Database.look.
    assert len(questions) == 1, "\n".join(questions)


def _let_choose(template_id: str, key: str, *fonts: str) -> None:
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        scene = description.describe(session, DESIGNER, template_id)["scenes"][0]
        element = next(element for element in scene["elements"] if element["key"] == key)
        limits = {**element["limits"], "fonts": list(fonts)}
        review.edit_element(session, DESIGNER, template_id, element["id"], {"limits": limits})


def test_a_text_in_a_chosen_font_is_baked_and_saved_alike(me, opened, promo) -> None:
    _let_choose(promo, "title", "Inter-Light")
    clip, project = _first_clip(opened), opened["project"]["id"]
    lottie = me.get(f"/api/v1/projects/{project}/scenes/{clip}/lottie").json()
    before = json.dumps(_layers(lottie))
    value = {"text": "Hello", "font": "Inter-Light"}
    baked = me.post(f"/api/v1/projects/{project}/bake", json={"clip": clip, "key": "title", "value": value})
    assert baked.status_code == 200, baked.text
    _apply(lottie, baked.json()["patches"])
    assert json.dumps(_layers(lottie)) != before, "the same words look otherwise"
    _commit(me, opened, {"op": "set_value", "clip": clip, "key": "title", "value": value})
    saved = me.get(f"/api/v1/projects/{project}/scenes/{clip}/lottie").json()
    assert _layers(lottie) == _layers(saved)

    other = {"clip": clip, "key": "title", "value": {"text": "Hello", "font": "Inter-Black"}}
    refused = me.post(f"/api/v1/projects/{project}/bake", json=other)
    assert (refused.status_code, refused.json()["detail"]) == (422, "Choose one of the fonts Inter-Light.")
    fixed = {"clip": clip, "key": "subtitle", "value": {"text": "x", "font": "Inter-Light"}}
    assert "keeps the font" in me.post(f"/api/v1/projects/{project}/bake", json=fixed).json()["detail"]


def test_a_font_that_is_no_longer_allowed_leaves_the_words(me, opened, promo) -> None:
    _let_choose(promo, "title", "Inter-Light")
    value = {"text": "Hi", "font": "Inter-Light"}
    _commit(me, opened, {"op": "set_value", "clip": _first_clip(opened), "key": "title", "value": value})
    _let_choose(promo, "title")
    document = upgrades.read(me.get(f"/api/v1/projects/{opened['project']['id']}").json()["document"])
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        definition = definitions.get(session, promo)
        found = render_values.scene_values(session, document, document.clips[0], definition)
    title = definition.scene("Opening").element("title").outline.addresses[0]
    assert found.values[title] == {"kind": "text", "text": "Hi", "direction": "auto"}
    assert found.notes == ("Opening, Title: The template keeps the font of this text.",)


def test_dragged_colors_are_baked(me, opened) -> None:
    clip, project = _first_clip(opened), opened["project"]["id"]
    lottie = me.get(f"/api/v1/projects/{project}/scenes/{clip}/lottie").json()
    body = {"clip": clip, "colors": {"accent": "#0000ff"}}
    patches = me.post(f"/api/v1/projects/{project}/bake", json=body).json()["patches"]
    _apply(lottie, patches)
    _commit(me, opened, {"op": "set_color", "key": "accent", "value": "#0000FF"})
    saved = me.get(f"/api/v1/projects/{project}/scenes/{clip}/lottie").json()
    assert _layers(lottie) == _layers(saved)
    back = me.post(f"/api/v1/projects/{project}/bake", json={"clip": clip, "colors": {}}).json()["patches"]
    assert back != patches, "a colour taken back is drawn anew as well"
    both = {"clip": clip, "colors": {"accent": "#0000FF", "paper": "#111111"}, "changed": ["paper"]}
    assert me.post(f"/api/v1/projects/{project}/bake", json=both).json()["patches"] == [], "nothing here shows paper"
    wrong = me.post(f"/api/v1/projects/{project}/bake", json={"clip": clip, "colors": {"sky": "#000000"}})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "sky")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("title", "much too long a title", "At most 12"),
        ("nothing", "x", "has no element"),
        ("subtitle", {"text": "x" * 2001}, "At most 2000 characters; this has 2001"),
        ("title", 5, "Write a text"),
    ],
)
def test_baking_checks_as_saving_does(me, opened, key, value, said) -> None:
    body = {"clip": _first_clip(opened), "key": key, "value": value}
    refused = me.post(f"/api/v1/projects/{opened['project']['id']}/bake", json=body)
    assert refused.status_code == 422
    assert refused.json()["field"] == key
    assert said in refused.json()["detail"]


def test_a_bake_of_nothing_is_refused(me, opened) -> None:
    body = {"clip": _first_clip(opened), "values": {"title": "much too long a title"}}
    refused = me.post(f"/api/v1/projects/{opened['project']['id']}/bake", json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, "key")


def test_values_reach_the_engine_by_address(me, opened, promo) -> None:
    clip = _first_clip(opened)
    photo = me.post("/api/v1/media", files={"file": ("a.png", png_bytes())}).json()["id"]
    _commit(
        me,
        opened,
        {"op": "set_value", "clip": clip, "key": "title", "value": {"text": "Hi", "direction": "rtl"}},
        {"op": "set_value", "clip": clip, "key": "photo", "value": {"media": photo, "fit": "contain"}},
        {"op": "set_value", "clip": clip, "key": "show_note", "value": False},
        {"op": "set_color", "key": "accent", "value": "#010203"},
    )
    document = upgrades.read(me.get(f"/api/v1/projects/{opened['project']['id']}").json()["document"])
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        definition = definitions.get(session, promo)
        found = render_values.scene_values(session, document, document.clips[0], definition)
    opening = definition.scene("Opening")
    by_key = {element.key: found.values.get(element.outline.addresses[0]) for element in opening.elements}
    assert by_key["title"] == {"kind": "text", "text": "Hi", "direction": "rtl"}
    assert by_key["subtitle"] is None, "what nobody changed stays the file's own"
    assert (by_key["photo"]["kind"], by_key["photo"]["fit"]) == ("image", "contain")
    assert Path(by_key["photo"]["path"]).is_file()
    assert by_key["show_note"] == {"kind": "data", "text": "0"}
    accent = definition.color("accent").outline.addresses[0]
    assert found.values[accent] == {"kind": "data", "text": "1,2,3,255"}
    assert (found.frames, found.composition_id, found.notes) == (12, opening.composition_id, ())
    assert json.dumps(found.values)


def test_the_designers_default_stands_over_the_files(me, opened, promo) -> None:
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        scenes = description.describe(session, DESIGNER, promo)
        elements = {element["key"]: element["id"] for element in scenes["scenes"][0]["elements"]}
        review.edit_element(session, DESIGNER, promo, elements["subtitle"], {"default": "Ours", "direction": "rtl"})
        color = next(color for color in scenes["colors"] if color["key"] == "paper")
        review.edit_color(session, DESIGNER, promo, color["id"], {"value": "#AABBCC"})
    document = upgrades.read(opened["document"])
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        definition = definitions.get(session, promo)
        found = render_values.scene_values(session, document, document.clips[0], definition)
    subtitle = definition.scene("Opening").element("subtitle").outline.addresses[0]
    assert found.values[subtitle] == {"kind": "text", "text": "Ours", "direction": "rtl"}
    assert found.values[definition.color("paper").outline.addresses[0]]["text"] == "170,187,204,255"


def test_what_no_longer_fits_is_noted_not_fatal(me, opened, promo) -> None:
    document = upgrades.read(opened["document"])
    values = {"gone": "x", "title": 5, "photo": {"media": "0" * 32}}
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        definition = definitions.get(session, promo)

        def nowhere(media_id: str) -> Path:
            raise NotFound("A file that the project uses was deleted; choose another one.")

        resolved, notes = render_values.resolve(definition, definition.scene("Opening"), values, {}, nowhere)
    assert resolved == {}
    assert len(notes) == 3
    assert any("no element “gone”" in note for note in notes)
    assert any("was deleted" in note for note in notes)
    assert document.clips


def _apply(lottie: dict, patches: list[dict]) -> None:
    """What the browser's player does with patches."""
    assets = {asset["id"]: asset for asset in lottie["assets"]}
    for patch in patches:
        if "image" in patch:
            assets[patch["image"]] = patch["asset_object"]
            continue
        layers = lottie["layers"] if patch["asset"] is None else assets[patch["asset"]]["layers"]
        at = next(index for index, layer in enumerate(layers) if layer["ind"] == patch["ind"])
        layers[at] = patch["layer"]
    lottie["assets"] = list(assets.values())


def _layers(lottie: dict) -> object:
    return [lottie["layers"], {asset["id"]: asset.get("layers") for asset in lottie["assets"] if "layers" in asset}]


def test_another_persons_picture_is_not_drawn(me, opened, signed_in) -> None:
    stranger = signed_in(email="stranger@example.com")
    theirs = stranger.post("/api/v1/media", files={"file": ("private.png", png_bytes((90, 60)))}).json()["id"]
    own = me.post("/api/v1/media", files={"file": ("own.png", png_bytes((90, 60)))}).json()["id"]
    address = f"/api/v1/projects/{opened['project']['id']}/bake"
    body = {"clip": _first_clip(opened), "key": "photo"}
    assert me.post(address, json={**body, "value": {"media": own}}).status_code == 200
    refused = me.post(address, json={**body, "value": {"media": theirs}})
    assert (refused.status_code, refused.json()["field"]) == (422, "photo")
    assert "not among your files" in refused.json()["detail"]


def _sent(client, film: Path) -> str:
    """Uploads a film as pages do: its id."""
    data, name = film.read_bytes(), base64.b64encode(film.name.encode()).decode()
    tus = {"Tus-Resumable": "1.0.0"}
    more = {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {name}"}
    url = client.post("/api/v1/media/uploads", headers=tus | more).headers["location"]
    piece = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    return str(client.patch(url, content=data, headers=tus | piece).headers["upload-media"])


def test_what_a_scene_sounds_comes_as_the_film_has_it(me, drawn_at_once, signed_in, tmp_path) -> None:
    author = Author()
    tone = author.project.import_file(ImportOptions(make_tone(tmp_path / "tone.wav", 1.0, hertz=400)))
    final = author.comp("flatrender", (320, 180), 4.0, 25.0)
    for name in ("Loud", "Quiet"):
        scene = author.comp(name, (320, 180), 2.0, 25.0)
        title = author.text(scene, f"frl_{name.lower()}", name)
        title["ADBE Text Properties"]["ADBE Text Document"].value.font = "Inter-Bold"
        final.add(scene).start_time = 2.0 * (name == "Quiet")
        if name == "Loud":
            scene.add(tone).start_time = 0.4
    with zipfile.ZipFile(tmp_path / "sounding.zip", "w") as archive:
        for path in (author.save(tmp_path / "sounding.aep"), tmp_path / "tone.wav"):
            archive.write(path, path.name)
    template = templates.create(DESIGNER, tmp_path / "sounding.zip", "sounding.zip")
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        templates.publish(session, DESIGNER, template)
    project = me.post("/api/v1/projects", json={"template_id": template}).json()["id"]
    clips = me.get(f"/api/v1/projects/{project}").json()["document"]["tracks"][0]["items"]
    by_scene = {clip["scene"]: f"/api/v1/projects/{project}/scenes/{clip['id']}" for clip in clips}
    loud, quiet = (next(url for key, url in by_scene.items() if name in key.lower()) for name in ("loud", "quiet"))
    assert len(me.get(f"{loud}/lottie").json()["sound"]) == 24
    answer = me.get(f"{loud}/sound")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mp4")
    (tmp_path / "heard.m4a").write_bytes(answer.content)
    heard = np.abs(np.frombuffer(read.sound(tmp_path / "heard.m4a"), "<f4")[::2])
    spans = ((0, 0.35), (0.5, 1.3), (1.5, 1.9))
    assert [heard[round(a * 48_000) : round(b * 48_000)].max() > 0.1 for a, b in spans] == [False, True, False]
    assert "sound" not in me.get(f"{quiet}/lottie").json()
    assert me.get(f"{quiet}/sound").json()["code"] == "silent"
    assert signed_in(email="other@example.com").get(f"{loud}/sound").status_code == 404


def test_a_film_in_the_place_of_a_picture_comes_frame_by_frame(me, opened, signed_in, tmp_path) -> None:
    frames = [numbered(number) for number in range(50)]
    film = _sent(me, make_film(tmp_path / "counted.mp4", frames, Rate(25)))
    clip = _first_clip(opened)
    value = {"media": film, "fit": "stretch"}
    patches = me.post(
        f"/api/v1/projects/{opened['project']['id']}/bake", json={"clip": clip, "key": "photo", "value": value}
    )
    [still] = [one for one in patches.json()["patches"] if one.get("image", "").startswith("film_")]
    picture = Image.open(io.BytesIO(base64.b64decode(still["asset_object"]["p"].partition(",")[2])))
    assert number_of(picture.convert("RGBA").resize((WIDTH, HEIGHT)).tobytes()) == 0, "at once, before it is saved"
    assert ("sid" in still["asset_object"], set(still)) == (False, {"image", "asset_object"})
    _commit(me, opened, {"op": "set_value", "clip": clip, "key": "photo", "value": value})
    scene = f"/api/v1/projects/{opened['project']['id']}/scenes/{clip}"
    lottie = me.get(f"{scene}/lottie").json()
    [told] = lottie["films"]
    asset, numbers = told["asset"], told["numbers"]
    [slot] = [one for one in lottie["assets"] if one["id"] == asset]
    assert slot["sid"] == asset, "where the player puts the pictures"
    start = next(frame for frame, number in enumerate(numbers) if number == 0)
    assert numbers[start : start + 5] == [0, 1, 2, 3, 4]

    def pictures(**query) -> dict[int, Image.Image]:
        answer = me.get(f"{scene}/films/{asset}", params=query)
        assert answer.status_code == 200, answer.text
        found = {one["number"]: one["uri"].partition(",") for one in answer.json()["pictures"]}
        return {number: Image.open(io.BytesIO(base64.b64decode(data))) for number, (_, _, data) in found.items()}

    several, [exact] = pictures(first=start, count=4), pictures(first=start + 9, exact=True).values()
    assert sorted(several) == [0, 1, 2, 3]
    assert {picture.format for picture in several.values()} == {"JPEG"}
    assert exact.format == "PNG"
    shown = exact.convert("RGBA").resize((WIDTH, HEIGHT))
    assert number_of(shown.tobytes()) == 9
    assert me.get(f"{scene}/films/nothing").json()["code"] == "film-gone"
    assert signed_in(email="other@example.com").get(f"{scene}/films/{asset}").status_code == 404
