"""Missing fonts, uploaded and chosen ones, and that all of them travel with the bundle."""

import struct
import zipfile
from types import SimpleNamespace

import pytest
from fontTools.ttLib import TTFont

from flatrender.aftereffects.bundle import unpack
from flatrender.aftereffects.text import given
from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.errors import BadFile, NoSpace
from flatrender.core.storage import get_storage
from flatrender.settings import get_settings
from flatrender.templates import bundles, engine, fonts
from flatrender.templates.records import get_template
from tests.fonts import square_font
from tests.templates.designing import created, element_of, review_of, upload

pytestmark = pytest.mark.usefixtures("drawn_at_once")


@pytest.fixture
def quick_fonts(monkeypatch) -> None:
    """Instances of variable fonts take seconds; here small ones stand in for them."""
    monkeypatch.setattr(fonts, "_from_face", lambda face, name: square_font(name))


def _offer(studio, template: dict, key: str, *names: str) -> None:
    element = element_of(template, "Opening", key)
    address = f"/api/v1/templates/{template['id']}/elements/{element['id']}"
    assert studio.patch(address, json={"limits": {"fonts": list(names)}}).status_code == 204


def _packed_fonts(template_id: str) -> list[str]:
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        names = zipfile.ZipFile(engine.source(session, template_id).path).namelist()
    return [name.removeprefix("fonts/added/") for name in names if name.startswith("fonts/added/")]


def test_a_merge_that_breaks_off_while_packing_leaves_all_as_it_was(
    studio, promo, made_projects, monkeypatch, quick_fonts
) -> None:
    base = f"/api/v1/templates/{promo['id']}"
    _offer(studio, promo, "title", "Inter-Light")
    before = review_of(studio, promo["id"])
    preview = upload(studio, made_projects("promo_2"), "promo.aep", f"{base}/scan/preview").json()
    body = {"scan_id": preview["scan_id"], "ticked": [change["id"] for change in preview["changes"]]}
    with monkeypatch.context() as patched:
        patched.setattr(bundles, "store", lambda *_: (_ for _ in ()).throw(NoSpace("There is no space left.")))
        assert studio.post(f"{base}/scan/apply", json=body).status_code == 507
    assert [scene["id"] for scene in review_of(studio, promo["id"])["scenes"]] == [s["id"] for s in before["scenes"]]
    assert review_of(studio, promo["id"])["pending"]["scan_id"] == preview["scan_id"]
    assert studio.post(f"{base}/scan/apply", json=body).status_code == 200
    assert _packed_fonts(promo["id"]) == ["Inter-Light.ttf"]


def test_an_offer_is_made_with_its_font_or_not_at_all(studio, promo, monkeypatch, quick_fonts) -> None:
    element = element_of(promo, "Opening", "title")
    address = f"/api/v1/templates/{promo['id']}/elements/{element['id']}"
    with monkeypatch.context() as patched:
        patched.setattr(bundles, "store", lambda *_: (_ for _ in ()).throw(NoSpace("There is no space left.")))
        assert studio.patch(address, json={"limits": {"fonts": ["Inter-Light"]}}).status_code == 507
        assert studio.patch(address, json={"name": "Headline"}).status_code == 204, "what needs no font needs no room"
    after = element_of(review_of(studio, promo["id"]), "Opening", "title")
    assert (after["limits"].get("fonts"), after["name"]) == (element["limits"].get("fonts"), "Headline")
    _offer(studio, promo, "title", "Inter-Light")
    assert _packed_fonts(promo["id"]) == ["Inter-Light.ttf"]


def test_two_decisions_about_fonts_at_once_both_count(studio, promo, monkeypatch, quick_fonts) -> None:
    real, waiting = bundles.derive, ["subtitle"]

    def derive(*given, **more) -> None:
        while waiting:  # the other designer decides, and is done first
            _offer(studio, promo, waiting.pop(), "Inter-Bold")
        real(*given, **more)

    monkeypatch.setattr(bundles, "derive", derive)
    _offer(studio, promo, "title", "Inter-Light")
    assert _packed_fonts(promo["id"]) == ["Inter-Bold.ttf", "Inter-Light.ttf"]


def test_fonts_of_like_names_lie_side_by_side(installation, monkeypatch, quick_fonts) -> None:
    names = ("Inter-Bold", "ایران‌سنس", "بی‌نازنین", "B Nazanin", "B_Nazanin", "B" * 90 + "1", "B" * 90 + "2", "._x")
    faces = [SimpleNamespace(postscript_name=name) for name in names]
    monkeypatch.setattr(fonts, "_library", lambda: SimpleNamespace(faces=lambda: faces))
    get_storage().put_bytes(b"RIFX", "bundles/made.aep")
    stored = fonts._made(DEFAULT_TENANT, fonts._Wanted("bundles/made.aep", "aep", "", (), names))
    folder = unpack(get_storage().local_path(stored.key), get_settings().data_dir / "unpacked") / "fonts" / "added"
    packed = {str(TTFont(path)["name"].getDebugName(6)): path.name for path in folder.iterdir()}
    assert set(packed) == set(names)
    assert (packed["Inter-Bold"], packed["B_Nazanin"]) == ("Inter-Bold.ttf", "B_Nazanin.ttf")


