"""What the studio waits for: a keystroke's bake and a save through the whole API, with sign-in, scoping and checks."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from flatrender.access import service as access
from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.api.app import create_api
from flatrender.core.db import DEFAULT_TENANT
from flatrender.templates import bundles, service
from flatrender.templates.demos import desert_festival
from tests.benchmarks.table import Figure
from tests.installation import installed

PASSWORD = "correct horse battery"
TIMES = 80


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, str, str]]:
    """A signed-in customer's client, a project of the Persian demo, and the id of its first clip."""
    folder = tmp_path_factory.mktemp("studio")
    with pytest.MonkeyPatch.context() as patch, installed(folder / "data", patch) as database:
        patch.setattr(service, "draw_soon", lambda *_: None)
        packed = folder / "demo.zip"
        bundles.pack_folder(desert_festival.TEMPLATE.build(folder), packed)
        designer = Principal("d" * 32, DEFAULT_TENANT, Role.ADMIN, "designer@example.com", "Designer")
        template_id = service.create(designer, packed, "demo.zip")
        with database.system_session() as session:
            access.create_user(
                session, DEFAULT_TENANT, email="a@example.com", password=PASSWORD, name="A", role=Role.ADMIN
            )
        with TestClient(create_api(), base_url="http://testserver") as client:
            client.post("/api/v1/auth/sign-in", json={"email": "a@example.com", "password": PASSWORD})
            made = client.post("/api/v1/projects", json={"template_id": template_id}).json()
            opened = client.get(f"/api/v1/projects/{made['id']}").json()
            yield client, made["id"], opened["layout"][0]["clip"]


def _percentile_95(work: Callable[[int], None]) -> float:
    """Milliseconds; the best of three rounds, for other work on the machine only makes it slower."""
    work(-1)
    rounds = []
    for turn in range(3):
        spent = []
        for number in range(TIMES):
            began = time.perf_counter()
            work(turn * TIMES + number)
            spent.append((time.perf_counter() - began) * 1000)
        rounds.append(sorted(spent)[TIMES * 95 // 100])
    return min(rounds)


def test_a_keystroke(studio: tuple[TestClient, str, str], figure: Callable[[Figure], None]) -> None:
    client, project_id, clip = studio

    def text(number: int) -> None:
        body = {"clip": clip, "key": "title", "value": f"شب‌های {number}"}
        assert client.post(f"/api/v1/projects/{project_id}/bake", json=body).json()["patches"]

    def color(number: int) -> None:
        body = {"clip": clip, "colors": {"coral": f"#{number + 1:06X}"}, "changed": ["coral"]}
        assert client.post(f"/api/v1/projects/{project_id}/bake", json=body).json()["patches"]

    how = f"95th percentile of {TIMES}, best of 3"
    figure(Figure("bake of a text, whole endpoint", _percentile_95(text), "ms", 50, how))
    figure(Figure("bake of a shared colour, whole endpoint", _percentile_95(color), "ms", 50, how))


def test_a_save(studio: tuple[TestClient, str, str], figure: Callable[[Figure], None], tmp_path: Path) -> None:
    client, project_id, clip = studio
    revision = 0

    def save(number: int) -> None:
        nonlocal revision
        edit = {"op": "set_value", "clip": clip, "key": "title", "value": f"شب {number}"}
        body = {"op_id": f"op{number}", "base_revision": revision, "ops": [edit]}
        revision = client.post(f"/api/v1/projects/{project_id}/ops", json=body).json()["revision"]

    figure(Figure("saving one edit, whole endpoint", _percentile_95(save), "ms", 100, "95th percentile, best of 3"))
