"""From an upload to the gallery, with the real engine."""

import json
import os
import zipfile
from types import SimpleNamespace

import pytest
from sqlmodel import select

from flatrender.core import storage
from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.errors import BadFile, Conflict, InvalidInput, NoSpace, NotFound, TooLarge
from flatrender.core.storage import get_storage
from flatrender.settings import get_settings
from flatrender.templates import (
    bundles,
    catalogue,
    definitions,
    description,
    fonts,
    pictures,
    review,
    scanning,
    service,
)
from flatrender.templates.models import Bundle, Template, TemplateScan
from tests.installation import OTHER_TENANT
from workers import housekeeping

pytestmark = pytest.mark.usefixtures("installation", "drawn_at_once")


def _session(tenant=DEFAULT_TENANT):
    return get_database().tenant_session(tenant)


def _review(designer, template_id):
    with _session() as session:
        return description.describe(session, designer, template_id)


def test_a_flexible_template_is_read(designer, made_projects) -> None:
    template_id = service.create(designer, made_projects("promo"), "promo.aep")
    found = _review(designer, template_id)
    assert (found["kind"], found["state"], found["size"], found["rate"]) == ("flexible", "draft", [320, 180], [25, 1])
    assert found["frames"] == 24
    opening, closing = found["scenes"]
    assert (opening["key"], opening["frames"], opening["enabled"]) == ("Opening", 12, True)
    kinds = {element["key"]: (element["kind"], element["enabled"]) for element in opening["elements"]}
    assert kinds == {
        "title": ("text", True),
        "subtitle": ("text", True),
        "photo": ("image", True),
        "show_note": ("toggle", True),
    }
    assert [element["default"] for element in closing["elements"]] == ["پایان"]
    assert {color["key"]: color["value"] for color in found["colors"]} == {"accent": "#E8634A", "paper": "#F4E9D8"}
    assert found["problems"] == []
    assert found["file"]["name"] == "promo.aep"
    assert json.dumps(found)


def test_a_template_without_the_convention_offers_its_compositions(designer, made_projects) -> None:
    found = _review(designer, service.create(designer, made_projects("plain"), "plain.aep"))
    assert found["kind"] == "free"
    scenes = {scene["key"]: scene for scene in found["scenes"]}
    assert {key: scene["enabled"] for key, scene in scenes.items()} == {"Main": True, "Part": False}
    headline = next(e for e in scenes["Main"]["elements"] if e["name"] == "Headline")
    assert headline["enabled"]


def test_a_fixed_template_is_one_film_with_grouped_elements(designer, made_projects) -> None:
    found = _review(designer, service.create(designer, made_projects("fixed"), "fixed.aep"))
    assert found["kind"] == "fixed"
    assert [scene["key"] for scene in found["scenes"]] == ["film"]
    groups = {element["key"]: element["group"] for element in found["scenes"][0]["elements"]}
    assert groups == {"c1t1": "Scene 1", "c2t1": "Scene 2"}


def test_an_upload_outlives_the_deletion_of_the_same_file(designer, made_projects, installation) -> None:
    first = service.create(designer, made_projects("promo"), "a.aep")
    with _session() as session:
        key = session.exec(select(Bundle.key)).one()
    os.utime(get_storage().local_path(key), (0, 0))
    prepared = scanning.prepare(DEFAULT_TENANT, made_projects("promo"), "b.aep")
    with _session() as session:
        service.remove(session, designer, first)
    housekeeping.run(installation, get_settings().data_dir, "n1")
    with _session() as session:
        bundles.record(session, prepared.stored)
    assert get_storage().exists(key)


def test_a_bundle_is_stored_once_per_content(designer, made_projects, days_later) -> None:
    first = service.create(designer, made_projects("promo"), "a.aep")
    second = service.create(designer, made_projects("promo"), "b.aep")
    with _session() as session:
        assert len(session.exec(select(Bundle)).all()) == 1
        key = session.exec(select(Bundle.key)).one()
        service.remove(session, designer, first)
    assert days_later(key)
    with _session() as session:
        service.remove(session, designer, second)
    assert get_storage().exists(key), "somebody may be about to upload the same file"
    assert not days_later(key)
    with _session() as session:
        for table in (Bundle, Template, TemplateScan):
            assert session.exec(select(table)).all() == []


def test_a_zip_with_its_files(designer, made_projects, zipped) -> None:
    project = made_projects("promo")
    photo = project.parent / "images" / "photo.png"
    path = zipped(
        "promo.zip", {"promo/promo.aep": project, "promo/images/photo.png": photo, "__MACOSX/._promo.aep": b"x"}
    )
    found = _review(designer, service.create(designer, path, "promo.zip"))
    assert found["name"] == "Promo"
    assert found["footage_missing"] == []
    assert found["file"]["kind"] == "zip"


