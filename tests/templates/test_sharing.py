"""What the house shares with its sites: taken as a copy, brought up to date, given up; and nothing else is seen."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from flatrender.access.models import Role
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.storage import get_storage
from flatrender.farm import service as farm
from flatrender.templates import copies, engine, pictures
from flatrender.templates.models import Template
from flatrender.templates.records import get_template
from tests.api.conftest import SignedIn
from tests.installation import OTHER_TENANT
from tests.templates.designing import created, element_of, review_of, scene_of, upload
from workers import sweep

pytestmark = pytest.mark.usefixtures("drawn_at_once")
MINE = "/api/v1/sites/mine/catalogue"


@pytest.fixture
def reseller(signed_in: SignedIn) -> TestClient:
    return signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)


@pytest.fixture
def promo(house: TestClient, made_projects) -> dict:
    """A published template of the house, not shared yet."""
    promo = created(house, made_projects("promo"), "promo.aep")
    pictures.make(DEFAULT_TENANT, promo["id"])
    shelf = house.post("/api/v1/categories", json={"name": "Promos", "name_fa": "تبلیغ"}).json()
    words = {"name_fa": "نمونه", "category": shelf["id"], "tags": ["Bold", "Short"]}
    assert house.patch(f"/api/v1/templates/{promo['id']}", json=words).status_code == 200
    assert house.post(f"/api/v1/templates/{promo['id']}/publish").status_code == 200
    return review_of(house, promo["id"])


def shared(house: TestClient, template: dict, shared: bool = True) -> None:
    answer = house.patch(f"/api/v1/templates/{template['id']}", json={"shared": shared})
    assert (answer.status_code, answer.json()["shared"]) == (200, shared)


def offered(browser: TestClient) -> list[dict]:
    answer = browser.get(MINE)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def took(browser: TestClient, template: dict) -> str:
    answer = browser.put(f"{MINE}/{template['id']}")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["taken"])


def gallery(browser: TestClient) -> list[str]:
    return [card["name"] for card in browser.get("/api/v1/templates").json()["items"]]


def renamed(browser: TestClient, template_id: str, scene: str, key: str, name: str) -> None:
    element = element_of(review_of(browser, template_id), scene, key)
    address = f"/api/v1/templates/{template_id}/elements/{element['id']}"
    assert browser.patch(address, json={"name": name}).status_code == 204


def colors(review: dict) -> dict[str, str]:
    return {color["key"]: color["value"] for color in review["colors"] if not color["gone"]}


def test_a_template_that_is_shared_is_taken_whole(
    house: TestClient, reseller: TestClient, promo: dict, installation: Database
) -> None:
    assert offered(reseller) == []
    assert reseller.put(f"{MINE}/{promo['id']}").status_code == 404, "what is not shared is not there"
    shared(house, promo)
    (card,) = offered(reseller)
    assert (card["name"], card["taken"], card["newer"], card["aspect"]) == ("Promo", None, False, "16:9")
    assert reseller.get(card["poster"]).headers["content-type"] == "image/webp"
    assert gallery(reseller) == []

    copy = review_of(reseller, took(reseller, promo))
    assert copy["id"] != promo["id"] and gallery(reseller) == ["Promo"]
    assert (copy["name_fa"], copy["tags"], copy["state"]) == ("نمونه", ["Bold", "Short"], "published")
    assert [shelf["name_fa"] for shelf in reseller.get("/api/v1/categories").json()] == ["تبلیغ"]
    for scene in promo["scenes"]:
        same = scene_of(copy, scene["key"])
        assert [each["key"] for each in same["elements"]] == [each["key"] for each in scene["elements"]]
        assert [each["box"] for each in same["elements"]] == [each["box"] for each in scene["elements"]]
        assert reseller.get(same["picture"]).content == house.get(scene["picture"]).content
    project = reseller.post("/api/v1/projects", json={"template_id": copy["id"]})
    assert project.status_code == 201, project.text
    clip = reseller.get(f"/api/v1/projects/{project.json()['id']}").json()["document"]["tracks"][0]["items"][0]["id"]
    assert reseller.get(f"/api/v1/projects/{project.json()['id']}/scenes/{clip}/lottie").status_code == 200
    assert (offered(reseller)[0]["taken"], offered(reseller)[0]["state"]) == (copy["id"], "published")
    assert took(reseller, promo) == copy["id"], "twice is once"

    assert house.get(f"/api/v1/templates/{copy['id']}").status_code == 404
    assert reseller.get(f"/api/v1/templates/{promo['id']}").status_code == 404
    with installation.tenant_session(OTHER_TENANT, read_only=True) as session:
        assert OTHER_TENANT in engine.source(session, copy["id"]).key, "its files are its own"


def test_the_house_s_changes_come_when_they_are_asked_for_and_the_site_s_own_stay(
    house: TestClient, reseller: TestClient, promo: dict, made_projects
) -> None:
    shared(house, promo)
    copy = took(reseller, promo)
    base, own = f"/api/v1/templates/{promo['id']}", f"/api/v1/templates/{copy}"
    renamed(reseller, copy, "Opening", "title", "Our headline")
    assert reseller.patch(own, json={"description": "Ours"}).status_code == 200
    kept = element_of(review_of(reseller, copy), "Opening", "title")["id"]

    renamed(house, promo["id"], "Opening", "title", "Headline")
    renamed(house, promo["id"], "Closing", "title", "Last words")
    preview = upload(house, made_projects("promo_2"), "promo.aep", f"{base}/scan/preview").json()
    ticked = [change["id"] for change in preview["changes"]]
    assert house.post(f"{base}/scan/apply", json={"scan_id": preview["scan_id"], "ticked": ticked}).status_code == 200
    assert house.patch(base, json={"name": "Promo 2", "description": "Theirs"}).status_code == 200
    assert offered(reseller)[0]["newer"] and gallery(reseller) == ["Promo"], "nothing changes by itself"

    assert took(reseller, promo) == copy and not offered(reseller)[0]["newer"]
    now, theirs = review_of(reseller, copy), review_of(house, promo["id"])
    assert (now["name"], now["description"]) == ("Promo 2", "Ours")
    title = element_of(now, "Opening", "title")
    assert (title["id"], title["name"]) == (kept, "Our headline"), "projects go on with it"
    assert element_of(now, "Closing", "title")["name"] == "Last words"
    assert element_of(now, "Extra", "title")["key"] == "title", "a scene that is new"
    assert element_of(now, "Opening", "subtitle")["gone"]
    assert colors(now) == colors(theirs) and colors(now)["accent"] == "#112233"


def test_pictures_that_come_later_are_an_update_and_those_of_the_site_s_own_frames_stay_its_own(
    house: TestClient, reseller: TestClient, promo: dict, installation: Database
) -> None:
    shared(house, promo)
    copy = took(reseller, promo)
    shared(house, promo)
    assert not offered(reseller)[0]["newer"], "to share it again changes nothing of it"
    get_storage().put_bytes(b"poster", poster := f"templates/{DEFAULT_TENANT}/{promo['id']}/poster-1.webp")
    with installation.tenant_session(DEFAULT_TENANT) as session:
        get_template(session, promo["id"]).poster_key = poster  # as a node does, later
    assert offered(reseller)[0]["newer"]
    took(reseller, promo)
    assert reseller.get(f"/api/v1/templates/{copy}/poster").content == b"poster"

    cover = {"cover": {"scene": "Closing", "frame": 1}}
    assert reseller.patch(f"/api/v1/templates/{copy}", json=cover).status_code == 200
    get_storage().put_bytes(b"own", own := f"templates/{OTHER_TENANT}/{copy}/poster-2.webp")
    with installation.tenant_session(OTHER_TENANT) as session:
        get_template(session, copy).poster_key = own
        waiting = len(farm.tasks_of(session, copy))
    took(reseller, promo)
    assert reseller.get(f"/api/v1/templates/{copy}/poster").content == b"own"
    assert review_of(reseller, copy)["cover"]["scene"] == "Closing"
    with installation.tenant_session(OTHER_TENANT) as session:
        assert len(farm.tasks_of(session, copy)) >= max(1, waiting), "its pictures are drawn anew"


def test_copies_are_young_whatever_the_age_of_what_they_are_copied_from(
    house: TestClient, promo: dict, installation: Database
) -> None:
    with installation.tenant_session(DEFAULT_TENANT, read_only=True) as session:
        original = copies.read(session, get_template(session, promo["id"]))
    for key in copies.copy_files(OTHER_TENANT, original).keys:
        os.utime(get_storage().local_path(key), (0, 0))
    files = copies.copy_files(OTHER_TENANT, original)  # no row names them yet
    for folder in ("bundles", "templates", "scans"):
        sweep.unnamed(installation, folder, timedelta(days=2))
    assert all(get_storage().exists(key) for key in files.keys.values())


def test_it_is_given_up_and_put_away_where_projects_use_it(
    house: TestClient, reseller: TestClient, promo: dict
) -> None:
    shared(house, promo)
    copy = took(reseller, promo)
    assert reseller.post("/api/v1/projects", json={"template_id": copy}).status_code == 201
    assert reseller.delete(f"{MINE}/{promo['id']}").json() == {"deleted": False}
    assert gallery(reseller) == [] and offered(reseller)[0]["state"] == "archived"
    assert took(reseller, promo) == copy and gallery(reseller) == ["Promo"], "it comes back as it was"

    for project in reseller.get("/api/v1/projects").json()["items"]:
        assert reseller.delete(f"/api/v1/projects/{project['id']}").status_code == 204
    assert reseller.delete(f"{MINE}/{promo['id']}").json() == {"deleted": True}
    assert reseller.delete(f"{MINE}/{promo['id']}").status_code == 404
    assert reseller.get(f"/api/v1/templates/{copy}").status_code == 404
    assert gallery(house) == ["Promo"], "the house's own stays"
    shared(house, promo, False)
    assert offered(reseller) == []


def test_only_the_house_shares_and_only_who_runs_a_site_takes(
    house: TestClient, reseller: TestClient, signed_in: SignedIn, promo: dict, made_projects
) -> None:
    boss = signed_in(Role.ADMIN)
    address = f"/api/v1/templates/{promo['id']}"
    assert boss.patch(address, json={"shared": True}).status_code == 403
    assert house.patch(address, json={"shared": "yes"}).json()["field"] == "shared"
    own = created(reseller, made_projects("promo"), "promo.aep")
    assert reseller.patch(f"/api/v1/templates/{own['id']}", json={"shared": True}).status_code == 403
    shared(house, promo)
    assert house.get(MINE).json()["code"] == "house"
    customer = signed_in(email="someone@other.test", tenant=OTHER_TENANT)
    assert customer.get(MINE).status_code == customer.put(f"{MINE}/{promo['id']}").status_code == 403
    stranger = f"/api/v1/sites/{OTHER_TENANT}/catalogue"
    assert boss.get(stranger).status_code == boss.put(f"{stranger}/{promo['id']}").status_code == 404
    taken = house.put(f"{stranger}/{promo['id']}").json()["taken"]
    assert review_of(reseller, taken)["name"] == "Promo", "the house sets a site up"
    acts = [entry["act"] for entry in reseller.get("/api/v1/audit").json()["items"]]
    assert "template.taken" in acts


@pytest.mark.parametrize("installation", ["postgresql"], indirect=True)
def test_two_who_take_it_at_once_get_one_copy(
    house: TestClient, reseller: TestClient, promo: dict, installation: Database
) -> None:
    shared(house, promo)
    with ThreadPoolExecutor(2) as pool:
        copies = set(pool.map(lambda _: took(reseller, promo), range(2)))
    with installation.tenant_session(OTHER_TENANT, read_only=True) as session:
        assert copies == set(session.exec(select(Template.id)).all())