def test_what_was_decided_of_a_font_of_a_long_name_outlives_a_scan(promo) -> None:
    use = {"found": False, "family": "Long", "style": "", "substitute": "Inter-Bold", "layers": []}
    report = SimpleNamespace(fonts=[SimpleNamespace(postscript_name="Long" * 50, **use)])
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        template = get_template(session, promo["id"])
        fonts.note_missing(session, template, report)
        [row] = fonts.rows_of(session, template.id)
        row.state, row.replacement = "replaced", "Inter-Light"
        session.add(row)
        fonts.note_missing(session, template, report)
        assert [(kept.id, kept.replacement) for kept in fonts.rows_of(session, template.id)] == [
            (row.id, "Inter-Light")
        ]


def test_a_font_whose_tables_lie_over_each_other_is_damaged() -> None:
    """Copied once each, its tables would fill the memory."""
    font = square_font("Squares")
    assert given.plausible(font)
    tables = struct.unpack_from(">H", font, 4)[0]
    lying = bytearray(font)
    for number in range(tables):
        struct.pack_into(">II", lying, 12 + 16 * number + 8, 0, len(font))
    assert not given.plausible(bytes(lying))
    many = bytearray(font)
    struct.pack_into(">H", many, 4, 60_000)
    assert not given.plausible(bytes(many))
    assert not given.plausible(font[:20])


def test_a_font_whose_names_end_early_is_damaged(tmp_path) -> None:
    font = bytearray(square_font("Squares"))
    at = font.index(b"name", 12)
    struct.pack_into(">I", font, at + 12, 3)
    assert given.plausible(bytes(font))
    (tmp_path / "squares").write_bytes(font)
    with pytest.raises(BadFile, match=r"^Squares\.ttf is damaged"):
        given.renamed(tmp_path / "squares", "Squares.ttf", "Gilroy-Bold")


def test_fonts_to_choose_from_travel_with_the_bundle(studio, promo, quick_fonts) -> None:
    base = f"/api/v1/templates/{promo['id']}"
    title = element_of(promo, "Opening", "title")
    choices = studio.get(f"{base}/fonts").json()["choices"]
    assert choices[0] == "Inter-Bold", "the file's own come first"
    assert "Inter-Light" in choices
    for chosen, packed in ((["Inter-Light", "Inter-Bold"], ["Inter-Bold.ttf", "Inter-Light.ttf"]), ([], [])):
        body = {"limits": {"fonts": chosen}}
        assert studio.patch(f"{base}/elements/{title['id']}", json=body).status_code == 204
        with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
            path = engine.source(session, promo["id"]).path
        names = zipfile.ZipFile(path).namelist() if zipfile.is_zipfile(path) else []
        assert [name.rsplit("/", 1)[-1] for name in names if name.startswith("fonts/added/")] == packed
    assert element_of(review_of(studio, promo["id"]), "Opening", "title")["limits"] == {}


def test_a_missing_font_is_uploaded(studio, made_projects) -> None:
    template = created(studio, made_projects("fontless"), "fontless.aep")
    base = f"/api/v1/templates/{template['id']}"
    [font] = template["fonts"]
    assert (font["postscript_name"], font["state"]) == ("Gilroy-ExtraBold", "missing")
    assert font["substitute"]
    assert studio.post(f"{base}/publish").json()["code"] == "not-ready"
    before = _drawn(template["id"])
    address = f"{base}/fonts/{font['id']}/file"
    for name, data, said in (
        ("photo.ttf", b"\x89PNG", "no font"),
        ("web.woff2", b"wOF2" + bytes(60), "web font"),
        ("broken.ttf", b"\x00\x01\x00\x00" + bytes(40), "damaged"),
    ):
        refused = studio.post(address, files={"file": (name, data)})
        assert refused.status_code == 422
        assert said in refused.json()["detail"]
    answer = studio.post(address, files={"file": ("squares.ttf", square_font("Squares"))})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["replacement"]) == ("uploaded", "Squares")
    after = _drawn(template["id"])
    assert after != before, "the engine draws with the uploaded font"
    assert studio.post(f"{base}/publish").status_code == 200
    assert studio.delete(f"{base}/fonts/{font['id']}/replacement").json()["state"] == "missing"
    assert _drawn(template["id"]) == before


def test_a_missing_font_is_replaced_by_choice(studio, made_projects) -> None:
    template = created(studio, made_projects("fontless"), "fontless.aep")
    base = f"/api/v1/templates/{template['id']}"
    [font] = template["fonts"]
    offered = {face["postscript_name"] for face in studio.get(f"{base}/fonts").json()["available"]}
    chosen = "Inter-Light" if "Inter-Light" in offered else sorted(offered - {font["substitute"]})[0]
    before = _drawn(template["id"])
    unknown = studio.put(f"{base}/fonts/{font['id']}/replacement", json={"postscript_name": "Nowhere-Bold"})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "replacement")
    answer = studio.put(f"{base}/fonts/{font['id']}/replacement", json={"postscript_name": chosen})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["replacement"]) == ("replaced", chosen)
    assert _drawn(template["id"]) != before
    assert review_of(studio, template["id"])["problems"] == []


def _drawn(template_id: str) -> bytes:
    from flatrender.aftereffects.client import default_client

    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        path = engine.source(session, template_id).path
    report = default_client().scan(path)
    scene = next(composition for composition in report.compositions if composition.name == "Scene")
    return default_client().snapshot(path, scene.id, [3], {}, background="#000000")[0]