def test_missing_footage_is_told(designer, made_projects, zipped) -> None:
    path = zipped("promo.zip", {"promo.aep": made_projects("promo")})
    found = _review(designer, service.create(designer, path, "promo.zip"))
    assert [use["name"] for use in found["footage_missing"]] == ["photo.png"]


def test_a_zip_with_two_projects_asks_which(designer, made_projects, zipped, monkeypatch) -> None:
    path = zipped("both.zip", {"a/promo.aep": made_projects("promo"), "b/plain.aep": made_projects("plain")})
    with pytest.raises(InvalidInput, match="holds 2 projects") as caught:
        service.create(designer, path, "both.zip")
    assert caught.value.code == "which-project"
    assert caught.value.details["choices"] == ["a/promo.aep", "b/plain.aep"]
    with monkeypatch.context() as full:
        full.setattr(fonts, "_made", lambda *_: (_ for _ in ()).throw(NoSpace("There is no space left.")))
        with pytest.raises(NoSpace):
            service.create(designer, path, "both.zip", project="b/plain.aep")
    with _session() as session:
        assert session.exec(select(Template)).all() == [], "a template without its one project is none"
    found = _review(designer, service.create(designer, path, "both.zip", project="b/plain.aep"))
    assert found["kind"] == "free"
    assert found["name"] == "Plain"
    assert found["file"]["project"] == "b/plain.aep"
    with _session() as session:
        template = session.exec(select(Template)).one()
        assert template.bundle_id != session.exec(select(TemplateScan.bundle_id)).one(), "the engine sees one project"
    with pytest.raises(InvalidInput, match=r"holds no project .c\.aep."):
        service.create(designer, path, "both.zip", project="c.aep")


def test_a_project_is_chosen_by_the_name_that_is_offered(made_projects, zipped, tmp_path) -> None:
    """Some programs begin every name with `./`."""
    path = zipped("both.zip", {"./a.aep": made_projects("promo"), "./b.aep": made_projects("plain")})
    with pytest.raises(InvalidInput) as caught:
        bundles.choose(path, "both.zip", None)
    assert caught.value.details["choices"] == ["a.aep", "b.aep"]
    for wanted in ("b.aep", "./b.aep"):
        assert bundles.choose(path, "both.zip", wanted) == "b.aep"
    bundles.derive(path, "zip", tmp_path / "derived.zip", project="b.aep")
    assert zipfile.ZipFile(tmp_path / "derived.zip").namelist() == ["b.aep"]


def test_room_is_asked_for_before_a_template_is_received(studio, monkeypatch) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    for address in ("/api/v1/templates", f"/api/v1/templates/{'0' * 32}/scan/preview"):
        answer = studio.post(address, content=iter([b"--b--"]), headers=kind)
        assert (answer.status_code, answer.json()["code"]) == (411, "length-required")
    monkeypatch.setattr(storage, "SPARE_BYTES", 10**18)
    for address in ("/api/v1/templates", f"/api/v1/templates/{'0' * 32}/scan/preview"):
        assert studio.post(address, content=b"--b", headers=kind).json()["code"] == "no-space"


def test_room_is_asked_for_before_a_bundle_is_unpacked(zipped, tmp_path, monkeypatch) -> None:
    path = zipped("both.zip", {"a.aep": b"RIFX", "zeros": bytes(1024**2)})
    monkeypatch.setattr(bundles, "unpack", lambda *_: pytest.fail("it was unpacked"))
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _: SimpleNamespace(free=storage.SPARE_BYTES + 2 * 1024**2))
    with pytest.raises(NoSpace):
        bundles.derive(path, "zip", tmp_path / "derived.zip", project="a.aep")
    with pytest.raises(TooLarge, match="grows to more than"):
        bundles.derive(zipped("bomb.zip", {"zeros": bytes(65 * 1024**2)}), "zip", tmp_path / "derived.zip")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("letter.aep", b"Dear customer, here is the project.", "is no After Effects project"),
        ("empty.aep", b"", "is empty"),
        ("photo.zip", b"\x89PNG not a zip at all", "is not a ZIP archive"),
        ("project.aepx", b"<?xml version='1.0'?><AfterEffectsProject/>", "XML project"),
    ],
)
def test_what_is_no_project_is_refused_in_one_sentence(designer, tmp_path, name, content, said) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=said):
        service.create(designer, path, name)
    _nothing_was_kept()


