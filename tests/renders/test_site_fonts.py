"""A font that a site gives its template is drawn in that site's films, and is nowhere to be had for another site."""

from pathlib import Path
from typing import Any

import numpy as np
from fastapi.testclient import TestClient

from flatrender.access.models import Role
from flatrender.core.db import Database
from flatrender.film import read
from flatrender.settings import get_settings
from tests.api.conftest import SignedIn, client, house, signed_in
from tests.deadline import until
from tests.fonts import square_font
from tests.installation import OTHER_TENANT
from tests.media.conftest import quick_passwords
from tests.templates.conftest import drawn_at_once, made_projects
from tests.templates.designing import created
from workers import handlers
from workers.agent import Agent
from workers.node import node_settings

__all__ = ["client", "drawn_at_once", "house", "made_projects", "quick_passwords", "signed_in"]
Json = dict[str, Any]
WANTED = "Gilroy-ExtraBold"


def test_a_sites_font_is_in_its_films_alone(
    installation: Database,
    house: TestClient,
    signed_in: SignedIn,
    drawn_at_once: None,
    made_projects: Any,
    tmp_path: Path,
) -> None:
    reseller = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    theirs, ours = (created(site, made_projects("fontless"), "fontless.aep") for site in (reseller, house))
    [font] = theirs["fonts"]
    given = {"file": ("squares.ttf", square_font("Squares"))}
    address = f"/api/v1/templates/{theirs['id']}/fonts/{font['id']}/file"
    assert reseller.post(address, files=given).json()["state"] == "uploaded"
    assert house.post(address, files=given).status_code == 404

    [missing] = ours["fonts"]
    assert (missing["postscript_name"], missing["state"]) == (WANTED, "missing"), "what the other gave is not theirs"
    listed = house.get(f"/api/v1/templates/{ours['id']}/fonts").json()
    assert not {face["postscript_name"] for face in listed["available"]} & {"Squares", WANTED}
    assert "Squares" not in listed["choices"]
    instead = {"postscript_name": missing["substitute"]}
    stands_in = f"/api/v1/templates/{ours['id']}/fonts/{missing['id']}/replacement"
    assert house.put(stands_in, json={"postscript_name": "Squares"}).status_code == 422
    assert house.put(stands_in, json=instead).status_code == 200

    agent = Agent(installation, node_settings(get_settings(), "n" * 32, "node-1", 1), handlers.find)
    agent.start()
    try:
        for _ in range(2):  # also while the engine's children know the other's project
            assert letters(film(reseller, theirs["id"], tmp_path)) == [28] * len("Fontless")
            drawn = letters(film(house, ours["id"], tmp_path))
            assert drawn and drawn != [28] * len("Fontless")
    finally:
        agent.stop()


def film(site: TestClient, template_id: str, folder: Path) -> bytes:
    """The first picture of a film that the site's own person makes of the template, R, G, B, A."""
    assert site.post(f"/api/v1/templates/{template_id}/publish").status_code == 200
    made = site.post("/api/v1/projects", json={"template_id": template_id})
    assert made.status_code == 201, made.text
    sent = site.post("/api/v1/renders", json={"project_id": made.json()["id"]})
    assert sent.status_code == 201, sent.text
    place = f"/api/v1/renders/{sent.json()['id']}"
    until(lambda: site.get(place).json()["state"] in {"COMPLETED", "FAILED"}, 120, "the end of the render")
    assert site.get(place).json()["state"] == "COMPLETED", site.get(place).json()
    out = folder / "film.mp4"
    out.write_bytes(site.get(f"{place}/download").content)
    return next(iter(read.frames(out)))


def letters(picture: bytes) -> list[int]:
    """How wide what is bright is along the middle of the line, in pixels."""
    pixels = np.frombuffer(picture, np.uint8).reshape(180, 320, 4)[..., :3].astype(int)
    ground = pixels[0, 0]
    ink = np.abs(pixels - ground).max(axis=2) > 100
    rows = np.flatnonzero(ink.any(axis=1))
    line = ink[(rows[0] + rows[-1]) // 2].astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line, [0]])))
    return [int(end - begin) for begin, end in edges.reshape(-1, 2)]