def test_a_truncated_project_is_refused(designer, made_projects, tmp_path) -> None:
    whole = made_projects("promo").read_bytes()
    path = tmp_path / "half.aep"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadFile, match=r"half\.aep"):
        service.create(designer, path, "half.aep")
    _nothing_was_kept()


def test_a_zip_without_a_project_is_refused(designer, zipped) -> None:
    path = zipped("photos.zip", {"a.txt": b"hello"})
    with pytest.raises(BadFile, match=r"photos\.zip holds no After Effects project"):
        service.create(designer, path, "photos.zip")
    _nothing_was_kept()


def test_a_bomb_is_refused(designer, made_projects, zipped) -> None:
    path = zipped("bomb.zip", {"promo.aep": made_projects("promo"), "zeros.bin": bytes(120 * 1024**2)})
    with pytest.raises(TooLarge, match="when unpacked"):
        service.create(designer, path, "bomb.zip")
    _nothing_was_kept()


@pytest.mark.parametrize("inside", ["../../evil.aep", "/etc/evil.aep", "C:\\evil.aep"])
def test_a_zip_that_leads_out_is_refused(designer, made_projects, zipped, inside) -> None:
    path = zipped("slip.zip", {inside: made_projects("promo")})
    with pytest.raises(BadFile, match="not allowed"):
        service.create(designer, path, "slip.zip")
    _nothing_was_kept()


def test_an_upload_over_the_limit_is_refused(designer, made_projects, monkeypatch) -> None:
    monkeypatch.setenv("FLATRENDER_MAX_TEMPLATE_BYTES", "2000")
    get_settings.cache_clear()
    with pytest.raises(TooLarge, match="larger than"):
        service.create(designer, made_projects("promo"), "promo.aep")
    _nothing_was_kept()


def _nothing_was_kept() -> None:
    with _session() as session:
        assert session.exec(select(Template)).all() == []
        assert session.exec(select(Bundle)).all() == []
    root = get_settings().storage_dir
    assert [path for path in root.rglob("*") if path.is_file()] == []
    uploads = get_settings().data_dir / "uploads"
    assert not uploads.exists() or list(uploads.iterdir()) == []


def test_customers_create_nothing(customer, made_projects) -> None:
    from flatrender.core.errors import Forbidden

    with pytest.raises(Forbidden):
        service.create(customer, made_projects("promo"), "promo.aep")


def test_pictures_show_the_scenes_and_where_elements_lie(designer, made_projects, zipped) -> None:
    project = made_projects("promo")
    files = {"promo.aep": project, "images/photo.png": project.parent / "images" / "photo.png"}
    template_id = service.create(designer, zipped("promo.zip", files), "promo.zip")
    assert pictures.make(DEFAULT_TENANT, template_id) == 2
    opening = _review(designer, template_id)["scenes"][0]
    assert opening["picture"].startswith(f"/api/v1/templates/{template_id}/scenes/{opening['id']}/picture?v=")
    boxes = {element["key"]: element["box"] for element in opening["elements"]}
    left, top, width, height = boxes["title"]
    assert left == pytest.approx(20 / 320, abs=0.03)
    assert top + height == pytest.approx(60 / 180, abs=0.05)
    assert 0.1 < width < 0.4
    left, top, width, height = boxes["photo"]
    assert (left + width / 2, top + height / 2) == pytest.approx((120 / 320, 140 / 180), abs=0.02)
    assert boxes["show_note"] is None
    assert pictures.make(DEFAULT_TENANT, template_id) == 0, "nothing is drawn twice"
    with _session() as session:
        assert definitions.get(session, template_id).poster is not None
        scene = opening["id"]
        review.edit_scene(session, designer, template_id, scene, {"cover_frame": 2})
    assert pictures.make(DEFAULT_TENANT, template_id) == 1, "another frame is another picture"


def test_publishing_says_what_is_missing(designer, customer, made_projects) -> None:
    template_id = service.create(designer, made_projects("fontless"), "fontless.aep")
    with _session() as session, pytest.raises(Conflict, match="1 font to choose: Gilroy-ExtraBold") as caught:
        service.publish(session, designer, template_id)
    assert caught.value.code == "not-ready"
    assert [problem["field"] for problem in caught.value.details["problems"]] == ["fonts"]
    with _session() as session, pytest.raises(NotFound):
        service.readable(session, customer, template_id)


def test_a_template_goes_into_the_gallery_and_out_of_it(designer, customer, made_projects) -> None:
    from flatrender.farm import service as farm

    template_id = service.create(designer, made_projects("promo"), "promo.aep")
    with _session() as session:
        scenes = description.describe(session, designer, template_id)["scenes"]
        for scene in scenes:
            review.edit_scene(session, designer, template_id, scene["id"], {"enabled": False})
    with _session() as session, pytest.raises(Conflict, match="at least one scene"):
        service.publish(session, designer, template_id)
    with _session() as session:
        review.edit_scene(session, designer, template_id, scenes[0]["id"], {"enabled": True})
        shelf = catalogue.add_category(session, designer, "Lower thirds", "زیرنویس")
        service.edit(
            session,
            designer,
            template_id,
            {"name_fa": "سلام", "category": shelf["id"], "tags": ["News", "news ", "\u202eCafé"]},
        )
        service.publish(session, designer, template_id)
    with _session() as session:
        cards = catalogue.browse(session, customer)
        assert cards["total"] == 1
        [card] = cards["items"]
        assert (card["scenes"], card["duration"], card["aspect"], card["tags"]) == (1, 0.48, "16:9", ["Café", "News"])
        assert card["category"]["key"] == "lower-thirds"
        assert [task.kind for task in farm.tasks_of(session, template_id)] == ["preview"]
        service.publish(session, designer, template_id)
        assert len(farm.tasks_of(session, template_id)) == 1, "one preview waits, not two"
        for words, found in (
            ("promo", 1),
            ("سلام", 1),
            ("NEWS", 1),
            ("lower thirds", 1),
            ("promo zebra", 0),
            ("100%", 0),
        ):
            assert catalogue.browse(session, customer, query=words)["total"] == found, words
        assert catalogue.browse(session, customer, category="lower-thirds")["total"] == 1
        assert catalogue.browse(session, customer, tag="CAFÉ")["total"] == 1
        assert catalogue.browse(session, customer, aspect="9:16")["total"] == 0
        assert catalogue.browse(session, customer, aspect="16:9")["total"] == 1
        assert catalogue.categories(session)[0]["templates"] == 1
        service.archive(session, designer, template_id)
    with _session() as session:
        assert catalogue.browse(session, customer)["total"] == 0
        assert catalogue.browse(session, customer, state="archived")["total"] == 0, "customers see the published ones"
        assert catalogue.browse(session, designer, state="archived")["total"] == 1
        catalogue.remove_category(session, designer, shelf["id"])
    with _session() as session:
        assert catalogue.browse(session, designer, state="all")["items"][0]["category"] is None


def test_another_tenant_finds_nothing(designer, made_projects) -> None:
    from dataclasses import replace

    from flatrender.templates import engine, fonts, scanning

    template_id = service.create(designer, made_projects("promo"), "promo.aep")
    scene = _review(designer, template_id)["scenes"][0]
    foreign = replace(designer, tenant_id=OTHER_TENANT)
    with _session(OTHER_TENANT) as session:
        assert catalogue.browse(session, foreign, state="all")["total"] == 0
        for call in (
            lambda: definitions.get(session, template_id),
            lambda: description.describe(session, foreign, template_id),
            lambda: review.edit_scene(session, foreign, template_id, scene["id"], {"name": "Mine"}),
            lambda: review.edit_element(session, foreign, template_id, scene["elements"][0]["id"], {"name": "Mine"}),
            lambda: review.add_preset(session, foreign, template_id, name="Mine"),
            lambda: service.publish(session, foreign, template_id),
            lambda: service.remove(session, foreign, template_id),
            lambda: engine.source(session, template_id),
            lambda: scanning.report(session, template_id),
        ):
            with pytest.raises(NotFound):
                call()
        assert fonts.rows_of(session, template_id) == []
    with pytest.raises(NotFound):
        scanning.preview(foreign, template_id)
    assert _review(designer, template_id)["scenes"][0]["name"] == "Opening"


def test_a_definition_is_kept_by_revision_and_never_stale(designer, made_projects) -> None:
    template_id = service.create(designer, made_projects("promo"), "promo.aep")
    with _session() as session:
        first = definitions.get(session, template_id)
        assert definitions.get(session, template_id) is first
    with pytest.raises(ZeroDivisionError), _session() as session:
        service.edit(session, designer, template_id, {"name": "Rolled back"})
        assert definitions.get(session, template_id).name == "Rolled back"
        raise ZeroDivisionError
    with _session() as session:
        assert definitions.get(session, template_id).name == "Promo"
        service.edit(session, designer, template_id, {"name": "Kept"})
    with _session() as session:
        assert definitions.get(session, template_id).name == "Kept"
